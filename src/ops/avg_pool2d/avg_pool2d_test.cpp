// Average pooling: sizes and values of PyTorch, the plain sum, and the exact integer formula of the lowered form.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;
using Integers = std::vector<std::int64_t>;

const DimOrder nhwc = {0, 2, 3, 1};

/// One pooling; `padding` is [top, bottom, left, right].
struct Pool {
  ir::Shape input;
  Integers kernel;
  Integers stride;
  Integers padding = {0, 0, 0, 0};
  int ceil_mode = 0;
  int count_include_pad = 1;
  int divisor_override = 0;
};

ir::Attributes attributes_of(const Pool& pool) {
  ir::Attributes attributes;
  attributes.set("kernel", pool.kernel);
  attributes.set("stride", pool.stride);
  attributes.set("padding", pool.padding);
  attributes.set("ceil_mode", pool.ceil_mode);
  attributes.set("count_include_pad", pool.count_include_pad);
  attributes.set("divisor_override", pool.divisor_override);
  return attributes;
}

testing::SingleNode node_of(const Pool& pool, testing::Scale scale = {}, DimOrder order = {}) {
  testing::SingleNode node("avg_pool2d", attributes_of(pool));
  node.input(pool.input, scale, std::move(order)).output(scale);
  return node;
}

/// The data that the expected values from PyTorch were computed from.
std::vector<float> sequence(std::int64_t count) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i * 37 % 101 - 50));
  return values;
}

std::vector<float> reference(const Pool& pool) {
  return node_of(pool).reference({sequence(ir::element_count(pool.input))});
}

/// Visits every tap of every window, in the order of the result: what(plane, y, x) with y and x maybe in the padding,
/// and after each window done(). Written tap by tap on purpose: the operator computes with ranges.
template <class Tap, class Done>
void for_each_tap(const Pool& pool, const ir::Shape& output, Tap tap, Done done) {
  for (std::int64_t plane = 0; plane < output[0] * output[1]; ++plane) {
    for (std::int64_t out_y = 0; out_y < output[2]; ++out_y) {
      for (std::int64_t out_x = 0; out_x < output[3]; ++out_x) {
        for (std::int64_t k_y = 0; k_y < pool.kernel[0]; ++k_y) {
          for (std::int64_t k_x = 0; k_x < pool.kernel[1]; ++k_x) {
            tap(plane, out_y * pool.stride[0] - pool.padding[0] + k_y, out_x * pool.stride[1] - pool.padding[2] + k_x);
          }
        }
        done();
      }
    }
  }
}

struct WindowSum {
  double sum = 0.0;
  std::int64_t valid = 0;
  std::int64_t divisor = 0;
};

/// Sum, valid taps and divisor of every window. `data` in logical order.
template <class T>
std::vector<WindowSum> window_sums(const Pool& pool, const ir::Shape& output, const std::vector<T>& data) {
  const std::int64_t height = pool.input[2];
  const std::int64_t width = pool.input[3];
  std::vector<WindowSum> sums;
  WindowSum window;
  std::int64_t padded = 0;
  for_each_tap(
      pool, output,
      [&](std::int64_t plane, std::int64_t y, std::int64_t x) {
        if (y < height + pool.padding[1] && x < width + pool.padding[3]) ++padded;
        if (y < 0 || y >= height || x < 0 || x >= width) return;
        ++window.valid;
        window.sum += static_cast<double>(data[static_cast<std::size_t>((plane * height + y) * width + x)]);
      },
      [&] {
        window.divisor = pool.count_include_pad != 0 ? padded : window.valid;
        if (pool.divisor_override != 0) window.divisor = pool.divisor_override;
        sums.push_back(window);
        window = {};
        padded = 0;
      });
  return sums;
}

std::vector<Pool> many_pools() {
  std::vector<Pool> pools;
  testing::Random random(7);
  const auto pick = [&](int low, int high) { return static_cast<std::int64_t>(random.integer(low, high)); };
  while (pools.size() < 400) {
    Pool pool;
    pool.kernel = {pick(1, 4), pick(1, 4)};
    pool.stride = {pick(1, 4), pick(1, 4)};
    pool.padding = {pick(0, static_cast<int>(pool.kernel[0]) - 1), pick(0, static_cast<int>(pool.kernel[0]) - 1),
                    pick(0, static_cast<int>(pool.kernel[1]) - 1), pick(0, static_cast<int>(pool.kernel[1]) - 1)};
    pool.input = {pick(1, 2), pick(1, 5), pick(4, 9), pick(4, 9)};
    pool.ceil_mode = random.integer(0, 1);
    pool.count_include_pad = random.integer(0, 1);
    pool.divisor_override = random.integer(0, 3) == 0 ? random.integer(1, 7) : 0;
    pools.push_back(pool);
  }
  return pools;
}

std::string describe(const Pool& pool) {
  return "input " + ir::to_string(pool.input) + " kernel " + ir::to_string(pool.kernel) + " stride " +
         ir::to_string(pool.stride) + " padding " + ir::to_string(pool.padding) + " ceil " +
         std::to_string(pool.ceil_mode) + " include " + std::to_string(pool.count_include_pad) + " divisor " +
         std::to_string(pool.divisor_override);
}

TEST(AvgPool2d, HasTheValuesOfPyTorch) {
  // torch.nn.functional.avg_pool2d, PyTorch 2.13, of sequence() as [1, 1, 5, 6].
  Pool pool{.input = {1, 1, 5, 6}, .kernel = {3, 2}, .stride = {2, 3}, .padding = {1, 1, 1, 1}, .ceil_mode = 1};
  EXPECT_THAT(reference(pool), Pointwise(FloatNear(1e-5F), {-13.333333F, 1.333333F, -2.166667F, -5.0F, -1.666667F,
                                                            -13.5F, 6.666667F, 7.666667F, 1.0F}));
  pool.divisor_override = 4;
  EXPECT_THAT(reference(pool),
              Pointwise(FloatNear(1e-5F), {-20.0F, 2.0F, -3.25F, -7.5F, -2.5F, -20.25F, 10.0F, 11.5F, 1.5F}));
  pool.divisor_override = 0;
  pool.count_include_pad = 0;
  EXPECT_THAT(reference(pool),
              Pointwise(FloatNear(1e-5F), {-40.0F, 2.0F, -6.5F, -10.0F, -1.666667F, -27.0F, 20.0F, 11.5F, 3.0F}));
}

TEST(AvgPool2d, CeilModeCutsTheDivisorAtThePadding) {
  // The second window starts at 2, reaches 5, and only 2 and 3 exist: PyTorch divides by 2, not by 3.
  const Pool pool{.input = {1, 1, 1, 4}, .kernel = {1, 3}, .stride = {1, 2}, .ceil_mode = 1};
  EXPECT_THAT(node_of(pool).reference({{1.0F, 2.0F, 3.0F, 6.0F}}), ElementsAre(2.0F, 4.5F));
}

TEST(AvgPool2d, ReferenceEqualsThePlainSum) {
  for (const Pool& pool : many_pools()) {
    SCOPED_TRACE(describe(pool));
    const std::vector<float> data = sequence(ir::element_count(pool.input));
    const std::vector<WindowSum> windows = window_sums(pool, node_of(pool).output_shape(), data);
    const std::vector<float> result = reference(pool);
    ASSERT_EQ(result.size(), windows.size());
    for (std::size_t i = 0; i < windows.size(); ++i) {
      const double expected = windows[i].valid == 0 ? 0.0 : windows[i].sum / static_cast<double>(windows[i].divisor);
      ASSERT_NEAR(static_cast<double>(result[i]), expected, 1e-5);
    }
  }
}

TEST(AvgPool2d, LoweredEqualsTheIntegerFormula) {
  testing::Random random(3);
  for (const Pool& pool : many_pools()) {
    SCOPED_TRACE(describe(pool));
    const testing::Scale scale{.scale = 0.25F, .zero_point = random.integer(-128, 127)};
    testing::SingleNode node = node_of(pool, scale, nhwc);
    const testing::Codes codes = random.codes(ir::element_count(pool.input));
    const std::vector<WindowSum> windows = window_sums(pool, node.output_shape(), codes);
    const testing::Codes result = node.run({codes});
    ASSERT_EQ(result.size(), windows.size());
    for (std::size_t i = 0; i < windows.size(); ++i) {
      const double padding = static_cast<double>((windows[i].divisor - windows[i].valid) * scale.zero_point);
      const double mean = windows[i].valid == 0 ? scale.zero_point
                                                : (windows[i].sum + padding) / static_cast<double>(windows[i].divisor);
      ASSERT_EQ(result[i], std::clamp(std::round(mean), -128.0, 127.0)) << "window " << i;
    }
  }
}

TEST(AvgPool2d, LoweredIsTheReferenceRounded) {
  const Pool pool{.input = {2, 3, 7, 6}, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1, 1, 1}};
  for (const DimOrder& order : {DimOrder{}, nhwc}) {
    node_of(pool, {.scale = 0.1F, .zero_point = 17}, order).expect_matches_reference(0.51);
  }
}

TEST(AvgPool2d, WantsChannelsInnermost) {
  const Pool pool{.input = {1, 3, 4, 4}, .kernel = {2, 2}, .stride = {2, 2}};
  const auto from_nhwc = node_of(pool, {}, nhwc).lower();
  ASSERT_TRUE(from_nhwc.ok());
  EXPECT_EQ(from_nhwc->transposes, 0U);
  EXPECT_THAT(from_nhwc->kernels, ElementsAre("avg_pool2d_s8"));
  EXPECT_THAT(from_nhwc->output_orders, ElementsAre(nhwc));
  const auto from_nchw = node_of(pool).lower();
  ASSERT_TRUE(from_nchw.ok());
  EXPECT_EQ(from_nchw->transposes, 1U);
}

TEST(AvgPool2d, RefusesWhatCannotBe) {
  const Pool good{.input = {1, 1, 4, 4}, .kernel = {2, 2}, .stride = {2, 2}};
  const auto message = [](const Pool& pool) { return testing::message_of(node_of(pool).infer()); };
  EXPECT_EQ(message(good), "ok");
  Pool pool = good;
  pool.input = {3, 4, 4};
  EXPECT_EQ(message(pool),
            "error: node: input 0 of shape [3, 4, 4] has rank 3; the input is an image batch [N, C, H, W]\n"
            "hint: add a batch dimension with unsqueeze(0)");
  pool = good;
  pool.kernel = {5, 2};
  EXPECT_EQ(message(pool),
            "error: node: a window of 5 does not fit the height of 4 with padding [0, 0]; the window fits the padded "
            "image");
  pool = good;
  pool.kernel = {2};
  EXPECT_EQ(message(pool), "error: node: kernel is [2]; kernel has 2 values from 1 to 8388608");
  pool = good;
  pool.stride = {0, 1};
  EXPECT_EQ(message(pool), "error: node: stride is [0, 1]; stride has 2 values from 1 to 8388608");
  pool = good;
  pool.padding = {0, 2, 0, 0};
  EXPECT_EQ(message(pool),
            "error: node: padding [0, 2] of the height reaches a whole window of 2; padding is smaller than the "
            "window");
  pool = good;
  pool.divisor_override = -1;
  EXPECT_THAT(message(pool), HasSubstr("divisor_override is -1; a divisor from 1 to 8388607, or 0 for none"));
}

}  // namespace
}  // namespace pudu::ops

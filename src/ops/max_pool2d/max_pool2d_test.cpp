// Maximum pooling: sizes and values of PyTorch, the plain maximum, and equal codes from the lowered form.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using Integers = std::vector<std::int64_t>;

const DimOrder nhwc = {0, 2, 3, 1};

/// One pooling; `padding` is [top, bottom, left, right].
struct Pool {
  ir::Shape input;
  Integers kernel;
  Integers stride;
  Integers padding = {0, 0, 0, 0};
  Integers dilation = {1, 1};
  int ceil_mode = 0;
};

testing::SingleNode node_of(const Pool& pool, testing::Scale scale = {}, DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("kernel", pool.kernel);
  attributes.set("stride", pool.stride);
  attributes.set("padding", pool.padding);
  attributes.set("dilation", pool.dilation);
  attributes.set("ceil_mode", pool.ceil_mode);
  testing::SingleNode node("max_pool2d", attributes);
  node.input(pool.input, scale, std::move(order)).output(scale);
  return node;
}

/// The data that the expected values from PyTorch were computed from.
std::vector<float> sequence(std::int64_t count) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i * 37 % 101 - 50));
  return values;
}

/// Maximum of one window, tap by tap; `none` when no tap is inside.
template <class T>
T plain_maximum(const Pool& pool, const T* plane, std::int64_t out_y, std::int64_t out_x, T none) {
  T maximum = none;
  for (std::int64_t k_y = 0; k_y < pool.kernel[0]; ++k_y) {
    for (std::int64_t k_x = 0; k_x < pool.kernel[1]; ++k_x) {
      const std::int64_t y = out_y * pool.stride[0] - pool.padding[0] + k_y * pool.dilation[0];
      const std::int64_t x = out_x * pool.stride[1] - pool.padding[2] + k_x * pool.dilation[1];
      if (y < 0 || y >= pool.input[2] || x < 0 || x >= pool.input[3]) continue;
      maximum = std::max(maximum, plane[y * pool.input[3] + x]);
    }
  }
  return maximum;
}

template <class T>
std::vector<T> plain_max_pool(const Pool& pool, const ir::Shape& output, const std::vector<T>& data, T none) {
  std::vector<T> result;
  for (std::int64_t plane = 0; plane < output[0] * output[1]; ++plane) {
    for (std::int64_t y = 0; y < output[2]; ++y) {
      for (std::int64_t x = 0; x < output[3]; ++x) {
        result.push_back(plain_maximum(pool, data.data() + plane * pool.input[2] * pool.input[3], y, x, none));
      }
    }
  }
  return result;
}

std::vector<Pool> many_pools() {
  std::vector<Pool> pools;
  testing::Random random(11);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return static_cast<std::int64_t>(random.integer(static_cast<int>(low), static_cast<int>(high)));
  };
  while (pools.size() < 400) {
    Pool pool;
    pool.kernel = {pick(1, 3), pick(1, 3)};
    pool.stride = {pick(1, 4), pick(1, 4)};
    pool.dilation = {pick(1, 3), pick(1, 3)};
    const std::int64_t most_y = (pool.kernel[0] - 1) * pool.dilation[0];
    const std::int64_t most_x = (pool.kernel[1] - 1) * pool.dilation[1];
    pool.padding = {pick(0, most_y), pick(0, most_y), pick(0, most_x), pick(0, most_x)};
    pool.input = {pick(1, 2), pick(1, 5), pick(7, 10), pick(7, 10)};
    pool.ceil_mode = random.integer(0, 1);
    pools.push_back(pool);
  }
  return pools;
}

std::string describe(const Pool& pool) {
  return "input " + ir::to_string(pool.input) + " kernel " + ir::to_string(pool.kernel) + " stride " +
         ir::to_string(pool.stride) + " padding " + ir::to_string(pool.padding) + " dilation " +
         ir::to_string(pool.dilation) + " ceil " + std::to_string(pool.ceil_mode);
}

TEST(MaxPool2d, HasTheSizesOfPyTorch) {
  struct Case {
    std::int64_t input, kernel, stride, padding, dilation;
    int ceil_mode;
    std::int64_t output;
  };
  // torch.nn.functional.max_pool2d, PyTorch 2.13. Ceil mode drops a window that starts beyond input and left padding.
  const std::vector<Case> cases = {
      {2, 3, 2, 0, 1, 1, 1}, {2, 3, 2, 1, 1, 0, 1}, {2, 3, 2, 1, 1, 1, 2}, {3, 2, 1, 1, 1, 0, 4},
      {3, 2, 3, 1, 1, 1, 2}, {4, 1, 3, 0, 1, 1, 2}, {4, 3, 2, 0, 1, 1, 2}, {4, 2, 3, 0, 1, 0, 1},
      {4, 2, 3, 0, 1, 1, 2}, {5, 1, 3, 0, 1, 1, 2}, {5, 3, 3, 1, 1, 1, 2}, {6, 3, 3, 1, 1, 1, 3},
      {7, 2, 2, 1, 1, 1, 4}, {7, 3, 3, 0, 1, 1, 3}, {8, 2, 2, 0, 2, 0, 3}, {8, 2, 2, 0, 2, 1, 4},
      {7, 3, 2, 1, 2, 1, 3}, {5, 2, 4, 1, 1, 1, 2}, {9, 3, 4, 1, 3, 0, 2}, {6, 2, 5, 1, 1, 1, 2}};
  for (const Case& c : cases) {
    const Pool pool{.input = {1, 1, c.input, c.input},
                    .kernel = {c.kernel, c.kernel},
                    .stride = {c.stride, c.stride},
                    .padding = {c.padding, c.padding, c.padding, c.padding},
                    .dilation = {c.dilation, c.dilation},
                    .ceil_mode = c.ceil_mode};
    EXPECT_THAT(node_of(pool).output_shape(), ElementsAre(1, 1, c.output, c.output)) << describe(pool);
  }
}

TEST(MaxPool2d, HasTheValuesOfPyTorch) {
  Pool pool{.input = {1, 1, 5, 6},
            .kernel = {2, 3},
            .stride = {2, 2},
            .padding = {1, 1, 1, 1},
            .dilation = {2, 1},
            .ceil_mode = 1};
  EXPECT_THAT(node_of(pool).reference({sequence(30)}), ElementsAre(7, 44, 17, -47, 47, 47, 20, -7, 47, 47, 20, -7));
  pool.ceil_mode = 0;
  EXPECT_THAT(node_of(pool).reference({sequence(30)}), ElementsAre(7, 44, 17, 47, 47, 20, 47, 47, 20));
}

TEST(MaxPool2d, ReferenceEqualsThePlainMaximum) {
  for (const Pool& pool : many_pools()) {
    SCOPED_TRACE(describe(pool));
    const std::vector<float> data = sequence(ir::element_count(pool.input));
    testing::SingleNode node = node_of(pool);
    ASSERT_EQ(node.reference({data}),
              plain_max_pool(pool, node.output_shape(), data, -std::numeric_limits<float>::infinity()));
  }
}

TEST(MaxPool2d, LoweredHasEqualCodes) {
  testing::Random random(5);
  for (const Pool& pool : many_pools()) {
    SCOPED_TRACE(describe(pool));
    testing::SingleNode node = node_of(pool, {.scale = 0.5F, .zero_point = random.integer(-128, 127)}, nhwc);
    const testing::Codes codes = random.codes(ir::element_count(pool.input));
    ASSERT_EQ(node.run({codes}), plain_max_pool(pool, node.output_shape(), codes, std::int8_t{-128}));
  }
}

TEST(MaxPool2d, TakesContiguousInput) {
  const Pool pool{.input = {2, 3, 5, 4}, .kernel = {2, 2}, .stride = {2, 1}};
  testing::SingleNode node = node_of(pool);
  node.expect_matches_reference(0.001);
  const auto lowered = node.lower();
  ASSERT_TRUE(lowered.ok());
  EXPECT_EQ(lowered->transposes, 1U);
  EXPECT_THAT(lowered->kernels, ElementsAre("max_pool2d_s8"));
}

TEST(MaxPool2d, PropagatesNaN) {
  const Pool pool{.input = {1, 1, 1, 4}, .kernel = {1, 2}, .stride = {1, 2}};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> result = node_of(pool).reference({{nan, 1.0F, 2.0F, 3.0F}});
  EXPECT_TRUE(std::isnan(result[0]));
  EXPECT_EQ(result[1], 3.0F);
}

TEST(MaxPool2d, RefusesWhatCannotBe) {
  const Pool good{.input = {1, 1, 4, 4}, .kernel = {2, 2}, .stride = {2, 2}};
  const auto message = [](const Pool& pool) { return testing::message_of(node_of(pool).infer()); };
  EXPECT_EQ(message(good), "ok");
  Pool pool = good;
  pool.dilation = {4, 1};
  EXPECT_EQ(message(pool),
            "error: node: a window of 5 does not fit the height of 4 with padding [0, 0]; the window fits the padded "
            "image");
  pool = good;
  pool.dilation = {1, 0};
  EXPECT_EQ(message(pool), "error: node: dilation is [1, 0]; dilation has 2 values from 1 to 8388608");
  pool = good;
  pool.kernel = {5000, 5000};
  EXPECT_EQ(message(pool), "error: node: a window of [5000, 5000]; a window has at most 8388607 elements");
}

}  // namespace
}  // namespace pudu::ops

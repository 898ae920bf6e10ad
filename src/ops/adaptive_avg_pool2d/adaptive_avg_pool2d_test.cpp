// Adaptive average pooling: values of PyTorch, the plain mean over its windows, the kernels it is lowered to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::IsEmpty;
using ::testing::Pointwise;
using Integers = std::vector<std::int64_t>;

const DimOrder nhwc = {0, 2, 3, 1};

testing::SingleNode node_of(ir::Shape input, Integers output_size, testing::Scale scale = {}, DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("output_size", std::move(output_size));
  testing::SingleNode node("adaptive_avg_pool2d", attributes);
  node.input(std::move(input), scale, std::move(order)).output(scale);
  return node;
}

std::vector<float> sequence(std::int64_t count) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i * 37 % 101 - 50));
  return values;
}

/// Does input position `in` of `size` belong to window `out` of `count`? As fractions of the image, the pixel
/// [in, in + 1) / size and the window [out, out + 1) / count overlap.
bool overlaps(std::int64_t in, std::int64_t size, std::int64_t out, std::int64_t count) {
  return in * count < (out + 1) * size && out * size < (in + 1) * count;
}

template <class T>
std::vector<double> plain_means(const ir::Shape& in, const Integers& out, const std::vector<T>& data) {
  std::vector<double> means;
  for (std::int64_t plane = 0; plane < in[0] * in[1]; ++plane) {
    for (std::int64_t window = 0; window < out[0] * out[1]; ++window) {
      double sum = 0.0;
      double taps = 0.0;
      for (std::int64_t i = 0; i < in[2] * in[3]; ++i) {
        if (!overlaps(i / in[3], in[2], window / out[1], out[0])) continue;
        if (!overlaps(i % in[3], in[3], window % out[1], out[1])) continue;
        sum += static_cast<double>(data[static_cast<std::size_t>(plane * in[2] * in[3] + i)]);
        taps += 1.0;
      }
      means.push_back(sum / taps);
    }
  }
  return means;
}

TEST(AdaptiveAvgPool2d, HasTheValuesOfPyTorch) {
  // torch.nn.functional.adaptive_avg_pool2d, PyTorch 2.13.
  EXPECT_THAT(node_of({1, 1, 5, 6}, {3, 4}).reference({sequence(30)}),
              Pointwise(FloatNear(1e-5F), {-21.5F, 15.5F, -11.5F, 0.25F, 8.5F, 11.833333F, 1.666667F, -11.833333F,
                                           13.25F, -0.25F, -2.0F, -15.5F}));
  EXPECT_THAT(node_of({1, 1, 5, 6}, {7, 2}).reference({sequence(30)}),
              Pointwise(FloatNear(1e-5F), {-13.0F, -3.0F, -3.0F, -9.833333F, 0.166667F, -6.666667F, -6.666667F,
                                           3.333333F, 3.333333F, -3.5F, 6.5F, -0.333333F, -0.333333F, 9.666667F}));
}

TEST(AdaptiveAvgPool2d, EqualsThePlainMeanForAllSizes) {
  testing::Random random(9);
  const testing::Scale scale{.scale = 0.5F, .zero_point = -20};
  for (std::int64_t in_h = 1; in_h <= 9; ++in_h) {
    for (std::int64_t out_h = 1; out_h <= 9; ++out_h) {
      const ir::Shape in = {2, 3, in_h, 10 - in_h};
      const Integers out = {out_h, out_h % 4 + 1};
      SCOPED_TRACE(ir::to_string(in) + " to " + ir::to_string(out));
      testing::SingleNode node = node_of(in, out, scale, nhwc);
      EXPECT_THAT(node.output_shape(), ElementsAre(2, 3, out[0], out[1]));
      const testing::Codes codes = random.codes(ir::element_count(in));
      const std::vector<double> means = plain_means(in, out, codes);
      const testing::Codes lowered = node.run({codes});
      const std::vector<float> floats = node.reference({{codes.begin(), codes.end()}});
      ASSERT_EQ(lowered.size(), means.size());
      for (std::size_t i = 0; i < means.size(); ++i) {
        ASSERT_EQ(lowered[i], std::round(means[i])) << "element " << i;
        ASSERT_NEAR(static_cast<double>(floats[i]), means[i], 1e-4) << "element " << i;
      }
    }
  }
}

TEST(AdaptiveAvgPool2d, RegularWindowsAreAnOrdinaryPool) {
  const auto kernels = [](const ir::Shape& in, const Integers& out) { return node_of(in, out).lower()->kernels; };
  EXPECT_THAT(kernels({1, 4, 8, 8}, {1, 1}), ElementsAre("avg_pool2d_s8"));
  EXPECT_THAT(kernels({1, 4, 8, 9}, {2, 3}), ElementsAre("avg_pool2d_s8"));
  // Windows 0-2 and 2-4: they overlap, and are regular.
  EXPECT_THAT(kernels({1, 4, 5, 8}, {2, 4}), ElementsAre("avg_pool2d_s8"));
  EXPECT_THAT(kernels({1, 4, 8, 8}, {3, 3}), ElementsAre("adaptive_avg_pool2d_s8"));
  EXPECT_THAT(kernels({1, 4, 2, 2}, {4, 4}), ElementsAre("adaptive_avg_pool2d_s8"));
  EXPECT_THAT(kernels({1, 4, 7, 7}, {7, 7}), IsEmpty());
}

TEST(AdaptiveAvgPool2d, OfItsOwnSizeIsItsInput) {
  testing::SingleNode node = node_of({1, 2, 2, 3}, {2, 3}, {.scale = 1.0F, .zero_point = 1}, nhwc);
  const testing::Codes codes = {1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12};
  EXPECT_EQ(node.run({codes}), codes);
}

TEST(AdaptiveAvgPool2d, RefusesWhatCannotBe) {
  const auto message = [](const ir::Shape& in, const Integers& out) {
    return testing::message_of(node_of(in, out).infer());
  };
  EXPECT_EQ(message({1, 1, 4, 4}, {0, 1}),
            "error: node: output_size is [0, 1]; output_size has 2 values from 1 to 8388608");
  EXPECT_EQ(message({1, 1, 4, 4}, {2}), "error: node: output_size is [2]; output_size has 2 values from 1 to 8388608");
  EXPECT_EQ(message({1, 1, 1000, 4}, {8000000, 1}),
            "error: node: output_size [8000000, 1] of an image [1, 1, 1000, 4]; input size times output size fits 31 "
            "bits");
  EXPECT_EQ(message({1, 1, 4096, 4096}, {1, 1}),
            "error: node: output_size [1, 1] of an image [1, 1, 4096, 4096]; a window has at most 8388607 elements");
}

}  // namespace
}  // namespace pudu::ops

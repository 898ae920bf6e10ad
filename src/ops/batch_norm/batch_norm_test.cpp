// Batch norm: hand-computed values, absent scale and shift, what infer rejects.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::FloatNear;
using testing::message_of;
using ::testing::Pointwise;
using testing::SingleNode;

ir::Attributes eps(double value) {
  ir::Attributes attributes;
  attributes.set("eps", value);
  return attributes;
}

TEST(BatchNorm, NormalizesEveryChannel) {
  SingleNode node("batch_norm", eps(1.0));
  node.float_input({2, 2, 1, 2})
      .float_constant({2}, {2.0F, -1.0F})
      .float_constant({2}, {0.5F, 1.0F})
      .float_constant({2}, {1.0F, -1.0F})
      .float_constant({2}, {3.0F, 8.0F});
  EXPECT_EQ(node.output_shape(), (ir::Shape{2, 2, 1, 2}));
  // Channel 0: (x - 1) / 2 * 2 + 0.5; channel 1: -(x + 1) / 3 + 1.
  EXPECT_THAT(node.reference({{1, 2, 2, 5, -1, 0, -4, -1}}),
              Pointwise(FloatNear(1e-6F), {0.5F, 1.5F, 0.0F, -1.0F, -1.5F, -0.5F, 2.0F, 1.0F}));
}

TEST(BatchNorm, TakesVectorsWithoutScaleAndShift) {
  SingleNode node("batch_norm", eps(0.0));
  node.float_input({2, 3}).absent().absent();
  node.float_constant({3}, {0.0F, 1.0F, 2.0F}).float_constant({3}, {1.0F, 4.0F, 0.25F});
  EXPECT_THAT(node.reference({{1, 2, 3, 4, 5, 6}}), Pointwise(FloatNear(1e-6F), {1.0F, 0.5F, 2.0F, 4.0F, 2.0F, 8.0F}));
}

SingleNode with_statistics(const ir::Shape& input, std::int64_t channels, double epsilon) {
  SingleNode node("batch_norm", eps(epsilon));
  const std::vector<float> ones(static_cast<std::size_t>(channels), 1.0F);
  node.float_input(input).absent().absent().float_constant({channels}, ones).float_constant({channels}, ones);
  return node;
}

TEST(BatchNorm, SaysWhatItCannotDo) {
  EXPECT_EQ(message_of(with_statistics({1, 4, 2, 2}, 4, 1e-5).infer()), "ok");
  EXPECT_EQ(message_of(with_statistics({4}, 4, 1e-5).infer()), "error: node: input of shape [4]; [N, C, ...]");
  EXPECT_EQ(message_of(with_statistics({1, 4, 2, 2}, 3, 1e-5).infer()),
            "error: node: running_mean of shape [3]; shape [4], one element a channel");
  EXPECT_EQ(message_of(with_statistics({1, 4, 2, 2}, 4, -1.0).infer()), "error: node: eps is -1.000000; eps >= 0");
}

TEST(BatchNorm, HasNoKernel) {
  EXPECT_EQ(
      message_of(with_statistics({1, 4, 2, 2}, 4, 1e-5).lower()),
      "error: batch_norm has no kernel; the pass fold_batch_norm puts it into a neighbour or makes it a depthwise "
      "convolution");
}

}  // namespace
}  // namespace pudu::ops

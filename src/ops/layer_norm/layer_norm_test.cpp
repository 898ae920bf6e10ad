// layer_norm and rms_norm: values of PyTorch, the quantized result against the reference, orders of memory, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::FloatNear;
using ::testing::Pointwise;

constexpr testing::Scale input_scale{.scale = 0.03F, .zero_point = -7};
constexpr testing::Scale output_scale{.scale = 0.04F, .zero_point = 11};

struct Parameters {
  std::vector<float> weight, bias;
};

testing::SingleNode node_of(const ir::Shape& input, int normalized_rank, int subtract_mean,
                            const Parameters& parameters = {}, DimOrder order = {}, double eps = 1e-5) {
  ir::Attributes attributes;
  attributes.set("normalized_rank", normalized_rank);
  attributes.set("subtract_mean", subtract_mean);
  attributes.set("eps", eps);
  testing::SingleNode node("layer_norm", attributes);
  node.input(input, input_scale, std::move(order));
  for (const auto* values : {&parameters.weight, &parameters.bias}) {
    if (values->empty()) {
      node.absent();
    } else {
      node.float_constant({static_cast<std::int64_t>(values->size())}, *values);
    }
  }
  node.output(output_scale);
  return node;
}

std::vector<float> sequence(std::int64_t count) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i * 37 % 101 - 50));
  return values;
}

TEST(LayerNorm, HasTheValuesOfPyTorch) {
  // torch.nn.functional.layer_norm and rms_norm of [2, 4] with weight [1, 2, -1, 0.5], bias [0, 1, 0, -1];
  // PyTorch 2.13.
  const Parameters parameters{{1.0F, 2.0F, -1.0F, 0.5F}, {0.0F, 1.0F, 0.0F, -1.0F}};
  EXPECT_THAT(node_of({2, 4}, 1, 1, parameters).reference({sequence(8)}),
              Pointwise(FloatNear(1e-5F),
                        {-1.055612F, 1.471099F, -1.526711F, -1.353325F, -0.218322F, 3.79452F, 1.39726F, -0.890839F}));
  EXPECT_THAT(node_of({2, 4}, 2, 1).reference({sequence(8)}),
              Pointwise(FloatNear(1e-5F),
                        {-1.462136F, -0.146658F, 1.16882F, -1.106601F, 0.208877F, 1.524354F, -0.751067F, 0.564411F}));
  EXPECT_THAT(node_of({2, 4}, 1, 0, {parameters.weight, {}}).reference({sequence(8)}),
              Pointwise(FloatNear(1e-5F),
                        {-1.436657F, -0.747062F, -0.689595F, -0.574663F, -0.130496F, 2.95792F, 1.304965F, 0.152246F}));
}

TEST(LayerNorm, CodesAreNearTheReference) {
  testing::Random random(5);
  for (int round = 0; round < 60; ++round) {
    const int rank = random.integer(1, 2);
    const ir::Shape shape = {random.integer(1, 3), random.integer(1, 5), random.integer(2, 20)};
    const std::int64_t channels = rank == 1 ? shape[2] : shape[1] * shape[2];
    SCOPED_TRACE(ir::to_string(shape) + " rank " + std::to_string(rank));
    const Parameters parameters{random.reals(channels, -1.5F, 1.5F), random.reals(channels, -1.0F, 1.0F)};
    node_of(shape, rank, round % 3 == 0 ? 0 : 1, parameters).expect_matches_reference(0.55, 7);
  }
}

TEST(LayerNorm, ConstantRowsBecomeTheBias) {
  const Parameters parameters{{1.0F, 1.0F, 1.0F}, {0.4F, -0.4F, 0.0F}};
  EXPECT_EQ(node_of({2, 3}, 1, 1, parameters).run({{5, 5, 5, -128, -128, -128}}),
            (testing::Codes{21, 1, 11, 21, 1, 11}));
}

TEST(LayerNorm, EpsilonCounts) {
  // Variance 0.03^2 and eps 1: 0.03 / sqrt(1.0009) = 0.75 codes.
  EXPECT_EQ(node_of({1, 2}, 1, 1, {}, {}, 1.0).run({{-8, -6}}), (testing::Codes{10, 12}));
}

TEST(LayerNorm, OfChannelsOfAnImageNeedsNoTranspose) {
  // permute(0, 2, 3, 1) of an image in NHWC lies contiguously; that of one in NCHW does not.
  EXPECT_EQ(node_of({1, 4, 4, 8}, 1, 1).lower()->transposes, 0U);
  EXPECT_EQ(node_of({1, 4, 4, 8}, 1, 1, {}, {0, 3, 1, 2}).lower()->transposes, 1U);
  EXPECT_EQ(node_of({2, 3, 4}, 1, 1, {}, {1, 0, 2}).lower()->transposes, 0U);
}

TEST(LayerNorm, RefusesWhatCannotBe) {
  EXPECT_EQ(testing::message_of(node_of({2, 3}, 3, 1).infer()),
            "error: node: normalized_rank 3 of an input of shape [2, 3]; 1 to 2");
  EXPECT_EQ(testing::message_of(node_of({2, 3}, 1, 1, {{1.0F}, {}}).infer()),
            "error: node: weight of shape [1]; 3 elements");
  EXPECT_EQ(testing::message_of(node_of({2, 3}, 1, 1, {}, {}, 0.0).infer()),
            "error: node: eps is 0.000000; a positive number");
  EXPECT_EQ(testing::message_of(node_of({4096, 4096}, 2, 1).infer()),
            "error: node: a normalization over 16777216 elements; at most 8388607");
  testing::SingleNode computed("layer_norm");
  computed.input({2, 3}, input_scale).float_input({3}).absent().output(output_scale);
  EXPECT_EQ(testing::message_of(computed.infer()),
            "error: node: the weight 'operand1' is computed by the model; a constant");
}

}  // namespace
}  // namespace pudu::ops

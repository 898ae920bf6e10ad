// svdf: the codes of the LiteRT interpreter over several runs, the float reference worked out by hand, and refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/testing/single_node.hpp"
#include "ops/testing/typed_graph.hpp"

namespace pudu::ops {
namespace {

using ir::DType;
using testing::bytes_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::int16_scale;
using testing::TypedGraph;

template <class T>
std::vector<T> sequence(int count, int factor, int offset = 0, int start = 0) {
  std::vector<T> values;
  for (int i = start; i < start + count; ++i) values.push_back(static_cast<T>((i * 37 % 101 - 50) * factor + offset));
  return values;
}

ir::Attributes rank(std::int64_t filters) {
  ir::Attributes attributes;
  attributes.set("rank", filters);
  return attributes;
}

/// 2 batches of 3 features, 2 units of 2 filters that remember 3 numbers.
TypedGraph operands_of_layer(DType state_type = DType::Int16) {
  TypedGraph layer;
  layer.input(DType::Int8, {2, 3}, ir::per_tensor(0.02F, -5));
  layer.constant(DType::Int8, {4, 3}, sequence<std::int8_t>(12, 2), ir::per_tensor(0.01F, 0));
  layer.constant(DType::Int16, {4, 3}, sequence<std::int16_t>(12, 500), int16_scale(0.0005F));
  layer.input(state_type, {2, 12}, int16_scale(0.001F));
  layer.constant(DType::Int32, {2}, std::vector<std::int32_t>{3000, -70000}, std::nullopt);
  return layer;
}

const std::vector<TypedGraph::ResultType>& results() {
  static const std::vector<TypedGraph::ResultType> types = {{DType::Int8, ir::per_tensor(0.3F, 7)},
                                                            {DType::Int16, int16_scale(0.001F)}};
  return types;
}

TEST(Svdf, HasTheCodesOfLiteRtOverSeveralRuns) {
  TypedGraph layer = operands_of_layer();
  const Status appended = layer.append("svdf", rank(2), results());
  ASSERT_TRUE(appended) << to_string(appended.error());
  const std::vector<std::vector<std::int8_t>> expected = {
      {125, 86, 117, 108}, {74, 127, -47, -124}, {-128, -128, -128, -99}, {-128, -80, 21, -2}};
  std::vector<std::byte> state(48);
  for (int run = 0; run < 4; ++run) {
    const auto outputs = layer.run({bytes_of(sequence<std::int8_t>(6, 2, -9, run * 6)), state});
    ASSERT_TRUE(outputs) << to_string(outputs.error());
    EXPECT_EQ((*outputs)[0], bytes_of(expected[static_cast<std::size_t>(run)])) << "run " << run;
    state = (*outputs)[1];
  }
}

TEST(Svdf, RealNumbersMoveOnAndAreWeighed) {
  testing::SingleNode layer("svdf", rank(1));
  layer.float_input({1, 2});
  layer.float_constant({1, 2}, {1.0F, 10.0F});
  layer.float_constant({1, 3}, {100.0F, 1.0F, 0.5F});
  layer.float_input({1, 3});
  layer.float_constant({1}, {0.25F});
  // The state [7, 8, 9] becomes [8, 9, 1 + 20].
  EXPECT_THAT(layer.reference({{1.0F, 2.0F}, {7.0F, 8.0F, 9.0F}}), ElementsAre(800.0F + 9.0F + 10.5F + 0.25F));
}

TEST(Svdf, CountsItsMultiplications) {
  TypedGraph layer = operands_of_layer();
  ASSERT_TRUE(layer.append("svdf", rank(2), results()));
  EXPECT_EQ(operator_of(layer.graph.nodes().front()).macs(layer.graph, layer.graph.nodes().front()), 2 * 4 * (3 + 3));
}

TEST(Svdf, RefusesWhatDoesNotFitTogether) {
  const auto message = [](TypedGraph layer, std::int64_t filters) {
    const Status status = layer.append("svdf", rank(filters), results());
    return status ? std::string("ok") : to_string(status.error());
  };
  EXPECT_THAT(message(operands_of_layer(), 3), HasSubstr("rank 3; a divisor of the number of filters, 4"));
  EXPECT_THAT(message(operands_of_layer(), 0), HasSubstr("rank 0"));
  TypedGraph short_state = operands_of_layer();
  short_state.graph.value(*short_state.operands[3]).type.shape = {2, 11};
  EXPECT_THAT(message(short_state, 2), HasSubstr("a state of shape [2, 11]; [2, 12]"));
  TypedGraph narrow = operands_of_layer();
  narrow.graph.value(*narrow.operands[0]).type.shape = {2, 4};
  EXPECT_THAT(message(narrow, 2), HasSubstr("feature weights of shape [4, 3]; [4, 4]"));
  TypedGraph computed = operands_of_layer();
  computed.operands[2] = computed.operands[3];
  EXPECT_THAT(message(computed, 2), HasSubstr("the time weight 'v3' is computed by the model; a constant"));
}

TEST(Svdf, AnInt8StateIsNotLowered) {
  TypedGraph layer = operands_of_layer(DType::Int8);
  ASSERT_TRUE(layer.append("svdf", rank(2), {results()[0], {DType::Int8, int16_scale(0.001F)}}));
  const auto outputs = layer.run({});
  ASSERT_FALSE(outputs);
  EXPECT_THAT(to_string(outputs.error()),
              HasSubstr("i8 memory or time weights; int16 with one scale and zero point 0, as in int8 .tflite models"));
}

}  // namespace
}  // namespace pudu::ops

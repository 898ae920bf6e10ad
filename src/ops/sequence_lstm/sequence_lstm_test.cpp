// sequence_lstm: the codes of the LiteRT interpreter over several runs, the float reference against `recurrent`, and
// refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "ops/testing/single_node.hpp"
#include "ops/testing/typed_graph.hpp"

namespace pudu::ops {
namespace {

using ir::DType;
using testing::bytes_of;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using testing::int16_scale;
using ::testing::Pointwise;
using testing::TypedGraph;

template <class T>
std::vector<T> sequence(int count, int factor, int offset = 0, int start = 0) {
  std::vector<T> values;
  for (int i = start; i < start + count; ++i) values.push_back(static_cast<T>((i * 37 % 101 - 50) * factor + offset));
  return values;
}

ir::Attributes layout(std::int64_t time_major, double cell_clip) {
  ir::Attributes attributes;
  attributes.set("time_major", time_major);
  attributes.set("cell_clip", cell_clip);
  return attributes;
}

const ir::QuantParams hidden_scale = ir::per_tensor(0.008F, 6);

/// 2 steps of 2 batches of 3 features, 2 units.
TypedGraph operands_of_layer(float cell_scale = 1.0F / 2048) {
  constexpr std::array input_scales = {0.01F, 0.012F, 0.008F, 0.011F};
  constexpr std::array hidden_scales = {0.009F, 0.013F, 0.01F, 0.007F};
  TypedGraph layer;
  layer.input(DType::Int8, {2, 2, 3}, ir::per_tensor(0.02F, -5));
  for (int gate = 0; gate < 4; ++gate) {
    layer.constant(DType::Int8, {2, 3}, sequence<std::int8_t>(6, 2, 0, gate * 6),
                   ir::per_tensor(input_scales.at(static_cast<std::size_t>(gate)), 0));
  }
  for (int gate = 0; gate < 4; ++gate) {
    layer.constant(DType::Int8, {2, 2}, sequence<std::int8_t>(4, -2, 0, 3 + gate * 4),
                   ir::per_tensor(hidden_scales.at(static_cast<std::size_t>(gate)), 0));
  }
  for (int gate = 0; gate < 4; ++gate) {
    layer.constant(DType::Int32, {2}, sequence<std::int32_t>(2, 300, 0, gate * 2), std::nullopt);
  }
  layer.input(DType::Int8, {2, 2}, hidden_scale);
  layer.input(DType::Int16, {2, 2}, int16_scale(cell_scale));
  return layer;
}

std::vector<TypedGraph::ResultType> results(float cell_scale = 1.0F / 2048) {
  return {{DType::Int8, hidden_scale}, {DType::Int8, hidden_scale}, {DType::Int16, int16_scale(cell_scale)}};
}

TEST(SequenceLstm, HasTheCodesOfLiteRtOverSeveralRuns) {
  TypedGraph layer = operands_of_layer();
  const Status appended = layer.append("sequence_lstm", layout(1, 1.0), results());
  ASSERT_TRUE(appended) << to_string(appended.error());
  const std::vector<std::vector<std::int8_t>> expected = {
      {5, 39, 5, 35, 3, 33, 3, 31}, {-3, 26, 4, 18, -3, 14, 6, 22}, {6, 21, 6, 20, 5, 19, 5, 37}};
  std::vector<std::byte> hidden(4, std::byte{6});
  std::vector<std::byte> cell(8);
  for (int run = 0; run < 3; ++run) {
    const auto outputs = layer.run({bytes_of(sequence<std::int8_t>(12, 2, -9, run * 12)), hidden, cell});
    ASSERT_TRUE(outputs) << to_string(outputs.error());
    EXPECT_EQ((*outputs)[0], bytes_of(expected[static_cast<std::size_t>(run)])) << "run " << run;
    hidden = (*outputs)[1];
    cell = (*outputs)[2];
  }
}

std::vector<float> reals(int count, int start) {
  std::vector<float> values;
  for (const int value : sequence<int>(count, 1, 0, start)) values.push_back(static_cast<float>(value) / 50.0F);
  return values;
}

/// Both operators on the same numbers: 3 steps, 2 batches, 2 features, 2 units. Theirs join the gates i, f, g, o.
TEST(SequenceLstm, RealNumbersAreThoseOfRecurrent) {
  ir::Attributes lstm;
  lstm.set("cell", "lstm");
  testing::SingleNode recurrent("recurrent", lstm);
  recurrent.float_input({3, 2, 2});
  recurrent.float_constant({8, 2}, reals(16, 5))
      .float_constant({8, 2}, reals(16, 40))
      .float_constant({8}, reals(8, 70));
  recurrent.absent().float_input({2, 2}).float_input({2, 2});

  testing::SingleNode layer("sequence_lstm", layout(1, 0.0));
  layer.float_input({3, 2, 2});
  for (int gate = 0; gate < 4; ++gate) layer.float_constant({2, 2}, reals(4, 5 + gate * 4));
  for (int gate = 0; gate < 4; ++gate) layer.float_constant({2, 2}, reals(4, 40 + gate * 4));
  for (int gate = 0; gate < 4; ++gate) layer.float_constant({2}, reals(2, 70 + gate * 2));
  layer.float_input({2, 2}).float_input({2, 2});

  const std::vector<std::vector<float>> inputs = {reals(12, 1), reals(4, 13), reals(4, 17)};
  EXPECT_THAT(layer.reference(inputs), Pointwise(FloatNear(1e-6F), recurrent.reference(inputs)));
}

TEST(SequenceLstm, RefusesWhatDoesNotFitTogether) {
  const auto message = [](TypedGraph layer, const ir::Attributes& attributes) {
    const Status status = layer.append("sequence_lstm", attributes, results());
    return status ? std::string("ok") : to_string(status.error());
  };
  TypedGraph wrong_gate = operands_of_layer();
  wrong_gate.graph.value(*wrong_gate.operands[3]).type.shape = {3, 2};
  EXPECT_THAT(message(wrong_gate, layout(1, 0)), HasSubstr("input weights of shape [3, 2]; [2, 3]"));
  TypedGraph wrong_state = operands_of_layer();
  wrong_state.graph.value(*wrong_state.operands[13]).type.shape = {4, 1};
  EXPECT_THAT(message(wrong_state, layout(1, 0)), HasSubstr("a hidden state of shape [4, 1]; [2, 2]"));
  TypedGraph flat = operands_of_layer();
  flat.graph.value(*flat.operands[0]).type.shape = {12};
  EXPECT_THAT(message(flat, layout(1, 0)), HasSubstr("three dimensions"));
  EXPECT_THAT(message(operands_of_layer(), layout(1, -1.0)), HasSubstr("cell_clip"));
}

TEST(SequenceLstm, LowersOnlyCellsThatArePowersOfTwo) {
  const auto message = [](float scale) {
    TypedGraph layer = operands_of_layer(scale);
    EXPECT_TRUE(layer.append("sequence_lstm", layout(1, 0), results(scale)));
    const std::vector<std::byte> zeros(12);
    const auto outputs = layer.run({zeros, std::vector<std::byte>(4), std::vector<std::byte>(8)});
    return outputs ? std::string("ok") : to_string(outputs.error());
  };
  EXPECT_EQ(message(1.0F / 512), "ok");
  EXPECT_EQ(message(1.0F / 32768), "ok");
  EXPECT_THAT(message(1.0F / 256), HasSubstr("an int16 cell whose scale is a power of two, 2^-15 to 2^-9"));
  EXPECT_THAT(message(0.0005F), HasSubstr("a cell with scale 0.000500"));
}

}  // namespace
}  // namespace pudu::ops

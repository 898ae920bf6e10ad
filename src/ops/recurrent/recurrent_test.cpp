// recurrent: values of PyTorch in every cell, the quantized result against the reference, orders of memory, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::FloatNear;
using ::testing::Pointwise;

constexpr testing::Scale input_scale{.scale = 0.012F, .zero_point = -9};
constexpr testing::Scale state_scale{.scale = 0.007F, .zero_point = 4};
constexpr testing::Scale output_scale{.scale = 0.01F, .zero_point = 11};

struct Cell {
  std::string name;
  std::int64_t gates;
};
const Cell lstm{"lstm", 4}, gru{"gru", 3}, rnn_tanh{"rnn_tanh", 1}, rnn_relu{"rnn_relu", 1};

struct Sizes {
  std::int64_t steps = 3, batches = 2, features = 3, units = 2;
};

enum class State : std::uint8_t { Zero, Given };
enum class Direction : std::uint8_t { Forward, Backward };

/// Numbers from -1 to 1 that do not repeat soon.
std::vector<float> sequence(std::int64_t count, float factor = 1.0F, float offset = 0.0F) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>(i * 37 % 101 - 50) / 50.0F * factor + offset);
  }
  return values;
}

testing::SingleNode node_of(const Cell& cell, const Sizes& sizes, State state, Direction direction,
                            DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("cell", cell.name);
  attributes.set("reverse", direction == Direction::Backward ? 1 : 0);
  testing::SingleNode node("recurrent", attributes);
  const std::int64_t rows = cell.gates * sizes.units;
  node.input({sizes.steps, sizes.batches, sizes.features}, input_scale, std::move(order));
  node.float_constant({rows, sizes.features}, sequence(rows * sizes.features));
  node.float_constant({rows, sizes.units}, sequence(rows * sizes.units, -1.0F));
  node.float_constant({rows}, sequence(rows, 0.5F));
  node.float_constant({rows}, sequence(rows, -0.3F, 0.1F));
  if (state == State::Given) node.input({sizes.batches, sizes.units}, state_scale);
  if (state == State::Given && cell.name == "lstm") node.input({sizes.batches, sizes.units}, state_scale);
  node.output(output_scale);
  return node;
}

/// PyTorch 2.13 on sequence(18), h0 = sequence(4) / 2, c0 = -sequence(4), with the weights of node_of.
void expect_torch(const Cell& cell, const std::vector<float>& expected) {
  SCOPED_TRACE(cell.name);
  std::vector<std::vector<float>> inputs = {sequence(18), sequence(4, 0.5F)};
  if (cell.name == "lstm") inputs.push_back(sequence(4, -1.0F));
  EXPECT_THAT(node_of(cell, {}, State::Given, Direction::Forward).reference(inputs),
              Pointwise(FloatNear(1e-5F), expected));
}

TEST(Recurrent, HasTheValuesOfPyTorch) {
  expect_torch(lstm, {0.243397F, -0.0122484F, -0.307574F, -0.00800004F, 0.133158F, -0.0799035F, -0.0174106F, 0.135299F,
                      0.27775F, 0.0667575F, 0.176014F, 0.208582F});
  expect_torch(gru, {-0.385918F, -0.1453F, 0.104319F, -0.411671F, -0.356859F, -0.124248F, 0.410971F, -0.152142F,
                     0.24982F, 0.181584F, 0.486477F, 0.105059F});
  expect_torch(rnn_tanh, {0.581152F, 0.868268F, 0.82682F, 0.616165F, 0.934516F, 0.911049F, 0.633609F, -0.193086F,
                          0.650283F, -0.0472929F, 0.0317957F, -0.676266F});
  expect_torch(rnn_relu, {0.6642F, 1.326F, 1.178F, 0.7188F, 1.89496F, 1.85998F, 1.12529F, 0.0F, 1.98296F, 0.250807F,
                          0.573688F, 0.0F});
}

TEST(Recurrent, CodesAreNearTheReference) {
  // Weights are rounded to 8 bits: up to 1/254 of each, some of which add up.
  testing::Random random(5);
  for (const Cell& cell : {lstm, gru, rnn_tanh, rnn_relu}) {
    for (int round = 0; round < 12; ++round) {
      const Sizes sizes{random.integer(1, 5), random.integer(1, 3), random.integer(1, 6), random.integer(1, 6)};
      const State state = round % 2 == 0 ? State::Zero : State::Given;
      const Direction direction = round % 3 == 0 ? Direction::Backward : Direction::Forward;
      SCOPED_TRACE(cell.name + " round " + std::to_string(round));
      node_of(cell, sizes, state, direction).expect_matches_reference(cell.name == "rnn_relu" ? 8.0 : 3.5, 7);
    }
  }
}

TEST(Recurrent, BatchFirstNeedsNoTranspose) {
  testing::SingleNode node = node_of(lstm, {4, 3, 5, 6}, State::Zero, Direction::Forward, {1, 0, 2});
  const auto lowered = node.lower();
  ASSERT_TRUE(lowered.ok()) << testing::message_of(lowered);
  EXPECT_EQ(lowered->transposes, 0U);
  EXPECT_EQ(lowered->kernels, std::vector<std::string>{"recurrent_s8"});
  EXPECT_EQ(lowered->output_orders.front(), (DimOrder{1, 0, 2}));
  node.expect_matches_reference(3.5);
  EXPECT_EQ(node_of(lstm, {4, 3, 5, 6}, State::Zero, Direction::Forward, {2, 0, 1}).lower()->transposes, 1U);
}

TEST(Recurrent, RoundingDoesNotPileUp) {
  // 200 steps of a cell that forgets little.
  const Sizes sizes{200, 1, 2, 3};
  for (const Cell& cell : {lstm, gru}) {
    SCOPED_TRACE(cell.name);
    ir::Attributes attributes;
    attributes.set("cell", cell.name);
    testing::SingleNode node("recurrent", attributes);
    const std::int64_t rows = cell.gates * sizes.units;
    std::vector<float> bias(static_cast<std::size_t>(rows), 0.0F);
    std::fill_n(bias.begin() + sizes.units, sizes.units, 3.0F);  // f of an LSTM, z of a GRU
    node.input({sizes.steps, 1, sizes.features}, input_scale);
    node.float_constant({rows, sizes.features}, sequence(rows * sizes.features, 0.4F));
    node.float_constant({rows, sizes.units}, sequence(rows * sizes.units, 0.2F));
    node.float_constant({rows}, bias).absent();
    node.output(output_scale).expect_matches_reference(2.0);
  }
}

TEST(Recurrent, WithoutBiasTheWeightsAloneCount) {
  ir::Attributes attributes;
  attributes.set("cell", "rnn_relu");
  testing::SingleNode node("recurrent", attributes);
  node.input({2, 1, 1}, {.scale = 1.0F}).float_constant({1, 1}, {2.0F}).float_constant({1, 1}, {0.5F});
  node.absent().absent().output({.scale = 1.0F});
  EXPECT_EQ(node.run({{3, 4}}), (testing::Codes{6, 11}));  // 2 * 3; 2 * 4 + 6 / 2
}

struct Refused {
  std::string cell = "lstm";
  ir::Shape input = {3, 1, 2};
  ir::Shape input_weight = {8, 2};
  ir::Shape hidden_weight = {8, 2};
  ir::Shape bias = {8};
};

std::string message(const Refused& shapes) {
  ir::Attributes attributes;
  attributes.set("cell", shapes.cell);
  testing::SingleNode node("recurrent", attributes);
  const auto constant = [&](const ir::Shape& shape) {
    node.float_constant(shape, std::vector<float>(static_cast<std::size_t>(ir::element_count(shape)), 0.5F));
  };
  node.input(shapes.input, input_scale);
  constant(shapes.input_weight);
  constant(shapes.hidden_weight);
  constant(shapes.bias);
  return testing::message_of(node.infer());
}

TEST(Recurrent, RefusesWhatCannotBe) {
  EXPECT_EQ(message({}), "ok");
  EXPECT_EQ(message({.cell = "peephole"}), "error: node: cell 'peephole'; lstm, gru, rnn_tanh, rnn_relu");
  EXPECT_EQ(message({.input = {3, 2}}), "error: node: an input of shape [3, 2]; [steps, batch, features]");
  EXPECT_EQ(message({.input_weight = {8, 3}}), "error: node: input_weight of shape [8, 3]; [8, 2]");
  EXPECT_EQ(message({.cell = "gru"}), "error: node: input_weight of shape [8, 2]; [6, 2]");
  EXPECT_EQ(message({.hidden_weight = {8}}), "error: node: hidden_weight of shape [8]; [gates * H, H]");
  EXPECT_EQ(message({.bias = {4}}), "error: node: input_bias of shape [4]; [8]");
  EXPECT_EQ(message({.hidden_weight = {8, 4000}}),
            "error: node: a recurrent layer of 4000 hidden features; at most 2048");
}

TEST(Recurrent, RefusesOperandsThatCannotBe) {
  ir::Attributes attributes;
  attributes.set("cell", "gru");
  testing::SingleNode computed("recurrent", attributes);
  computed.input({3, 1, 2}, input_scale).float_input({6, 2}).float_constant({6, 2}, sequence(12));
  EXPECT_EQ(testing::message_of(computed.infer()),
            "error: node: the input_weight 'operand1' is computed by the model; a constant");

  const auto with_state = [&](const ir::Shape& hidden) {
    testing::SingleNode node("recurrent", attributes);
    node.input({3, 1, 2}, input_scale).float_constant({6, 2}, sequence(12)).float_constant({6, 2}, sequence(12));
    node.absent().absent().input(hidden, state_scale);
    return node;
  };
  EXPECT_EQ(testing::message_of(with_state({1, 3}).infer()),
            "error: node: an initial hidden state of shape [1, 3]; [1, 2]");
  testing::SingleNode with_cell = with_state({1, 2});
  with_cell.input({1, 2}, state_scale);
  EXPECT_EQ(testing::message_of(with_cell.infer()), "error: node: an initial cell state; one of an lstm only");
}

}  // namespace
}  // namespace pudu::ops

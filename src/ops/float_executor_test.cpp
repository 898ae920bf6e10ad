// Running float graphs: shapes, the order in which values are seen, constants of every type, and values that outlive
// their last reader.
#include "ops/float_executor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "ops/registry.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;

struct Network {
  ir::Graph graph;

  Network() { graph.name = "test"; }

  ir::ValueId input(const std::string& name, ir::Shape shape) {
    const ir::ValueId id = graph.add_value(name, {ir::DType::Float32, std::move(shape)});
    graph.inputs.push_back(id);
    return id;
  }
  ir::ValueId add(const std::string& name, ir::ValueId a, ir::ValueId b) {
    auto node = append_node(graph, name, "add", {a, b}, {});
    EXPECT_TRUE(node.ok()) << to_string(node.error());
    return graph.nodes()[ir::index_of(*node)].outputs.front();
  }
};

std::vector<float> values(const Tensor& tensor) {
  return {tensor.data().begin(), tensor.data().end()};
}

TEST(FloatExecutor, RunsNodesInOrderAndKeepsOutputs) {
  Network network;
  const ir::ValueId x = network.input("x", {2});
  const ir::ValueId y = network.input("y", {2});
  const ir::ValueId sum = network.add("sum", x, y);
  const ir::ValueId twice = network.add("twice", sum, sum);
  network.graph.outputs = {twice, sum, x, sum};
  const FloatExecutor executor(network.graph);
  const std::vector<Tensor> inputs = {Tensor({2}, {1, 2}), Tensor({2}, {10, 20})};
  for (int round = 0; round < 2; ++round) {
    const auto outputs = executor.run(inputs);
    ASSERT_TRUE(outputs.ok()) << to_string(outputs.error());
    ASSERT_EQ(outputs->size(), 4U);
    EXPECT_THAT(values((*outputs)[0]), ElementsAre(22, 44));
    EXPECT_THAT(values((*outputs)[1]), ElementsAre(11, 22));
    EXPECT_THAT(values((*outputs)[2]), ElementsAre(1, 2));
    EXPECT_THAT(values((*outputs)[3]), ElementsAre(11, 22));
  }
  EXPECT_THAT(values(inputs[0]), ElementsAre(1, 2)) << "inputs are not written";
}

TEST(FloatExecutor, ShowsInputsThenResults) {
  Network network;
  const ir::ValueId x = network.input("x", {1});
  const ir::ValueId y = network.input("y", {1});
  const ir::ValueId sum = network.add("sum", x, y);
  const ir::ValueId unused = network.add("unused", sum, x);
  network.graph.outputs = {sum};
  std::vector<ir::ValueId> seen;
  std::vector<float> numbers;
  const std::vector<Tensor> inputs = {Tensor({1}, {1}), Tensor({1}, {2})};
  ASSERT_TRUE(FloatExecutor(network.graph)
                  .run(inputs,
                       [&](ir::ValueId id, const Tensor& tensor) {
                         seen.push_back(id);
                         numbers.push_back(tensor.data()[0]);
                       })
                  .ok());
  EXPECT_THAT(seen, ElementsAre(x, y, sum, unused));
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3, 4));
}

TEST(FloatExecutor, WhatAnObserverKeepsStays) {
  Network network;
  const ir::ValueId x = network.input("x", {1});
  const ir::ValueId a = network.add("a", x, x);
  network.graph.outputs = {network.add("b", a, a)};
  std::vector<Tensor> kept;
  const std::vector<Tensor> inputs = {Tensor({1}, {1})};
  ASSERT_TRUE(FloatExecutor(network.graph)
                  .run(inputs, [&](ir::ValueId, const Tensor& tensor) { kept.push_back(tensor); })
                  .ok());
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept[1].data()[0], 2.0F);
  EXPECT_EQ(kept[2].data()[0], 4.0F);
}

TEST(FloatExecutor, RefusesInputsThatAreNotTheModels) {
  Network network;
  const ir::ValueId x = network.input("x", {2, 1});
  network.graph.outputs = {network.add("sum", x, network.input("y", {2, 1}))};
  const FloatExecutor executor(network.graph);
  const std::vector<Tensor> one = {Tensor({2, 1}, {1, 2})};
  EXPECT_EQ(to_string(executor.run(one).error()), "error: inputs: 1 inputs; the model has 2");
  const std::vector<Tensor> wrong = {Tensor({2, 1}, {1, 2}), Tensor({1, 2}, {1, 2})};
  const auto result = executor.run(wrong);
  EXPECT_EQ(to_string(result.error()), "error: y: shape [1, 2]; the model takes [2, 1]");
  EXPECT_EQ(result.error().kind, ErrorKind::InvalidInput);
}

template <class T>
ir::ValueId constant_of(Network& network, ir::DType dtype, const std::vector<T>& data) {
  std::vector<std::byte> bytes(data.size() * sizeof(T));
  std::memcpy(bytes.data(), data.data(), bytes.size());
  return network.graph.add_constant(network.graph.unique_value_name("c"),
                                    {dtype, {static_cast<std::int64_t>(data.size())}}, std::move(bytes));
}

TEST(FloatExecutor, ConstantsOfEveryTypeAreNumbers) {
  Network network;
  network.input("x", {1});
  network.graph.outputs = {constant_of<float>(network, ir::DType::Float32, {0.5F, -1}),
                           constant_of<std::int8_t>(network, ir::DType::Int8, {-128, 127}),
                           constant_of<std::uint8_t>(network, ir::DType::UInt8, {0, 255}),
                           constant_of<std::uint8_t>(network, ir::DType::Bool, {0, 1}),
                           constant_of<std::int16_t>(network, ir::DType::Int16, {-32768, 5}),
                           constant_of<std::int32_t>(network, ir::DType::Int32, {-70000, 5}),
                           constant_of<std::int64_t>(network, ir::DType::Int64, {-1, std::int64_t{1} << 40})};
  const std::vector<Tensor> inputs = {Tensor({1}, {0})};
  const auto outputs = FloatExecutor(network.graph).run(inputs);
  ASSERT_TRUE(outputs.ok()) << to_string(outputs.error());
  const std::vector<std::vector<float>> expected = {{0.5F, -1},  {-128, 127},           {0, 255}, {0, 1}, {-32768, 5},
                                                    {-70000, 5}, {-1, 1099511627776.0F}};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(values((*outputs)[i]), expected[i]) << i;
}

}  // namespace
}  // namespace pudu::ops

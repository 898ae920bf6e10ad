// embedding: rows by position, positions outside of the matrix, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "ops/registry.hpp"
#include "ops/testing/plain_lowering.hpp"
#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;

/// A graph with an int32 input [2, 2] and a constant matrix [3, 2]; `dtype` and `shape` are those of the matrix.
struct Example {
  explicit Example(ir::Shape shape = {3, 2}, ir::DType positions_type = ir::DType::Int32) {
    positions = graph.add_value("positions", {positions_type, {2, 2}});
    graph.inputs = {positions};
    const auto count = static_cast<std::size_t>(ir::element_count(shape));
    std::vector<std::byte> codes;
    for (std::size_t i = 0; i < count; ++i) codes.push_back(static_cast<std::byte>(10 + i));
    matrix = graph.add_constant("matrix", {ir::DType::Int8, std::move(shape)}, std::move(codes));
    graph.value(matrix).quant = ir::per_tensor(0.5F, 3);
  }

  std::string append() {
    const auto node = append_node(graph, "node", "embedding", {matrix, positions}, {});
    if (!node.ok()) return to_string(node.error());
    const ir::ValueId output = graph.nodes().front().outputs.front();
    graph.value(output).type.dtype = ir::DType::Int8;
    graph.value(output).quant = ir::per_tensor(0.5F, 3);
    graph.outputs = {output};
    return "ok";
  }

  ir::Graph graph;
  ir::ValueId positions{}, matrix{};
};

testing::Codes run(const std::vector<std::int32_t>& positions) {
  Example example;
  EXPECT_EQ(example.append(), "ok");
  testing::PlainLowering context(example.graph, {contiguous_order(2)});
  EXPECT_TRUE(operator_of(example.graph.nodes().front()).lower(context).ok());
  std::vector<std::byte> bytes(positions.size() * sizeof(std::int32_t));
  std::memcpy(bytes.data(), positions.data(), bytes.size());
  const std::vector<std::byte> output = context.run({bytes}).front();
  testing::Codes codes(output.size());
  std::memcpy(codes.data(), output.data(), output.size());
  return codes;
}

TEST(Embedding, CopiesRows) {
  EXPECT_THAT(run({0, 2, 1, 2}), ElementsAre(10, 11, 14, 15, 12, 13, 14, 15));
}

TEST(Embedding, PositionsOutsideAreThoseOfTheBorder) {
  EXPECT_THAT(run({-1, 3, INT32_MIN, INT32_MAX}), ElementsAre(10, 11, 14, 15, 10, 11, 14, 15));
}

TEST(Embedding, ReferenceIsTheSame) {
  Example example;
  ASSERT_EQ(example.append(), "ok");
  const std::vector<Tensor> inputs = {Tensor({3, 2}, {1, 2, 3, 4, 5, 6}), Tensor({2, 2}, {2, 0, 1, 9})};
  std::vector<Tensor> outputs = {Tensor({2, 2, 2})};
  ASSERT_TRUE(
      operator_of(example.graph.nodes().front()).reference(example.graph.nodes().front(), inputs, outputs).ok());
  EXPECT_THAT(std::as_const(outputs[0]).data(), ElementsAre(5, 6, 1, 2, 3, 4, 5, 6));
}

TEST(Embedding, RefusesWhatCannotBe) {
  EXPECT_EQ(Example({6}).append(), "error: node: rows of a tensor of shape [6]; a constant matrix [rows, columns]");
  EXPECT_EQ(Example({3, 2}, ir::DType::Float32).append(),
            "error: node: positions of data type f32; an integer input of the model");
}

}  // namespace
}  // namespace pudu::ops

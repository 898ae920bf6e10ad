// Float islands: which nodes stay float32, where they begin and end, and what is refused.
#include "quantizer/float_islands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/registry.hpp"
#include "quantizer/quantize.hpp"

namespace pudu::quantizer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Names = std::vector<std::string>;

ir::Attributes function(std::string_view name) {
  ir::Attributes attributes;
  attributes.set("function", std::string(name));
  return attributes;
}

/// x -> first (sigmoid) -> flat (reshape) -> second (tanh) -> third (abs) -> output, and second -> fourth (neg) ->
/// output.
class Chain {
 public:
  Chain() {
    graph.name = "chain";
    const ir::ValueId x = graph.add_value("x", {ir::DType::Float32, {1, 2, 3}});
    graph.inputs = {x};
    const ir::ValueId first = append("first", "unary", x, function("sigmoid"));
    ir::Attributes shape;
    shape.set("shape", std::vector<std::int64_t>{1, 6});
    const ir::ValueId flat = append("flat", "reshape", first, shape);
    const ir::ValueId second = append("second", "unary", flat, function("tanh"));
    graph.outputs = {append("third", "unary", second, function("abs")),
                     append("fourth", "unary", second, function("neg"))};
  }

  ir::Graph graph;

  Result<ir::Graph> quantized(const Names& keep_float, IoType io) const {
    const std::vector<Sample> samples = {{ops::Tensor({1, 2, 3}, {-2, -1, 0, 1, 2, 3})}};
    QuantizerOptions options;
    options.keep_float = keep_float;
    options.io = io;
    const Ranges ranges = calibrate(graph, samples, options).value();
    return quantize(graph, ranges, options);
  }

 private:
  ir::ValueId append(const std::string& name, std::string_view op, ir::ValueId input, ir::Attributes attributes) {
    const ir::NodeId node = ops::append_node(graph, name, op, {input}, std::move(attributes)).value();
    return graph.nodes()[ir::index_of(node)].outputs.front();
  }
};

Names ops_of(const ir::Graph& graph) {
  Names names;
  for (const ir::Node& node : graph.nodes()) names.push_back(node.op == "unary" ? node.name : node.op);
  return names;
}

Names float_nodes(const Chain& chain, const Names& names, IoType io = IoType::Int8) {
  Names nodes;
  const std::vector<FloatPart> parts = find_float_parts(chain.graph, names, io).value();
  for (const FloatPart& part : parts) nodes.push_back(part.node);
  return nodes;
}

TEST(FloatParts, AreTheNamedNodesAndWhatCopiesBetweenThem) {
  const Chain chain;
  EXPECT_THAT(float_nodes(chain, {}), IsEmpty());
  EXPECT_THAT(float_nodes(chain, {"second"}), ElementsAre("second"));
  EXPECT_THAT(float_nodes(chain, {"first", "second"}), ElementsAre("first", "flat", "second"));
  EXPECT_THAT(float_nodes(chain, {"unary"}), ElementsAre("first", "flat", "second", "third", "fourth"));
  const auto parts = find_float_parts(chain.graph, Names{"first", "second"}, IoType::Int8).value();
  EXPECT_EQ(parts[0].reason, "--keep-float names it");
  EXPECT_EQ(parts[1].reason, "it copies elements between float operators");
}

TEST(FloatParts, NamesAreThoseOfTheModel) {
  const Chain chain;
  const auto parts = find_float_parts(chain.graph, Names{"secnd"}, IoType::Int8);
  ASSERT_FALSE(parts.ok());
  EXPECT_EQ(parts.error().kind, ErrorKind::Usage);
  EXPECT_THAT(to_string(parts.error()), HasSubstr("--keep-float: 'secnd' is no node and no operator of the model"));
  EXPECT_THAT(to_string(parts.error()), HasSubstr("did you mean 'second'?"));
}

TEST(FloatParts, AnOperatorWithoutAFloatFormIsRefused) {
  ir::Graph graph;
  graph.name = "argmax";
  graph.inputs = {graph.add_value("x", {ir::DType::Float32, {1, 4}})};
  ir::Attributes attributes;
  attributes.set("dim", std::int64_t{1});
  const ir::NodeId node = ops::append_node(graph, "winner", "argmax", {graph.inputs[0]}, attributes).value();
  graph.outputs = graph.nodes()[ir::index_of(node)].outputs;
  const auto parts = find_float_parts(graph, Names{"winner"}, IoType::Int8);
  ASSERT_FALSE(parts.ok());
  EXPECT_EQ(parts.error().kind, ErrorKind::Unsupported);
  EXPECT_THAT(to_string(parts.error()), HasSubstr("operator argmax has no float kernel"));
  EXPECT_THAT(to_string(parts.error()), HasSubstr("softmax"));
}

TEST(Islands, BeginAndEndWithOneBoundaryNodeAValue) {
  const ir::Graph graph = Chain().quantized({"second"}, IoType::Int8).value();
  EXPECT_THAT(ops_of(graph), ElementsAre("first", "reshape", "dequantize", "second", "quantize", "third", "fourth"));
  EXPECT_EQ(graph.value(graph.outputs[0]).type.dtype, ir::DType::Int8);
}

TEST(Islands, NeighboursAreOneIsland) {
  const ir::Graph graph = Chain().quantized({"unary"}, IoType::Int8).value();
  EXPECT_THAT(ops_of(graph),
              ElementsAre("dequantize", "first", "reshape", "second", "third", "quantize", "fourth", "quantize"));
  for (const ir::ValueId output : graph.outputs) EXPECT_EQ(graph.value(output).type.dtype, ir::DType::Int8);
}

TEST(Islands, TakeAndGiveTheFloatsOfTheBoundary) {
  const ir::Graph graph = Chain().quantized({"unary"}, IoType::Float32).value();
  EXPECT_THAT(ops_of(graph), ElementsAre("first", "reshape", "second", "third", "fourth"));
  EXPECT_EQ(graph.value(graph.inputs[0]).name, "x");
  const ir::Graph inner = Chain().quantized({"first"}, IoType::Float32).value();
  EXPECT_THAT(ops_of(inner),
              ElementsAre("first", "quantize", "reshape", "second", "third", "fourth", "dequantize", "dequantize"));
}

TEST(Islands, ValuesOfAnIslandHaveNoParameters) {
  const ir::Graph graph = Chain().quantized({"second"}, IoType::Int8).value();
  for (const ir::Value& value : graph.values()) {
    EXPECT_EQ(value.quant.has_value(), value.type.dtype == ir::DType::Int8) << value.name;
  }
}

}  // namespace
}  // namespace pudu::quantizer

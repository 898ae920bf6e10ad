// The text form of graphs: golden text, round trips, errors, and survival of arbitrary edits.
#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <limits>

#include "base/testing/mutate.hpp"
#include "ir/graph.hpp"

namespace pudu::ir {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<std::byte> bytes_of(std::size_t count) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(i * 7));
  return bytes;
}

/// A quantized convolution with a per-channel weight, shared data and no bias.
Graph quantized_graph() {
  Graph graph;
  graph.name = "tiny";
  const ValueId x = graph.add_value("x", {DType::Int8, {1, 3, 8, 8}, Layout::ChannelsLast});
  graph.value(x).quant = per_tensor(0.05F, -3);
  graph.inputs = {x};
  const ValueId weight =
      graph.add_constant("conv.weight", {DType::Int8, {2, 3, 1, 1}, Layout::Contiguous}, bytes_of(6));
  graph.value(weight).quant = QuantParams{.scales = {0.5F, 0.1F}, .axis = 0, .quant_min = -127};
  const ValueId alias = graph.add_value("alias", graph.value(weight).type);
  graph.value(alias).constant = graph.value(weight).constant;
  graph.add_value("unused", {DType::Bool, {}, Layout::Contiguous});
  Attributes attributes;
  attributes.set("stride", AttributeValue(std::vector<std::int64_t>{1, 1}));
  attributes.set("activation_min", AttributeValue(-infinity));
  const TensorType result{DType::Int8, {1, 2, 8, 8}, Layout::Contiguous};
  graph.add_node("conv", "conv2d", {x, weight, std::nullopt}, std::move(attributes), {&result, 1},
                 "model.py:26 in forward");
  graph.value(graph.nodes()[0].outputs[0]).quant = per_tensor(0.1F, 5);
  graph.outputs = {graph.nodes()[0].outputs[0], x};
  return graph;
}

/// Every attribute type, odd numbers, odd names, several results, ids out of order.
Graph odd_graph() {
  Graph graph;
  graph.name = "3 odd \"names\"\n";
  const TensorType scalar{DType::Float32, {}, Layout::Contiguous};
  const ValueId second = graph.add_value("second", scalar);
  const ValueId first = graph.add_value("na\xc3\xafve \\ value", scalar);
  graph.inputs = {first, second};
  Attributes attributes;
  attributes.set("integer", AttributeValue(INT64_MIN));
  attributes.set("real", AttributeValue(-0.0));
  attributes.set("tiny real", AttributeValue(std::numeric_limits<double>::denorm_min()));
  attributes.set("whole real", AttributeValue(1e22));
  attributes.set("text", AttributeValue(std::string("a\n\"b\"\0c", 7)));
  attributes.set("no text", AttributeValue(std::string()));
  attributes.set("integers", AttributeValue(std::vector<std::int64_t>{-1, INT64_MAX}));
  attributes.set("no integers", AttributeValue(std::vector<std::int64_t>()));
  attributes.set("reals", AttributeValue(std::vector<double>{infinity, -infinity, 0.1, 3.0}));
  attributes.set("no reals", AttributeValue(std::vector<double>()));
  const std::array types = {scalar, TensorType{DType::Int64, {2, 1}, Layout::Contiguous}};
  graph.add_node("", "odd op", {std::nullopt, first, first, std::nullopt}, std::move(attributes), types, "\"here\"");
  graph.mutable_nodes()[0].name = "another name";
  graph.value(graph.nodes()[0].outputs[0]).name = "_";
  graph.add_node("late", "op", {}, {}, {&scalar, 1});
  std::swap(graph.mutable_nodes()[0], graph.mutable_nodes()[1]);
  graph.renumber_nodes();
  const ValueId constant = graph.add_constant_f32("z", {2}, std::array{1.0F, 2.0F});
  graph.outputs = {constant, second, second};
  return graph;
}

void expect_equal(const Graph& a, const Graph& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.inputs, b.inputs);
  EXPECT_EQ(a.outputs, b.outputs);
  ASSERT_EQ(a.values().size(), b.values().size());
  ASSERT_EQ(a.nodes().size(), b.nodes().size());
  for (std::size_t i = 0; i < a.values().size(); ++i) {
    const Value& left = a.values()[i];
    const Value& right = b.values()[i];
    EXPECT_EQ(left.id, right.id);
    EXPECT_EQ(left.name, right.name);
    EXPECT_EQ(left.type, right.type) << left.name;
    EXPECT_EQ(left.quant, right.quant) << left.name;
    ASSERT_EQ(left.is_constant(), right.is_constant()) << left.name;
    if (left.is_constant()) {
      EXPECT_EQ(*left.constant, *right.constant) << left.name;
    }
  }
  for (std::size_t i = 0; i < a.nodes().size(); ++i) {
    const Node& left = a.nodes()[i];
    const Node& right = b.nodes()[i];
    EXPECT_EQ(left.id, right.id);
    EXPECT_EQ(left.name, right.name);
    EXPECT_EQ(left.op, right.op);
    EXPECT_EQ(left.inputs, right.inputs);
    EXPECT_EQ(left.outputs, right.outputs);
    EXPECT_EQ(left.attributes, right.attributes);
    EXPECT_EQ(left.source, right.source);
  }
}

TEST(GraphText, ShowsAQuantizedGraph) {
  EXPECT_EQ(print(quantized_graph()).text,
            R"(graph tiny {
  input %x : i8[1, 3, 8, 8] channels_last quant(scale = 0.05, zero_point = -3)
  constant %conv.weight : i8[2, 3, 1, 1] quant(scales = [0.5, 0.1], axis = 0, range = [-127, 127]) = @0+6
  constant %alias : i8[2, 3, 1, 1] = @0+6
  value %unused : bool[]
  %conv : i8[1, 2, 8, 8] quant(scale = 0.1, zero_point = 5) = conv2d(%x, %conv.weight, _) {activation_min = -inf, stride = [1, 1]} from "model.py:26 in forward"
  output %conv
  output %x
}
)");
}

TEST(GraphText, ShowsOddNamesAndIds) {
  EXPECT_EQ(print(odd_graph()).text,
            R"(graph "3 odd \"names\"\n" {
  input %"na\xc3\xafve \\ value"#1 : f32[]
  input %second#0 : f32[]
  constant %z#5 : f32[2] = @0+8
  %late#4 : f32[] = op()
  %_#2 : f32[], %".1" : i64[2, 1] = "odd op"(_, %"na\xc3\xafve \\ value", %"na\xc3\xafve \\ value", _) {integer = -9223372036854775808, integers = [-1, 9223372036854775807], "no integers" = [], "no reals" = reals[], "no text" = "", real = -0.0, reals = [inf, -inf, 0.1, 3.0], text = "a\n\"b\"\x00c", "tiny real" = 5e-324, "whole real" = 1e+22} name "another name" from "\"here\""
  output %z
  output %second
  output %second
}
)");
}

TEST(GraphText, RoundTripsAndKeepsSharing) {
  for (const Graph& graph : {quantized_graph(), odd_graph(), Graph::assemble("empty", {}, {})}) {
    ASSERT_TRUE(verify(graph).ok()) << to_string(verify(graph).error());
    const GraphText printed = print(graph);
    const Result<Graph> parsed = parse(printed.text, printed.constants);
    ASSERT_TRUE(parsed.ok()) << to_string(parsed.error());
    expect_equal(graph, *parsed);
    EXPECT_EQ(print(*parsed).text, printed.text);
  }
  const GraphText printed = print(quantized_graph());
  EXPECT_EQ(printed.constants.size(), 6U);
  const Result<Graph> parsed = parse(printed.text, printed.constants);
  EXPECT_EQ(parsed->values()[1].constant, parsed->values()[2].constant);
}

TEST(GraphText, NanAttributesStayNan) {
  Graph graph;
  graph.name = "g";
  Attributes attributes;
  attributes.set("a", AttributeValue(std::numeric_limits<double>::quiet_NaN()));
  const TensorType scalar{DType::Float32, {}, Layout::Contiguous};
  graph.add_node("n", "op", {}, std::move(attributes), {&scalar, 1});
  const Result<Graph> parsed = parse(print(graph).text, {});
  ASSERT_TRUE(parsed.ok()) << to_string(parsed.error());
  EXPECT_TRUE(std::isnan(parsed->nodes()[0].attributes.real("a")));
}

TEST(GraphText, BrokenGraphsPrintButDoNotParse) {
  Graph graph = quantized_graph();
  graph.nodes()[0].inputs[0] = ValueId{99};
  graph.outputs.push_back(ValueId{98});
  const GraphText printed = print(graph);
  EXPECT_THAT(printed.text, ::testing::HasSubstr("conv2d(%?99, %conv.weight, _)"));
  EXPECT_THAT(printed.text, ::testing::HasSubstr("output %?98"));
  EXPECT_FALSE(parse(printed.text, printed.constants).ok());
}

struct ErrorCase {
  std::string_view body;  ///< the lines from the second on
  std::string_view message;
};

TEST(GraphText, ErrorsNameTheLine) {
  const ErrorCase cases[] = {
      {"",
       "error: line 2: found the end of the text; expected 'input', 'state', 'constant', 'value', 'keep', 'output', a "
       "node's result "
       "'%...' or '}'"},
      {"}}", "error: line 2: found '}'; expected the end of the line"},
      {"}\nx", "error: line 3: found 'x'; expected the end of the text"},
      {"frob %x",
       "error: line 2: found 'frob'; expected 'input', 'state', 'constant', 'value', 'keep', 'output', a node's result "
       "'%...' or '}'"},
      {"input x", "error: line 2: found 'x'; expected '%'"},
      {"input %x", "error: line 2: found the end of the text; expected ':'"},
      {"input %x : f16[1]", "error: line 2: found 'f16'; expected an element type: f32, i8, u8, i16, i32, i64 or bool"},
      {"input %x : f32[0]", "error: line 2: found '0'; expected a size from 1 to 2147483647"},
      {"input %x : f32[99999, 99999]\n}", "error: value 'x': shape [99999, 99999]; at most 2147483647 elements"},
      {"input %x : f32[1] quant(1.0)", "error: line 2: found '1.0'; expected 'scale' or 'scales'"},
      {"input %x : f32[1] quant(scale = 1e40)", "error: line 2: found '1e40'; expected a scale"},
      {"input %x : f32[1] quant(scale = 1.0, axes = 3)",
       "error: line 2: found 'axes'; expected 'zero_point', 'axis' or 'range'"},
      {"input %x : f32[1] quant(scale = 1.0, zero_point = 4294967296)",
       "error: line 2: found '4294967296'; expected a zero point from -2147483648 to 2147483647"},
      {"input %x : f32[1] quant(scale = -1.0)\n}",
       "error: value 'x': quantization scale -1.000000; scales are positive and finite"},
      {"input %x : f32[1]\n input %x : f32[1]", "error: line 3: found 'x'; expected a name that no earlier value has"},
      {"input %x#3 : f32[1]\n}", "error: value 'x': id 3; ids have no gaps, and none is 0"},
      {"input %x#-1 : f32[1]\n}", "error: line 2: found '-1'; expected a value's id from 0 to 2147483646"},
      {"input %x : f32[1]\n input %y#0 : f32[1]", "error: line 3: a second value with id 0; ids are unique"},
      {"constant %x : f32[1]", "error: line 2: found the end of the text; expected '='"},
      {"constant %x : f32[2] = @0+8\n}", "error: line 2: constant at @0+8; there are 4 bytes of constants"},
      {"constant %x : f32[2] = @0+4\n}", "error: value 'x': constant of 4 bytes; f32[2] takes 8"},
      {"}", "error: constants: 4 bytes; the text refers to the first 0 only"},
      {"output %x", "error: line 2: found 'x'; expected a value that an earlier line defines"},
      {"%x = relu()", "error: line 2: found '='; expected ':'"},
      {"%x : f32[1] = relu(y)", "error: line 2: found 'y'; expected a value '%...' or '_'"},
      {"%x : f32[1] = relu(%y)", "error: line 2: found 'y'; expected a value that an earlier line defines"},
      {"%x : f32[1] = relu(_ _)", "error: line 2: found '_'; expected ',' or ')'"},
      {"%x : f32[1] = relu() {a = b}",
       "error: line 2: found 'b'; expected a number, a text in quotes or a list of numbers"},
      {"%x : f32[1] = relu() {a = 1, a = 2}", "error: line 2: found 'a'; expected an attribute that is not yet set"},
      {"%x : f32[1] = relu() {a = [1, 2.0]}", "error: line 2: found '2.0'; expected an integer, as before"},
      {"%x : f32[1] = relu() {a = [1.0, 2]}", "error: line 2: found '2'; expected a real, as before"},
      {"%x : f32[1] = relu() {a = 1", "error: line 2: found the end of the text; expected ',' or '}'"},
      {"%x : f32[1] = relu() name y", "error: line 2: found 'y'; expected the node's name in quotes"},
      {"%x : f32[1] = relu(%x)\nconstant %w : f32[1] = @0+4\n}",
       "error: node 'x': input 0 'x' that is not defined before; definitions precede uses"},
  };
  const std::array<std::byte, 4> constants{};
  for (const ErrorCase& test : cases) {
    const Result<Graph> parsed = parse("graph g {\n" + std::string(test.body), constants);
    ASSERT_FALSE(parsed.ok()) << test.body;
    EXPECT_EQ(to_string(parsed.error()), test.message) << test.body;
    EXPECT_EQ(parsed.error().kind, ErrorKind::InvalidInput);
  }
  EXPECT_EQ(to_string(parse("grape", {}).error()), "error: line 1: found 'grape'; expected 'graph'");
}

TEST(GraphText, EditedTextGivesAnErrorOrAGraphThatRoundTrips) {
  base::testing::Mutator mutator(3);
  int parsed_count = 0;
  for (const Graph& graph : {quantized_graph(), odd_graph()}) {
    const GraphText printed = print(graph);
    for (int i = 0; i < 10000; ++i) {
      const Result<Graph> parsed = parse(mutator.mutate(printed.text), printed.constants);
      if (!parsed) {
        EXPECT_FALSE(to_string(parsed.error()).empty());
        continue;
      }
      ++parsed_count;
      const GraphText again = print(*parsed);
      const Result<Graph> reparsed = parse(again.text, again.constants);
      ASSERT_TRUE(reparsed.ok()) << again.text << to_string(reparsed.error());
      EXPECT_EQ(print(*reparsed).text, again.text);
    }
  }
  // Some edits are harmless: both branches were taken.
  EXPECT_GT(parsed_count, 100);
  EXPECT_LT(parsed_count, 19000);
}

}  // namespace
}  // namespace pudu::ir

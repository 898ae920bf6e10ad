// States of a graph: what keeps them alive, their text, and what the verifier refuses.
#include <gmock/gmock.h>

#include "ir/graph.hpp"

namespace pudu::ir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const TensorType vector_type{DType::Float32, {2}, Layout::Contiguous};
const std::vector<std::byte> zeros(8);

/// sum' = sum + x is returned; last' = x is read by nothing; previous' = sum is read by what becomes of `chain` only.
struct Streaming {
  Graph graph;
  ValueId x, sum, last;

  Streaming() {
    graph.name = "streaming";
    x = graph.add_value("x", vector_type);
    graph.inputs = {x};
    sum = graph.add_state("sum", vector_type, zeros);
    last = graph.add_state("last", vector_type, zeros);
    graph.states[1].after = x;
    graph.states[0].after = add("next", "add", {sum, x});
    graph.outputs = {graph.states[0].after};
  }
  ValueId add(std::string name, std::string op, std::vector<std::optional<ValueId>> inputs) {
    const NodeId id = graph.add_node(std::move(name), std::move(op), std::move(inputs), {}, {&vector_type, 1});
    return graph.nodes()[index_of(id)].outputs.at(0);
  }
  std::vector<std::string> state_names() const {
    std::vector<std::string> names;
    for (const State& state : graph.states) names.push_back(graph.value(state.before).name);
    return names;
  }
};

TEST(States, LiveAsLongAsAnOutputDependsOnThem) {
  Streaming model;
  ASSERT_TRUE(verify(model.graph));
  model.graph.remove_dead_code();
  EXPECT_THAT(model.state_names(), ElementsAre("sum"));
  ASSERT_TRUE(verify(model.graph));
  EXPECT_EQ(model.graph.value(model.graph.states[0].after).name, "next");
}

TEST(States, KeepAliveWhatTheyBecomeThroughOtherStates) {
  Streaming model;
  // first -> second -> output: what first becomes is seen two runs later.
  const ValueId first = model.graph.add_state("first", vector_type, zeros);
  const ValueId second = model.graph.add_state("second", vector_type, zeros);
  model.graph.states[2].after = model.add("doubled", "add", {model.x, model.x});
  model.graph.states[3].after = first;
  model.graph.outputs = {second};
  model.graph.remove_dead_code();
  EXPECT_THAT(model.state_names(), ElementsAre("first", "second"));
  ASSERT_EQ(model.graph.nodes().size(), 1U);
  EXPECT_EQ(model.graph.nodes()[0].name, "doubled");
}

TEST(States, CountAsUses) {
  Streaming model;
  EXPECT_EQ(model.graph.use_count(model.x), 2U);  // the sum, and what `last` becomes
  const ValueId y = model.add("y", "relu", {model.x});
  model.graph.replace_uses(model.x, y);
  EXPECT_EQ(model.graph.states[1].after, y);
}

TEST(States, TextAndItsInverse) {
  Streaming model;
  model.graph.states[1].initial = std::make_shared<const std::vector<std::byte>>(8, std::byte{7});
  const GraphText printed = print(model.graph);
  EXPECT_THAT(printed.text, HasSubstr("  state %sum : f32[2] = @0+8\n  state %last : f32[2] = @8+8\n"));
  EXPECT_THAT(printed.text, HasSubstr("  keep %sum = %next\n  keep %last = %x\n  output %next\n"));
  const Result<Graph> parsed = parse(printed.text, printed.constants);
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(print(*parsed).text, printed.text);
  EXPECT_EQ(print(*parsed).constants, printed.constants);

  const Result<Graph> no_state = parse("graph g {\n  input %x : f32[2]\n  keep %x = %x\n  output %x\n}\n", {});
  ASSERT_FALSE(no_state);
  EXPECT_THAT(to_string(no_state.error()), HasSubstr("a state that an earlier line defines"));
}

TEST(States, VerifierNamesTheirFaults) {
  Streaming model;
  model.graph.states[0].initial = std::make_shared<const std::vector<std::byte>>(3);
  model.graph.states[1].after =
      model.graph.add_constant("one", {DType::Float32, {1}, Layout::Contiguous}, std::vector<std::byte>(4));
  const Status short_state = verify(model.graph);
  ASSERT_FALSE(short_state);
  EXPECT_THAT(to_string(short_state.error()), HasSubstr("state 'sum': initial value of 3 bytes; f32[2] takes 8"));
  EXPECT_THAT(to_string(short_state.error()), HasSubstr("state 'last': becomes 'one' of f32[1]; a value of f32[2]"));

  Streaming other;
  other.graph.value(other.last).quant = per_tensor(0.5F, 0);
  const Status parameters = verify(other.graph);
  ASSERT_FALSE(parameters);
  EXPECT_THAT(to_string(parameters.error()),
              HasSubstr("state 'last': becomes 'x' of other quantization parameters; those of the state"));

  Streaming undefined;
  undefined.graph.states[1].after = undefined.graph.add_value("nothing", vector_type);
  const Status never_made = verify(undefined.graph);
  ASSERT_FALSE(never_made);
  EXPECT_THAT(to_string(never_made.error()), HasSubstr("kept value 'nothing' that is not defined before"));
}

}  // namespace
}  // namespace pudu::ir

// The pipeline as a whole. What each pass does is shown by its golden; tests/e2e runs the passes on real networks.
#include "passes/pipeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "ops/registry.hpp"
#include "passes/graph_editor.hpp"
#include "passes/testing/same_results.hpp"

namespace pudu::passes {
namespace {

using ir::ValueId;

ValueId append(ir::Graph& graph, std::string name, std::string_view op, NodeInputs inputs, ir::Attributes attributes) {
  const auto node = ops::append_node(graph, std::move(name), op, std::move(inputs), std::move(attributes));
  EXPECT_TRUE(node) << to_string(node.error());
  return graph.nodes()[ir::index_of(*node)].outputs[0];
}

ValueId append_function(ir::Graph& graph, std::string name, ValueId input, std::string function,
                        std::vector<double> params) {
  ir::Attributes attributes;
  attributes.set("function", std::move(function));
  attributes.set("params", std::move(params));
  return append(graph, std::move(name), "unary", {input}, std::move(attributes));
}

/// `layers` times 1 x 1 convolution, batch norm and ReLU.
ir::Graph make_network(int layers, float variance) {
  ir::Graph graph;
  graph.name = "network";
  ValueId value = graph.add_value("x", {ir::DType::Float32, {1, 1, 2, 2}, ir::Layout::Contiguous});
  graph.inputs = {value};
  const std::vector<float> half = {0.5F};
  const std::vector<float> var = {variance};
  for (int layer = 0; layer < layers; ++layer) {
    const std::string number = std::to_string(layer);
    const ValueId weight = graph.add_constant_f32("weight" + number, {1, 1, 1, 1}, half);
    const ValueId mean = graph.add_constant_f32("mean" + number, {1}, half);
    const ValueId variances = graph.add_constant_f32("var" + number, {1}, var);
    ir::Attributes eps;
    eps.set("eps", 0.25);
    value = append(graph, "conv" + number, "conv2d", {value, weight, {}}, {});
    value = append(graph, "norm" + number, "batch_norm", {value, {}, {}, mean, variances}, eps);
    value = append_function(graph, "relu" + number, value, "clamp", {0.0, std::numeric_limits<double>::infinity()});
  }
  graph.outputs = {value};
  return graph;
}

TEST(CanonicalizationPipeline, IsAListThatCanRun) {
  const Status status = check_list(canonicalization_pipeline());
  EXPECT_TRUE(status) << to_string(status.error());
}

TEST(Canonicalize, ShowsEveryPassInOrder) {
  ir::Graph graph = make_network(2, 1.0F);
  const ir::Graph before = graph;
  std::vector<std::string> seen;
  const Status status = canonicalize(graph, [&](const Pass& pass, const ir::Graph& after) {
    seen.emplace_back(pass.name);
    EXPECT_EQ(&after, &graph);
    EXPECT_TRUE(testing::have_same_results(before, after)) << pass.name;
  });
  ASSERT_TRUE(status) << to_string(status.error());
  std::vector<std::string> listed;
  for (const Pass& pass : canonicalization_pipeline()) {
    listed.emplace_back(pass.name);
    EXPECT_FALSE(pass.reason.empty()) << pass.name;
  }
  EXPECT_EQ(seen, listed);
  ASSERT_EQ(graph.nodes().size(), 2U);
  EXPECT_EQ(graph.nodes()[0].op, "conv2d");
  EXPECT_EQ(graph.nodes()[1].attributes.real("activation_min"), 0.0);
}

TEST(Canonicalize, NamesThePassAndTheNodeOfAFault) {
  ir::Graph graph = make_network(1, -1.0F);
  const Status status = canonicalize(graph);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(to_string(status.error()),
            "error: pass fold_batch_norm, norm0: running_var + eps is -0.750000 in channel 0; a positive number, since "
            "its square root is divided by");
}

/// Passes that walked the whole graph for every node would take minutes here.
TEST(Canonicalize, TakesLargeGraphs) {
  constexpr int layers = 3000;
  ir::Graph graph = make_network(layers, 1.0F);
  ASSERT_TRUE(canonicalize(graph));
  EXPECT_EQ(graph.nodes().size(), static_cast<std::size_t>(layers));
}

class GraphEditorTest : public ::testing::Test {
 protected:
  GraphEditorTest() {
    graph_.name = "g";
    x_ = graph_.add_value("x", {ir::DType::Float32, {4}, ir::Layout::Contiguous});
    graph_.inputs = {x_};
    a_ = append_function(graph_, "a", x_, "tanh", {});
    b_ = append_function(graph_, "b", a_, "exp", {});
    c_ = append_function(graph_, "c", b_, "neg", {});
    graph_.outputs = {c_};
  }

  std::vector<std::string> node_names() const {
    std::vector<std::string> names;
    for (const ir::Node& node : graph_.nodes()) names.push_back(node.name);
    return names;
  }

  ir::Graph graph_;
  ValueId x_{}, a_{}, b_{}, c_{};
};

TEST_F(GraphEditorTest, RemovesWhatLosesItsLastUser) {
  GraphEditor editor(graph_);
  EXPECT_EQ(editor.producer(c_)->name, "c");
  EXPECT_EQ(editor.producer(c_, "conv2d"), nullptr);
  EXPECT_TRUE(editor.has_single_user(b_));
  EXPECT_FALSE(editor.has_single_user(c_)) << "it is a graph output";
  editor.set_input(editor.producer(c_)->id, 0, x_);
  EXPECT_EQ(editor.producer(a_), nullptr);
  EXPECT_EQ(editor.producer(b_), nullptr);
  editor.finish();
  EXPECT_THAT(node_names(), ::testing::ElementsAre("c"));
  EXPECT_EQ(graph_.values().size(), 2U);
  EXPECT_TRUE(ops::verify(graph_));
}

TEST_F(GraphEditorTest, PutsNewNodesInFrontOfTheirFirstUser) {
  GraphEditor editor(graph_);
  const ir::NodeId b = editor.producer(b_)->id;
  ir::Attributes attributes;
  attributes.set("function", std::string("abs"));
  const auto inserted = editor.insert("a", "unary", {a_}, attributes, "");
  ASSERT_TRUE(inserted);
  editor.set_input(b, 0, *inserted);
  editor.finish();
  EXPECT_THAT(node_names(), ::testing::ElementsAre("a", "a.1", "b", "c"));
  EXPECT_TRUE(ops::verify(graph_));
}

TEST_F(GraphEditorTest, RefusesAReplacementOfAnotherShape) {
  GraphEditor editor(graph_);
  ir::Attributes attributes;
  attributes.set("shape", std::vector<std::int64_t>{2, 2});
  const Status status = editor.replace(editor.producer(b_)->id, "reshape", {a_}, attributes);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::Internal);
  EXPECT_EQ(to_string(status.error()),
            "error: b: a reshape with a result of shape [2, 2]; the shape [4] of what it replaces");
}

TEST_F(GraphEditorTest, StopsRewritingsThatNeverComeToRest) {
  const Status status = rewrite_until_stable(graph_, [](GraphEditor& editor, ir::NodeId node) -> Status {
    editor.set_attribute(node, "params", std::vector<double>{});
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(to_string(status.error()), "error: still changes the graph after 103 sweeps");
}

TEST_F(GraphEditorTest, LeavesAnUnchangedGraphAlone) {
  const std::string before = ir::print(graph_).text;
  ASSERT_TRUE(rewrite_until_stable(graph_, [](GraphEditor&, ir::NodeId) -> Status { return {}; }));
  EXPECT_EQ(before, ir::print(graph_).text);
}

}  // namespace
}  // namespace pudu::passes

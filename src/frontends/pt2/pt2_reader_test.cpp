// The structure of graphs that the reader makes. That they compute the right thing is checked in pt2_numerics_test.cpp,
// and what is refused in pt2_bad_input_test.cpp.
#include "frontends/pt2/pt2_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "frontends/pt2/testing/patched_archive.hpp"
#include "frontends/zip/zip_archive.hpp"

namespace pudu::frontends {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::PatchedArchive;
using testing::test_data;

ir::Graph read(std::string_view name, const Pt2Options& options = {}) {
  Result<ir::Graph> graph = read_pt2(test_data(name), options);
  if (!graph) {
    ADD_FAILURE() << to_string(graph.error());
    return {};
  }
  return std::move(graph).value();
}

std::vector<std::string> node_names(const ir::Graph& graph) {
  std::vector<std::string> names;
  for (const ir::Node& node : graph.nodes()) names.push_back(node.name);
  return names;
}

std::vector<std::string> operators(const ir::Graph& graph) {
  std::vector<std::string> names;
  for (const ir::Node& node : graph.nodes()) names.push_back(node.op);
  return names;
}

const ir::Node& node_named(const ir::Graph& graph, std::string_view name) {
  for (const ir::Node& node : graph.nodes()) {
    if (node.name == name) return node;
  }
  ADD_FAILURE() << "no node " << name;
  static const ir::Node none;
  return none;
}

const ir::Value* constant_named(const ir::Graph& graph, std::string_view name) {
  for (const ir::Value& value : graph.values()) {
    if (value.is_constant() && value.name == name) return &value;
  }
  return nullptr;
}

std::size_t count_constants(const ir::Graph& graph) {
  return static_cast<std::size_t>(
      std::count_if(graph.values().begin(), graph.values().end(), [](const ir::Value& v) { return v.is_constant(); }));
}

TEST(Pt2Reader, KeepsNamesOfTheExporter) {
  const ir::Graph graph = read("models/tiny_cnn.pt2");
  EXPECT_EQ(graph.name, "tiny_cnn");
  EXPECT_THAT(node_names(graph), ElementsAre("conv2d", "batch_norm", "relu", "max_pool2d", "conv2d_1", "batch_norm_1",
                                             "relu_1", "max_pool2d_1", "flatten", "linear"));
  ASSERT_EQ(graph.inputs.size(), 1u);
  EXPECT_EQ(graph.value(graph.inputs[0]).name, "x");
  EXPECT_THAT(graph.value(graph.inputs[0]).type.shape, ElementsAre(1, 1, 28, 28));
  EXPECT_EQ(graph.value(graph.inputs[0]).type.layout, ir::Layout::Contiguous);
  ASSERT_EQ(graph.outputs.size(), 1u);
  EXPECT_EQ(graph.value(graph.outputs[0]).name, "linear");
  EXPECT_THAT(graph.value(graph.outputs[0]).type.shape, ElementsAre(1, 10));
}

TEST(Pt2Reader, NamesTheLineOfTheUsersProgram) {
  const ir::Graph graph = read("models/tiny_cnn.pt2");
  EXPECT_EQ(node_named(graph, "conv2d").source, "zoo.py:26 in forward");
}

TEST(Pt2Reader, FillsInDefaultsOfAbsentArguments) {
  const ir::Graph graph = read("models/tiny_cnn.pt2");
  const ir::Attributes& conv = node_named(graph, "conv2d").attributes;
  EXPECT_THAT(conv.integers("padding"), ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(conv.integers("dilation"), ElementsAre(1, 1));
  EXPECT_EQ(conv.integer("groups"), 1);
  const ir::Attributes& pool = node_named(graph, "max_pool2d").attributes;
  EXPECT_THAT(pool.integers("stride"), ElementsAre(2, 2));
  EXPECT_EQ(pool.integer("ceil_mode"), 0);
}

TEST(Pt2Reader, NamesWeightsAsTheModuleDoesAndLoadsOnlyWhatIsUsed) {
  const ir::Graph graph = read("models/tiny_cnn.pt2");
  const ir::Value* weight = constant_named(graph, "c1.weight");
  ASSERT_NE(weight, nullptr);
  EXPECT_THAT(weight->type.shape, ElementsAre(8, 1, 3, 3));
  EXPECT_EQ(constant_named(graph, "b1.num_batches_tracked"), nullptr);
}

TEST(Pt2Reader, SharesTiedWeights) {
  const ir::Graph graph = read("reader/tied_linear.pt2");
  EXPECT_EQ(count_constants(graph), 3u);  // one weight, two biases
  EXPECT_EQ(node_named(graph, "linear").inputs[1], node_named(graph, "linear_1").inputs[1]);
}

TEST(Pt2Reader, MakesInPlaceOperatorsFunctional) {
  const ir::Graph graph = read("reader/old_names_relu_used_by_name.pt2");
  const ir::Node& relu = node_named(graph, "relu_");
  EXPECT_EQ(relu.op, "unary");
  // Both later uses name the convolution's result in the file, and mean the rectified value.
  EXPECT_EQ(node_named(graph, "conv2d_1").inputs[0], relu.outputs[0]);
  EXPECT_EQ(graph.users(node_named(graph, "conv2d").outputs[0]).size(), 1u);
}

TEST(Pt2Reader, CarriesInPlaceChangesThroughViews) {
  const ir::Graph graph = read("reader/inplace_through_view.pt2");
  EXPECT_THAT(operators(graph), ElementsAre("conv2d", "reshape", "unary", "reshape", "conv2d"));
}

TEST(Pt2Reader, TakesTheExportedBatchOrTheOneAskedFor) {
  EXPECT_THAT(read("models/tiny_cnn_dynbatch.pt2").value(ir::ValueId{0}).type.shape, ElementsAre(4, 1, 28, 28));
  const ir::Graph graph = read("models/tiny_cnn_dynbatch.pt2", {.batch = 2});
  EXPECT_THAT(graph.value(graph.inputs[0]).type.shape, ElementsAre(2, 1, 28, 28));
  EXPECT_THAT(graph.value(graph.outputs[0]).type.shape, ElementsAre(2, 10));
}

TEST(Pt2Reader, ComputesWithSizes) {
  const ir::Graph graph = read("reader/dynamic_batch_arithmetic.pt2", {.batch = 3});
  EXPECT_THAT(graph.value(graph.outputs[0]).type.shape, ElementsAre(3, 256));
  EXPECT_THAT(operators(graph), ElementsAre("conv2d", "reshape", "reshape"));
}

TEST(Pt2Reader, AcceptsTheBatchOfAStaticModel) {
  const ir::Graph graph = read("models/tiny_cnn.pt2", {.batch = 1});
  EXPECT_THAT(graph.value(graph.inputs[0]).type.shape, ElementsAre(1, 1, 28, 28));
}

TEST(Pt2Reader, MakesLinearLayersOfMatrixProductsWithConstants) {
  EXPECT_THAT(operators(read("reader/linear_addmm.pt2")), ElementsAre("linear"));
  EXPECT_THAT(operators(read("reader/linear_matmul.pt2")), ElementsAre("linear", "unary"));
  EXPECT_THAT(operators(read("reader/decomposed_tiny_cnn.pt2")),
              ElementsAre("conv2d", "batch_norm", "unary", "max_pool2d", "conv2d", "batch_norm", "unary", "max_pool2d",
                          "reshape", "linear"));
}

TEST(Pt2Reader, MakesAnImageOfOneDimensionalConvolutions) {
  const ir::Graph graph = read("probes/conv1d.pt2");
  EXPECT_THAT(operators(graph), ElementsAre("reshape", "conv2d", "reshape"));
  EXPECT_EQ(graph.nodes().back().name, "conv1d");
}

TEST(Pt2Reader, KeepsInputsInTheSignaturesOrder) {
  const ir::Graph graph = read("reader/dict_inputs.pt2");
  ASSERT_EQ(graph.inputs.size(), 2u);
  EXPECT_EQ(graph.value(graph.inputs[0]).name, "features_left");
  EXPECT_EQ(graph.value(graph.inputs[1]).name, "features_right");
}

TEST(Pt2Reader, LeavesOutResultsThatAreNoTensors) {
  const ir::Graph graph = read("reader/constant_input.pt2");
  EXPECT_EQ(graph.inputs.size(), 1u);
  EXPECT_EQ(graph.outputs.size(), 1u);
}

TEST(Pt2Reader, KeepsRepeatedAndDirectOutputs) {
  const ir::Graph twice = read("reader/output_twice.pt2");
  ASSERT_EQ(twice.outputs.size(), 2u);
  EXPECT_EQ(twice.outputs[0], twice.outputs[1]);
  const ir::Graph input = read("reader/output_is_input.pt2");
  EXPECT_EQ(input.outputs[0], input.inputs[0]);
  const ir::Graph weight = read("reader/output_is_weight.pt2");
  EXPECT_TRUE(weight.value(weight.outputs[1]).is_constant());
}

TEST(Pt2Reader, KeepsInputsThatNothingReads) {
  PatchedArchive archive("reader/output_is_input.pt2");
  archive.replace("models/model.json", R"({"user_output": {"arg": {"as_tensor": {"name": "conv2d"}}}})",
                  R"({"user_output": {"arg": {"as_none": true}}})");
  const Result<ir::Graph> graph = read_pt2(archive.bytes(), "a.pt2", {});
  ASSERT_TRUE(graph.ok()) << to_string(graph.error());
  EXPECT_THAT(operators(*graph), IsEmpty());
  EXPECT_EQ(graph->inputs.size(), 1u);
}

TEST(Pt2Reader, SeesChannelsLastInputs) {
  PatchedArchive archive("reader/output_is_input.pt2");
  // The strides of x, [256, 64, 8, 1], become those of torch.channels_last.
  archive.replace_all("models/model.json",
                      R"("strides": [{"as_int": 256}, {"as_int": 64}, {"as_int": 8}, {"as_int": 1}])",
                      R"("strides": [{"as_int": 256}, {"as_int": 1}, {"as_int": 32}, {"as_int": 4}])");
  const Result<ir::Graph> graph = read_pt2(archive.bytes(), "a.pt2", {});
  ASSERT_TRUE(graph.ok()) << to_string(graph.error());
  EXPECT_EQ(graph->value(graph->inputs[0]).type.layout, ir::Layout::ChannelsLast);
}

TEST(Pt2Reader, ReadsCompressedArchives) {
  const PatchedArchive archive("models/tiny_cnn.pt2");
  const std::vector<std::byte> stored = archive.bytes();
  Result<ZipReader> zip = ZipReader::open(stored);
  ASSERT_TRUE(zip.ok());
  std::vector<ZipItem> items;
  for (std::size_t i = 0; i < zip->entries().size(); ++i) items.push_back({zip->entries()[i].name, *zip->read(i)});
  const Result<std::vector<std::byte>> deflated = write_zip(items, ZipMethod::Deflated);
  ASSERT_TRUE(deflated.ok());
  ASSERT_LT(deflated->size(), stored.size());
  const Result<ir::Graph> graph = read_pt2(*deflated, "tiny_cnn.pt2", {});
  ASSERT_TRUE(graph.ok()) << to_string(graph.error());
  EXPECT_EQ(graph->nodes().size(), 10u);
}

TEST(Pt2Reader, IntegersOfTheInputArePositions) {
  const Result<ir::Graph> graph = read_pt2(PUDU_SOURCE_DIR "/tests/data/probes/embedding.pt2", {});
  ASSERT_TRUE(graph.ok()) << to_string(graph.error());
  EXPECT_EQ(graph->value(graph->inputs[0]).type.dtype, ir::DType::Int32);
}

TEST(Pt2Reader, MakesAnIdentifierOfTheFileName) {
  const std::vector<std::byte> bytes = PatchedArchive("models/tiny_cnn.pt2").bytes();
  EXPECT_EQ(read_pt2(bytes, "folder/my-net.v2.pt2", {})->name, "my_net_v2");
  EXPECT_EQ(read_pt2(bytes, "2nd.pt2", {})->name, "model_2nd");
}

}  // namespace
}  // namespace pudu::frontends

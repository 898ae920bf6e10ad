// What becomes of a .tflite file: codes, parameters and names as they stand in it; float models, and options that do
// not go with a model that is int8 already.
#include "frontends/tflite/tflite_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/progress.hpp"
#include "base/temp_directory.hpp"
#include "driver/compile.hpp"
#include "ops/float_executor.hpp"
#include "tflite/model_builder.hpp"

namespace pudu::testing {
namespace {

constexpr std::int32_t fully_connected = 9;
constexpr std::int32_t add = 0;

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

ir::Graph read(std::span<const std::byte> file) {
  auto graph = frontends::read_tflite(file, "some.model.tflite");
  if (!graph) throw std::runtime_error(to_string(graph.error()));
  return std::move(graph).value();
}

const Quantization one_scale{{0.5F}, -3, 0};

std::vector<std::byte> int8_layer() {
  ModelBuilder model;
  const TensorIndex input = model.add_input({{1, 2}, TensorCode::Int8, one_scale, {}});
  const TensorIndex weights = model.add(
      {{3, 2}, TensorCode::Int8, {{0.25F, 0.5F, 1.0F}, 0, 0}, bytes_of<std::int8_t>({-128, 127, 1, 2, 3, 4})});
  const TensorIndex bias = model.add({{3}, TensorCode::Int32, {}, bytes_of<std::int32_t>({INT32_MIN, 16777217, 5})});
  const TensorIndex result = model.add({{1, 3}, TensorCode::Int8, {{2.0F}, 7, 0}, {}});
  wire::FullyConnectedOptionsT options;
  options.fused_activation_function = 1;
  model.add_operator(fully_connected, 1, {input, weights, bias}, {result}, options);
  return model.finish({result});
}

TEST(TfLiteReader, KeepsCodesAndParameters) {
  const ir::Graph graph = read(int8_layer());
  EXPECT_EQ(graph.name, "some_model");
  EXPECT_EQ(graph.arithmetic, ir::Arithmetic::TfLite);
  ASSERT_EQ(graph.nodes().size(), 1U);
  const ir::Node& layer = graph.nodes()[0];
  EXPECT_EQ(layer.op, "linear");
  EXPECT_EQ(layer.name, "tensor3");
  EXPECT_EQ(layer.source, "operator 0 (FULLY_CONNECTED)");
  EXPECT_EQ(layer.attributes.real("activation_min"), 0.0);
  const ir::Value& input = graph.value(graph.inputs.at(0));
  EXPECT_EQ(input.name, "tensor0");
  EXPECT_EQ(input.type, (ir::TensorType{ir::DType::Int8, {1, 2}}));
  EXPECT_EQ(input.quant, ir::per_tensor(0.5F, -3));
  const ir::Value& weights = graph.value(*layer.inputs.at(1));
  EXPECT_EQ(*weights.constant, bytes_of<std::int8_t>({-128, 127, 1, 2, 3, 4}));
  EXPECT_EQ(weights.quant->scales, (std::vector<float>{0.25F, 0.5F, 1.0F}));
  EXPECT_EQ(weights.quant->axis, 0);
  const ir::Value& bias = graph.value(*layer.inputs.at(2));
  EXPECT_EQ(*bias.constant, bytes_of<std::int32_t>({INT32_MIN, 16777217, 5}));  // no float holds them all
  EXPECT_EQ(graph.value(graph.outputs.at(0)).quant, ir::per_tensor(2.0F, 7));
}

/// A float layer; its weights are floats, or codes of the same numbers.
std::vector<std::byte> float_layer(TensorCode weight_type) {
  ModelBuilder model;
  const TensorIndex input = model.add_input({{1, 2}, TensorCode::Float32, {}, {}});
  const bool is_float = weight_type == TensorCode::Float32;
  const TensorIndex weights =
      is_float ? model.add({{2, 2}, weight_type, {}, bytes_of<float>({0.5F, 1.0F, -1.5F, 2.0F})})
               : model.add({{2, 2}, weight_type, {{0.5F}, 0, 0}, bytes_of<std::int8_t>({1, 2, -3, 4})});
  const TensorIndex bias = model.add({{2}, TensorCode::Float32, {}, bytes_of<float>({0.25F, -8.0F})});
  const TensorIndex result = model.add({{1, 2}, TensorCode::Float32, {}, {}});
  wire::FullyConnectedOptionsT options;
  options.fused_activation_function = 1;
  model.add_operator(fully_connected, 1, {input, weights, bias}, {result}, options);
  return model.finish({result});
}

class FloatTfLite : public ::testing::TestWithParam<TensorCode> {};

TEST_P(FloatTfLite, IsAFloatGraph) {
  const ir::Graph graph = read(float_layer(GetParam()));
  EXPECT_EQ(graph.arithmetic, ir::Arithmetic::ExecuTorch);
  for (const ir::Value& value : graph.values()) EXPECT_FALSE(value.quant) << value.name;
  const std::vector<float> input = {2.0F, 3.0F};
  const std::vector<ops::Tensor> inputs = {ops::Tensor({1, 2}, input)};
  const auto outputs = ops::FloatExecutor(graph).run(inputs);
  ASSERT_TRUE(outputs.ok());
  const auto elements = outputs->at(0).data();
  EXPECT_EQ(std::vector<float>(elements.begin(), elements.end()), (std::vector<float>{4.25F, 0.0F}));
}

TEST_P(FloatTfLite, IsQuantizedByPudu) {
  const base::TempDirectory folder = base::TempDirectory::create("pudu-tflite").value();
  driver::CompileOptions options;
  options.model = folder.path() / "layer.tflite";
  ASSERT_TRUE(base::write_file(options.model, float_layer(GetParam())).ok());
  options.target = targets::make_target("cortex-m4", "").value();
  base::SilentProgress progress;
  const auto model = driver::compile(options, progress);
  ASSERT_TRUE(model.ok()) << to_string(model.error());
  EXPECT_EQ(model->program.calls.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Weights, FloatTfLite, ::testing::Values(TensorCode::Float32, TensorCode::Int8),
                         [](const auto& test) { return test.param == TensorCode::Int8 ? "Codes" : "Floats"; });

/// The diagnostics of a compilation with these options.
std::string refusal(driver::CompileOptions options) {
  const base::TempDirectory folder = base::TempDirectory::create("pudu-tflite").value();
  options.model = folder.path() / "layer.tflite";
  EXPECT_TRUE(base::write_file(options.model, int8_layer()).ok());
  options.target = targets::make_target("cortex-m4", "").value();
  base::SilentProgress progress;
  const auto model = driver::compile(options, progress);
  if (model.ok()) return "compiled";
  EXPECT_EQ(model.error().kind, ErrorKind::Usage);
  return to_string(model.error());
}

TEST(Int8TfLite, TakesNoCalibrationAndNoLayout) {
  EXPECT_EQ(refusal({}), "compiled");
  EXPECT_EQ(refusal({.calibration = {"samples.npy"}}),
            "error: --calibration: given for 'layer.tflite', which is int8 already; float models");
  EXPECT_EQ(refusal({.input_layout = driver::InputLayout::Nhwc}),
            "error: --input-layout: given for 'layer.tflite'; models of .pt2 files: the inputs of this one lie as the "
            "file says");
  EXPECT_NE(refusal({.batch = 4}).find("the batch of a .tflite model is fixed"), std::string::npos);
}

TEST(TfLiteReader, NamesTheNodesThatCompute) {
  ModelBuilder model;
  const TensorIndex input = model.add_input({{1, 4, 4, 1}, TensorCode::Int8, one_scale, {}});
  const TensorIndex result = model.add({{1, 1, 1, 1}, TensorCode::Int8, one_scale, {}});
  wire::Pool2DOptionsT options;
  options.padding = 1;
  options.stride_w = options.stride_h = options.filter_width = options.filter_height = 2;
  const TensorIndex pooled = model.add({{1, 2, 2, 1}, TensorCode::Int8, one_scale, {}});
  model.add_operator(1, 1, {input}, {pooled}, options);
  model.add_operator(1, 1, {pooled}, {result}, options);
  const ir::Graph graph = read(model.finish({result}));
  std::vector<std::string> names;
  for (const ir::Node& node : graph.nodes()) names.push_back(node.op + " " + node.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"permute tensor2.permute", "avg_pool2d tensor2", "permute tensor2.nhwc",
                                      "permute tensor1.permute", "avg_pool2d tensor1.avg_pool2d", "permute tensor1"}));
  EXPECT_EQ(graph.value(graph.outputs.at(0)).name, "tensor1");
}

TEST(TfLiteReader, RefusesToMixCodesAndNumbers) {
  ModelBuilder model;
  const TensorIndex codes = model.add_input({{4}, TensorCode::Int8, one_scale, {}});
  const TensorIndex numbers = model.add_input({{4}, TensorCode::Float32, {}, {}});
  const TensorIndex result = model.add({{4}, TensorCode::Int8, one_scale, {}});
  model.add_operator(add, 1, {codes, numbers}, {result}, wire::AddOptionsT());
  const auto graph = frontends::read_tflite(model.finish({result}), "model.tflite");
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(graph.error().kind, ErrorKind::Unsupported);
}

/// The refusal of a model of one operator on int8 codes, with what makes it special.
Error refusal_of(std::int32_t code, const std::vector<TensorIndex>& outputs, const TensorSpec& result) {
  ModelBuilder model;
  const TensorIndex input = model.add_input({{1, 4}, TensorCode::Int8, one_scale, {}});
  model.add(result);
  model.add_operator(code, 1, {input}, outputs, wire::SoftmaxOptionsT{.beta = 1.0F});
  const auto graph = frontends::read_tflite(model.finish({input}), "model.tflite");
  return graph.ok() ? Error{ErrorKind::Usage, {}} : graph.error();
}

// Found by the fuzz target.
TEST(TfLiteReader, RefusesWhatNoLaterStageCanHandle) {
  constexpr std::int32_t logistic = 14;
  constexpr std::int32_t softmax = 25;
  const TensorSpec codes{{1, 4}, TensorCode::Int8, one_scale, {}};
  EXPECT_EQ(refusal_of(logistic, {}, codes).kind, ErrorKind::InvalidInput) << "no result";
  EXPECT_EQ(refusal_of(softmax, {1}, codes).kind, ErrorKind::Unsupported) << "softmax of another scale";
  EXPECT_EQ(refusal_of(logistic, {1}, {{1, 4}, TensorCode::Int64, {}, {}}).kind, ErrorKind::Unsupported);
}

TEST(TfLiteReader, RefusesInputsOf64Bits) {
  ModelBuilder model;
  const TensorIndex codes = model.add_input({{1, 4}, TensorCode::Int8, one_scale, {}});
  model.add_input({{1, 4}, TensorCode::Int64, {}, {}});
  const auto graph = frontends::read_tflite(model.finish({codes}), "model.tflite");
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(to_string(graph.error()),
            "error: model.tflite: input 'tensor1': tensor 'tensor1' of type INT64; INT8, INT16 and FLOAT32");
}

}  // namespace
}  // namespace pudu::testing

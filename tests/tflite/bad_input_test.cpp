// Damaged and foreign .tflite files: each is refused with one clear line and the exit code of its kind. The damage is
// done to a small network of a convolution and a fully connected layer; and every file that is cut short is refused.
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "frontends/tflite/tflite_reader.hpp"
#include "tflite/model_builder.hpp"

namespace pudu::testing {
namespace {

using wire::ModelT;

constexpr int invalid = 2;
constexpr int unsupported = 3;

std::vector<std::byte> constant(std::size_t bytes) {
  return std::vector<std::byte>(bytes, std::byte{1});
}

// Tensors of the network, in the order in which network() adds them.
constexpr std::size_t image = 0;
constexpr std::size_t kernel = 1;
constexpr std::size_t bias = 2;
constexpr std::size_t pixels = 3;
constexpr std::size_t row = 5;
constexpr std::size_t scores = 7;

std::vector<std::byte> network() {
  ModelBuilder model;
  const Quantization one{{0.5F}, 3, 0};
  const TensorIndex input = model.add_input({{1, 4, 4, 2}, TensorCode::Int8, one, {}});
  const TensorIndex weights = model.add({{3, 2, 2, 2}, TensorCode::Int8, {{0.1F, 0.2F, 0.3F}, 0, 0}, constant(24)});
  const TensorIndex offsets = model.add({{3}, TensorCode::Int32, {{0.05F, 0.1F, 0.15F}, 0, 0}, constant(12)});
  const TensorIndex features = model.add({{1, 2, 2, 3}, TensorCode::Int8, one, {}});
  wire::Conv2DOptionsT convolution;
  convolution.stride_h = convolution.stride_w = 2;
  model.add_operator(3, 1, {input, weights, offsets}, {features}, convolution);
  const TensorIndex shape =
      model.add({{2}, TensorCode::Int32, {}, {std::byte{1}, {}, {}, {}, std::byte{12}, {}, {}, {}}});
  const TensorIndex flat = model.add({{1, 12}, TensorCode::Int8, one, {}});
  model.add_operator(22, 1, {features, shape}, {flat}, wire::ReshapeOptionsT());
  const TensorIndex matrix = model.add({{2, 12}, TensorCode::Int8, {{0.1F}, 0, 0}, constant(24)});
  const TensorIndex result = model.add({{1, 2}, TensorCode::Int8, one, {}});
  model.add_operator(9, 1, {flat, matrix, -1}, {result}, wire::FullyConnectedOptionsT());
  return model.finish({result});
}

/// The file with a change to its objects.
std::vector<std::byte> changed(const std::function<void(ModelT&)>& change) {
  const std::vector<std::byte> file = network();
  const auto model = wire::UnPackModel(file.data());
  change(*model);
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(wire::Model::Pack(builder, model.get()), wire::ModelIdentifier());
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return {bytes.begin(), bytes.end()};
}

wire::TensorT& tensor(ModelT& model, std::size_t index) {
  return *model.subgraphs[0]->tensors[index];
}
wire::OperatorT& operation(ModelT& model, std::size_t index) {
  return *model.subgraphs[0]->operators[index];
}

struct Damage {
  std::string name;
  int exit_code;
  std::string message;  ///< without "error: model.tflite: "
  std::function<void(ModelT&)> change;
};

void PrintTo(const Damage& damage, std::ostream* out) {
  *out << damage.name;
}

std::vector<Damage> damages_of_the_file() {
  return {
      {"Version", unsupported, "format version: 2; 3", [](ModelT& m) { m.version = 2; }},
      {"NoSubgraph", invalid, "subgraphs: none; at least one", [](ModelT& m) { m.subgraphs.clear(); }},
      {"BufferOutOfRange", invalid, "tensor 1 'tensor1': buffer 77; buffers 0 to 4",
       [](ModelT& m) { tensor(m, kernel).buffer = 77; }},
      {"ConstantTooShort", invalid,
       "tensor 1 'tensor1': a constant of 23 bytes; 24 bytes for shape [3, 2, 2, 2] of INT8",
       [](ModelT& m) { m.buffers[tensor(m, kernel).buffer]->data.pop_back(); }},
      {"ExternalConstantOutOfFile", invalid, "",
       [](ModelT& m) {
         wire::BufferT& buffer = *m.buffers[tensor(m, kernel).buffer];
         buffer.data.clear();
         buffer.offset = 1'000'000;
         buffer.size = 24;
       }},
      {"ShapeTimesTypeOverflows", invalid,
       "tensor 3 'tensor3': shape [65536, 65536, 65536, 65536] of INT32; sizes that are not negative, and fewer than "
       "2^31 bytes",
       [](ModelT& m) {
         tensor(m, pixels).shape.assign(4, 65536);
         tensor(m, pixels).type = 2;
       }},
      {"NegativeSize", invalid,
       "tensor 0 'tensor0': shape [1, -4, 4, 2] of INT8; sizes that are not negative, and fewer than 2^31 bytes",
       [](ModelT& m) { tensor(m, image).shape[1] = -4; }},
      {"ZeroScale", invalid, "tensor 3 'tensor3': a quantization scale that is not positive; positive, finite scales",
       [](ModelT& m) { tensor(m, pixels).quantization->scale[0] = 0; }},
      {"ZeroPointNoCode", invalid, "tensor 3 'tensor3': a zero point that is no INT8; a code of the tensor's type",
       [](ModelT& m) { tensor(m, pixels).quantization->zero_point[0] = 128; }},
      {"MissingZeroPoint", invalid, "tensor 1 'tensor1': 3 scales and 2 zero points; one zero point for each scale",
       [](ModelT& m) { tensor(m, kernel).quantization->zero_point.pop_back(); }},
      {"ScalesAlongNoDimension", invalid,
       "tensor 1 'tensor1': 3 scales along dimension 4 of shape [3, 2, 2, 2]; one scale for each index of a dimension",
       [](ModelT& m) { tensor(m, kernel).quantization->quantized_dimension = 4; }},
      {"OperatorCodeOutOfRange", invalid, "operator 1: operator code 9; the 3 codes that the file lists",
       [](ModelT& m) { operation(m, 1).opcode_index = 9; }},
      {"InputOutOfRange", invalid, "operator 0 (CONV_2D): input 99; tensors 0 to 7",
       [](ModelT& m) { operation(m, 0).inputs[0] = 99; }},
      {"OutputAbsent", invalid, "operator 0 (CONV_2D): output -1; tensors 0 to 7",
       [](ModelT& m) { operation(m, 0).outputs[0] = -1; }},
      {"PortOutOfRange", invalid, "outputs: tensor 8; tensors 0 to 7",
       [](ModelT& m) { m.subgraphs[0]->outputs[0] = 8; }},
      {"Cycle", invalid,
       "operator 0 (CONV_2D): tensor 7 'tensor7' is used before it is made; operators in the order of execution, "
       "without cycles",
       [](ModelT& m) { operation(m, 0).inputs[0] = scores; }},
      {"NoProducer", invalid,
       "operator 0 (CONV_2D): nothing makes tensor 0 'tensor0'; an input, a constant or the result of an operator",
       [](ModelT& m) { m.subgraphs[0]->inputs.clear(); }},
      {"TwoProducers", invalid,
       "operator 1 (RESHAPE): result tensor 3 'tensor3' is made already; a tensor is an input, a constant or the "
       "result "
       "of one operator",
       [](ModelT& m) {
         operation(m, 1).outputs[0] = pixels;
         operation(m, 2).inputs[0] = pixels;
       }},
  };
}

std::vector<Damage> damages_of_operators() {
  return {
      {"UnknownOperator", unsupported,
       "operator 1 (code 999): unknown operator code 999; the operators that docs/tflite.md lists",
       [](ModelT& m) { m.operator_codes[1]->builtin_code = 999; }},
      {"ForeignOperator", unsupported,
       "operator 1 (WHILE): unknown operator WHILE; the operators that docs/tflite.md lists",
       [](ModelT& m) { m.operator_codes[1]->builtin_code = 119; }},
      {"CustomOperator", unsupported,
       "operator 1 (CUSTOM 'Fancy'): unknown operator CUSTOM 'Fancy'; the operators that docs/tflite.md lists",
       [](ModelT& m) {
         m.operator_codes[1]->builtin_code = m.operator_codes[1]->deprecated_builtin_code = 32;
         m.operator_codes[1]->custom_code = "Fancy";
       }},
      {"UnknownVersion", unsupported, "operator 0 (CONV_2D): version 99 of CONV_2D; versions 1 to 8",
       [](ModelT& m) { m.operator_codes[0]->version = 99; }},
      {"NoOptions", invalid, "operator 0 (CONV_2D): no options of its kind; the options that its operator needs",
       [](ModelT& m) { operation(m, 0).builtin_options.Reset(); }},
      {"TooFewInputs", invalid, "operator 0 (CONV_2D): 1 inputs and 1 outputs; 2 to 3 and 1",
       [](ModelT& m) { operation(m, 0).inputs.resize(1); }},
      {"ZeroStride", invalid, "operator 0 (CONV_2D): stride_h is 0; 1 to 8388608",
       [](ModelT& m) { operation(m, 0).builtin_options.AsConv2DOptions()->stride_h = 0; }},
      {"HugeStride", invalid, "operator 0 (CONV_2D): stride_w is 2147483647; 1 to 8388608",
       [](ModelT& m) { operation(m, 0).builtin_options.AsConv2DOptions()->stride_w = INT32_MAX; }},
      {"UnknownPadding", invalid, "operator 0 (CONV_2D): padding 7; SAME (0) or VALID (1)",
       [](ModelT& m) { operation(m, 0).builtin_options.AsConv2DOptions()->padding = 7; }},
      {"FusedTanh", unsupported, "operator 0 (CONV_2D): fused activation function 4; none, RELU, RELU_N1_TO_1 or RELU6",
       [](ModelT& m) { operation(m, 0).builtin_options.AsConv2DOptions()->fused_activation_function = 4; }},
      {"MissingActivationParameters", invalid,
       "operator 0 (CONV_2D): INT8 tensor 'tensor3' without quantization parameters; a scale and a zero point",
       [](ModelT& m) { tensor(m, pixels).quantization.reset(); }},
      {"MissingInputParameters", invalid,
       "input 'tensor0': INT8 tensor 'tensor0' without quantization parameters; a scale and a zero point",
       [](ModelT& m) { tensor(m, image).quantization.reset(); }},
      {"MissingWeightParameters", invalid,
       "operator 0 (CONV_2D): INT8 weights 'tensor1' without quantization parameters; one scale, or one a channel",
       [](ModelT& m) { tensor(m, kernel).quantization.reset(); }},
      {"AsymmetricWeights", unsupported,
       "operator 0 (CONV_2D): weights 'tensor1' with a zero point other than 0; symmetric weights",
       [](ModelT& m) { tensor(m, kernel).quantization->zero_point[1] = 4; }},
      {"SparseWeights", unsupported, "operator 0 (CONV_2D): weights 'tensor1' are sparse; dense constants",
       [](ModelT& m) { tensor(m, kernel).sparsity = std::make_unique<wire::SparsityParametersT>(); }},
      {"BiasOfAnotherLength", invalid,
       "operator 0 (CONV_2D): bias of shape [2]; shape [3], one element an output channel",
       [](ModelT& m) {
         tensor(m, bias).shape = {2};
         tensor(m, bias).quantization.reset();
         m.buffers[tensor(m, bias).buffer]->data.resize(8);
       }},
      {"ResultOfAnotherShape", invalid,
       "operator 0 (CONV_2D): result 'tensor3' of shape [1, 3, 2, 2]; shape [1, 2, 2, 3], as operands and options have "
       "it",
       [](ModelT& m) {
         tensor(m, pixels).shape = {1, 3, 2, 2};
       }},
      {"ReshapeToOtherSizes", invalid,
       "operator 1 (RESHAPE): a result of shape [1, 13]; shape [1, 12], as the operator has it",
       [](ModelT& m) {
         tensor(m, row).shape = {1, 13};
       }},
      {"ReshapeWithOtherParameters", unsupported,
       "operator 1 (RESHAPE): result 'tensor5' has another type or other quantization parameters than the input; the "
       "same, since the operator copies codes",
       [](ModelT& m) { tensor(m, row).quantization->scale[0] = 0.25F; }},
      {"UnsignedCodes", unsupported, "operator 0 (CONV_2D): tensor 'tensor3' of type UINT8; INT8, INT16 and FLOAT32",
       [](ModelT& m) { tensor(m, pixels).type = 3; }},
  };
}

std::vector<Damage> all_damages() {
  std::vector<Damage> damages = damages_of_the_file();
  for (Damage& damage : damages_of_operators()) damages.push_back(std::move(damage));
  return damages;
}

TEST(UndamagedTfLite, IsRead) {
  const auto graph = frontends::read_tflite(network(), "model.tflite");
  EXPECT_TRUE(graph.ok()) << to_string(graph.error());
}

class DamagedTfLite : public ::testing::TestWithParam<Damage> {};

TEST_P(DamagedTfLite, IsRefusedWithOneLine) {
  const auto graph = frontends::read_tflite(changed(GetParam().change), "model.tflite");
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(exit_code(graph.error().kind), GetParam().exit_code);
  const std::string message = to_string(graph.error());
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  if (!GetParam().message.empty()) {
    EXPECT_EQ(message, "error: model.tflite: " + GetParam().message);
  }
}

INSTANTIATE_TEST_SUITE_P(All, DamagedTfLite, ::testing::ValuesIn(all_damages()),
                         [](const auto& test) { return test.param.name; });

TEST(UnsupportedTfLite, AllOperatorsAreListedAtOnce) {
  const auto file = changed([](ModelT& m) {
    m.operator_codes[0]->version = 99;
    auto first = std::make_unique<wire::OperatorT>();
    first->inputs = {static_cast<std::int32_t>(image)};
    first->outputs = {static_cast<std::int32_t>(m.subgraphs[0]->tensors.size())};
    m.subgraphs[0]->tensors.push_back(std::make_unique<wire::TensorT>(tensor(m, image)));
    first->opcode_index = static_cast<std::uint32_t>(m.operator_codes.size());
    m.operator_codes.push_back(std::make_unique<wire::OperatorCodeT>());
    m.operator_codes.back()->builtin_code = 119;
    m.subgraphs[0]->operators.push_back(std::move(first));
  });
  const auto graph = frontends::read_tflite(file, "model.tflite");
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(graph.error().kind, ErrorKind::Unsupported);
  EXPECT_EQ(to_string(graph.error()),
            "error: model.tflite: operator 0 (CONV_2D): version 99 of CONV_2D; versions 1 to 8\n"
            "error: model.tflite: operator 3 (WHILE): unknown operator WHILE; the operators that docs/tflite.md lists");
}

TEST(ForeignTfLite, IsRefused) {
  const auto refusal = [](std::string_view text) {
    return to_string(frontends::read_tflite(std::as_bytes(std::span(text)), "model.tflite").error());
  };
  const std::string no_model =
      "error: model.tflite: file identifier at byte 4: not 'TFL3'; 'TFL3' marks a TensorFlow Lite model";
  EXPECT_EQ(refusal(""), no_model);
  EXPECT_EQ(refusal("TFL3"), no_model);
  EXPECT_EQ(refusal("PK\x03\x04 a zip archive"), no_model);
}

TEST(TruncatedTfLite, IsRefusedAtEveryLength) {
  const std::vector<std::byte> file = network();
  for (std::size_t bytes = 0; bytes < file.size(); ++bytes) {
    const auto graph = frontends::read_tflite(std::span(file).first(bytes), "model.tflite");
    if (graph.ok()) {
      EXPECT_GT(bytes + 16, file.size()) << bytes;  // padding behind the last table
    } else {
      EXPECT_EQ(graph.error().kind, ErrorKind::InvalidInput) << bytes;
    }
  }
}

TEST(MutatedTfLite, NeverIsADefectOfPudu) {
  const std::vector<std::byte> file = network();
  std::mt19937 random(5);
  for (int trial = 0; trial < 20'000; ++trial) {
    std::vector<std::byte> mutated = file;
    for (unsigned i = 0; i <= random() % 3; ++i) mutated[random() % mutated.size()] = static_cast<std::byte>(random());
    const auto graph = frontends::read_tflite(mutated, "model.tflite");
    EXPECT_TRUE(graph.ok() || graph.error().kind != ErrorKind::Internal) << to_string(graph.error());
  }
}

}  // namespace
}  // namespace pudu::testing

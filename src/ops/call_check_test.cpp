// Calls that do not fit their kernel or their buffers: each mismatch has its message, no kernel is without bounds, and
// programs edited at random either are refused or run inside their memory (which the sanitizers watch).
#include "ops/call_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <utility>

#include "base/testing/mutate.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_lanes/prepare.hpp"
#include "kernels/copy/copy_s8.hpp"
#include "kernels/depthwise_conv2d_dsp_s16/depthwise_conv2d_dsp_s16.hpp"
#include "kernels/linear_lanes/linear_lanes_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/pad/pad_s8.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"
#include "kernels/strided_slice/strided_slice_s8.hpp"
#include "ops/registry.hpp"

namespace pudu::ops {
namespace {

using program::BufferId;
using program::BufferKind;
using program::ElementType;
using ::testing::HasSubstr;
using Integers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

/// x [6, 4] of two channels -> convolution 3x2 with two groups -> concat with itself -> slice.
struct Example {
  program::Program program;
  BufferId x, weights, scale, conv_out, scratch, joined, sliced;

  Example() {
    program.name = "example";
    program.target = {targets::Cpu::M4, targets::Isa::Dsp};
    x = add("x", BufferKind::Input, ElementType::Int8, {1, 6, 4, 2});
    weights = constant("weights", ElementType::Int8, {4, 3, 2, 1});
    scale = constant("scale", ElementType::Int32, {4});
    conv_out = add("conv.output", BufferKind::Activation, ElementType::Int8, {1, 4, 3, 4});
    const kernels::Conv2dS8Params conv = conv_params();
    scratch = add("conv.scratch", BufferKind::Scratch, ElementType::UInt8,
                  {static_cast<std::int64_t>(kernels::Conv2dS8::scratch_bytes(conv, kernels::Isa::Dsp))});
    call("conv", "conv2d_s8", to_parameters(conv),
         {{"input", x},
          {"weights", weights},
          {"bias", scale},
          {"multipliers", scale},
          {"shifts", scale},
          {"output", conv_out},
          {"scratch", scratch}});
    joined = add("joined", BufferKind::Activation, ElementType::Int8, {2, 48});
    kernels::ConcatS8Params concat{};
    concat.input_count = 2;
    concat.outer_count = 1;
    concat.input_bytes[0] = concat.input_bytes[1] = 48;
    concat.output_stride = 96;
    call("cat", "concat_s8", to_parameters(concat),
         {{"inputs.0", conv_out}, {"inputs.1", conv_out}, {"output", joined}});
    sliced = add("sliced", BufferKind::Activation, ElementType::Int8, {2, 3});
    kernels::StridedSliceS8Params slice{};
    slice.rank = 2;
    slice.output_shape[0] = 2;
    slice.output_shape[1] = 3;
    slice.input_strides[0] = 48;
    slice.input_strides[1] = -2;
    slice.input_start_offset = 47;
    call("slice", "strided_slice_s8", to_parameters(slice), {{"input", joined}, {"output", sliced}});
    program.inputs = {{"x", x, {1, 2, 6, 4}}};
    program.outputs = {{"y", sliced, {2, 3}}};
  }

  static kernels::Conv2dS8Params conv_params() {
    kernels::Conv2dS8Params p{};
    p.batches = 1;
    p.input_h = 6;
    p.input_w = 4;
    p.input_channels = 2;
    p.output_h = 4;
    p.output_w = 3;
    p.output_channels = 4;
    p.kernel_h = 3;
    p.kernel_w = 2;
    p.groups = 2;
    p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
    p.activation_min = -128;
    p.activation_max = 127;
    return p;
  }

  BufferId add(std::string name, BufferKind kind, ElementType type, std::vector<std::int64_t> shape) {
    return program.add_buffer({.name = std::move(name), .kind = kind, .type = type, .shape = std::move(shape)});
  }
  BufferId constant(std::string name, ElementType type, std::vector<std::int64_t> shape) {
    const BufferId id = add(std::move(name), BufferKind::Constant, type, std::move(shape));
    program.buffer(id).data = std::make_shared<const std::vector<std::byte>>(program.buffer(id).bytes());
    return id;
  }
  void call(std::string name, const char* kernel, std::vector<program::Parameter> parameters,
            std::vector<program::Operand> operands) {
    program.calls.push_back({.name = std::move(name),
                             .op = "test",
                             .kernel = kernel,
                             .parameters = std::move(parameters),
                             .operands = std::move(operands)});
  }
  void set(std::size_t step, std::string_view name, const std::variant<Integers, Reals>& values) {
    for (program::Parameter& parameter : program.calls[step].parameters) {
      if (parameter.name == name) parameter.values = values;
    }
  }
  void bind(std::size_t step, std::string_view name, BufferId buffer) {
    for (program::Operand& operand : program.calls[step].operands) {
      if (operand.name == name) operand.buffer = buffer;
    }
  }
};

std::string message_of(const program::Program& program) {
  const Status status = check_calls(program);
  if (status) return "ok";
  EXPECT_EQ(status.error().kind, ErrorKind::InvalidInput);
  return to_string(status.error());
}

struct Mismatch {
  void (*damage)(Example& example);
  std::string_view message;
};

TEST(CheckCalls, NamesEachMismatch) {
  ASSERT_TRUE(program::verify(Example().program).ok());
  ASSERT_EQ(message_of(Example().program), "ok");
  const Mismatch cases[] = {
      {[](Example& e) { e.program.calls[1].kernel = "concat_s9"; },
       "cat: unknown kernel 'concat_s9'; a kernel of this version"},
      {[](Example& e) { e.program.calls[0].parameters.pop_back(); }, "conv: 19 parameters; conv2d_s8 has 20"},
      {[](Example& e) { e.program.calls[0].parameters[3].name = "input_d"; },
       "conv: no parameter 'input_channels'; all of them"},
      {[](Example& e) {
         e.set(0, "groups", Integers{2, 2});
       },
       "conv: parameter 'groups' with 2 elements; 1 elements"},
      {[](Example& e) {
         e.set(1, "input_bytes", Integers{48, 48});
       },
       "cat: parameter 'input_bytes' with 2 elements; 16 elements"},
      {[](Example& e) { e.set(0, "groups", Reals{2.0}); }, "conv: parameter 'groups' is a real; an integer"},
      {[](Example& e) { e.set(0, "groups", Integers{0}); }, "conv: parameter 'groups' is 0; 1 to 2147483647"},
      {[](Example& e) { e.set(0, "groups", Integers{3}); }, "conv: groups is 3; a divisor of both numbers of channels"},
      {[](Example& e) { e.set(0, "input_h", Integers{std::int64_t{1} << 32}); },
       "conv: parameter 'input_h' is 4294967296; 1 to 2147483647"},
      {[](Example& e) { e.set(0, "activation_max", Integers{128}); },
       "conv: parameter 'activation_max' is 128; -128 to 127"},
      {[](Example& e) { e.program.calls[0].operands[1].name = "weight"; },
       "conv: operand 'weight'; conv2d_s8 has no such operand"},
      {[](Example& e) { e.program.calls[0].operands[1].name = "weights.1"; },
       "conv: operand 'weights.1'; conv2d_s8 has no such operand"},
      {[](Example& e) { e.program.calls[1].operands[1].name = "inputs.16"; },
       "cat: operand 'inputs.16'; concat_s8 has no such operand"},
      {[](Example& e) { e.program.calls[1].operands[1].name = "inputs.01"; },
       "cat: operand 'inputs.01'; concat_s8 has no such operand"},
      {[](Example& e) { e.program.calls[0].operands.erase(e.program.calls[0].operands.begin() + 2); },
       "conv: operand 'bias' is missing; all operands of conv2d_s8"},
      {[](Example& e) { e.program.calls[1].operands.erase(e.program.calls[1].operands.begin()); },
       "cat: operand 'inputs.0' is missing; all operands of concat_s8"},
      {[](Example& e) { e.program.calls[1].operands.erase(e.program.calls[1].operands.begin() + 1); },
       "cat: operand 'inputs.1' is missing; it is read"},
      {[](Example& e) { e.bind(0, "bias", e.weights); }, "conv: operand 'bias' of type i8; i32"},
      {[](Example& e) { e.bind(1, "output", e.conv_out); },
       "cat: operand 'inputs.0' is the output, too; concat_s8 does not work in place on it"},
      {[](Example& e) { e.program.buffer(e.scratch).shape = {1}; }, "conv: 1 bytes of scratch; conv2d_s8 needs 12"},
      {[](Example& e) { e.program.calls[0].operands.pop_back(); }, "conv: 0 bytes of scratch; conv2d_s8 needs 12"},
      {[](Example& e) { e.program.buffer(e.x).shape = {47}; },
       "conv: operand 'input' of 47 elements; the call touches 48"},
      {[](Example& e) { e.set(0, "kernel_h", Integers{4}); },
       "conv: operand 'weights' of 24 elements; the call touches 32"},
      {[](Example& e) { e.set(0, "output_w", Integers{4}); },
       "conv: operand 'output' of 48 elements; the call touches 64"},
      {[](Example& e) { e.program.buffer(e.scale).shape = {3}; },
       "conv: operand 'bias' of 3 elements; the call touches 4"},
      {[](Example& e) {
         e.set(0, "stride_h", Integers{1 << 23});
         e.set(0, "output_h", Integers{1 << 10});
       },
       "conv: windows beyond 2147483647; positions that 32 bits hold"},
      {[](Example& e) { e.set(1, "output_offset", Integers{1}); },
       "cat: operand 'output' of 96 elements; the call touches 97"},
      {[](Example& e) { e.set(1, "outer_count", Integers{2}); },
       "cat: operand 'inputs.0' of 48 elements; the call touches 96"},
      {[](Example& e) { e.set(2, "input_start_offset", Integers{48}); },
       "slice: operand 'input' of 96 elements; the call touches 97"},
      {[](Example& e) { e.set(2, "input_start_offset", Integers{3}); },
       "slice: a first element of -1; 0 to 2147483647"},
      {[](Example& e) {
         e.set(2, "output_shape", Integers{2, 4, 0, 0, 0, 0});
       },
       "slice: operand 'output' of 6 elements; the call touches 8"},
      {[](Example& e) { e.set(2, "rank", Integers{7}); }, "slice: parameter 'rank' is 7; 0 to 6"},
  };
  for (const Mismatch& test : cases) {
    Example example;
    test.damage(example);
    const std::string message = message_of(example.program);
    EXPECT_EQ(message.substr(0, message.find('\n')), "error: " + std::string(test.message));
    EXPECT_THAT(message, HasSubstr("\nhint: compile the model again with this version of Pudu"));
  }
}

TEST(CheckCalls, ShiftsAreDistances) {
  for (const std::int32_t shift : {-32, 31, INT32_MAX}) {
    Example example;
    std::vector<std::byte> data(16);
    std::memcpy(data.data() + 8, &shift, sizeof shift);
    const BufferId shifts = example.constant("shifts", ElementType::Int32, {4});
    example.program.buffer(shifts).data = std::make_shared<const std::vector<std::byte>>(data);
    example.bind(0, "shifts", shifts);
    EXPECT_THAT(message_of(example.program), HasSubstr("conv: a shift of " + std::to_string(shift) + "; -31 to 30"));
  }
}

TEST(CheckCalls, ScalesArePositiveReals) {
  const auto quantizing = [](const std::variant<Integers, Reals>& scale) {
    Example example;
    const BufferId x = example.add("f", BufferKind::Input, ElementType::Float32, {4});
    const BufferId y = example.add("q", BufferKind::Activation, ElementType::Int8, {4});
    example.call("quantize", "quantize_f32_s8", to_parameters(kernels::QuantizeF32S8Params{4, 0.5F, 0, -128, 127}),
                 {{"input", x}, {"output", y}});
    example.set(3, "scale", scale);
    return message_of(example.program);
  };
  EXPECT_EQ(quantizing(Reals{0.25}), "ok");
  EXPECT_THAT(quantizing(Integers{1}), HasSubstr("quantize: parameter 'scale' is an integer; a real"));
  for (const double scale : {0.0, -1.0, 1e300, 1e-300}) {
    EXPECT_THAT(quantizing(Reals{scale}), HasSubstr("; positive and finite"));
  }
}

TEST(CheckCalls, ATableMayWorkInPlace) {
  Example example;
  const BufferId table = example.constant("table", ElementType::Int8, {256});
  example.call("lut", "lut_s8", to_parameters(kernels::LutS8Params{6}),
               {{"input", example.sliced}, {"table", table}, {"output", example.sliced}});
  EXPECT_EQ(message_of(example.program), "ok");
  example.bind(3, "table", example.weights);
  EXPECT_THAT(message_of(example.program), HasSubstr("lut: operand 'table' of 24 elements; the call touches 256"));
}

TEST(CheckCalls, PaddedShapesAreNotNegative) {
  Example example;
  kernels::PadS8Params pad{};
  pad.rank = 2;
  pad.input_shape[0] = 2;
  pad.input_shape[1] = 3;
  pad.pad_before[1] = -2;
  pad.pad_after[0] = 1;
  const BufferId y = example.add("padded", BufferKind::Activation, ElementType::Int8, {3});
  example.call("pad", "pad_s8", to_parameters(pad), {{"input", example.sliced}, {"output", y}});
  EXPECT_EQ(message_of(example.program), "ok");
  example.set(3, "pad_before", Integers{0, -4, 0, 0, 0, 0});
  EXPECT_THAT(message_of(example.program), HasSubstr("pad: a padded extent of -1; 0 to 2147483647"));
  example.set(3, "pad_before", Integers{0, -1, 0, 0, 0, 0});
  EXPECT_THAT(message_of(example.program), HasSubstr("pad: operand 'output' of 3 elements; the call touches 6"));
}

/// Slides count their distances in bytes, of which 32 bits hold fewer than elements.
TEST(CheckCalls, ImagesOfWideSlidesHaveBytesThat32BitsHold) {
  for (const std::int32_t rows : {(1 << 28) - 2, 1 << 28}) {
    kernels::DepthwiseConv2dDspS16Params p{};
    p.batches = 1, p.input_h = rows, p.input_w = 1, p.channels = 4;
    p.output_h = p.output_w = 1, p.stride_h = p.stride_w = 1, p.weight_bits = 8, p.form = 1;
    Example example;
    program::Program& program = example.program;
    const BufferId image = example.add("image", BufferKind::Activation, ElementType::Int16, {1, rows, 1, 4});
    const BufferId result = example.add("result", BufferKind::Activation, ElementType::Int16, {1, 1, 1, 4});
    const BufferId weights = example.constant("weights4", ElementType::Int8, {36});
    const BufferId constants = example.constant("constants", ElementType::Int32, {16});
    const auto scratch = kernels::DepthwiseConv2dDspS16::scratch_bytes(p, kernels::Isa::Dsp);
    program.calls.clear();
    example.call("slides", "depthwise_conv2d_dsp_s16", to_parameters(p),
                 {{"input", image},
                  {"weights", weights},
                  {"constants", constants},
                  {"output", result},
                  {"scratch", example.add("slides.scratch", BufferKind::Scratch, ElementType::UInt8,
                                          {static_cast<std::int64_t>(scratch)})}});
    EXPECT_THAT(message_of(program), HasSubstr(rows == 1 << 28 ? "an input of bytes of 2147483648" : "ok"));
  }
}

/// 1, but for parameters that may not be.
std::int64_t allowed_value(std::string_view kernel, std::string_view parameter) {
  if (parameter == "diff_min") return 0;
  if (parameter == "weight_bits") return 8;
  // Codes of 16 bits have zero point 0.
  const bool is_offset = parameter == "input_offset" || parameter == "output_offset";
  if (is_offset && kernel.find("_s16") != std::string_view::npos) return 0;
  if (parameter == "strip_positions") return 2;
  if (kernel == "linear_lanes_s8" && parameter == "channel_words") return 7;
  if (parameter == "constant_words" || parameter == "channel_words") return 4;
  if ((kernel == "add_dsp_s8" || kernel == "add_mve_s8") && parameter == "shift") return 16;
  if (kernel.starts_with("conv2d_dsp_") && parameter == "output_channels") return 2;
  if (kernel == "conv2d_winograd_dsp_s8" && parameter == "input_channels") return 8;
  if (kernel == "conv2d_winograd_dsp_s8" && parameter == "output_channels") return 2;
  if (kernel == "conv2d_winograd_rows_dsp_s8" && parameter == "input_channels") return 8;
  if (kernel == "conv2d_winograd_rows_dsp_s8" && parameter == "output_channels") return 4;
  if (kernel == "conv2d_winograd_rows_dsp_s8" && (parameter == "input_w" || parameter == "output_w")) return 4;
  if (kernel == "conv2d_winograd_dsp_s8" && (parameter == "input_w" || parameter == "output_w")) return 4;
  if (kernel == "depthwise_conv2d_5x5_dsp_s8") {
    if (parameter == "channels" || parameter == "input_w" || parameter == "output_w") return 4;
  }
  if (kernel == "linear_mve_s8" && parameter == "output_features") return 4;
  if (kernel == "conv2d_mve_s8" && parameter == "output_channels") return 2;
  if (parameter == "sharing") return 0;
  if (kernel.starts_with("depthwise_conv2d_dsp_") && parameter == "channels") return 4;
  if (kernel.starts_with("depthwise_conv2d_dsp_") && parameter.starts_with("stride")) return 2;
  if (kernel == "depthwise_conv2d_mve_s8" && parameter == "channels") return 8;
  if (kernel == "depthwise_conv2d_mve_s8" && parameter.starts_with("kernel")) return 3;
  if (kernel == "depthwise_conv2d_mve_s8" && parameter.starts_with("stride")) return 2;
  return 1;
}

/// A kernel without a line in call_bounds.cpp, or with a parameter that has none, is refused there: with all parameters
/// 1 and plenty of everything, every kernel has to pass.
TEST(CheckCalls, EveryKernelHasBounds) {
  constexpr std::int64_t plenty = 1160;
  for (const KernelBinding* kernel : all_kernels()) {
    Example example;
    program::KernelCall call{.name = "call", .op = "test", .kernel = std::string(kernel->name)};
    for (const ParamField& field : kernel->params) {
      if (field.type == FieldType::Float) {
        call.parameters.push_back({std::string(field.name), Reals(field.count, 1.0)});
      } else {
        const std::int64_t value = allowed_value(kernel->name, field.name);
        call.parameters.push_back({std::string(field.name), Integers(field.count, value)});
      }
    }
    for (const OperandField& field : kernel->operands) {
      const std::string name = std::string(field.name) + (field.is_array ? ".0" : "");
      if (field.is_scratch) continue;
      const BufferId id = field.is_written ? example.add("out", BufferKind::Activation, field.element, {plenty})
                                           : example.constant(name, field.element, {plenty});
      if (kernel->name == kernels::Conv2dLanesS8::name && name == "weights") {
        std::vector<std::uint8_t> stream = kernels::conv2d_lanes::stream_of_one_weight();
        stream.resize(plenty);
        const auto* bytes = reinterpret_cast<const std::byte*>(stream.data());
        example.program.buffer(id).data = std::make_shared<const std::vector<std::byte>>(bytes, bytes + stream.size());
      }
      if (kernel->name == kernels::LinearLanesS8::name && name == "constants") {
        std::vector<std::int32_t> words(plenty);
        words[0] = 1;  // one run of one pair of features
        const auto* bytes = reinterpret_cast<const std::byte*>(words.data());
        example.program.buffer(id).data =
            std::make_shared<const std::vector<std::byte>>(bytes, bytes + 4 * words.size());
      }
      call.operands.push_back({name, id});
    }
    const std::size_t scratch = kernel->scratch_bytes(call.parameters, example.program.target.isa);
    if (scratch > 0) {
      call.operands.push_back({"scratch", example.add("scratch", BufferKind::Scratch, ElementType::UInt8,
                                                      {static_cast<std::int64_t>(scratch)})});
    }
    example.program.calls = {call};
    EXPECT_EQ(message_of(example.program), "ok") << kernel->name;
    for (const program::Operand& operand : call.operands) {
      if (operand.name == "scratch" || example.program.buffer(operand.buffer).kind == BufferKind::Constant) continue;
      program::Buffer& buffer = example.program.buffer(operand.buffer);
      const ir::Shape shape = std::exchange(buffer.shape, {0});
      EXPECT_THAT(message_of(example.program), HasSubstr("operand '" + operand.name + "' of 0 elements"))
          << kernel->name;
      buffer.shape = shape;
    }
  }
}

/// Runs the calls with each buffer in memory of exactly its size, so that the sanitizers see every byte beside it.
void run(const program::Program& program) {
  std::vector<std::vector<std::byte>> memory;
  for (const program::Buffer& buffer : program.buffers) {
    memory.push_back(buffer.data ? *buffer.data : std::vector<std::byte>(buffer.bytes()));
  }
  for (const program::KernelCall& call : program.calls) {
    find_kernel(call.kernel)->run(call.parameters, [&](std::string_view name) -> void* {
      const program::Operand* operand = call.find_operand(name);
      return operand != nullptr ? memory[program::index_of(operand->buffer)].data() : nullptr;
    });
  }
}

/// Memory and work that a test can afford.
bool is_small(const program::Program& program) {
  std::size_t bytes = 0;
  for (const program::Buffer& buffer : program.buffers) bytes += buffer.bytes();
  double work = 1;
  for (const program::KernelCall& call : program.calls) {
    for (const char* name : {"kernel_h", "kernel_w", "output_h", "output_w"}) {
      const program::Parameter* parameter = call.find_parameter(name);
      if (parameter != nullptr) work *= static_cast<double>(std::get<Integers>(parameter->values).front());
    }
  }
  return bytes < 1 << 20 && work < 1e6;
}

TEST(CheckCalls, EditedProgramsAreRefusedOrRunInsideTheirMemory) {
  base::testing::Mutator mutator(17);
  const std::string file = program::serialize(Example().program);
  int ran = 0;
  int refused = 0;
  for (int i = 0; i < 30000; ++i) {
    const Result<program::Program> program = program::deserialize(mutator.mutate(file));
    if (!program) continue;
    if (!check_calls(*program)) {
      ++refused;
    } else if (is_small(*program)) {
      run(*program);
      ++ran;
    }
  }
  EXPECT_GT(ran, 500);
  EXPECT_GT(refused, 1000);
}

/// The same with sizes that text edits rarely hit: one parameter or one dimension becomes a number near an edge.
TEST(CheckCalls, EditedNumbersAreRefusedOrRunInsideTheirMemory) {
  constexpr std::int64_t numbers[] = {
      -2147483648LL, -129, -128,    -49,     -48,         -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 47, 48, 49, 95, 96, 97,
      127,           128,  1 << 15, 1 << 23, 2147483647LL};
  int ran = 0;
  int refused = 0;
  const Example whole;
  for (std::size_t step = 0; step < whole.program.calls.size(); ++step) {
    const auto& parameters = whole.program.calls[step].parameters;
    for (std::size_t first = 0; first < parameters.size(); ++first) {
      for (std::size_t second = first; second < parameters.size(); ++second) {
        for (const std::int64_t a : numbers) {
          for (const std::int64_t b : {std::int64_t{0}, std::int64_t{2}, std::int64_t{5}, a}) {
            Example example;
            std::get<Integers>(example.program.calls[step].parameters[first].values).front() = a;
            std::get<Integers>(example.program.calls[step].parameters[second].values).back() = b;
            if (!check_calls(example.program)) {
              ++refused;
            } else if (is_small(example.program)) {
              run(example.program);
              ++ran;
            }
          }
        }
      }
    }
  }
  EXPECT_GT(ran, 1000);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace pudu::ops

// Prepared programs give the bytes of what they were made of, for every mode; choices follow their prices; what a
// target must not get, it does not get.
#include "prepare/prepare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/testing/reference.hpp"
#include "ops/call_check.hpp"
#include "ops/registry.hpp"
#include "prepare/kernel_menu.hpp"

namespace pudu::prepare {
namespace {

using kernels::testing::Random;
using program::BufferId;
using program::BufferKind;
using program::ElementType;

/// A program of layers one behind the other, with random weights.
class Layers {
 public:
  explicit Layers(const char* cpu, targets::KernelLibrary library = targets::KernelLibrary::Builtin) {
    program_.name = "layers";
    program_.target = targets::make_target(cpu, "", library).value();
    last_ = add_buffer("input", BufferKind::Input, ElementType::Int8, 8 * 8 * 8);
    program_.inputs.push_back({"input", last_, {1, 8, 8, 8}});
  }

  void add_conv2d() {
    kernels::Conv2dS8Params p{};
    set_image(p);
    p.input_channels = p.output_channels = 8, p.groups = 1;
    add_call("conv2d", kernels::Conv2dS8::name, p, 8 * 9 * 8, 8, 64 * 8, 64 * 8 * 9 * 8);
  }
  void add_depthwise() {
    kernels::DepthwiseConv2dS8Params p{};
    set_image(p);
    p.input_channels = p.output_channels = 8, p.depth_multiplier = 1;
    add_call("depthwise", kernels::DepthwiseConv2dS8::name, p, 9 * 8, 8, 64 * 8, 64 * 8 * 9);
  }
  void add_pointwise() {
    kernels::Conv2dS8Params p{};
    set_image(p);
    p.input_channels = p.output_channels = 8, p.groups = 1;
    p.kernel_h = p.kernel_w = 1, p.pad_top = p.pad_left = 0;
    add_call("pointwise", kernels::Conv2dS8::name, p, 64, 8, 64 * 8, 64 * 64);
  }
  /// Over an image of 64 x 1, three taps high.
  void add_column() {
    kernels::DepthwiseConv2dS8Params p{};
    set_image(p);
    p.input_channels = p.output_channels = 8, p.depth_multiplier = 1;
    p.input_h = p.output_h = 64, p.input_w = p.output_w = 1, p.kernel_w = 1, p.pad_left = 0;
    add_call("column", kernels::DepthwiseConv2dS8::name, p, 3 * 8, 8, 64 * 8, 64 * 3 * 8);
  }
  /// The same with all channels.
  void add_dense_column() {
    kernels::Conv2dS8Params p{};
    set_image(p);
    p.input_channels = p.output_channels = 8, p.groups = 1;
    p.input_h = p.output_h = 64, p.input_w = p.output_w = 1, p.kernel_w = 1, p.pad_left = 0;
    add_call("dense_column", kernels::Conv2dS8::name, p, 3 * 64, 8, 64 * 8, 64 * 3 * 64);
  }
  void add_linear() {
    kernels::LinearS8Params p{};
    p.batches = 1, p.input_features = 512, p.output_features = 10;
    p.output_offset = -128, p.activation_min = -128, p.activation_max = 127;
    add_call("linear", kernels::LinearS8::name, p, 5120, 10, 10, 5120);
  }

  program::Program take() {
    program_.outputs.push_back({"output", last_, {1, static_cast<std::int64_t>(program_.buffer(last_).bytes())}});
    return program_;
  }

 private:
  template <class Params>
  static void set_image(Params& p) {
    p.batches = 1, p.input_h = p.input_w = p.output_h = p.output_w = 8;
    p.kernel_h = p.kernel_w = 3, p.stride_h = p.stride_w = 1, p.pad_top = p.pad_left = 1;
    p.dilation_h = p.dilation_w = 1;
    p.input_offset = 128, p.output_offset = -128, p.activation_min = -128, p.activation_max = 127;
  }

  BufferId add_buffer(std::string name, BufferKind kind, ElementType type, std::int64_t elements) {
    program::Buffer buffer;
    buffer.name = std::move(name), buffer.kind = kind, buffer.type = type, buffer.shape = {elements};
    return program_.add_buffer(std::move(buffer));
  }
  template <class T>
  BufferId add_constant(std::string name, const std::vector<T>& values) {
    const ElementType type = sizeof(T) == 1 ? ElementType::Int8 : ElementType::Int32;
    const BufferId id =
        add_buffer(std::move(name), BufferKind::Constant, type, static_cast<std::int64_t>(values.size()));
    const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
    program_.buffer(id).data = std::make_shared<const std::vector<std::byte>>(bytes, bytes + values.size() * sizeof(T));
    return id;
  }

  template <class Params>
  void add_call(const std::string& name, std::string_view kernel, const Params& params, std::size_t weights,
                std::int32_t channels, std::int64_t outputs, std::int64_t macs) {
    program::KernelCall call;
    call.name = name, call.op = name, call.kernel = kernel, call.macs = macs;
    call.parameters = ops::to_parameters(params);
    std::vector<std::int32_t> bias, multipliers, shifts;
    for (std::int32_t c = 0; c < channels; ++c) {
      bias.push_back(random_.between(-2000, 2000)), multipliers.push_back(random_.between(1 << 30, INT32_MAX));
      shifts.push_back(random_.between(-9, -7));
    }
    call.operands = {{"input", last_},
                     {"weights", add_constant(name + ".weights", random_.codes(weights))},
                     {"bias", add_constant(name + ".bias", bias)},
                     {"multipliers", add_constant(name + ".multipliers", multipliers)},
                     {"shifts", add_constant(name + ".shifts", shifts)}};
    last_ = add_buffer(name + ".output", BufferKind::Activation, ElementType::Int8, outputs);
    call.operands.push_back({"output", last_});
    if (kernel == kernels::Conv2dS8::name) {
      const BufferId scratch = add_buffer(name + ".scratch", BufferKind::Scratch, ElementType::UInt8, 4096);
      call.operands.push_back({"scratch", scratch});
    }
    program_.calls.push_back(std::move(call));
  }

  Random random_{5};
  program::Program program_;
  BufferId last_{};
};

Layers all_layers(const char* cpu, targets::KernelLibrary library = targets::KernelLibrary::Builtin) {
  Layers layers(cpu, library);
  layers.add_conv2d();
  layers.add_depthwise();
  layers.add_linear();
  return layers;
}

/// The bytes of the program's output.
std::vector<std::byte> run(const program::Program& program) {
  std::map<BufferId, std::vector<std::byte>> memory;
  for (const program::Buffer& buffer : program.buffers) {
    memory[buffer.id] = buffer.data != nullptr ? *buffer.data : std::vector<std::byte>(buffer.bytes() + 16);
  }
  Random random(9);
  for (std::byte& byte : memory[program.inputs[0].buffer]) byte = static_cast<std::byte>(random.code());
  for (const program::KernelCall& call : program.calls) {
    ops::find_kernel(call.kernel)->run(call.parameters, [&](std::string_view name) -> void* {
      const program::Operand* operand = call.find_operand(name);
      return operand != nullptr ? memory[operand->buffer].data() : nullptr;
    });
  }
  return memory[program.outputs[0].buffer];
}

std::vector<std::string> kernels_of(const program::Program& program) {
  std::vector<std::string> names;
  for (const program::KernelCall& call : program.calls) names.push_back(call.kernel);
  return names;
}

std::int64_t parameter(const program::KernelCall& call, std::string_view name) {
  const auto found = std::find_if(call.parameters.begin(), call.parameters.end(),
                                  [&](const program::Parameter& one) { return one.name == name; });
  return std::get<std::vector<std::int64_t>>(found->values).at(0);
}

TEST(Prepare, GivesTheSameBytesInEveryMode) {
  for (const char* cpu : {"cortex-m0", "cortex-m23", "cortex-m3", "cortex-m4"}) {
    const program::Program source = all_layers(cpu).take();
    ASSERT_TRUE(ops::check_calls(source).ok());
    for (const Optimize optimize : {Optimize::Balanced, Optimize::Speed, Optimize::Size}) {
      program::Program prepared = source;
      const std::vector<Choice> choices = prepare_program(prepared, optimize);
      EXPECT_FALSE(choices.empty()) << cpu;
      const Status verified = program::verify(prepared), checked = ops::check_calls(prepared);
      EXPECT_TRUE(verified.ok()) << to_string(verified.error());
      EXPECT_TRUE(checked.ok()) << to_string(checked.error());
      EXPECT_EQ(run(prepared), run(source)) << cpu << ' ' << to_string(optimize);
    }
  }
}

TEST(KernelMenu, EveryKernelOfACallGivesItsBytes) {
  for (const char* cpu : {"cortex-m0", "cortex-m3", "cortex-m4", "cortex-m55"}) {
    Layers layers = all_layers(cpu);
    const program::Program source = layers.take();
    const std::vector<std::byte> expected = run(source);
    const KernelMenu menu(source, Optimize::Balanced);
    ASSERT_EQ(menu.by_call().size(), source.calls.size());
    ASSERT_GT(menu.by_call()[0].size(), 1U) << cpu;
    for (std::size_t call = 0; call < source.calls.size(); ++call) {
      for (std::size_t option = 0; option < menu.by_call()[call].size(); ++option) {
        std::vector<std::size_t> chosen(source.calls.size(), 0);
        chosen[call] = option;
        const program::Program program = menu.apply(chosen);
        const Status verified = program::verify(program), checked = ops::check_calls(program);
        EXPECT_TRUE(verified.ok()) << to_string(verified.error());
        EXPECT_TRUE(checked.ok()) << to_string(checked.error());
        EXPECT_EQ(run(program), expected) << cpu << ' ' << menu.by_call()[call][option].description;
        EXPECT_EQ(menu.choices(chosen).size(), option == 0 ? 0U : 1U);
        EXPECT_GT(menu.instructions(menu.by_call()[call][option], program.calls[call]) +
                      menu.by_call()[call][option].cost.instructions,
                  0)
            << cpu << ' ' << program.calls[call].kernel;
      }
    }
  }
}

TEST(KernelMenu, HasStripsOfSeveralLengths) {
  const program::Program source = all_layers("cortex-m4").take();
  std::vector<std::size_t> scratch;
  const KernelMenu menu(source, Optimize::Balanced);
  const SourceCall call(source, source.calls[0]);
  for (const Candidate& candidate : menu.by_call()[0]) {
    if (candidate.kernel == "conv2d_dsp_s8") scratch.push_back(call.scratch_bytes(candidate));
  }
  std::sort(scratch.begin(), scratch.end());
  ASSERT_GT(scratch.size(), 4U);
  EXPECT_LT(3 * scratch.front(), scratch.back());
}

TEST(Prepare, CoresWithoutDspHaveLanes) {
  for (const char* cpu : {"cortex-m0", "cortex-m3"}) {
    program::Program program = all_layers(cpu).take();
    prepare_program(program, Optimize::Speed);
    // Random weights of the linear layer end a run with every other feature, so it is not worth it there.
    EXPECT_THAT(kernels_of(program),
                ::testing::ElementsAre("conv2d_lanes_s8", "depthwise_conv2d_lanes_s8", "linear_s8"));
    // Only M3 multiplies to 64 bits, and so takes the constants of that.
    EXPECT_EQ(parameter(program.calls[1], "channel_words") == 4, std::string_view(cpu) == "cortex-m3") << cpu;
  }
}

TEST(Prepare, ReplacesWhatHasAVariant) {
  program::Program program = all_layers("cortex-m4").take();
  const std::vector<Choice> choices = prepare_program(program, Optimize::Speed);
  EXPECT_THAT(kernels_of(program),
              ::testing::ElementsAre("conv2d_winograd_dsp_s8", "depthwise_conv2d_dsp_s8", "linear_dsp_s8"));
  ASSERT_EQ(choices.size(), 3U);
  EXPECT_EQ(choices[0].call, "conv2d");
  EXPECT_THAT(choices[0].description, ::testing::HasSubstr("transformed weights"));
  for (const Choice& choice : choices) EXPECT_LT(choice.instructions, choice.base_instructions) << choice.call;
}

TEST(Prepare, SizeTakesNoWidenedWeights) {
  program::Program program = all_layers("cortex-m4").take();
  for (const Choice& choice : prepare_program(program, Optimize::Size)) {
    EXPECT_THAT(choice.description, ::testing::Not(::testing::HasSubstr("int16"))) << choice.call;
  }
}

TEST(Prepare, DropsConstantsThatNothingReads) {
  program::Program program = all_layers("cortex-m4").take();
  prepare_program(program, Optimize::Speed);
  for (const program::Buffer& buffer : program.buffers) {
    EXPECT_NE(buffer.name, "conv2d.weights");
    EXPECT_EQ(program.buffer(buffer.id).name, buffer.name);
  }
}

TEST(Prepare, SeesImagesAsLongRows) {
  for (const char* cpu : {"cortex-m0", "cortex-m4", "cortex-m55"}) {
    Layers layers(cpu);
    layers.add_pointwise();
    layers.add_column();
    layers.add_dense_column();
    const program::Program source = layers.take();
    program::Program prepared = source;
    prepare_program(prepared, Optimize::Speed);
    const Status verified = program::verify(prepared), checked = ops::check_calls(prepared);
    EXPECT_TRUE(verified.ok()) << to_string(verified.error());
    EXPECT_TRUE(checked.ok()) << to_string(checked.error());
    EXPECT_EQ(run(prepared), run(source)) << cpu;
    for (const program::KernelCall& call : prepared.calls) {
      EXPECT_EQ(parameter(call, "input_w"), 64) << cpu << ' ' << call.name;
      EXPECT_EQ(parameter(call, "output_h"), 1) << cpu << ' ' << call.name;
    }
  }
}

TEST(Prepare, LeavesOtherTargetsAlone) {
  program::Program any = all_layers("any").take();
  EXPECT_TRUE(prepare_program(any, Optimize::Speed).empty());
  program::Program cmsis_nn = all_layers("cortex-m4", targets::KernelLibrary::CmsisNn).take();
  EXPECT_TRUE(prepare_program(cmsis_nn, Optimize::Speed).empty());
  EXPECT_THAT(kernels_of(cmsis_nn), ::testing::ElementsAre("conv2d_s8", "depthwise_conv2d_s8", "linear_s8"));
}

TEST(ParseOptimize, KnowsItsNames) {
  for (const Optimize optimize : {Optimize::Balanced, Optimize::Speed, Optimize::Size}) {
    EXPECT_EQ(parse_optimize(to_string(optimize)).value(), optimize);
  }
  EXPECT_EQ(parse_optimize("fast").error().kind, ErrorKind::Usage);
}

}  // namespace
}  // namespace pudu::prepare

// The structure of an emitted program, as the reader sees it; and that it holds nothing twice and nothing unused.
#include "emitters/pte/pte_emitter.hpp"

#include <gmock/gmock.h>

#include <set>

#include "emitters/pte/legalize.hpp"
#include "emitters/pte/serialize.hpp"
#include "emitters/pte/testing/one_call.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/softmax_f32/softmax_f32.hpp"
#include "pte/describe.hpp"
#include "pte/read.hpp"

namespace pudu::emitters {
namespace {

using testing::OneCall;

struct Emitted {
  std::vector<std::byte> bytes;
  pte::Program program;
};

Emitted emit(const program::Program& source, PteOptions options = {}) {
  options.pudu_version = "1.2.3";
  const auto legal = legalize_for_executorch(source, targets::KernelLibrary::Builtin);
  EXPECT_TRUE(legal.ok());
  auto bytes = emit_pte(*legal, testing::spread_out(*legal), options);
  EXPECT_TRUE(bytes.ok()) << to_string(bytes.error());
  Emitted emitted{std::move(bytes).value(), {}};
  auto program = pte::read(emitted.bytes);
  EXPECT_TRUE(program.ok()) << to_string(program.error());
  emitted.program = std::move(program).value();
  return emitted;
}

program::Program pointwise_convolution() {
  kernels::Conv2dS8Params params{};
  params.batches = params.kernel_h = params.kernel_w = params.groups = 1;
  params.stride_h = params.stride_w = params.dilation_h = params.dilation_w = 1;
  params.input_h = params.output_h = 2;
  params.input_w = params.output_w = 3;
  params.input_channels = 4;
  params.output_channels = 2;
  params.input_offset = -3;
  params.output_offset = 1;
  params.activation_min = -128;
  params.activation_max = 127;
  return OneCall("conv2d_s8")
      .input("input", {1, 2, 3, 4})
      .int8_constant("weights", {2, 1, 1, 4})
      .int32_constant("bias", {100, -7})
      .int32_constant("multipliers", {1 << 30, 1600000000})
      .int32_constant("shifts", {-6, -7})
      .output({1, 2, 3, 2})
      .with(params);
}

program::Program linear(const std::vector<std::int32_t>& multipliers) {
  kernels::LinearS8Params params{3, 4, 2, -3, 1, -128, 127};
  return OneCall("linear_s8")
      .input("input", {3, 4})
      .int8_constant("weights", {2, 4})
      .int32_constant("bias", {100, -7})
      .int32_constant("multipliers", multipliers)
      .int32_constant("shifts", {-6, -6})
      .output({3, 2})
      .with(params);
}

TEST(PteEmitter, GoldenText) {
  EXPECT_EQ(pte::print(emit(pointwise_convolution()).program.main()), R"(%0: int8[1, 2, 3, 4], 24 bytes, memory 1 at 0
%1: int8[2, 1, 1, 4], 8 bytes, constant 1
%2: int32[2], 8 bytes, constant 2
%8: int32[2], 8 bytes, constant 3
%9: int32[2], 8 bytes, constant 4
%12: uint8[0], 0 bytes, memory 1 at 0
%13: int8[1, 2, 3, 2], 12 bytes, memory 1 at 32
   0  %13 = cortex_m::quantized_conv2d_nhwc.out(input=%0, weight=%1, bias=%2, stride=[1, 1], padding=[0, 0], dilation=[1, 1], input_offset=-3, output_offset=1, requantize_multipliers=%8, requantize_shifts=%9, activation_min=-128, activation_max=127, scratch=%12)
)");
}

TEST(PteEmitter, ClassicOperatorsSeeChannelsLastImages) {
  const Emitted emitted = emit(pointwise_convolution(), {.operators = PteOperators::Classic});
  const pte::Plan& plan = emitted.program.main();
  EXPECT_EQ(plan.operators[0].full_name(), "cortex_m::quantized_conv2d.out");
  const pte::Tensor& input = *plan.tensor(plan.calls[0].args[0]);
  EXPECT_EQ(input.sizes, (std::vector<std::int32_t>{1, 4, 2, 3}));
  EXPECT_EQ(input.dim_order, (std::vector<std::uint8_t>{0, 2, 3, 1}));
}

TEST(PteEmitter, RecordsForWhomItIs) {
  const Emitted emitted = emit(pointwise_convolution());
  ASSERT_TRUE(emitted.program.metadata.has_value());
  const pte::Metadata& metadata = *emitted.program.metadata;
  EXPECT_EQ(metadata.pudu_version, "1.2.3");
  EXPECT_EQ(metadata.target, "cortex-m55");
  EXPECT_EQ(metadata.isa, "mve");
  EXPECT_EQ(metadata.kernels, "builtin");
  EXPECT_EQ(metadata.scratch_formula_version, pte::scratch_formula_version);
}

TEST(PteEmitter, LinearLayersOfOneMultiplierAreLinear) {
  const pte::Plan plan = emit(linear({1 << 30, 1 << 30})).program.main();
  EXPECT_EQ(plan.operators[0].full_name(), "cortex_m::quantized_linear.out");
  // MVE: the sums of weights with the bias in them, and no bias.
  EXPECT_TRUE(std::holds_alternative<pte::Null>(plan.values[static_cast<std::size_t>(plan.calls[0].args[2])]));
  EXPECT_EQ(plan.tensor(plan.calls[0].args[3])->sizes, (std::vector<std::int32_t>{1, 2}));

  program::Program for_m4 = linear({1 << 30, 1 << 30});
  for_m4.target = {targets::Cpu::M4, targets::Isa::Dsp, targets::KernelLibrary::Builtin};
  const pte::Plan m4 = emit(for_m4).program.main();
  EXPECT_NE(m4.tensor(m4.calls[0].args[2]), nullptr);
  EXPECT_TRUE(std::holds_alternative<pte::Null>(m4.values[static_cast<std::size_t>(m4.calls[0].args[3])]));

  program::Program for_any = linear({1 << 30, 1 << 30});
  for_any.target = targets::make_target("any", "").value();
  const pte::Plan any = emit(for_any).program.main();
  EXPECT_NE(any.tensor(any.calls[0].args[2]), nullptr);
  EXPECT_NE(any.tensor(any.calls[0].args[3]), nullptr);
}

TEST(PteEmitter, OtherLinearLayersArePointwiseConvolutions) {
  const pte::Plan plan = emit(linear({1 << 30, 1600000000})).program.main();
  EXPECT_EQ(plan.operators[0].full_name(), "cortex_m::quantized_conv2d_nhwc.out");
  EXPECT_EQ(plan.tensor(plan.calls[0].args[0])->sizes, (std::vector<std::int32_t>{3, 1, 1, 4}));
}

TEST(PteEmitter, HoldsNothingTwiceAndNothingUnused) {
  program::Program source = pointwise_convolution();
  // The same weights again, under another name and in another shape.
  program::Buffer copy = source.buffer(source.calls[0].find_operand("weights")->buffer);
  copy.name = "copy";
  copy.shape = {8};
  source.add_buffer(copy);
  program::Buffer unused = copy;
  unused.name = "unused";
  unused.data = std::make_shared<const std::vector<std::byte>>(8, std::byte{77});
  source.add_buffer(unused);
  const Emitted emitted = emit(source);
  // Weights 8, bias 8, multipliers 8, shifts 8, each at a multiple of 16.
  EXPECT_EQ(emitted.program.constants.size(), 3U * 16 + 8);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < emitted.program.main().values.size(); ++i) {
    const auto* tensor = std::get_if<pte::Tensor>(&emitted.program.main().values[i]);
    if (tensor == nullptr) continue;
    EXPECT_EQ(tensor->data_offset % 16, 0U);
    EXPECT_TRUE(seen.insert(pte::describe(*tensor) + std::to_string(tensor->data_index) +
                            std::to_string(tensor->place ? tensor->place->offset : 0))
                    .second);
  }
}

TEST(PteEmitter, AProgramWithoutCallsReturnsItsInput) {
  program::Program source;
  source.name = "nothing";
  const program::BufferId x = source.add_buffer(
      {.name = "x", .kind = program::BufferKind::Input, .type = program::ElementType::Float32, .shape = {2, 3}});
  source.inputs.push_back({"x", x, {2, 3}});
  source.outputs.push_back({"y", x, {6}});
  const pte::Plan plan = emit(source).program.main();
  EXPECT_TRUE(plan.calls.empty());
  EXPECT_EQ(plan.tensor(plan.inputs[0])->sizes, (std::vector<std::int32_t>{2, 3}));
  EXPECT_EQ(plan.tensor(plan.outputs[0])->sizes, (std::vector<std::int32_t>{6}));
}

TEST(PteEmitter, ForeignKernelsAreADefect) {
  program::Program source = pointwise_convolution();
  source.calls[0].kernel = "frobnicate_s8";
  const auto bytes = emit_pte(source, testing::spread_out(source), {});
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().kind, ErrorKind::Internal);
}

TEST(Serialize, IsTheInverseOfRead) {
  const Emitted emitted = emit(pointwise_convolution());
  const auto again = serialize(emitted.program);
  ASSERT_TRUE(again.ok());
  // The metadata's plan is written from the metadata; it came back as a plan, too.
  pte::Program without = emitted.program;
  std::erase_if(without.plans, [](const pte::Plan& plan) { return plan.name == pte::metadata_plan_name; });
  const auto same = serialize(without);
  ASSERT_TRUE(same.ok());
  EXPECT_EQ(*same, emitted.bytes);
}

TEST(Serialize, MissingConstantsAreADefect) {
  pte::Program program = emit(pointwise_convolution()).program;
  for (pte::Value& value : program.plans[0].values) {
    auto* tensor = std::get_if<pte::Tensor>(&value);
    if (tensor != nullptr && tensor->data_index == 2) tensor->data_index = 9;
  }
  const auto bytes = serialize(program);
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().kind, ErrorKind::Internal);
}

program::Program logarithm_of_softmax() {
  const kernels::SoftmaxF32Params params{.outer_count = 2, .depth = 3, .inner_count = 1, .logarithm = 1};
  program::Program source = OneCall("softmax_f32").input("input", {2, 3}).output({2, 3}).with(params);
  for (program::Buffer& buffer : source.buffers) {
    buffer.type = program::ElementType::Float32;
    buffer.quantization.reset();
  }
  return source;
}

TEST(PteEmitter, FloatKernelsAreOperatorsWithRealAndIntegerArguments) {
  const Emitted emitted = emit(logarithm_of_softmax());
  ASSERT_EQ(emitted.program.main().operators.size(), 1U);
  EXPECT_EQ(emitted.program.main().operators.front().full_name(), "pudu::softmax_f32.out");
}

/// What would compile here and fail to load there.
TEST(PteEmitter, WritesNoOperatorThatTheChosenLibraryLacks) {
  program::Program legal = legalize_for_executorch(logarithm_of_softmax(), targets::KernelLibrary::Builtin).value();
  legal.target.kernels = targets::KernelLibrary::CmsisNn;
  const auto bytes = emit_pte(legal, testing::spread_out(legal), {});
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(to_string(bytes.error()),
            "error: operators of a .pte: 'pudu::softmax_f32.out'; operators of the library cmsis-nn");
}

}  // namespace
}  // namespace pudu::emitters

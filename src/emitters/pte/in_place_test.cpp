// Who may write over an operand, and what a program looks like in which that is done.
#include "emitters/pte/in_place.hpp"

#include <gmock/gmock.h>

#include "emitters/pte/legalize.hpp"
#include "emitters/pte/pte_emitter.hpp"
#include "emitters/pte/testing/one_call.hpp"
#include "kernels/add/add_s8.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/minimum/minimum_s8.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"
#include "kernels/softmax/softmax_s8.hpp"
#include "kernels/softmax_f32/softmax_f32.hpp"
#include "pte/describe.hpp"
#include "pte/read.hpp"

namespace pudu::emitters {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::OneCall;

std::vector<std::string_view> operands_of(const program::Program& program) {
  return in_place_operands(program, program.calls[0]);
}

template <class Params>
Params of_matrix(std::int32_t row_stride2) {
  Params params{};
  params.rank = 2;
  params.output_shape[0] = 3;
  params.output_shape[1] = params.input1_strides[0] = 4;
  params.input1_strides[1] = params.input2_strides[1] = 1;
  params.input2_strides[0] = row_stride2;
  return params;
}

template <class Kernel>
program::Program binary(const testing::Shape& shape2) {
  auto params = of_matrix<typename Kernel::Params>(shape2[0] == 1 ? 0 : 4);
  if constexpr (requires { params.input1_multiplier; }) {
    params.input1_multiplier = params.input2_multiplier = params.output_multiplier = 1 << 30;
  }
  if constexpr (requires { params.activation_min; }) {
    params.activation_min = -128;
    params.activation_max = 127;
  }
  return OneCall(Kernel::name).input("input1", {3, 4}).input("input2", shape2).output({3, 4}).with(params);
}

TEST(InPlace, ElementwiseOperatorsWriteOverOperandsOfTheirSize) {
  EXPECT_THAT(operands_of(binary<kernels::AddS8>({3, 4})), ElementsAre("input1", "input2"));
  EXPECT_THAT(operands_of(binary<kernels::AddS8>({1, 4})), ElementsAre("input1")) << "the other is read in every row";
}

TEST(InPlace, TablesDo) {
  const kernels::LutS8Params params{12};
  EXPECT_THAT(
      operands_of(OneCall("lut_s8").input("input", {12}).int8_constant("table", {256}).output({12}).with(params)),
      ElementsAre("input"));
}

TEST(InPlace, SoftmaxDoesNotThoughOurKernelCould) {
  const kernels::SoftmaxS8Params params{
      .outer_count = 2, .depth = 3, .multiplier = 1 << 30, .shift = 24, .diff_min = -99};
  EXPECT_THAT(operands_of(OneCall("softmax_s8").input("input", {2, 3}).output({2, 3}).with(params)), IsEmpty());
}

TEST(InPlace, QuantizeDoesNot) {
  const kernels::QuantizeF32S8Params params{
      .count = 12, .scale = 1, .zero_point = 0, .quant_min = -128, .quant_max = 127};
  OneCall call("quantize_f32_s8");
  call.input("input", {12}).output({12});
  call.program.buffer(call.program.inputs[0].buffer).type = program::ElementType::Float32;
  EXPECT_THAT(operands_of(call.with(params)), IsEmpty());
}

TEST(InPlace, OurOwnOperatorsDoAsTheirKernelsSay) {
  const kernels::SoftmaxF32Params params{.outer_count = 2, .depth = 3, .inner_count = 1, .logarithm = 0};
  OneCall call("softmax_f32");
  call.input("input", {2, 3}).output({2, 3});
  for (program::Buffer& buffer : call.program.buffers) {
    buffer.type = program::ElementType::Float32;
    buffer.quantization.reset();
  }
  EXPECT_THAT(operands_of(call.with(params)), ElementsAre("input"));
}

/// What the emitter writes for a plan in which memory is shared.
std::string text_of(const program::Program& program, const program::MemoryMap& memory) {
  const auto bytes = emit_pte(program, memory, {.channels_last_inputs = {}, .pudu_version = "1.2.3"});
  EXPECT_TRUE(bytes.ok()) << to_string(bytes.error());
  const auto read = pte::read(*bytes);
  return read.ok() ? pte::print(read->main()) : to_string(read.error());
}

/// As spread_out(), but the output in the place of input1.
program::MemoryMap over_first_operand(const program::Program& program) {
  program::MemoryMap memory = testing::spread_out(program);
  const program::BufferId input = program.calls[0].operands[0].buffer;
  const program::BufferId output = program.calls[0].find_operand("output")->buffer;
  memory.offsets[program::index_of(output)] = memory.offsets[program::index_of(input)];
  program::Schedule schedule = program::layerwise_schedule(program);
  schedule.shared[program::index_of(output)] = program::SharedStorage{input, 0};
  memory.schedule = schedule;
  return memory;
}

TEST(InPlace, OneTensorIsOperandAndOutput) {
  const program::Program program =
      legalize_for_executorch(binary<kernels::MinimumS8>({3, 4}), targets::KernelLibrary::CmsisNn).value();
  EXPECT_EQ(text_of(program, over_first_operand(program)), R"(%0: int8[3, 4], 12 bytes, memory 1 at 0
%1: int8[3, 4], 12 bytes, memory 1 at 16
   0  %0 = cortex_m::minimum.out(self=%0, other=%1)
)");
}

TEST(InPlace, TheReaderFindsOtherOperatorsThatDo) {
  const kernels::SoftmaxS8Params params{
      .outer_count = 2, .depth = 3, .multiplier = 1 << 30, .shift = 24, .diff_min = -99};
  const program::Program program = OneCall("softmax_s8").input("input", {2, 3}).output({2, 3}).with(params);
  EXPECT_THAT(text_of(program, over_first_operand(program)),
              ::testing::HasSubstr("which lies over argument 0 (input)"));
}

TEST(Views, CallsWithoutAStepAreNotWritten) {
  const kernels::ConcatS8Params params{
      .input_count = 2, .outer_count = 1, .input_bytes = {32, 16}, .output_stride = 48, .output_offset = 0};
  const program::Program program =
      OneCall("concat_s8").input("inputs.0", {32}).input("inputs.1", {16}).output({48}).with(params);
  program::MemoryMap memory = testing::spread_out(program);
  memory.schedule = program::layerwise_schedule(program);
  EXPECT_THAT(text_of(program, memory), ::testing::HasSubstr("aten::cat.out"));
  // The parts lie one behind the other already.
  memory.schedule->steps.clear();
  memory.offsets[program::index_of(program.outputs[0].buffer)] = 0;
  EXPECT_EQ(text_of(program, memory),
            "%0: int8[32], 32 bytes, memory 1 at 0\n%1: int8[16], 16 bytes, memory 1 at 32\n"
            "%2: int8[48], 48 bytes, memory 1 at 0\n");
}

TEST(Views, PlansThatRunRowByRowAreADefect) {
  const program::Program program = binary<kernels::AddS8>({3, 4});
  program::MemoryMap memory = testing::spread_out(program);
  memory.schedule = program::layerwise_schedule(program);
  memory.schedule->steps[0] = {.kind = program::StepKind::Rows, .call = 0, .rows = {0, 1}};
  const auto bytes = emit_pte(program, memory, {});
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().kind, ErrorKind::Internal);
}

}  // namespace
}  // namespace pudu::emitters

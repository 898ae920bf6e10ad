// Legalized calls compute the same bytes as before, have the calls they should, and what cannot be expressed is refused
// all at once.
#include "emitters/pte/legalize.hpp"

#include <gmock/gmock.h>

#include "emitters/pte/testing/one_call.hpp"
#include "kernels/adaptive_avg_pool2d/adaptive_avg_pool2d_s8.hpp"
#include "kernels/add/add_s8.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/index_select/index_select_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "kernels/sum/sum_s8.hpp"

namespace pudu::emitters {
namespace {

using targets::KernelLibrary;
using ::testing::ElementsAre;
using testing::OneCall;

/// The kernels of the legalized program, which must compute what the source does.
std::vector<std::string> legalized_kernels(const program::Program& source) {
  const auto legal = legalize_for_executorch(source, KernelLibrary::CmsisNn);
  EXPECT_TRUE(legal.ok()) << to_string(legal.error());
  EXPECT_TRUE(program::verify(*legal).ok()) << to_string(program::verify(*legal).error());
  EXPECT_EQ(testing::simulate(*legal), testing::simulate(source));
  std::vector<std::string> kernels;
  for (const program::KernelCall& call : legal->calls) kernels.push_back(call.kernel);
  return kernels;
}

/// How many calls Pudu's library gets of what CMSIS-NN's has not: they stay as they are.
std::size_t own_calls(const program::Program& source) {
  const auto legal = legalize_for_executorch(source, KernelLibrary::Builtin);
  EXPECT_TRUE(legal.ok());
  return legal.ok() && legal->calls[0].parameters == source.calls[0].parameters ? legal->calls.size() : 0;
}

/// For the library of CMSIS-NN, which has no operators of Pudu's own.
Error refusal_of(const program::Program& source) {
  const auto legal = legalize_for_executorch(source, KernelLibrary::CmsisNn);
  EXPECT_FALSE(legal.ok());
  return legal.ok() ? Error{} : legal.error();
}

kernels::AvgPool2dS8Params average(std::int32_t size, std::int32_t output, std::int32_t pad) {
  kernels::AvgPool2dS8Params params{};
  params.batches = 1;
  params.input_h = params.input_w = size;
  params.channels = 5;
  params.output_h = params.output_w = output;
  params.kernel_h = params.kernel_w = 3;
  params.stride_h = params.stride_w = 2;
  params.pad_top = params.pad_left = params.pad_bottom = params.pad_right = pad;
  params.pad_value = 3;
  params.activation_min = -128;
  params.activation_max = 127;
  return params;
}

program::Program average_program(const kernels::AvgPool2dS8Params& params) {
  return OneCall("avg_pool2d_s8")
      .input("input", {1, params.input_h, params.input_w, 5})
      .output({1, params.output_h, params.output_w, 5})
      .with(params);
}

TEST(Sums, AreLayersWithWeightsOfOne) {
  const auto sums = [](std::int32_t outer, std::int32_t count, std::int32_t inner) {
    const kernels::SumS8Params params{outer, count, inner, 11, -7, 1518500250, -5};
    return OneCall("sum_s8").input("input", {outer, count, inner}).output({outer, inner}).with(params);
  };
  EXPECT_THAT(legalized_kernels(sums(2, 49, 6)), ElementsAre("depthwise_conv2d_s8"));
  EXPECT_THAT(legalized_kernels(sums(30, 12, 1)), ElementsAre("linear_s8"));
  const auto refused = legalize_for_executorch(sums(30, 12, 2), KernelLibrary::CmsisNn);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(to_string(refused.error()), ::testing::HasSubstr("sums along a middle dimension"));
}

TEST(States, AreRefusedOneByOne) {
  const auto program = program::parse(R"(program delay {
  target cortex-m4 dsp
  input %x : i8[3]
  state %history : i8[3] = @0+3
  activation %y : i8[3]
  call y = copy copy_s8(input = %history, output = %y) {bytes = 3}
  call history.keep = copy copy_s8(input = %x, output = %history) {bytes = 3}
  take "x" = %x [3]
  return "y" = %y [3]
}
)",
                                      std::vector<std::byte>(3));
  ASSERT_TRUE(program) << to_string(program.error());
  const auto legal = legalize_for_executorch(*program, KernelLibrary::CmsisNn);
  ASSERT_FALSE(legal);
  EXPECT_EQ(legal.error().kind, ErrorKind::Unsupported);
  EXPECT_EQ(to_string(legal.error()),
            "error: history: a state of 3 bytes that the model keeps from run to run; models without state in a .pte\n"
            "hint: write C++: an output that is a folder (docs/state.md)");
}

TEST(AveragePools, InsideTheImageStay) {
  EXPECT_THAT(legalized_kernels(average_program(average(7, 3, 0))), ElementsAre("avg_pool2d_s8"));
  EXPECT_THAT(legalized_kernels(average_program(average(7, 4, 1))), ElementsAre("avg_pool2d_s8"));
}

TEST(AveragePools, GetPaddingThatCountsAsACall) {
  kernels::AvgPool2dS8Params params = average(7, 4, 1);
  params.count_include_pad = 1;
  EXPECT_THAT(legalized_kernels(average_program(params)), ElementsAre("pad_s8", "avg_pool2d_s8"));
  params.count_include_pad = 0;
  params.divisor_override = 9;
  EXPECT_THAT(legalized_kernels(average_program(params)), ElementsAre("pad_s8", "avg_pool2d_s8"));
}

TEST(AveragePools, ThatOvershootRoundUp) {
  EXPECT_THAT(legalized_kernels(average_program(average(8, 4, 0))), ElementsAre("avg_pool2d_s8"));
}

TEST(AveragePools, WithBoundsGetATable) {
  kernels::AvgPool2dS8Params params = average(7, 3, 0);
  params.activation_min = -10;
  params.activation_max = 20;
  EXPECT_THAT(legalized_kernels(average_program(params)), ElementsAre("avg_pool2d_s8", "lut_s8"));
}

TEST(AveragePools, WithAnotherDivisorAreForPudusLibraryOnly) {
  kernels::AvgPool2dS8Params params = average(7, 3, 0);
  params.divisor_override = 4;
  EXPECT_EQ(own_calls(average_program(params)), 1U);
  const Error error = refusal_of(average_program(params));
  EXPECT_EQ(error.kind, ErrorKind::Unsupported);
  EXPECT_EQ(to_string(error),
            "error: call: a divisor of 4 for windows of 9, which no operator of ExecuTorch's computes; Pudu's operator "
            "library, which has one: without --kernels cmsis-nn\n"
            "hint: the C++ output runs it: -o FOLDER");
}

TEST(MaxPools, ThatOvershootArePadded) {
  kernels::MaxPool2dS8Params params{};
  params.batches = 1;
  params.input_h = params.input_w = 8;
  params.channels = 5;
  params.output_h = params.output_w = 4;
  params.kernel_h = params.kernel_w = 3;
  params.stride_h = params.stride_w = 2;
  params.dilation_h = params.dilation_w = 1;
  params.activation_min = -128;
  params.activation_max = 127;
  const auto make = [&] {
    return OneCall("max_pool2d_s8").input("input", {1, 8, 8, 5}).output({1, 4, 4, 5}).with(params);
  };
  EXPECT_THAT(legalized_kernels(make()), ElementsAre("pad_s8", "max_pool2d_s8"));
  params.dilation_h = 2;
  EXPECT_EQ(own_calls(make()), 1U);
  EXPECT_EQ(refusal_of(make()).diagnostics.size(), 1U);
}

program::Program convolution(kernels::Conv2dS8Params params) {
  params.batches = params.groups = 1;
  params.output_channels = 2;
  params.input_offset = -3;
  params.output_offset = 1;
  params.activation_min = -128;
  params.activation_max = 127;
  return OneCall("conv2d_s8")
      .input("input", {1, params.input_h, params.input_w, params.input_channels})
      .int8_constant("weights", {2, params.kernel_h, params.kernel_w, params.input_channels})
      .int32_constant("bias", {100, -7})
      .int32_constant("multipliers", {1 << 30, 1600000000})
      .int32_constant("shifts", {-6, -7})
      .output({1, params.output_h, params.output_w, 2})
      .with(params);
}

TEST(Convolutions, WithPaddingOfOneSideArePadded) {
  kernels::Conv2dS8Params params{};
  params.input_h = params.input_w = 5;
  params.input_channels = 3;
  params.output_h = params.output_w = 5;
  params.kernel_h = params.kernel_w = 2;  // "same" padding: nothing before, one behind
  params.stride_h = params.stride_w = params.dilation_h = params.dilation_w = 1;
  EXPECT_THAT(legalized_kernels(convolution(params)), ElementsAre("pad_s8", "conv2d_s8"));
  params.output_h = params.output_w = 4;
  EXPECT_THAT(legalized_kernels(convolution(params)), ElementsAre("conv2d_s8"));
}

TEST(Convolutions, OfRowsAreTurnedWhereMveGetsThemWrong) {
  kernels::Conv2dS8Params params{};
  params.input_h = params.output_h = params.kernel_h = params.stride_h = params.dilation_h = params.dilation_w = 1;
  params.input_w = 8;
  params.input_channels = 4;
  params.output_w = 4;
  params.kernel_w = 3;
  params.stride_w = 2;
  params.pad_left = 1;
  program::Program source = convolution(params);
  EXPECT_THAT(legalized_kernels(source), ElementsAre("conv2d_s8"));
  const auto height = [&] {
    return std::get<std::vector<std::int64_t>>(
        legalize_for_executorch(source, KernelLibrary::CmsisNn)->calls[0].find_parameter("input_h")->values)[0];
  };
  EXPECT_EQ(height(), 8);
  source.target = {targets::Cpu::M4, targets::Isa::Dsp, KernelLibrary::Builtin};
  EXPECT_EQ(height(), 1);
}

program::Program addition(std::vector<std::int32_t> strides1, std::vector<std::int32_t> strides2, const char* second) {
  kernels::AddS8Params params{};
  params.rank = 3;
  const std::int32_t sizes[] = {2, 3, 4};
  std::int64_t elements1 = 1, elements2 = 1;
  for (std::size_t i = 0; i < 3; ++i) {
    params.output_shape[i] = sizes[i];
    params.input1_strides[i] = strides1[i];
    params.input2_strides[i] = strides2[i];
    if (strides1[i] != 0) elements1 *= sizes[i];
    if (strides2[i] != 0) elements2 *= sizes[i];
  }
  params.input1_multiplier = params.input2_multiplier = 1 << 30;
  params.output_multiplier = 1 << 30;
  params.output_shift = -18;
  params.activation_min = -128;
  params.activation_max = 127;
  OneCall call("add_s8");
  call.input("input1", {elements1});
  if (std::string_view(second) == "constant")
    call.int8_constant("input2", {elements2});
  else
    call.input("input2", {elements2});
  return call.output({2, 3, 4}).with(params);
}

TEST(Broadcasts, OverTheInnermostDimensionStay) {
  EXPECT_THAT(legalized_kernels(addition({12, 4, 1}, {12, 4, 1}, "input")), ElementsAre("add_s8"));
  EXPECT_THAT(legalized_kernels(addition({12, 4, 1}, {0, 0, 1}, "input")), ElementsAre("add_s8"));
}

TEST(Broadcasts, OfOtherFormsAreSpreadOut) {
  EXPECT_THAT(legalized_kernels(addition({12, 4, 1}, {3, 1, 0}, "input")), ElementsAre("strided_slice_s8", "add_s8"));
  EXPECT_THAT(legalized_kernels(addition({12, 4, 1}, {0, 0, 0}, "input")), ElementsAre("strided_slice_s8", "add_s8"));
  EXPECT_THAT(legalized_kernels(addition({0, 0, 1}, {3, 1, 0}, "input")),
              ElementsAre("strided_slice_s8", "strided_slice_s8", "add_s8"));
}

TEST(Broadcasts, OfConstantsAreOtherConstants) {
  for (const std::vector<std::int32_t>& strides : {std::vector<std::int32_t>{0, 0, 0}, {3, 1, 0}, {1, 0, 0}}) {
    EXPECT_THAT(legalized_kernels(addition({12, 4, 1}, strides, "constant")), ElementsAre("add_s8"));
  }
}

TEST(Products, WithBoundsGetATable) {
  kernels::MulS8Params params{};
  params.rank = 1;
  params.output_shape[0] = 12;
  params.input1_strides[0] = params.input2_strides[0] = 1;
  params.output_multiplier = 1 << 30;
  params.output_shift = -4;
  params.activation_min = 0;
  params.activation_max = 100;
  EXPECT_THAT(
      legalized_kernels(OneCall("mul_s8").input("input1", {12}).input("input2", {12}).output({12}).with(params)),
      ElementsAre("mul_s8", "lut_s8"));
}

TEST(Selections, OfTwoDimensionsAreTwoCalls) {
  const kernels::IndexSelectS8Params params{2, 3, 2, 2, 3, 4, 2};
  const auto make = [&](const std::vector<std::int32_t>& first) {
    kernels::IndexSelectS8Params own = params;
    own.count1 = static_cast<std::int32_t>(first.size());
    return OneCall("index_select_s8")
        .input("input", {2, 3, 2, 3, 2})
        .int32_constant("indices1", first)
        .int32_constant("indices2", {2, 0, 1, 1})
        .output({2, own.count1, 2, 4, 2})
        .with(own);
  };
  EXPECT_THAT(legalized_kernels(make({2, 1})), ElementsAre("index_select_s8", "index_select_s8"));
  EXPECT_THAT(legalized_kernels(make({0, 1, 2})), ElementsAre("index_select_s8"));
}

TEST(Scratch, IsThatOfTheLibrary) {
  kernels::Conv2dS8Params params{};
  params.input_h = params.input_w = params.output_h = params.output_w = 5;
  params.input_channels = 3;
  params.kernel_h = params.kernel_w = 3;
  params.pad_top = params.pad_left = 1;
  params.stride_h = params.stride_w = params.dilation_h = params.dilation_w = 1;
  const program::Program source = convolution(params);
  for (const KernelLibrary library : {KernelLibrary::Builtin, KernelLibrary::CmsisNn}) {
    const auto legal = legalize_for_executorch(source, library);
    ASSERT_TRUE(legal.ok());
    EXPECT_EQ(legal->target.kernels, library);
    const program::Operand* scratch = legal->calls[0].find_operand("scratch");
    ASSERT_NE(scratch, nullptr);
    // MVE, CMSIS-NN: two columns of int16, of 9 * 3 elements rounded up to 16.
    if (library == KernelLibrary::CmsisNn) {
      EXPECT_EQ(legal->buffer(scratch->buffer).bytes(), 128U);
    }
  }
}

TEST(Refusals, NameEveryCall) {
  kernels::AdaptiveAvgPool2dS8Params params{1, 8, 8, 2, 3, 3, -128, 127};
  program::Program source =
      OneCall("adaptive_avg_pool2d_s8").input("input", {1, 8, 8, 2}).output({1, 3, 3, 2}).with(params);
  program::KernelCall unknown = source.calls[0];
  unknown.name = "second";
  unknown.kernel = "frobnicate_s8";
  unknown.source = "model.py:7 in forward";
  source.calls.push_back(unknown);
  const Error error = refusal_of(source);
  ASSERT_EQ(error.diagnostics.size(), 2U);
  EXPECT_EQ(error.diagnostics[0].where, "call");
  EXPECT_EQ(error.diagnostics[1].where, "second (model.py:7 in forward)");
  EXPECT_EQ(error.diagnostics[1].found, "no operator of ExecuTorch's computes what the kernel frobnicate_s8 does");
}

}  // namespace
}  // namespace pudu::emitters

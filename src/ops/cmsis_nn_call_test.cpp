// Which calls run on CMSIS-NN, and in which form; of the others, the reason. Sizes of the cases on MVE's 1xN path are
// those that were seen to fail on an emulated Cortex-M55 (docs/kernels-cmsis-nn.md).
#include "ops/cmsis_nn_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/copy/copy_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/maximum/maximum_s8.hpp"
#include "kernels/pad/pad_s8.hpp"
#include "kernels/transpose/transpose_s8.hpp"
#include "kernels/transpose_conv2d/transpose_conv2d_s8.hpp"
#include "ops/kernel_binding.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;

targets::TargetConfig target(const char* cpu) {
  return targets::make_target(cpu, "", targets::KernelLibrary::CmsisNn).value();
}

template <class Kernel>
CmsisNnChoice choose(const typename Kernel::Params& params, const char* cpu) {
  const std::vector<program::Parameter> parameters = to_parameters(params);
  return choose_cmsis_nn(Kernel::name, parameters, target(cpu));
}

/// The call, or a failed test.
template <class Call, class Kernel>
Call call_of(const typename Kernel::Params& params, const char* cpu) {
  const CmsisNnChoice choice = choose<Kernel>(params, cpu);
  if (const auto* fallback = std::get_if<CmsisNnFallback>(&choice)) {
    ADD_FAILURE() << fallback->reason;
    return {};
  }
  const auto* call = std::get_if<Call>(&std::get<CmsisNnCall>(choice));
  EXPECT_NE(call, nullptr) << function_of(std::get<CmsisNnCall>(choice));
  return call != nullptr ? *call : Call{};
}

template <class Kernel>
std::string reason_of(const typename Kernel::Params& params, const char* cpu) {
  const CmsisNnChoice choice = choose<Kernel>(params, cpu);
  const auto* fallback = std::get_if<CmsisNnFallback>(&choice);
  return fallback != nullptr ? fallback->reason : std::string(function_of(std::get<CmsisNnCall>(choice)));
}

kernels::Conv2dS8Params convolution(std::int32_t size, std::int32_t kernel) {
  kernels::Conv2dS8Params p{};
  p.batches = p.groups = p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  p.input_h = p.input_w = size;
  p.output_h = p.output_w = size - kernel + 1;
  p.kernel_h = p.kernel_w = kernel;
  p.input_channels = p.output_channels = 4;
  return p;
}

/// A row of `width` positions of 4 channels.
kernels::Conv2dS8Params row(std::int32_t width, std::int32_t kernel, std::int32_t stride, std::int32_t pad) {
  kernels::Conv2dS8Params p = convolution(width, kernel);
  p.input_h = p.output_h = p.kernel_h = 1;
  p.stride_w = stride;
  p.pad_left = pad;
  p.output_w = (width + 2 * pad - kernel) / stride + 1;
  return p;
}

kernels::DepthwiseConv2dS8Params depthwise(std::int32_t channels, std::int32_t multiplier) {
  kernels::DepthwiseConv2dS8Params p{};
  p.batches = p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  p.input_h = p.input_w = p.output_h = p.output_w = 8;
  p.kernel_h = p.kernel_w = 3;
  p.pad_top = p.pad_left = 1;
  p.input_channels = channels;
  p.depth_multiplier = multiplier;
  p.output_channels = channels * multiplier;
  return p;
}

constexpr const char* no_form = "its padding is none that CMSIS-NN computes right";
constexpr const char* too_large = "its sizes do not fit 16 bits";

TEST(CmsisNnConvolution, TheGeneralPathTakesEverything) {
  kernels::Conv2dS8Params p = convolution(9, 3);
  p.groups = 2;
  p.dilation_h = p.dilation_w = 2;
  p.pad_top = 2;
  p.pad_left = 1;
  p.batches = 3;
  for (const char* cpu : {"m0", "m4", "m55", "any"}) {
    const auto call = call_of<CmsisNnConvolution, kernels::Conv2dS8>(p, cpu);
    EXPECT_EQ(call.params.dilation_h, 2) << cpu;
    EXPECT_EQ(call.params.pad_left, 1) << cpu;
  }
}

TEST(CmsisNnConvolution, A1x1KernelMustReadWhatThereIs) {
  kernels::Conv2dS8Params p = convolution(8, 1);
  EXPECT_EQ(reason_of<kernels::Conv2dS8>(p, "m4"), "arm_convolve_wrapper_s8");
  p.output_w = 9;  // one column of padding on the right
  EXPECT_EQ(reason_of<kernels::Conv2dS8>(p, "m4"), no_form);
  p.stride_h = p.stride_w = 2;
  p.output_h = p.output_w = 4;
  EXPECT_EQ(reason_of<kernels::Conv2dS8>(p, "m4"), "arm_convolve_wrapper_s8");
  p.output_w = 5;
  EXPECT_EQ(reason_of<kernels::Conv2dS8>(p, "m4"), no_form);
}

bool is_turned(const kernels::Conv2dS8Params& params, const char* cpu) {
  const auto call = call_of<CmsisNnConvolution, kernels::Conv2dS8>(params, cpu);
  EXPECT_EQ(call.params.input_w * call.params.input_h, params.input_w);
  return call.params.kernel_h == params.kernel_w && call.params.kernel_w == 1 && call.params.input_w == 1;
}

TEST(CmsisNnConvolution, ARowIsTurnedWhereMveIsWrong) {
  // Exact: no padding; padding on both sides.
  EXPECT_FALSE(is_turned(row(16, 5, 1, 0), "m55"));
  EXPECT_FALSE(is_turned(row(16, 5, 1, 2), "m55"));
  // It fails.
  EXPECT_TRUE(is_turned(row(8, 3, 2, 1), "m55"));
  EXPECT_TRUE(is_turned(row(16, 5, 2, 2), "m55"));
  // The last tap of the last output is taken for padding.
  EXPECT_TRUE(is_turned(row(10, 3, 2, 0), "m55"));
  // It copies more than the row has.
  EXPECT_TRUE(is_turned(row(3, 5, 2, 2), "m55"));
  // Two outputs that are all border take the general path.
  EXPECT_FALSE(is_turned(row(2, 5, 1, 2), "m55"));
}

TEST(CmsisNnConvolution, ARowStaysOnOtherIsas) {
  for (const char* cpu : {"m0", "m4", "m33"}) EXPECT_FALSE(is_turned(row(8, 3, 2, 1), cpu)) << cpu;
  EXPECT_TRUE(is_turned(row(8, 3, 2, 1), "any"));
}

TEST(CmsisNnConvolution, ARowOfSeveralOutputRowsCannotBeTurned) {
  kernels::Conv2dS8Params p = row(8, 3, 2, 1);
  p.pad_top = 1;
  p.output_h = 2;
  EXPECT_EQ(reason_of<kernels::Conv2dS8>(p, "m55"), no_form);
  EXPECT_EQ(reason_of<kernels::Conv2dS8>(p, "m4"), "arm_convolve_wrapper_s8");
}

TEST(CmsisNnConvolution, SizesFit16BitsBut1x1) {
  kernels::Conv2dS8Params p = convolution(8, 3);
  p.input_channels = 40000;
  EXPECT_EQ(reason_of<kernels::Conv2dS8>(p, "m4"), too_large);
  p.input_channels = 8000;  // 72,000 elements of a patch
  EXPECT_EQ(reason_of<kernels::Conv2dS8>(p, "m4"), too_large);
  p = convolution(8, 1);
  p.input_channels = 40000;
  EXPECT_EQ(reason_of<kernels::Conv2dS8>(p, "m4"), "arm_convolve_wrapper_s8");
}

TEST(CmsisNnDepthwise, The3x3PathLeavesOutOneColumnNotTwo) {
  kernels::DepthwiseConv2dS8Params p = depthwise(4, 1);
  p.pad_left = 0;
  EXPECT_EQ(reason_of<kernels::DepthwiseConv2dS8>(p, "m4"), no_form);
  p.output_w = 7;
  EXPECT_EQ(reason_of<kernels::DepthwiseConv2dS8>(p, "m4"), "arm_depthwise_conv_wrapper_s8");
  p = depthwise(4, 2);  // another path
  p.pad_left = 0;
  EXPECT_EQ(reason_of<kernels::DepthwiseConv2dS8>(p, "m4"), "arm_depthwise_conv_wrapper_s8");
}

TEST(CmsisNnDepthwise, OneChannelIsAConvolutionOnMve) {
  kernels::DepthwiseConv2dS8Params p = depthwise(1, 4);
  p.input_h = p.output_h = p.kernel_h = 1;
  p.pad_top = 0;
  p.stride_w = 4;  // strides times channels are a multiple of 4: its 1xN path, wrong with this padding
  p.output_w = 2;
  p.kernel_w = 3;
  const auto on_mve = call_of<CmsisNnDepthwise, kernels::DepthwiseConv2dS8>(p, "m55");
  EXPECT_EQ(on_mve.params.kernel_h, 3);
  const auto on_dsp = call_of<CmsisNnDepthwise, kernels::DepthwiseConv2dS8>(p, "m4");
  EXPECT_EQ(on_dsp.params.kernel_h, 1);
}

TEST(CmsisNnDepthwise, AWindowWithoutARowOfTheImageFallsBack) {
  kernels::DepthwiseConv2dS8Params p = depthwise(4, 1);
  p.output_h = 10;
  EXPECT_EQ(reason_of<kernels::DepthwiseConv2dS8>(p, "m4"), no_form);
}

TEST(CmsisNnLinear, IsFullyConnectedWhereTheIsaMayNotBeMve) {
  kernels::LinearS8Params p{};
  p.batches = 1;
  p.input_features = 40000;
  p.output_features = 3;
  EXPECT_EQ(reason_of<kernels::LinearS8>(p, "m0"), "arm_fully_connected_per_channel_s8");
  EXPECT_EQ(reason_of<kernels::LinearS8>(p, "any"), "arm_fully_connected_per_channel_s8");
  EXPECT_EQ(reason_of<kernels::LinearS8>(p, "m55"), "arm_convolve_wrapper_s8");
  p.batches = 2;
  EXPECT_EQ(reason_of<kernels::LinearS8>(p, "m0"), "arm_convolve_wrapper_s8");
}

TEST(CmsisNnElementwise, BroadcastsFallBack) {
  kernels::MulS8Params p{};
  p.rank = 2;
  p.output_shape[0] = 3;
  p.output_shape[1] = 5;
  p.input1_strides[0] = p.input2_strides[0] = 5;
  p.input1_strides[1] = p.input2_strides[1] = 1;
  EXPECT_EQ((call_of<CmsisNnMul, kernels::MulS8>(p, "m55").elements), 15);
  p.input1_offset = 32640;
  EXPECT_EQ(reason_of<kernels::MulS8>(p, "m55"), "a zero point does not fit 16 bits");
  p.input1_offset = 0;
  p.input2_strides[0] = 0;
  EXPECT_EQ(reason_of<kernels::MulS8>(p, "m55"), "an operand is broadcast");
  kernels::MaximumS8Params larger{};
  larger.rank = 1;
  larger.output_shape[0] = 7;
  larger.input1_strides[0] = 1;
  EXPECT_EQ(reason_of<kernels::MaximumS8>(larger, "m55"), "an operand is broadcast");
  larger.input2_strides[0] = 1;
  EXPECT_EQ((call_of<CmsisNnMaximum, kernels::MaximumS8>(larger, "m55").elements), 7);
}

TEST(CmsisNnPools, PaddingThatCountsFallsBack) {
  kernels::AvgPool2dS8Params p{};
  p.batches = p.stride_h = p.stride_w = 1;
  p.input_h = p.input_w = p.output_h = p.output_w = 5;
  p.kernel_h = p.kernel_w = 3;
  p.pad_top = p.pad_left = p.pad_bottom = p.pad_right = 1;
  p.channels = 4;
  EXPECT_EQ(reason_of<kernels::AvgPool2dS8>(p, "m4"), "arm_avgpool_s8");
  p.count_include_pad = 1;
  EXPECT_EQ(reason_of<kernels::AvgPool2dS8>(p, "m4"), "padding counts in the average");
  p.pad_top = p.pad_left = p.pad_bottom = p.pad_right = 0;
  EXPECT_EQ(reason_of<kernels::AvgPool2dS8>(p, "m4"), "arm_avgpool_s8");
  p.output_w = 6;
  EXPECT_EQ(reason_of<kernels::AvgPool2dS8>(p, "m4"), "a window lies wholly in the padding");
  p.divisor_override = 4;
  EXPECT_EQ(reason_of<kernels::AvgPool2dS8>(p, "m4"), "divisor_override");
}

TEST(CmsisNnPools, MaximaAreNotDilated) {
  kernels::MaxPool2dS8Params p{};
  p.batches = p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  p.input_h = p.input_w = 5;
  p.output_h = p.output_w = 3;
  p.kernel_h = p.kernel_w = 3;
  EXPECT_EQ(reason_of<kernels::MaxPool2dS8>(p, "m4"), "arm_max_pool_s8");
  p.dilation_w = 2;
  EXPECT_EQ(reason_of<kernels::MaxPool2dS8>(p, "m4"), "dilation");
}

TEST(CmsisNnSoftmax, LongRowsFallBack) {
  EXPECT_EQ(reason_of<kernels::SoftmaxS8>({1, 511, 1 << 30, 20, -100}, "m4"), "arm_softmax_s8");
  EXPECT_EQ(reason_of<kernels::SoftmaxS8>({1, 512, 1 << 30, 20, -100}, "m4"),
            "rows of more than 511 elements, where CMSIS-NN's results depend on the ISA");
  EXPECT_EQ(reason_of<kernels::SoftmaxS8>({1, 10, 1 << 30, 31, 0}, "m4"), "the input's scale is too large");
}

TEST(CmsisNnPad, DimensionsAreTheLastOnes) {
  kernels::PadS8Params p{};
  p.rank = 2;
  p.input_shape[0] = 3;
  p.input_shape[1] = 5;
  p.pad_before[1] = 2;
  p.pad_after[0] = 1;
  p.pad_value = -7;
  const auto call = call_of<CmsisNnPad, kernels::PadS8>(p, "m0");
  EXPECT_THAT(call.input, ElementsAre(1, 1, 3, 5));
  EXPECT_THAT(call.before, ElementsAre(0, 0, 0, 2));
  EXPECT_THAT(call.after, ElementsAre(0, 0, 1, 0));
  EXPECT_EQ(call.value, -7);
  p.pad_after[0] = -1;
  EXPECT_EQ(reason_of<kernels::PadS8>(p, "m0"), "negative padding");
  p.rank = 5;
  EXPECT_EQ(reason_of<kernels::PadS8>(p, "m0"), "more than 4 dimensions");
}

/// The transpose of an input of `sizes`; output dimension d is input dimension order[d].
kernels::TransposeS8Params transpose(const std::vector<std::int32_t>& sizes, const std::vector<std::size_t>& order) {
  kernels::TransposeS8Params p{};
  p.rank = static_cast<std::int32_t>(sizes.size());
  std::vector<std::int32_t> strides(sizes.size(), 1);
  for (std::size_t d = sizes.size() - 1; d-- > 0;) strides[d] = strides[d + 1] * sizes[d + 1];
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    p.output_shape[d] = sizes[order[d]];
    p.input_strides[d] = strides[order[d]];
  }
  return p;
}

TEST(CmsisNnTranspose, NeighboursBecomeOneDimension) {
  // [1, 3, 8, 6] to [1, 8, 6, 3]: a matrix.
  const auto matrix = call_of<CmsisNnTranspose, kernels::TransposeS8>(transpose({1, 3, 8, 6}, {0, 2, 3, 1}), "m55");
  EXPECT_EQ(matrix.rank, 2);
  EXPECT_THAT(matrix.input, ElementsAre(3, 48, 1, 1));
  EXPECT_THAT(matrix.output, ElementsAre(48, 3, 1, 1));
  EXPECT_THAT(matrix.permutation, ElementsAre(1, 0, 2, 3));
  const auto stack = call_of<CmsisNnTranspose, kernels::TransposeS8>(transpose({2, 3, 8, 6}, {0, 2, 3, 1}), "m55");
  EXPECT_EQ(stack.rank, 3);
  EXPECT_THAT(stack.input, ElementsAre(2, 3, 48, 1));
  EXPECT_THAT(stack.permutation, ElementsAre(0, 2, 1, 3));
}

TEST(CmsisNnTranspose, LargeMatricesTakeTheGeneralPath) {
  const auto call = call_of<CmsisNnTranspose, kernels::TransposeS8>(transpose({2, 9363}, {1, 0}), "m55");
  EXPECT_EQ(call.rank, 3);
  EXPECT_THAT(call.input, ElementsAre(1, 2, 9363, 1));
  EXPECT_THAT(call.output, ElementsAre(1, 9363, 2, 1));
  EXPECT_THAT(call.permutation, ElementsAre(0, 2, 1, 3));
}

TEST(CmsisNnTranspose, WhatItCannotDoFallsBack) {
  EXPECT_EQ(reason_of<kernels::TransposeS8>(transpose({2, 3, 4}, {0, 1, 2}), "m55"), "a plain copy");
  EXPECT_EQ(reason_of<kernels::TransposeS8>(transpose({2, 3, 2, 3, 2}, {4, 3, 2, 1, 0}), "m55"),
            "more than 4 dimensions that change places");
  kernels::TransposeS8Params p = transpose({3, 4}, {1, 0});
  p.input_strides[1] = 8;
  EXPECT_EQ(reason_of<kernels::TransposeS8>(p, "m55"), "its input has gaps");
}

TEST(CmsisNnConcatenation, SizesFit16Bits) {
  kernels::ConcatS8Params p{};
  p.input_count = 1;
  p.outer_count = 65535;
  p.output_stride = 65535;
  EXPECT_EQ(reason_of<kernels::ConcatS8>(p, "m4"), "arm_concatenation_s8_x");
  p.output_stride = 65536;
  EXPECT_EQ(reason_of<kernels::ConcatS8>(p, "m4"), too_large);
}

TEST(CmsisNn, HasNoFunctionForTheRest) {
  EXPECT_EQ(reason_of<kernels::LutS8>({256}, "m55"), "CMSIS-NN has no function for it");
  EXPECT_EQ(reason_of<kernels::CopyS8>({}, "m55"), "CMSIS-NN has no function for it");
  EXPECT_EQ(reason_of<kernels::TransposeConv2dS8>({}, "m55"),
            "CMSIS-NN's function writes behind its scratch for some strides, and is wrong in older versions");
}

}  // namespace
}  // namespace pudu::ops

// Scratch that is planned for a call: exact numbers of CMSIS-NN's binding, the worst case over ISAs for any CPU, and
// the worst case over kernel libraries. That our kernels never need more than CMSIS-NN's over the binding's whole grid
// is proved in targets/scratch_rows.
#include "ops/planned_scratch.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/testing/random_data.hpp"
#include "ops/registry.hpp"

namespace pudu::ops {
namespace {

using targets::Isa;
using targets::KernelLibrary;
using targets::TargetConfig;

constexpr Isa isas[] = {Isa::Scalar, Isa::Dsp, Isa::Mve};

TargetConfig exact(Isa isa, KernelLibrary library) {
  return {targets::Cpu::M55, isa, library};
}
TargetConfig any(KernelLibrary library) {
  return targets::make_target("any", "", library).value();
}

template <class Kernel>
struct Call {
  const KernelBinding& kernel = *find_kernel(Kernel::name);
  std::vector<program::Parameter> parameters;

  explicit Call(const typename Kernel::Params& params) : parameters(to_parameters(params)) {}
  std::size_t planned(const TargetConfig& target) const { return planned_scratch_bytes(kernel, parameters, target); }
  std::size_t cmsis_nn(Isa isa) const {
    return cmsis_nn_scratch_bytes(kernel, parameters, exact(isa, KernelLibrary::CmsisNn), isa);
  }
};

/// A square convolution of an image without padding.
kernels::Conv2dS8Params convolution(std::int32_t size, std::int32_t channels, std::int32_t outputs,
                                    std::int32_t kernel) {
  kernels::Conv2dS8Params params{};
  params.batches = params.groups = params.stride_h = params.stride_w = params.dilation_h = params.dilation_w = 1;
  params.input_h = params.input_w = size;
  params.input_channels = channels;
  params.output_h = params.output_w = size - kernel + 1;
  params.output_channels = outputs;
  params.kernel_h = params.kernel_w = kernel;
  params.activation_min = -128;
  params.activation_max = 127;
  return params;
}

kernels::DepthwiseConv2dS8Params depthwise(std::int32_t size, std::int32_t channels, std::int32_t kernel) {
  kernels::DepthwiseConv2dS8Params params{};
  params.batches = params.depth_multiplier = params.stride_h = params.stride_w = 1;
  params.dilation_h = params.dilation_w = 1;
  params.input_h = params.input_w = size;
  params.input_channels = params.output_channels = channels;
  params.output_h = params.output_w = size - kernel + 1;
  params.kernel_h = params.kernel_w = kernel;
  params.activation_min = -128;
  params.activation_max = 127;
  return params;
}

/// 4 * round_up(fields, 4) and, on MVE, 4 * round_up(fields, 16): arm_convolve_s8 with 3*3*16 and 3*3*3 elements.
TEST(PlannedScratch, AConvolutionTakesTwoColumns) {
  const Call<kernels::Conv2dS8> even(convolution(8, 16, 32, 3));
  EXPECT_EQ(even.cmsis_nn(Isa::Scalar), 576U);
  EXPECT_EQ(even.cmsis_nn(Isa::Dsp), 576U);
  EXPECT_EQ(even.cmsis_nn(Isa::Mve), 576U);
  const Call<kernels::Conv2dS8> odd(convolution(8, 3, 8, 3));
  EXPECT_EQ(odd.cmsis_nn(Isa::Scalar), 112U);
  EXPECT_EQ(odd.cmsis_nn(Isa::Dsp), 112U);
  EXPECT_EQ(odd.cmsis_nn(Isa::Mve), 128U);
  EXPECT_EQ(odd.planned(exact(Isa::Dsp, KernelLibrary::CmsisNn)), 112U);
  EXPECT_EQ(odd.planned(exact(Isa::Mve, KernelLibrary::CmsisNn)), 128U);
  EXPECT_EQ(odd.planned(any(KernelLibrary::CmsisNn)), 128U);
}

TEST(PlannedScratch, A1x1ConvolutionTakesNone) {
  const Call<kernels::Conv2dS8> call(convolution(8, 16, 32, 1));
  for (const Isa isa : isas) EXPECT_EQ(call.cmsis_nn(isa), 0U);
  EXPECT_EQ(call.planned(any(KernelLibrary::CmsisNn)), 0U);
  EXPECT_EQ(call.planned(any(KernelLibrary::Builtin)), 0U);
}

/// MVE: two int32 columns of a block of 124 channels for each tap, whatever the channels: the 4,464 bytes of ds_cnn.
TEST(PlannedScratch, ADepthwiseConvolutionTakesMostOnMve) {
  const Call<kernels::DepthwiseConv2dS8> call(depthwise(10, 64, 3));
  EXPECT_EQ(call.cmsis_nn(Isa::Scalar), 0U);
  EXPECT_EQ(call.cmsis_nn(Isa::Dsp), 0U);
  EXPECT_EQ(call.cmsis_nn(Isa::Mve), 4464U);
  EXPECT_EQ(call.planned(exact(Isa::Scalar, KernelLibrary::CmsisNn)), 0U);
  EXPECT_EQ(call.planned(any(KernelLibrary::CmsisNn)), 4464U);
  EXPECT_LE(call.planned(any(KernelLibrary::Builtin)), 4464U);
}

/// An int32 per channel, and on DSP only: neither the smallest nor the largest ISA is the worst case.
TEST(PlannedScratch, AnAveragePoolTakesMostOnDsp) {
  kernels::AvgPool2dS8Params params{};
  params.batches = 1;
  params.input_h = params.input_w = 4;
  params.output_h = params.output_w = 1;
  params.channels = 24;
  params.kernel_h = params.kernel_w = 4;
  params.stride_h = params.stride_w = 4;
  const Call<kernels::AvgPool2dS8> call(params);
  EXPECT_EQ(call.cmsis_nn(Isa::Scalar), 0U);
  EXPECT_EQ(call.cmsis_nn(Isa::Dsp), 96U);
  EXPECT_EQ(call.cmsis_nn(Isa::Mve), 0U);
  EXPECT_EQ(call.planned(any(KernelLibrary::CmsisNn)), 96U);
}

TEST(PlannedScratch, AFunctionWithoutABufferTakesNone) {
  kernels::LinearS8Params params{};
  params.batches = 1;
  params.input_features = params.output_features = 64;
  const Call<kernels::LinearS8> call(params);
  for (const Isa isa : isas) EXPECT_EQ(call.cmsis_nn(isa), 0U);
  EXPECT_EQ(call.planned(any(KernelLibrary::CmsisNn)), call.planned(any(KernelLibrary::Builtin)));
}

/// More bytes than an int32 counts: an amount that no arena holds, never a wrapped one.
TEST(PlannedScratch, WhatCmsisNnCannotCountFitsNowhere) {
  kernels::Conv2dS8Params params = convolution(3, 1 << 26, 1, 3);
  const Call<kernels::Conv2dS8> call(params);
  EXPECT_GE(call.planned(exact(Isa::Scalar, KernelLibrary::CmsisNn)), static_cast<std::size_t>(INT32_MAX));
}

template <class Kernel>
void expect_worst_cases(const typename Kernel::Params& params, int index) {
  const Call<Kernel> call(params);
  for (const KernelLibrary library : {KernelLibrary::Builtin, KernelLibrary::CmsisNn}) {
    std::size_t largest = 0;
    for (const Isa isa : isas) {
      const std::size_t bytes = call.planned(exact(isa, library));
      largest = std::max(largest, bytes);
      EXPECT_GE(bytes, call.kernel.scratch_bytes(call.parameters, isa)) << "case " << index;
      if (library == KernelLibrary::Builtin) {
        EXPECT_EQ(bytes, call.kernel.scratch_bytes(call.parameters, isa)) << "case " << index;
        EXPECT_LE(bytes, call.cmsis_nn(isa)) << "case " << index << " on " << targets::to_string(isa);
      }
    }
    EXPECT_EQ(call.planned(any(library)), largest) << "case " << index;
  }
}

/// any = the largest of the ISAs, CMSIS-NN >= builtin, and the built-in kernels never need more than CMSIS-NN's.
TEST(PlannedScratch, OverAGridOfCallsTheWorstCaseCounts) {
  kernels::testing::Random random(4);
  const auto number = [&](std::int32_t low, std::int32_t high) { return random.between(low, high); };
  for (int i = 0; i < 2000; ++i) {
    const std::int32_t kernel = number(1, 5);
    kernels::Conv2dS8Params conv = convolution(number(kernel, 12), number(1, 40), number(1, 40), kernel);
    if (number(0, 3) == 0) conv.kernel_h = conv.input_h = conv.output_h = 1;  // 1xN
    if (number(0, 3) == 0) {
      conv.groups = number(2, 4);
      conv.input_channels *= conv.groups;
      conv.output_channels *= conv.groups;
    }
    expect_worst_cases<kernels::Conv2dS8>(conv, i);

    kernels::DepthwiseConv2dS8Params channels = depthwise(number(kernel, 12), number(1, 40), kernel);
    if (number(0, 2) == 0) {
      channels.depth_multiplier = number(2, 4);
      channels.output_channels *= channels.depth_multiplier;
    }
    expect_worst_cases<kernels::DepthwiseConv2dS8>(channels, i);
  }
}

}  // namespace
}  // namespace pudu::ops

// call_overlap: the worst case of all that may run a call. The distances themselves are proved in tests/qemu.
#include "ops/call_overlap.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_s16/conv2d_s16.hpp"
#include "kernels/depthwise_conv2d_lanes/depthwise_conv2d_lanes_s8.hpp"
#include "ops/kernel_binding.hpp"

namespace pudu::ops {
namespace {

program::KernelCall pointwise(std::int32_t inputs, std::int32_t outputs) {
  kernels::Conv2dS8Params p{};
  p.batches = 1, p.input_h = p.input_w = p.output_h = p.output_w = 4;
  p.input_channels = inputs, p.output_channels = outputs;
  p.kernel_h = p.kernel_w = p.groups = p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  program::KernelCall call;
  call.kernel = kernels::Conv2dS8::name;
  call.parameters = to_parameters(p);
  return call;
}

targets::TargetConfig target(std::string_view cpu) {
  return targets::make_target(cpu, "").value();
}

TEST(CallOverlap, OfAPointwiseConvolution) {
  // 16 positions: behind 15 of 8 channels and 7 channels of the last, the last of 4 channels is still read.
  const kernels::Overlap growing = call_overlap(pointwise(4, 8), target("cortex-m4"));
  EXPECT_TRUE(growing.is_safe);
  EXPECT_EQ(growing.least_lead, 15 * 8 + 7 - 15 * 4);
  EXPECT_EQ(growing.grid, 1);
  // 7 channels of the first position are written before its last is made.
  EXPECT_EQ(call_overlap(pointwise(16, 8), target("cortex-m4")).least_lead, 7);
}

/// A million positions take milliseconds, and planning asks thousands of times.
TEST(CallOverlap, OfALargeImageIsFoundOnce) {
  kernels::Conv2dS8Params p{};
  p.batches = 1, p.input_h = p.input_w = p.output_h = p.output_w = 2048;
  p.input_channels = 3, p.output_channels = 64;
  p.kernel_h = p.kernel_w = 3, p.pad_top = p.pad_left = 1;
  p.groups = p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  program::KernelCall call;
  call.kernel = kernels::Conv2dS8::name;
  call.parameters = to_parameters(p);
  const auto start = std::chrono::steady_clock::now();
  const kernels::Overlap first = call_overlap(call, target("cortex-m4"));
  const auto once = std::chrono::steady_clock::now() - start;
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(call_overlap(call, target("cortex-m4")).least_lead, first.least_lead);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 100 * once);
  // Another call, and another target, are not taken for it.
  p.stride_h = 2, p.output_h = 1024;
  call.parameters = to_parameters(p);
  EXPECT_NE(call_overlap(call, target("cortex-m4")).least_lead, first.least_lead);
  EXPECT_FALSE(call_overlap(call, target("cortex-m55")).is_safe);
}

TEST(CallOverlap, IsTheWorstOfAllIsasOfTheTarget) {
  // On MVE four channels go over all positions, then the next four.
  EXPECT_FALSE(call_overlap(pointwise(4, 8), target("cortex-m55")).is_safe);
  EXPECT_FALSE(call_overlap(pointwise(4, 8), target("any")).is_safe);
  // Where they are all, one sweep is enough; the host's twin reads a position again for each channel.
  EXPECT_EQ(call_overlap(pointwise(4, 4), target("cortex-m55")).least_lead, 3);
}

TEST(CallOverlap, KeepsChannelsApart) {
  kernels::DepthwiseConv2dLanesS8Params p{};
  p.batches = 1, p.input_h = p.input_w = p.output_h = p.output_w = 4, p.channels = 24;
  p.stride_h = p.stride_w = 1, p.pad_top = p.pad_left = 1;
  program::KernelCall call;
  call.kernel = kernels::DepthwiseConv2dLanesS8::name;
  call.parameters = to_parameters(p);
  const kernels::Overlap overlap = call_overlap(call, target("cortex-m0"));
  EXPECT_TRUE(overlap.is_safe);
  EXPECT_EQ(overlap.least_lead, kernels::any_lead);
  EXPECT_EQ(overlap.grid, 24);
}

TEST(CallOverlap, OfWideConvolutionsCountsBytesAndRows) {
  kernels::Conv2dS16Params p{};
  p.batches = 1, p.input_h = p.input_w = p.output_h = p.output_w = 4;
  p.input_channels = 4, p.output_channels = 8;
  p.kernel_h = p.kernel_w = p.groups = p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  program::KernelCall call;
  call.kernel = kernels::Conv2dS16::name;
  call.parameters = to_parameters(p);
  EXPECT_EQ(call_overlap(call, target("cortex-m4")).least_lead, 2 * (15 * 8 + 7 - 15 * 4));
  EXPECT_EQ(call_overlap(call, target("cortex-m4")).grid, 2);
  // On MVE all but the last of 4 rows are written, and of that all but a channel, when the row is read once more.
  EXPECT_EQ(call_overlap(call, target("cortex-m55")).least_lead, 2 * (16 * 8 - 1 - 12 * 4));
}

TEST(CallOverlap, IsNothingForKernelsThatSayNothing) {
  program::KernelCall call = pointwise(4, 8);
  call.kernel = "linear_s8";
  EXPECT_FALSE(call_overlap(call, target("cortex-m4")).is_safe);
  call = pointwise(4, 8);
  call.parameters.clear();
  EXPECT_FALSE(call_overlap(call, target("cortex-m4")).is_safe);
}

}  // namespace
}  // namespace pudu::ops

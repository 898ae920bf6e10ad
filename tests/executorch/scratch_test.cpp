// Planned scratch against what the kernels need: too little is refused and said, more runs and is noted; and where the
// library is built with PUDU_ENABLE_RUNTIME_CHECKS, only the sizes that compilers plan. This file is built for both.
#include <gmock/gmock.h>

#include "executorch/log_capture.hpp"
#include "executorch/operator_calls.hpp"

namespace pudu::testing {
namespace {

using ::testing::HasSubstr;

#if defined(PUDU_ENABLE_RUNTIME_CHECKS)
constexpr bool requires_planned_size = true;
#else
constexpr bool requires_planned_size = false;
#endif

/// A 3x3 convolution of 4 channels: our kernel takes 2 * 36 bytes; CMSIS-NN's takes 4 * 36 without MVE.
constexpr std::int32_t own_bytes = 72, cmsis_nn_bytes = 144;

std::unique_ptr<Call> conv_call(std::int32_t scratch_bytes, Form form = Form::ChannelsLast) {
  ConvolutionShape shape;
  shape.scratch_bytes = scratch_bytes;
  return conv2d_call(form, shape);
}

std::vector<std::int8_t> output_of(Call& call) {
  return call.output().values<std::int8_t>();
}

TEST(Scratch, TooLittleIsRefusedAndSaid) {
  for (const Form form : {Form::ChannelsLast, Form::Nhwc}) {
    for (const std::int32_t planned : {0, 1, own_bytes - 1}) {
      auto call = conv_call(planned, form);
      take_log();
      EXPECT_EQ(call->run(), Error::Internal);
      EXPECT_EQ(take_log(LoggedLevel::Error), call->name() + ": scratch: 72 bytes wanted, " + std::to_string(planned) +
                                                  " planned; recompile the model or downgrade the runtime\n");
      EXPECT_EQ(output_of(*call), std::vector<std::int8_t>(call->output().elements(), 0x5a)) << "nothing was computed";
    }
  }
}

TEST(Scratch, WhatTheKernelNeedsIsEnough) {
  auto call = conv_call(own_bytes);
  take_log();
  EXPECT_EQ(call->run(), Error::Ok);
  EXPECT_TRUE(take_log().empty());
  EXPECT_TRUE(call->has_intact_guards());
}

TEST(Scratch, WhatCmsisNnNeedsRunsWithOneLineOfDebugLog) {
  auto call = conv_call(cmsis_nn_bytes);
  take_log();
  EXPECT_EQ(call->run(), Error::Ok);
  const std::vector<LoggedMessage> log = take_log();
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0].level, LoggedLevel::Debug);
  EXPECT_EQ(log[0].text, "cortex_m::quantized_conv2d.out: scratch: 72 bytes wanted, 144 planned");
  auto exact = conv_call(own_bytes);
  exact->run();
  EXPECT_EQ(output_of(*call), output_of(*exact));
}

TEST(Scratch, AnotherSizeRunsUnlessTheBuildRequiresEquality) {
  for (const std::int32_t planned : {own_bytes + 1, cmsis_nn_bytes - 1, cmsis_nn_bytes + 1, 4096}) {
    auto call = conv_call(planned);
    take_log();
    const Error error = call->run();
    const std::string errors = take_log(LoggedLevel::Error);
    if (!requires_planned_size) {
      EXPECT_EQ(error, Error::Ok);
      continue;
    }
    EXPECT_EQ(error, Error::Internal);
    EXPECT_EQ(errors, "cortex_m::quantized_conv2d.out: scratch: 72 bytes wanted (144 by CMSIS-NN's formula), " +
                          std::to_string(planned) +
                          " planned, and this build requires equality; recompile the model or downgrade the runtime\n");
  }
}

struct PlannedCase {
  std::string name;
  std::function<std::unique_ptr<Call>(std::int32_t)> make;
  std::int32_t cmsis_nn_bytes;  ///< of a build without DSP and MVE
};

void PrintTo(const PlannedCase& value, std::ostream* stream) {
  *stream << value.name;
}

class OperatorsWithScratch : public ::testing::TestWithParam<PlannedCase> {};

TEST_P(OperatorsWithScratch, TakeNoneOrCmsisNnsBytes) {
  for (const std::int32_t planned : {0, GetParam().cmsis_nn_bytes}) {
    EXPECT_EQ(GetParam().make(planned)->run(), Error::Ok) << planned << " bytes";
  }
  const Error error = GetParam().make(GetParam().cmsis_nn_bytes + 16)->run();
  EXPECT_EQ(error, requires_planned_size ? Error::Internal : Error::Ok);
  take_log();
}

std::unique_ptr<Call> depthwise_of(std::int32_t bytes) {
  ConvolutionShape shape;
  shape.outputs = shape.channels, shape.kernel_h = 5, shape.padding = {2, 1}, shape.scratch_bytes = bytes;
  return depthwise_call(Form::Nhwc, shape);
}
std::unique_ptr<Call> transposed_of(std::int32_t bytes) {
  ConvolutionShape shape;
  shape.scratch_bytes = bytes, shape.output_scratch_bytes = 0;
  return transpose_conv_call(Form::ChannelsLast, shape);
}
std::unique_ptr<Call> reversed_of(std::int32_t bytes) {
  ConvolutionShape shape;
  shape.channels = 20, shape.scratch_bytes = 0, shape.output_scratch_bytes = bytes;
  return transpose_conv_call(Form::Nhwc, shape);
}
std::unique_ptr<Call> avg_pool_of(std::int32_t bytes) {
  PoolShape shape;
  shape.scratch_bytes = bytes;
  return avg_pool_call(Form::ChannelsLast, shape);
}
std::unique_ptr<Call> pointwise_of(std::int32_t bytes) {
  ConvolutionShape shape;
  shape.kernel_h = shape.kernel_w = 1, shape.padding = {0, 0}, shape.scratch_bytes = bytes;
  return conv2d_call(Form::ChannelsLast, shape);
}

// Transposed: 4 * (w + kernel_w - 1) * outputs * kernel_h, and inputs * kernel area * outputs for the turned filter.
INSTANTIATE_TEST_SUITE_P(, OperatorsWithScratch,
                         ::testing::Values(PlannedCase{"Depthwise", depthwise_of, 0},
                                           PlannedCase{"TransposeConv", transposed_of, 4 * 6 * 6 * 3},
                                           PlannedCase{"TransposeConvReversed", reversed_of, 20 * 9 * 6},
                                           PlannedCase{"AvgPool", avg_pool_of, 0},
                                           PlannedCase{"BatchMatmul", batch_matmul_call, 0},
                                           PlannedCase{"PointwiseConv", pointwise_of, 0}),
                         [](const auto& one) { return one.param.name; });

TEST(Scratch, MustBeBytes) {
  auto call = conv_call(own_bytes);
  TestTensor words(ScalarType::Float, {100});
  const std::size_t scratch = call->size() - 2;
  ASSERT_EQ(call->kind(scratch), Kind::Scratch);
  call->set(scratch, EValue(words.value()));
  take_log();
  EXPECT_EQ(call->run(), Error::InvalidArgument);
  EXPECT_THAT(take_log(LoggedLevel::Error), HasSubstr("argument 'scratch' is no scratch memory"));
}

TEST(WrongIsa, LinearWithKernelSumsKeepsItsBias) {
  // A program for MVE has kernel sums and no bias; one for any ISA has both. The stock scalar kernel drops the bias.
  auto with_bias = linear_call(LinearOperands::Bias), with_sums = linear_call(LinearOperands::KernelSum),
       with_both = linear_call(LinearOperands::Both), with_neither = linear_call(LinearOperands::Neither);
  EXPECT_EQ(with_bias->run(), Error::Ok);
  EXPECT_EQ(with_sums->run(), Error::Ok);
  EXPECT_EQ(with_both->run(), Error::Ok);
  EXPECT_EQ(with_neither->run(), Error::Ok);
  EXPECT_EQ(output_of(*with_sums), output_of(*with_bias));
  EXPECT_EQ(output_of(*with_both), output_of(*with_bias));
  EXPECT_NE(output_of(*with_neither), output_of(*with_bias)) << "the bias has an influence here";
}

}  // namespace
}  // namespace pudu::testing

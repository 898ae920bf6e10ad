// Outputs over inputs of the kernels that tests/qemu does not run: float ones and conversions, at the stated distance
// and an element of the input nearer. The others are proved there, on the host and on emulated cores.
#include "kernels/overlap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/avg_pool2d/overlap.hpp"
#include "kernels/avg_pool2d_f32/avg_pool2d_f32.hpp"
#include "kernels/conv2d_f32/overlap.hpp"
#include "kernels/dequantize/overlap.hpp"
#include "kernels/dequantize_s16/overlap.hpp"
#include "kernels/max_pool2d/overlap.hpp"
#include "kernels/max_pool2d_f32/max_pool2d_f32.hpp"
#include "kernels/quantize/overlap.hpp"
#include "kernels/quantize_s16/overlap.hpp"
#include "kernels/testing/random_data.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

template <class T>
std::vector<T> random_values(Random& random, std::int32_t count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  for (T& value : values) value = static_cast<T>(random.between(-100, 100));
  return values;
}

/// Bytes of a call whose operands lie `lead` bytes apart in one memory of poison. What is left of the input is cleared
/// unless it was written.
template <class Out, class In, class Run>
std::vector<unsigned char> run_at(std::int64_t lead, const std::vector<In>& input, std::size_t outputs,
                                  const Run& run) {
  constexpr unsigned char poison = 0xc5;
  constexpr std::int64_t guard = 64;
  const auto input_bytes = static_cast<std::int64_t>(input.size() * sizeof(In));
  const auto output_bytes = static_cast<std::int64_t>(outputs * sizeof(Out));
  // The larger elements are aligned; leads are multiples of the smaller ones.
  const std::int64_t larger = guard + (lead < 0 ? 4 - lead / 4 * 4 : 0) + (lead > 0 ? (lead + 3) / 4 * 4 : 0);
  const std::int64_t output_begin = sizeof(In) >= sizeof(Out) ? larger - lead : larger;
  const std::int64_t input_begin = output_begin + lead;
  std::vector<unsigned char> memory(
      static_cast<std::size_t>(std::max(input_begin + input_bytes, output_begin + output_bytes) + guard), poison);
  std::memcpy(memory.data() + input_begin, input.data(), static_cast<std::size_t>(input_bytes));
  run(reinterpret_cast<const In*>(memory.data() + input_begin), reinterpret_cast<Out*>(memory.data() + output_begin));
  const auto* original = reinterpret_cast<const unsigned char*>(input.data());
  for (std::int64_t i = 0; i < input_bytes; ++i) {
    const std::int64_t at = input_begin + i;
    const bool is_output = at >= output_begin && at < output_begin + output_bytes;
    unsigned char& byte = memory[static_cast<std::size_t>(at)];
    if (!is_output && byte == original[i]) byte = poison;
  }
  // From the output's begin on, with a guard on either side.
  return {memory.begin() + output_begin - guard / 2, memory.begin() + output_begin + output_bytes + guard / 2};
}

/// How many calls shared bytes, and how many of them give other bytes an element nearer.
struct Counts {
  int safe = 0, broken = 0;
};

template <class Out, class In, class Run>
void check(const Overlap& overlap, const std::vector<In>& input, std::size_t outputs, const Run& run, Counts& counts) {
  ASSERT_TRUE(overlap.is_safe);
  ASSERT_EQ(overlap.grid, 1);
  const auto input_bytes = static_cast<std::int64_t>(input.size() * sizeof(In));
  const auto output_bytes = static_cast<std::int64_t>(outputs * sizeof(Out));
  const std::int64_t lead = std::max(overlap.least_lead, -input_bytes), step = sizeof(In);
  const std::vector<unsigned char> apart = run_at<Out>(output_bytes + 64, input, outputs, run);
  ASSERT_EQ(run_at<Out>(lead, input, outputs, run), apart) << "lead " << lead;
  ++counts.safe;
  if (overlap.least_lead != any_lead && run_at<Out>(lead - step, input, outputs, run) != apart) ++counts.broken;
}

/// A random window; the two numbers of channels apart.
template <class Params>
void set_window(Params& p, Random& random) {
  p.batches = random.between(1, 2);
  p.input_h = random.between(1, 8), p.input_w = random.between(1, 8);
  p.kernel_h = random.between(1, std::min(3, p.input_h)), p.kernel_w = random.between(1, std::min(3, p.input_w));
  p.stride_h = random.between(1, 3), p.stride_w = random.between(1, 3);
  p.pad_top = random.between(0, p.kernel_h - 1), p.pad_left = random.between(0, p.kernel_w - 1);
  p.output_h = output_extent(p.input_h, p.pad_top, p.kernel_h, 1, p.stride_h);
  p.output_w = output_extent(p.input_w, p.pad_left, p.kernel_w, 1, p.stride_w);
}

TEST(Overlap, OfFloatConvolutions) {
  Random random(1);
  Counts counts;
  for (int i = 0; i < 300; ++i) {
    Conv2dF32Params p{};
    set_window(p, random);
    p.groups = random.between(1, 2), p.dilation_h = p.dilation_w = 1;
    p.input_channels = p.groups * random.between(1, 6), p.output_channels = p.groups * random.between(1, 6);
    p.minimum = -1e30f, p.maximum = 1e30f;
    const auto input = random_values<float>(random, p.batches * p.input_h * p.input_w * p.input_channels);
    const auto weights =
        random_values<float>(random, p.output_channels * p.kernel_h * p.kernel_w * p.input_channels / p.groups);
    const auto bias = random_values<float>(random, p.output_channels);
    const auto outputs = static_cast<std::size_t>(p.batches * p.output_h * p.output_w * p.output_channels);
    check<float>(
        overlap_of(p, Isa::Scalar), input, outputs,
        [&](const float* x, float* y) {
          Conv2dF32::run(p, {x, weights.data(), bias.data(), y});
        },
        counts);
  }
  EXPECT_EQ(counts.safe, 300);
  EXPECT_GT(counts.broken, 50);
}

template <class Kernel, class Params>
void check_float_pools() {
  Random random(2);
  Counts counts;
  for (int i = 0; i < 300; ++i) {
    Params p{};
    set_window(p, random);
    if constexpr (requires { p.dilation_h; }) p.dilation_h = p.dilation_w = 1;
    p.channels = random.between(1, 7);
    const auto input = random_values<float>(random, p.batches * p.input_h * p.input_w * p.channels);
    const auto outputs = static_cast<std::size_t>(p.batches * p.output_h * p.output_w * p.channels);
    check<float>(
        overlap_of(p, Isa::Scalar, sizeof(float)), input, outputs,
        [&](const float* x, float* y) {
          Kernel::run(p, {x, y});
        },
        counts);
  }
  EXPECT_EQ(counts.safe, 300);
  EXPECT_GT(counts.broken, 50);
}

TEST(Overlap, OfFloatPools) {
  check_float_pools<AvgPool2dF32, AvgPool2dF32Params>();
  check_float_pools<MaxPool2dF32, MaxPool2dF32Params>();
}

template <class Kernel, class In, class Out>
void check_conversions() {
  Random random(3);
  Counts counts;
  for (std::int32_t count = 1; count <= 70; ++count) {
    typename Kernel::Params p{};
    p.count = count, p.scale = 1.5f;
    if constexpr (requires { p.quant_min; }) p.quant_min = -128, p.quant_max = 127;
    const auto input = random_values<In>(random, count);
    check<Out>(
        overlap_of(p, Isa::Scalar), input, static_cast<std::size_t>(count),
        [&](const In* x, Out* y) {
          Kernel::run(p, {x, y});
        },
        counts);
  }
  EXPECT_EQ(counts.safe, 70);
  EXPECT_GT(counts.broken, 10);
}

TEST(Overlap, OfConversions) {
  check_conversions<QuantizeF32S8, float, std::int8_t>();
  check_conversions<QuantizeF32S16, float, std::int16_t>();
  check_conversions<DequantizeS8F32, std::int8_t, float>();
  check_conversions<DequantizeS16F32, std::int16_t, float>();
}

}  // namespace
}  // namespace pudu::kernels

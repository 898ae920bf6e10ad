// Tests only: what differs between layers of int8 codes (32-bit sums) and those that read or write int16 codes (exact
// sums), so that one check serves all.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/testing/reference.hpp"
#include "kernels/testing/row_streaming.hpp"
#include "kernels/testing/wide_layers.hpp"

namespace pudu::kernels::testing {

/// int8 or int16, as the kernel's input is.
template <class Kernel>
using CodeOf = std::remove_cv_t<std::remove_pointer_t<decltype(std::declval<typename Kernel::Operands>().input)>>;
/// The same of its output.
template <class Kernel>
using ResultOf = std::remove_pointer_t<decltype(std::declval<typename Kernel::Operands>().output)>;

template <class Kernel>
inline constexpr bool has_wide_sums = sizeof(CodeOf<Kernel>) + sizeof(ResultOf<Kernel>) > 2;

template <class Kernel>
std::vector<CodeOf<Kernel>> random_codes(Random& random, std::int32_t count) {
  if constexpr (sizeof(CodeOf<Kernel>) == 2) {
    return random.wide_codes(static_cast<std::size_t>(count));
  } else {
    return random.codes(static_cast<std::size_t>(count));
  }
}

/// Channels for sums of about `taps` products.
template <class Kernel>
ChannelParameters random_channels_of(Random& random, std::int32_t channels, std::int32_t taps) {
  if constexpr (has_wide_sums<Kernel>) {
    constexpr std::int32_t more = (sizeof(CodeOf<Kernel>) == 1 ? 4 : 0) - (sizeof(ResultOf<Kernel>) == 1 ? 8 : 0);
    return random_wide_channels(random, channels, taps, more);
  } else {
    return random_channels(random, channels, taps);
  }
}

/// Draws the parameters of the kernel that concern codes: zero points where it has some, and bounds.
template <class Kernel>
void draw_codes(typename Kernel::Params& params, Random& random) {
  if constexpr (requires { params.input_offset; }) {
    params.input_offset = sizeof(CodeOf<Kernel>) == 1 ? -random.zero_point() : 0;
    params.output_offset = sizeof(ResultOf<Kernel>) == 1 ? random.zero_point() : 0;
  }
  const Clamp clamp = sizeof(ResultOf<Kernel>) == 1 ? random_clamp(random) : random_wide_clamp(random);
  if constexpr (requires { params.output_min; }) {
    params.output_min = clamp.low, params.output_max = clamp.high;
  } else {
    params.activation_min = clamp.low, params.activation_max = clamp.high;
  }
}

template <class Params>
Clamp bounds_of(const Params& params) {
  if constexpr (requires { params.output_min; }) {
    return {params.output_min, params.output_max};
  } else {
    return {params.activation_min, params.activation_max};
  }
}

/// The code that a sum becomes: wrapped to 32 bits where all codes have 8, exact where some have 16.
template <class Kernel>
ResultOf<Kernel> output_of_sum(const typename Kernel::Params& params, std::int64_t sum, std::int32_t multiplier,
                               std::int32_t shift) {
  const Clamp bounds = bounds_of(params);
  const std::int32_t zero = params.output_offset;
  if constexpr (has_wide_sums<Kernel>) {
    return static_cast<ResultOf<Kernel>>(
        reference_wide_output(sum, multiplier, shift, bounds.low - zero, bounds.high - zero) + zero);
  } else {
    return reference_output(wrap(sum), multiplier, shift, zero, bounds.low, bounds.high);
  }
}

/// Spatial shape of a test case; the output covers `bottom` and `right` rows and columns beyond the last full window.
struct ConvolutionShape {
  std::int32_t batches = 1;
  std::int32_t h, w, in, out = 1, groups = 1, multiplier = 1;
  std::int32_t kh, kw, sh = 1, sw = 1, top = 0, left = 0, bottom = 0, right = 0, dh = 1, dw = 1;
};

/// What plain and depthwise convolutions have in common; all else is 0.
template <class Kernel>
typename Kernel::Params convolution_params(const ConvolutionShape& s, Random& random) {
  typename Kernel::Params p{};
  p.batches = s.batches;
  p.input_h = s.h, p.input_w = s.w, p.input_channels = s.in;
  p.output_h = output_extent(s.h, s.top + s.bottom, s.kh, s.dh, s.sh);
  p.output_w = output_extent(s.w, s.left + s.right, s.kw, s.dw, s.sw);
  p.kernel_h = s.kh, p.kernel_w = s.kw;
  p.stride_h = s.sh, p.stride_w = s.sw;
  p.pad_top = s.top, p.pad_left = s.left;
  p.dilation_h = s.dh, p.dilation_w = s.dw;
  draw_codes<Kernel>(p, random);
  return p;
}

/// A shape of any kind, strides and padding also larger than the kernel; channels are the caller's.
inline ConvolutionShape random_convolution_shape(Random& random) {
  ConvolutionShape s{};
  s.batches = random.between(1, 3);
  s.h = random.between(1, 9), s.w = random.between(1, 9);
  s.kh = random.between(1, 5), s.kw = random.between(1, 5);
  s.sh = random.between(1, 6), s.sw = random.between(1, 6);
  s.top = random.between(0, 7), s.left = random.between(0, 7);
  s.bottom = random.between(0, 7), s.right = random.between(0, 7);
  s.dh = random.between(1, 3), s.dw = random.between(1, 3);
  return s;
}

/// Calls `check` with every small window; channels are the caller's.
template <class Check>
void for_every_small_window(Random& random, const Check& check) {
  for (std::int32_t h = 1; h <= 4; ++h)
    for (std::int32_t kh = 1; kh <= 3; ++kh)
      for (std::int32_t kw = 1; kw <= 3; ++kw)
        for (std::int32_t sh = 1; sh <= 3; ++sh)
          for (std::int32_t top = 0; top <= 2; ++top)
            for (std::int32_t bottom = 0; bottom <= 2; ++bottom)
              for (std::int32_t dilation = 1; dilation <= 2; ++dilation) {
                ConvolutionShape s{.h = h, .w = random.between(1, 5), .in = 1, .kh = kh, .kw = kw, .sh = sh};
                s.sw = random.between(1, 3), s.dh = dilation, s.dw = random.between(1, 2);
                s.top = top, s.bottom = bottom, s.left = random.between(0, 2), s.right = random.between(0, 2);
                check(s);
              }
}

/// Runs a layer with weights on random data, `taps` of them for each output channel, against
/// reference(input, weights, channels, has_bias).
template <class Kernel, class Reference>
void check_layer(const typename Kernel::Params& p, std::int32_t input_elements, std::int32_t output_channels,
                 std::int32_t taps, Random& random, const Reference& reference) {
  const auto input = random_codes<Kernel>(random, input_elements);
  const auto weights = random.codes(static_cast<std::size_t>(output_channels * taps));
  const ChannelParameters channels = random_channels_of<Kernel>(random, output_channels, taps);
  const bool has_bias = !random.one_in(8);
  const std::vector<ResultOf<Kernel>> expected = reference(input, weights, channels, has_bias);

  GuardedBuffer<ResultOf<Kernel>> output(expected.size());
  GuardedBuffer<std::uint8_t> scratch(Kernel::scratch_bytes(p, Isa::Scalar));
  typename Kernel::Operands operands{};
  operands.input = input.data();
  operands.weights = weights.data();
  operands.bias = has_bias ? channels.bias.data() : nullptr;
  operands.multipliers = channels.multipliers.data();
  operands.shifts = channels.shifts.data();
  operands.output = output.data();
  if constexpr (requires { operands.scratch; }) operands.scratch = scratch.data();
  Kernel::run(p, operands);
  ASSERT_EQ(output.values(), expected) << describe(p);

  if constexpr (requires { p.kernel_h; }) {
    const StreamShape stream{
        p.batches,  p.input_h, p.input_w * p.input_channels,       p.output_h, p.output_w * p.output_channels,
        p.stride_h, p.pad_top, (p.kernel_h - 1) * p.dilation_h + 1};
    ASSERT_EQ(run_through_rings<Kernel>(p, operands, stream, input), expected) << "streamed:" << describe(p);
  }
}

}  // namespace pudu::kernels::testing

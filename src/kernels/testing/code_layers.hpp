// Tests only: what differs between layers of int8 codes (with zero points, 32-bit sums) and of int16 codes (without,
// exact sums), so that one check serves both.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/testing/reference.hpp"
#include "kernels/testing/wide_layers.hpp"

namespace pudu::kernels::testing {

/// int8 or int16, as the kernel's input is.
template <class Kernel>
using CodeOf = std::remove_cv_t<std::remove_pointer_t<decltype(std::declval<typename Kernel::Operands>().input)>>;

template <class Kernel>
inline constexpr bool has_wide_codes = sizeof(CodeOf<Kernel>) == 2;

template <class Kernel>
std::vector<CodeOf<Kernel>> random_codes(Random& random, std::int32_t count) {
  if constexpr (has_wide_codes<Kernel>) {
    return random.wide_codes(static_cast<std::size_t>(count));
  } else {
    return random.codes(static_cast<std::size_t>(count));
  }
}

/// Channels for sums of about `taps` products.
template <class Kernel>
ChannelParameters random_channels_of(Random& random, std::int32_t channels, std::int32_t taps) {
  return has_wide_codes<Kernel> ? random_wide_channels(random, channels, taps)
                                : random_channels(random, channels, taps);
}

/// Draws the parameters of the kernel that concern codes: zero points where it has some, and bounds.
template <class Params>
void draw_codes(Params& params, Random& random) {
  if constexpr (requires { params.input_offset; }) {
    params.input_offset = -random.zero_point();
    params.output_offset = random.zero_point();
  }
  if constexpr (requires { params.output_min; }) {
    const Clamp clamp = random_wide_clamp(random);
    params.output_min = clamp.low, params.output_max = clamp.high;
  } else {
    const Clamp clamp = random_clamp(random);
    params.activation_min = clamp.low, params.activation_max = clamp.high;
  }
}

template <class Params>
std::int64_t input_offset_of(const Params& params) {
  if constexpr (requires { params.input_offset; }) return params.input_offset;
  return 0;
}

template <class Params>
Clamp bounds_of(const Params& params) {
  if constexpr (requires { params.output_min; }) {
    return {params.output_min, params.output_max};
  } else {
    return {params.activation_min, params.activation_max};
  }
}

/// The code that a sum becomes: wrapped to 32 bits where codes have 8, exact where they have 16.
template <class Params>
auto output_of_sum(const Params& params, std::int64_t sum, std::int32_t multiplier, std::int32_t shift) {
  if constexpr (requires { params.output_min; }) {
    return reference_wide_output(sum, multiplier, shift, params.output_min, params.output_max);
  } else {
    return reference_output(wrap(sum), multiplier, shift, params.output_offset, params.activation_min,
                            params.activation_max);
  }
}

}  // namespace pudu::kernels::testing

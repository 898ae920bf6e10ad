// The range of every integer parameter of the kernels, by its name, which means the same in every kernel. The compiler
// checks files against it, and the operators of integrations/executorch what a program calls them with.
// Limits: freestanding C++17; a kernel's own conditions between its parameters are in call_extents.hpp and
// ops/call_bounds.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "kernels/concat/concat_s8.hpp"
#include "kernels/kernel.hpp"
#include "kernels/recurrent/recurrent_s8.hpp"
#include "kernels/unary_f32/unary_f32.hpp"

namespace pudu::kernels {

inline constexpr std::int32_t largest_index = INT32_MAX;
/// Scales of both inputs of a product, whose offsets then multiply within 32 bits.
inline constexpr std::int32_t largest_offset = 1 << 15;
/// Largest window, stride, dilation or padding: positions computed from one fit 32 bits.
inline constexpr std::int32_t largest_window = 1 << 23;
/// Most elements that one mean is taken over, so that 32-bit sums of int8 codes cannot overflow.
inline constexpr std::int32_t largest_mean = (1 << 23) - 1;

/// Range of the parameter of that name, in whichever kernel.
struct ParameterRange {
  const char* name;
  std::int32_t low, high;
};

inline constexpr ParameterRange parameter_ranges[] = {
    {"activation_max", -128, 127},
    {"activation_min", -128, 127},
    {"adds", 0, 1},
    {"addend", INT32_MIN, largest_index},
    {"batches", 1, largest_index},
    {"bytes", 0, largest_index},
    {"by_pairs", 0, 1},
    {"cell", 0, 3},
    {"cell_integer_bits", 0, 6},
    {"cell_clip", 0, INT16_MAX},
    {"cell_multiplier", INT32_MIN, largest_index},
    {"cell_offset", -128, 128},
    {"cell_shift", -31, 30},
    {"channels", 1, largest_index},
    {"channel_words", 1, 7},
    {"columns", 1, largest_index},
    {"condition_strides", 0, largest_index},
    {"condition_zero", -128, 127},
    {"constant_words", 1, 4},
    {"count", 0, largest_index},
    {"count1", 1, largest_index},
    {"count2", 1, largest_index},
    {"count_include_pad", 0, 1},
    {"depth", 1, largest_index},
    {"depth_multiplier", 1, largest_index},
    {"diff_min", INT32_MIN, 0},
    {"difference_multiplier", INT32_MIN, largest_index},
    {"difference_shift", -31, 30},
    {"dilation_h", 1, largest_window},
    {"dilation_w", 1, largest_window},
    {"divisor", 1, largest_mean},
    {"divisor_override", 0, largest_mean},
    {"epsilon_multiplier", 0, largest_index},
    {"epsilon_shift", -31, 61},
    {"feature_multiplier", INT32_MIN, largest_index},
    {"feature_shift", -31, 30},
    {"filters_per_unit", 1, largest_index},
    {"final_multiplier", INT32_MIN, largest_index},
    {"final_offset", -128, 127},
    {"final_shift", -31, 30},
    {"form", 0, 15},
    {"function", 0, UnaryF32::FunctionCount - 1},
    {"groups", 1, largest_index},
    {"hidden_features", 1, RecurrentS8::max_hidden_features},
    {"hidden_multipliers", INT32_MIN, largest_index},
    {"hidden_shifts", -31, 30},
    {"initial_multiplier", INT32_MIN, largest_index},
    {"initial_offset", -128, 128},
    {"initial_shift", -31, 30},
    {"inner_count", 1, largest_index},
    {"input1_multiplier", INT32_MIN, largest_index},
    {"input1_offset", -largest_offset, largest_offset},
    {"input1_shift", -31, 30},
    {"input1_strides", 0, largest_index},
    {"input2_multiplier", INT32_MIN, largest_index},
    {"input2_offset", -largest_offset, largest_offset},
    {"input2_shift", -31, 30},
    {"input2_strides", 0, largest_index},
    {"input_batch_stride", 0, largest_index},
    {"input_bytes", 0, largest_index},
    {"input_channels", 1, largest_index},
    {"input_count", 1, ConcatS8::max_inputs},
    {"input_features", 1, largest_index},
    {"input_h", 1, largest_index},
    {"input_multipliers", INT32_MIN, largest_index},
    {"input_offset", -largest_offset, largest_offset},
    {"input_shape", 0, largest_index},
    {"input_shifts", -31, 30},
    {"input_start_offset", 0, largest_index},
    {"input_step_stride", 0, largest_index},
    {"input_strides", -largest_index, largest_index},
    {"input_w", 1, largest_index},
    {"kernel_h", 1, largest_window},
    {"kernel_w", 1, largest_window},
    {"lanes_along", 0, 1},
    {"lhs_offset", -largest_offset, largest_offset},
    {"logarithm", 0, 1},
    {"memory", 1, largest_index},
    {"middle_count", 1, largest_index},
    {"most_runs", 1, 1 << 20},
    {"multiplier", INT32_MIN, largest_index},
    {"multiplier1", INT32_MIN, largest_index},
    {"multiplier2", INT32_MIN, largest_index},
    {"outer_count", 1, largest_index},
    {"output_batch_stride", 0, largest_index},
    {"output_channels", 1, largest_index},
    {"output_features", 1, largest_index},
    {"output_h", 1, largest_index},
    {"output_max", INT16_MIN, INT16_MAX},
    {"output_min", INT16_MIN, INT16_MAX},
    {"output_multiplier", INT32_MIN, largest_index},
    {"output_offset", -largest_index, largest_index},
    {"output_shape", 0, largest_index},
    {"output_shift", -31, 30},
    {"output_step_stride", 0, largest_index},
    {"output_stride", 0, largest_index},
    {"output_w", 1, largest_index},
    {"pad_after", -largest_index, largest_index},
    {"pad_before", -largest_index, largest_index},
    {"pad_bottom", 0, largest_window},
    {"pad_left", 0, largest_window},
    {"pad_right", 0, largest_window},
    {"pad_top", 0, largest_window},
    {"pad_value", -128, 127},
    {"pads_image", 0, 1},
    {"patterns", 0, 65535},
    {"positions", 1, largest_index},
    {"quant_max", -128, 127},
    {"quant_min", -128, 127},
    {"rank", 0, max_rank},
    {"reverse", 0, 1},
    {"rhs_offset", -largest_offset, largest_offset},
    {"rounded_groups", 0, largest_index},
    {"ready_streams", 0, 1},
    {"rounded_pairs", 0, largest_index},
    {"row_bytes", 1, largest_index},
    {"rows", 1, largest_index},
    {"sharing", 0, 2},
    {"runs", 1, largest_index},
    {"shift", -31, 31},
    {"size1", 1, largest_index},
    {"size2", 1, largest_index},
    {"sizes", 0, largest_index},
    {"slide_down", 0, 1},
    {"state_multiplier", INT32_MIN, largest_index},
    {"state_shift", -31, 30},
    {"steps", 1, largest_index},
    {"stride_h", 1, largest_window},
    {"stride_w", 1, largest_window},
    {"strip_pairs", 1, 4096},
    {"stream_words", 0, 1 << 24},
    {"strip_blocks", 1, 4096},
    {"strip_positions", 2, 4096},
    {"subtract_mean", 0, 1},
    {"sum_count", 1, largest_mean},
    {"sum_multiplier", INT32_MIN, largest_index},
    {"sum_shift", -31, 30},
    {"taps", 1, largest_mean},
    {"units", 1, 1 << 16},
    {"weight_bits", 8, 16},
    {"zero_point", -128, 127},
};

constexpr bool is_same_name(const char* a, const char* b) noexcept {
  while (*a != 0 && *a == *b) {
    ++a;
    ++b;
  }
  return *a == *b;
}

/// Null for a name without a row.
/// Real parameters that may be any finite number: bounds and constants of float kernels. All others are scales,
/// divisors and the like, which are positive.
constexpr bool may_be_any_real(const char* name) noexcept {
  for (const char* known : {"alpha", "first", "maximum", "minimum", "second", "third", "value"}) {
    if (is_same_name(known, name)) return true;
  }
  return false;
}

constexpr const ParameterRange* find_range(const char* name) noexcept {
  for (const ParameterRange& range : parameter_ranges) {
    if (is_same_name(range.name, name)) return &range;
  }
  return nullptr;
}

}  // namespace pudu::kernels

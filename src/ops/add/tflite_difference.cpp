#include "ops/add/tflite_difference.hpp"

#include "numerics/requantize.hpp"

namespace pudu::ops {
namespace {

constexpr std::int32_t lowest_code = -128;
constexpr std::int32_t highest_code = 127;

std::int32_t scaled(std::int32_t code, std::int32_t offset, std::int32_t multiplier, std::int32_t shift) {
  return numerics::requantize(numerics::wrapping_shift_left(code + offset, kernels::AddS8::left_shift), multiplier,
                              shift);
}

std::int8_t output_of(const kernels::AddS8Params& p, std::int32_t sum) {
  return numerics::requantize_to_int8(sum, p.output_multiplier, p.output_shift, p.output_offset, p.activation_min,
                                      p.activation_max);
}

/// Does adding `subtrahend` in place of -`exact` give the same codes beside every code of input 1?
bool is_same_for_all(const kernels::AddS8Params& p, std::int32_t exact, std::int32_t subtrahend) {
  for (std::int32_t code = lowest_code; code <= highest_code; ++code) {
    const std::int32_t a = scaled(code, p.input1_offset, p.input1_multiplier, p.input1_shift);
    if (output_of(p, a - exact) != output_of(p, a + subtrahend)) return false;
  }
  return true;
}

bool subtracts(const kernels::AddS8Params& p, std::int32_t multiplier) {
  for (std::int32_t code = lowest_code; code <= highest_code; ++code) {
    const std::int32_t exact = scaled(code, p.input2_offset, p.input2_multiplier, p.input2_shift);
    const std::int32_t subtrahend = scaled(code, p.input2_offset, multiplier, p.input2_shift);
    if (subtrahend != -exact && !is_same_for_all(p, exact, subtrahend)) return false;
  }
  return true;
}

}  // namespace

std::optional<std::int32_t> subtracting_multiplier(const kernels::AddS8Params& params) {
  const std::int32_t negated = -params.input2_multiplier;
  for (const std::int32_t multiplier : {negated, negated - 1, negated + 1}) {
    if (subtracts(params, multiplier)) return multiplier;
  }
  return std::nullopt;
}

}  // namespace pudu::ops

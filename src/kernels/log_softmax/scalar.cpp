// Portable log_softmax_s8.
#include "kernels/log_softmax/log_softmax_s8.hpp"
#include "numerics/log2.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {
namespace {

std::int32_t row_maximum(const std::int8_t* row, std::int32_t depth) noexcept {
  std::int32_t largest = -128;
  for (std::int32_t i = 0; i < depth; ++i) largest = row[i] > largest ? row[i] : largest;
  return largest;
}

}  // namespace

void LogSoftmaxS8::run(const Params& params, const Operands& operands) noexcept {
  constexpr int exponential_fraction_bits = 30;
  const std::int8_t* input = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t row = 0; row < params.outer_count; ++row, input += params.depth, output += params.depth) {
    const std::int32_t largest = row_maximum(input, params.depth);
    std::uint64_t sum = 0;
    for (std::int32_t i = 0; i < params.depth; ++i) {
      sum += static_cast<std::uint32_t>(operands.exponentials[largest - input[i]]);
    }
    const std::int32_t logarithm =
        numerics::log2_q20(sum) - (exponential_fraction_bits << numerics::log2_fraction_bits);
    const std::int32_t subtrahend = numerics::requantize(logarithm, params.sum_multiplier, params.sum_shift);
    for (std::int32_t i = 0; i < params.depth; ++i) {
      const std::int32_t difference = (input[i] - largest) * (1 << numerics::log2_fraction_bits);
      const std::int32_t value =
          numerics::requantize(difference, params.difference_multiplier, params.difference_shift) - subtrahend;
      output[i] = static_cast<std::int8_t>(numerics::clamp(((value + 128) >> 8) + params.output_offset, -128, 127));
    }
  }
}

}  // namespace pudu::kernels

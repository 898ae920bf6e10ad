// Portable sum_s8: a few neighbours of the inner dimensions at a time.
#include "kernels/sum/sum_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {
namespace {

template <int Count>
void write_block(const SumS8Params& p, const std::int8_t* input, std::int8_t* output) noexcept {
  std::int32_t sums[Count];
  for (int n = 0; n < Count; ++n) sums[n] = p.sum_count * p.input_offset;
  for (std::int32_t i = 0; i < p.sum_count; ++i, input += p.inner_count) {
    for (int n = 0; n < Count; ++n) sums[n] += input[n];
  }
  for (int n = 0; n < Count; ++n) {
    output[n] = numerics::requantize_to_int8(sums[n], p.output_multiplier, p.output_shift, p.output_offset, -128, 127);
  }
}

}  // namespace

void SumS8::run(const Params& params, const Operands& operands) noexcept {
  constexpr int block = 4;
  const std::int8_t* input = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t outer = 0; outer < params.outer_count; ++outer) {
    std::int32_t k = 0;
    for (; k + block <= params.inner_count; k += block) write_block<block>(params, input + k, output + k);
    for (; k < params.inner_count; ++k) write_block<1>(params, input + k, output + k);
    input += params.sum_count * params.inner_count;
    output += params.inner_count;
  }
}

}  // namespace pudu::kernels

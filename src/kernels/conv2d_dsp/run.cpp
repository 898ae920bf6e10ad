// conv2d_dsp_s8 around its inner loops: strips of positions are gathered and widened, then every pair of channels runs
// over the strip.
#include "kernels/conv2d_dsp/gather.hpp"

namespace pudu::kernels::conv2d_dsp {
namespace {

using Params = Conv2dDspS8Params;

/// The outputs of two channels of form General.
void requantize_sums(const Params& p, const Conv2dDspBlock& block, const std::int32_t* sums, std::int32_t positions,
                     std::int8_t* output) noexcept {
  const GeneralRequantization general{p.output_offset, p.activation_min, p.activation_max};
  for (; positions > 0; --positions, sums += 2, output += block.stride) {
    output[0] = apply_form(RequantizeForm::General, block.first, general, sums[0]);
    output[1] = apply_form(RequantizeForm::General, block.second, general, sums[1]);
  }
}

void run_strip(const Params& p, const Conv2dDspS8Operands& operands, const Scratch<std::int8_t>& scratch,
               std::int32_t positions, std::int8_t* output, Gemm line, Gemm rounded) noexcept {
  const std::int32_t units = Conv2dDspS8::units(p), values = units * 8;
  const bool is_general = p.form == static_cast<std::int32_t>(RequantizeForm::General);
  const std::uint8_t* weights = operands.weights;
  const std::int32_t* constants = operands.constants;
  Conv2dDspBlock block;
  block.x = scratch.strip;
  block.end = scratch.strip + (positions + 1) / 2 * values;
  block.stride = positions > 1 ? p.output_channels : 0;
  for (std::int32_t channel = 0; channel < p.output_channels; channel += 2) {
    if (p.weight_bits == 16) {
      block.weights = reinterpret_cast<const std::int16_t*>(weights);
      weights += 2 * values;
    } else {
      widen_weights(weights, units, scratch.weights);
      block.weights = scratch.weights;
      weights += values;
    }
    block.weights_end = block.weights + values;
    std::memcpy(&block.first, constants, sizeof block.first);
    std::memcpy(&block.second, constants + 4, sizeof block.second);
    constants += 8;
    std::int8_t* first_output = output + (channel + 1 < p.output_channels ? channel : channel - 1);
    block.output = is_general ? reinterpret_cast<std::int8_t*>(scratch.sums) : first_output;
    // A line has no shift among its constants.
    (rounded != nullptr && block.first.shift != 0 ? rounded : line)(block);
    if (is_general) requantize_sums(p, block, scratch.sums, positions, first_output);
  }
}

}  // namespace

void run(const Params& p, const Conv2dDspS8Operands& operands, Gemm line, Gemm rounded) noexcept {
  for_each_strip(p, operands.input, operands.scratch,
                 [&](const Scratch<std::int8_t>& scratch, std::int32_t count, std::int32_t first) noexcept {
                   run_strip(p, operands, scratch, count, operands.output + first * p.output_channels, line, rounded);
                 });
}

}  // namespace pudu::kernels::conv2d_dsp

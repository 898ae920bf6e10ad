// Portable normalize_f32.
#include "kernels/float_math.hpp"
#include "kernels/normalize_f32/normalize_f32.hpp"

namespace pudu::kernels {
namespace {

/// The group that begins at element `begin` with channel `first`.
void normalize(const NormalizeF32Params& p, const NormalizeF32Operands& operands, std::int32_t begin,
               std::int32_t first) noexcept {
  const std::int32_t width = p.channels / p.groups;
  const auto count = static_cast<float>(p.positions * width);
  const auto for_each = [&](auto&& body) {
    for (std::int32_t position = 0; position < p.positions; ++position) {
      for (std::int32_t c = 0; c < width; ++c) body(begin + position * p.channels + c, first + c);
    }
  };
  float mean = 0;
  if (p.subtract_mean != 0) {
    for_each([&](std::int32_t i, std::int32_t) { mean = rounded(mean + operands.input[i]); });
    mean = rounded(mean / count);
  }
  float squares = 0;
  for_each([&](std::int32_t i, std::int32_t) {
    const float difference = rounded(operands.input[i] - mean);
    squares = plus_product(squares, difference, difference);
  });
  const float root = square_root(rounded(rounded(squares / count) + p.epsilon));
  for_each([&](std::int32_t i, std::int32_t channel) {
    const float normalized = rounded(rounded(operands.input[i] - mean) / root);
    operands.output[i] = plus_product(operands.bias[channel], normalized, operands.weights[channel]);
  });
}

}  // namespace

void NormalizeF32::run(const Params& params, const Operands& operands) noexcept {
  const std::int32_t sample = params.positions * params.channels, width = params.channels / params.groups;
  for (std::int32_t outer = 0; outer < params.outer_count; ++outer) {
    for (std::int32_t group = 0; group < params.groups; ++group) {
      normalize(params, operands, outer * sample + group * width, group * width);
    }
  }
}

}  // namespace pudu::kernels

#include "kernels/svdf/svdf_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {
namespace {

using numerics::clamp;
using numerics::requantize;

std::int16_t project(const SvdfS8Params& p, const std::int8_t* input, const std::int8_t* weights) noexcept {
  std::int32_t sum = 0;
  for (std::int32_t k = 0; k < p.input_features; ++k) sum += (input[k] + p.input_offset) * weights[k];
  const std::int32_t scaled = requantize(sum, p.feature_multiplier, p.feature_shift);
  return static_cast<std::int16_t>(clamp(scaled, INT16_MIN, INT16_MAX));
}

/// Drops the oldest number and appends `newest`; returns all of them weighed.
std::int32_t remember(std::int32_t memory, std::int16_t newest, const std::int16_t* before, std::int16_t* after,
                      const std::int16_t* weights) noexcept {
  std::uint32_t sum = 0;
  for (std::int32_t m = 0; m < memory; ++m) {
    const std::int16_t number = m + 1 < memory ? before[m + 1] : newest;
    after[m] = number;
    sum += static_cast<std::uint32_t>(std::int32_t{number} * weights[m]);
  }
  return static_cast<std::int32_t>(sum);
}

}  // namespace

void SvdfS8::run(const SvdfS8Params& p, const SvdfS8Operands& operands) noexcept {
  const std::int16_t* before = operands.state;
  std::int16_t* after = operands.output_state;
  std::int8_t* output = operands.output;
  for (std::int32_t batch = 0; batch < p.batches; ++batch) {
    const std::int8_t* input = operands.input + batch * p.input_features;
    const std::int8_t* feature_weights = operands.feature_weights;
    const std::int16_t* time_weights = operands.time_weights;
    for (std::int32_t unit = 0; unit < p.units; ++unit) {
      std::int32_t sum = operands.bias[unit];
      for (std::int32_t filter = 0; filter < p.filters_per_unit; ++filter) {
        const std::int16_t newest = project(p, input, feature_weights);
        sum = numerics::wrapping_add(sum, remember(p.memory, newest, before, after, time_weights));
        feature_weights += p.input_features;
        time_weights += p.memory;
        before += p.memory;
        after += p.memory;
      }
      *output++ =
          numerics::requantize_to_int8(sum, p.output_multiplier, p.output_shift, p.output_offset, INT8_MIN, INT8_MAX);
    }
  }
}

}  // namespace pudu::kernels

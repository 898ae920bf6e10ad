#include "kernels/keep_peaks/keep_peaks_s8.hpp"

namespace pudu::kernels {
namespace {

std::int32_t at_least(std::int32_t value, std::int32_t bound) {
  return value < bound ? bound : value;
}

std::int32_t at_most(std::int32_t value, std::int32_t bound) {
  return value > bound ? bound : value;
}

bool is_peak(const KeepPeaksS8Params& params, const std::int8_t* plane, std::int32_t y, std::int32_t x) {
  const std::int32_t end_y = at_most(y + params.radius, params.height - 1);
  const std::int32_t end_x = at_most(x + params.radius, params.width - 1);
  const std::int8_t center = plane[(y * params.width + x) * params.channels];
  for (std::int32_t row = at_least(y - params.radius, 0); row <= end_y; ++row) {
    for (std::int32_t column = at_least(x - params.radius, 0); column <= end_x; ++column) {
      if (plane[(row * params.width + column) * params.channels] > center) return false;
    }
  }
  return true;
}

}  // namespace

void KeepPeaksS8::run(const Params& params, const Operands& operands) noexcept {
  const std::int32_t image = params.height * params.width * params.channels;
  const auto zero = static_cast<std::int8_t>(params.zero_point);
  std::int8_t* output = operands.output;
  for (std::int32_t batch = 0; batch < params.batches; ++batch) {
    const std::int8_t* input = operands.input + batch * image;
    for (std::int32_t y = 0; y < params.height; ++y) {
      for (std::int32_t x = 0; x < params.width; ++x) {
        for (std::int32_t channel = 0; channel < params.channels; ++channel) {
          const std::int8_t element = input[(y * params.width + x) * params.channels + channel];
          *output++ = is_peak(params, input + channel, y, x) ? element : zero;
        }
      }
    }
  }
}

}  // namespace pudu::kernels

// Portable normalize_s8.
#include "kernels/normalize/normalize_s8.hpp"
#include "numerics/inverse_sqrt.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {
namespace {

/// One group of one sample: `rows` runs of `width` elements, `stride` apart.
struct Group {
  std::int32_t rows, width, stride;

  std::int32_t count() const noexcept { return rows * width; }
};

struct Sums {
  std::int32_t first = 0;
  std::int64_t second = 0;
};

Sums sum_group(const Group& group, const std::int8_t* input, std::int32_t input_offset) noexcept {
  Sums sums;
  for (std::int32_t row = 0; row < group.rows; ++row, input += group.stride) {
    // 2^15 squares of 17 bits fit 32 bits without a sign.
    constexpr std::int32_t block = 1 << 15;
    for (std::int32_t begin = 0; begin < group.width; begin += block) {
      const std::int32_t end = group.width - begin < block ? group.width : begin + block;
      std::uint32_t squares = 0;
      for (std::int32_t i = begin; i < end; ++i) {
        const std::int32_t d = input[i] + input_offset;
        sums.first += d;
        squares += static_cast<std::uint32_t>(d * d);
      }
      sums.second += squares;
    }
  }
  return sums;
}

/// epsilon in units of n^2 codes^2.
std::uint64_t epsilon_term(const NormalizeS8Params& params) noexcept {
  const auto multiplier = static_cast<std::uint64_t>(params.epsilon_multiplier);
  const std::int32_t shift = params.epsilon_shift - 31;
  if (shift >= 0) return multiplier << shift;
  return shift > -64 ? multiplier >> -shift : 0;
}

/// Y and what follows, of the weight of channel c.
std::int8_t scaled_code(std::int32_t normalized, std::int32_t c, const NormalizeS8Operands& operands,
                        std::int32_t output_offset) noexcept {
  constexpr int bits = NormalizeS8::code_fraction_bits;
  const std::int32_t shift = 31 - operands.shifts[c];  // 1 to 62
  const std::int64_t product = static_cast<std::int64_t>(normalized) * operands.multipliers[c];
  const std::int64_t scaled = (product + (std::int64_t{1} << (shift - 1))) >> shift;
  const std::int64_t sum = scaled + operands.bias[c] + (1 << (bits - 1));
  constexpr std::int64_t bound = 512 << bits;  // beyond any code: 64 bits are needed no longer
  const auto bounded = static_cast<std::int32_t>(sum < -bound ? -bound : (sum > bound ? bound : sum));
  return static_cast<std::int8_t>(numerics::clamp((bounded >> bits) + output_offset, -128, 127));
}

}  // namespace

void NormalizeS8::run(const Params& params, const Operands& operands) noexcept {
  const std::int32_t width = params.channels / params.groups;
  const Group group{params.positions, width, params.channels};
  const std::int32_t count = group.count();
  const std::int32_t sample = params.positions * params.channels;
  const std::uint64_t epsilon = epsilon_term(params);
  for (std::int32_t outer = 0; outer < params.outer_count; ++outer) {
    for (std::int32_t first = 0; first < params.channels; first += width) {
      const std::int32_t begin = outer * sample + first;
      const Sums sums = sum_group(group, operands.input + begin, params.input_offset);
      const std::int32_t mean = params.subtract_mean != 0 ? sums.first : 0;
      const std::int64_t variance = count * sums.second - static_cast<std::int64_t>(mean) * mean;
      const auto inverse = numerics::inverse_sqrt(static_cast<std::uint64_t>(variance) + epsilon);
      for (std::int32_t row = 0; row < group.rows; ++row) {
        const std::int32_t place = begin + row * group.stride;
        for (std::int32_t i = 0; i < width; ++i) {
          const std::int32_t centered = count * (operands.input[place + i] + params.input_offset) - mean;
          const std::int32_t normalized =
              numerics::requantize(centered, inverse.multiplier, inverse.shift + fraction_bits);
          operands.output[place + i] = scaled_code(normalized, first + i, operands, params.output_offset);
        }
      }
    }
  }
}

}  // namespace pudu::kernels

// normalize_s8 against its formula in plain loops, against real arithmetic, and at the largest sums.
#include "kernels/normalize/normalize_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/reference.hpp"
#include "numerics/inverse_sqrt.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;
using Codes = std::vector<std::int8_t>;

struct Affine {
  std::vector<std::int32_t> multipliers, shifts, bias;
};

Affine random_affine(Random& random, std::int32_t channels) {
  Affine affine;
  for (std::int32_t c = 0; c < channels; ++c) {
    affine.multipliers.push_back(random.one_in(3) ? -random.multiplier() : random.multiplier());
    affine.shifts.push_back(random.one_in(8) ? random.between(-31, 30) : random.between(-6, -2));
    affine.bias.push_back(random.one_in(6) ? random.between(INT32_MIN, INT32_MAX) : random.between(-9000, 9000));
  }
  return affine;
}

/// Positions in a sample of the elements of one group.
std::vector<std::size_t> members(const NormalizeS8Params& p, std::int32_t sample, std::int32_t group) {
  std::vector<std::size_t> result;
  const std::int32_t width = p.channels / p.groups;
  for (std::int32_t position = 0; position < p.positions; ++position)
    for (std::int32_t c = group * width; c < (group + 1) * width; ++c)
      result.push_back(static_cast<std::size_t>((sample * p.positions + position) * p.channels + c));
  return result;
}

std::int8_t expected_code(const NormalizeS8Params& p, std::int64_t centered, std::uint64_t w, const Affine& affine,
                          std::size_t c) {
  const numerics::InverseSqrt inverse = numerics::inverse_sqrt(w);
  const std::int64_t x =
      reference_requantize(static_cast<std::int32_t>(centered), inverse.multiplier, inverse.shift + 18);
  const int shift = 31 - affine.shifts[c];
  const std::int64_t y =
      floor_divide(x * affine.multipliers[c] + (std::int64_t{1} << (shift - 1)), std::int64_t{1} << shift);
  const std::int64_t code = floor_divide(y + affine.bias[c] + 128, 256) + p.output_offset;
  return static_cast<std::int8_t>(std::clamp<std::int64_t>(code, -128, 127));
}

Codes expected_codes(const NormalizeS8Params& p, const Codes& input, const Affine& affine) {
  Codes output(input.size());
  for (std::int32_t sample = 0; sample < p.outer_count; ++sample)
    for (std::int32_t group = 0; group < p.groups; ++group) {
      const auto elements = members(p, sample, group);
      const auto n = static_cast<std::int64_t>(elements.size());
      std::int64_t s1 = 0, s2 = 0;
      for (const std::size_t i : elements) {
        const std::int64_t d = input[i] + p.input_offset;
        s1 += d;
        s2 += d * d;
      }
      if (p.subtract_mean == 0) s1 = 0;
      const long double epsilon =
          std::floor(std::ldexp(static_cast<long double>(p.epsilon_multiplier), p.epsilon_shift - 31));
      const std::uint64_t w = static_cast<std::uint64_t>(n * s2 - s1 * s1) + static_cast<std::uint64_t>(epsilon);
      for (const std::size_t i : elements) {
        const std::int64_t centered = n * (input[i] + p.input_offset) - s1;
        output[i] = expected_code(p, centered, w, affine, i % static_cast<std::size_t>(p.channels));
      }
    }
  return output;
}

void check(const NormalizeS8Params& p, const Codes& input, const Affine& affine) {
  const Codes expected = expected_codes(p, input, affine);
  GuardedBuffer<std::int8_t> output(input.size());
  NormalizeS8::run(p,
                   {input.data(), affine.multipliers.data(), affine.shifts.data(), affine.bias.data(), output.data()});
  ASSERT_EQ(output.values(), expected) << describe(p);
  output.assign(input);
  NormalizeS8::run(p,
                   {output.data(), affine.multipliers.data(), affine.shifts.data(), affine.bias.data(), output.data()});
  ASSERT_EQ(output.values(), expected) << "in place" << describe(p);
}

NormalizeS8Params random_params(Random& random) {
  const std::int32_t groups = random.between(1, 4);
  return {random.between(1, 3),
          random.one_in(2) ? 1 : random.between(1, 20),
          groups * random.between(1, 9),
          groups,
          random.one_in(4) ? 0 : 1,
          -random.zero_point(),
          random.one_in(4) ? 0 : random.between(1 << 30, INT32_MAX),
          random.one_in(8) ? random.between(-31, 61) : random.between(-31, 20),
          random.zero_point()};
}

TEST(NormalizeS8, EqualsItsFormula) {
  Random random(1);
  for (int i = 0; i < 4000; ++i) {
    const NormalizeS8Params p = random_params(random);
    const auto elements = static_cast<std::size_t>(p.outer_count * p.positions * p.channels);
    const Codes input = random.one_in(5) ? Codes(elements, random.code()) : random.codes(elements);
    check(p, input, random_affine(random, p.channels));
    if (HasFatalFailure()) return;
  }
}

TEST(NormalizeS8, IsNearRealArithmetic) {
  Random random(2);
  for (int i = 0; i < 300; ++i) {
    const std::int32_t n = random.between(2, 200);
    const double input_scale = 0.03, output_scale = 0.025, eps = 1e-5;
    const double scaled_eps = eps * n * n / (input_scale * input_scale);
    int exponent = 0;
    const double mantissa = std::frexp(scaled_eps, &exponent);
    const NormalizeS8Params p{1, 1, n, 1, 1, -7, static_cast<std::int32_t>(mantissa * 2147483647.0), exponent, -11};
    int shift = 0;
    const auto multiplier = static_cast<std::int32_t>(std::frexp(1.0 / output_scale / 1024.0, &shift) * 2147483647.0);
    const auto count = static_cast<std::size_t>(n);
    const Affine affine{std::vector<std::int32_t>(count, multiplier), std::vector<std::int32_t>(count, shift),
                        std::vector<std::int32_t>(count, 300)};
    const Codes input = random.codes(count);
    Codes output(count);
    NormalizeS8::run(
        p, {input.data(), affine.multipliers.data(), affine.shifts.data(), affine.bias.data(), output.data()});
    double mean = 0.0, squares = 0.0;
    for (const std::int8_t q : input) mean += (q - 7) * input_scale / n;
    for (const std::int8_t q : input) squares += std::pow((q - 7) * input_scale - mean, 2.0) / n;
    for (std::size_t k = 0; k < count; ++k) {
      const double x = ((input[k] - 7) * input_scale - mean) / std::sqrt(squares + eps);
      const double exact = std::clamp(x / output_scale + 300.0 / 256.0 - 11.0, -128.0, 127.0);
      ASSERT_NEAR(output[k], exact, 0.51) << n;
    }
  }
}

TEST(NormalizeS8, LargestGroupsDoNotOverflow) {
  const std::int32_t n = (1 << 23) - 1;
  const Affine affine{{1 << 30}, {-4}, {0}};
  for (const int low : {-128, 126, 127}) {
    Codes input(static_cast<std::size_t>(n), std::int8_t{127});
    for (std::size_t i = 0; i < input.size() / 2; ++i) input[i] = static_cast<std::int8_t>(low);
    input[0] = -128;
    for (const std::int32_t subtract_mean : {0, 1}) {
      const NormalizeS8Params p{1, n, 1, 1, subtract_mean, 128, INT32_MAX, 61, 0};
      check(p, input, affine);
      if (HasFatalFailure()) return;
      check({1, n, 1, 1, subtract_mean, 128, 0, 0, 0}, input, affine);
      if (HasFatalFailure()) return;
    }
  }
}

static_assert(NormalizeS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels

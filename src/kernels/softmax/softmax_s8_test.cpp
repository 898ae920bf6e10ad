// softmax_s8 against its formulas, CMSIS-NN's own results, real arithmetic, and rows too long for CMSIS-NN.
#include "kernels/softmax/softmax_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/reference.hpp"
#include "numerics/quantize_multiplier.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

// The formulas of docs/arithmetic.md, "Softmax", in 64-bit arithmetic.
using Wide = std::int64_t;
constexpr Wide two_to(int exponent) {
  return Wide{1} << exponent;
}

Wide sqrdh(Wide a, Wide b) {
  return std::min(floor_divide(a * b + two_to(30), two_to(31)), two_to(31) - 1);
}
Wide rdp(Wide x, int e) {
  return reference_rdp(static_cast<std::int32_t>(x), e);
}
Wide saturate(Wide x) {
  return std::clamp(x, -two_to(31), two_to(31) - 1);
}

Wide exponential(Wide a) {
  if (a == 0) return two_to(31) - 1;
  const Wide reduced = (a - floor_divide(a, two_to(24)) * two_to(24)) - two_to(24);
  const Wide remainder = reduced - a;
  const Wide x = 32 * reduced + two_to(28);
  const Wide x2 = sqrdh(x, x), x3 = sqrdh(x2, x), x4 = sqrdh(x2, x2);
  const Wide t = rdp(sqrdh(rdp(x4, 2) + x3, 715827883) + x2, 1);
  Wide result = 1895147668 + sqrdh(1895147668, x + t);
  const Wide factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  for (int k = 0; k < 7; ++k) {
    if (remainder / two_to(24 + k) % 2 != 0) result = sqrdh(result, factors[k]);
  }
  return result;
}

Wide reciprocal(Wide v) {
  const Wide half = (v + two_to(31)) / 2;  // v >= 0, so the sum is positive and rounds up
  Wide x = 1515870810 + sqrdh(half, -1010580540);
  for (int step = 0; step < 3; ++step) x += saturate(4 * sqrdh(x, two_to(29) - sqrdh(half, x)));
  return saturate(2 * x);
}

std::vector<std::int8_t> reference_row(const SoftmaxS8Params& p, const std::vector<std::int8_t>& row) {
  const Wide largest = *std::max_element(row.begin(), row.end());
  const auto e = [&](Wide d) { return exponential(sqrdh(d * two_to(p.shift), p.multiplier)); };
  Wide sum = 0;
  for (const Wide q : row) sum += q - largest >= p.diff_min ? rdp(e(q - largest), 12) : 0;
  std::vector<std::int8_t> output;
  for (const Wide q : row) {
    const Wide d = q - largest;
    Wide code = -128;
    if (d >= p.diff_min && sum >= two_to(28)) {
      code += floor_divide(2 * 256 * rdp(e(d), 12) + sum, 2 * sum);  // round(256 e / sum), ties up
    } else if (d >= p.diff_min) {
      int h = 0;
      while (sum * two_to(h) < two_to(31)) ++h;
      const Wide product = sqrdh(reciprocal(sum * two_to(h) - two_to(31)), e(d));
      code += rdp(product, 35 - h);
    }
    output.push_back(static_cast<std::int8_t>(std::clamp<Wide>(code, -128, 127)));
  }
  return output;
}

SoftmaxS8Params params_of(double input_scale, std::int32_t outer_count, std::int32_t depth) {
  const numerics::SoftmaxScaling scaling = numerics::softmax_scaling(input_scale);
  return {outer_count, depth, scaling.multiplier, scaling.shift, scaling.diff_min};
}

std::vector<std::int8_t> run(const SoftmaxS8Params& p, const std::vector<std::int8_t>& input) {
  GuardedBuffer<std::int8_t> output(input.size());
  SoftmaxS8::run(p, {input.data(), output.data()});
  const auto values = output.values();
  output.assign(input);
  SoftmaxS8::run(p, {output.data(), output.data()});
  EXPECT_EQ(output.values(), values) << "in place";
  return values;
}

TEST(SoftmaxS8, ResultsOfCmsisNn) {
  // arm_softmax_s8 of CMSIS-NN 99f736a6, scalar build, on the same parameters.
  const std::vector<std::int8_t> input = {-128, -5, 12, 127, 126, 90, 100, 60, 127, 0};
  EXPECT_EQ(run(params_of(0.05, 1, 10), input),
            (std::vector<std::int8_t>{-128, -128, -128, -53, -57, -116, -109, -125, -53, -128}));
  EXPECT_EQ(run(params_of(0.0101, 1, 10), input),
            (std::vector<std::int8_t>{-125, -117, -114, -84, -85, -98, -95, -106, -84, -116}));
  // A row that tells three Newton-Raphson steps from two.
  EXPECT_EQ(run(params_of(0.0469375, 1, 2), {-82, -92}), (std::vector<std::int8_t>{30, -30}));
}

TEST(SoftmaxS8, RandomRowsOfEveryScale) {
  Random random(1);
  for (int i = 0; i < 3000; ++i) {
    const double scale = std::ldexp(1.0 + random.between(0, 1000) / 1000.0, -random.between(-6, 30));
    const std::int32_t rows = random.between(1, 3);
    const std::int32_t depth = random.one_in(20) ? random.between(40, 500) : random.between(1, 40);
    const SoftmaxS8Params p = params_of(scale, rows, depth);
    const std::int32_t low = random.between(-128, 127);
    std::vector<std::int8_t> input;
    for (std::int32_t k = 0; k < rows * depth; ++k) input.push_back(static_cast<std::int8_t>(random.between(low, 127)));
    std::vector<std::int8_t> expected;
    for (std::int32_t row = 0; row < rows; ++row) {
      const auto codes = reference_row(p, {input.begin() + row * depth, input.begin() + (row + 1) * depth});
      expected.insert(expected.end(), codes.begin(), codes.end());
    }
    ASSERT_EQ(run(p, input), expected) << describe(p) << " scale " << scale;
  }
}

TEST(SoftmaxS8, IsWithinOneCodeOfRealArithmetic) {
  Random random(2);
  for (int i = 0; i < 500; ++i) {
    const double scale = random.between(1, 2000) / 10000.0;
    const std::int32_t depth = random.between(1, 200);
    const auto input = random.codes(static_cast<std::size_t>(depth));
    const auto output = run(params_of(scale, 1, depth), input);
    double sum = 0;
    for (const std::int8_t q : input) sum += std::exp(q * scale);
    for (std::int32_t k = 0; k < depth; ++k) {
      const double exact = std::min(256 * std::exp(input[k] * scale) / sum - 128, 127.0);
      ASSERT_LE(std::fabs(output[k] - exact), 1.0) << "element " << k << " scale " << scale;
    }
  }
}

TEST(SoftmaxS8, LongUniformRowsRoundTheQuotient) {
  // 256 / 511 rounds to 1, 256 / 512 is a tie that rounds to 1, 256 / 513 rounds to 0. CMSIS-NN shifts by 32 and more
  // from 512 on: its scalar kernel gives 1 for all of them, its MVE kernel 0 or 1 by lane. 8192 overflows its 32-bit
  // sum.
  for (const std::int32_t depth : {510, 511, 512, 513, 1000, 4096, 8192, 70000}) {
    const std::vector<std::int8_t> input(static_cast<std::size_t>(depth), 42);
    const auto output = run(params_of(0.1, 1, depth), input);
    const std::int8_t expected = depth <= 512 ? std::int8_t{-127} : std::int8_t{-128};
    EXPECT_TRUE(std::all_of(output.begin(), output.end(), [&](std::int8_t q) { return q == expected; })) << depth;
  }
}

TEST(SoftmaxS8, LongMixedRows) {
  Random random(3);
  for (int i = 0; i < 30; ++i) {
    const std::int32_t depth = random.between(300, 3000);
    const SoftmaxS8Params p = params_of(random.between(1, 100) / 10000.0, 1, depth);
    const auto input = random.codes(static_cast<std::size_t>(depth));
    ASSERT_EQ(run(p, input), reference_row(p, input)) << describe(p);
  }
}

TEST(SoftmaxS8, OneElementIsCertain) {
  EXPECT_EQ(run(params_of(0.1, 3, 1), {-128, 0, 127}), (std::vector<std::int8_t>{127, 127, 127}));
}

static_assert(SoftmaxS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels

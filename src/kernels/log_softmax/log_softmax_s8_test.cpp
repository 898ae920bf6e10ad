// log_softmax_s8 against its formula in 64 bits, and against real arithmetic.
#include "kernels/log_softmax/log_softmax_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/reference.hpp"
#include "numerics/log2.hpp"
#include "numerics/quantize_multiplier.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

using Codes = std::vector<std::int8_t>;

std::vector<std::int32_t> exponentials(double scale) {
  std::vector<std::int32_t> table;
  for (int k = 0; k < 256; ++k) {
    table.push_back(static_cast<std::int32_t>(std::lround(std::exp(-k * scale) * 1073741824.0)));
  }
  return table;
}

LogSoftmaxS8Params params_of(std::int32_t rows, std::int32_t depth, double scale, double output_scale,
                             std::int32_t zero_point) {
  const auto difference = numerics::quantize_multiplier(scale / output_scale / 4096.0);
  const auto logarithm = numerics::quantize_multiplier(std::log(2.0) / output_scale / 4096.0);
  return {rows, depth, difference.multiplier, difference.shift, logarithm.multiplier, logarithm.shift, zero_point};
}

void check(const LogSoftmaxS8Params& p, const std::vector<std::int32_t>& table, const Codes& input) {
  Codes expected;
  for (std::size_t row = 0; row < input.size(); row += static_cast<std::size_t>(p.depth)) {
    const auto begin = input.begin() + static_cast<std::ptrdiff_t>(row);
    const int largest = *std::max_element(begin, begin + p.depth);
    std::uint64_t sum = 0;
    for (std::int32_t i = 0; i < p.depth; ++i) {
      sum += static_cast<std::uint64_t>(table[static_cast<std::size_t>(largest - begin[i])]);
    }
    const std::int64_t log =
        reference_requantize(numerics::log2_q20(sum) - 30 * (1 << 20), p.sum_multiplier, p.sum_shift);
    for (std::int32_t i = 0; i < p.depth; ++i) {
      const std::int64_t y =
          reference_requantize((begin[i] - largest) * (1 << 20), p.difference_multiplier, p.difference_shift) - log;
      const std::int64_t code = floor_divide(y + 128, 256) + p.output_offset;
      expected.push_back(static_cast<std::int8_t>(std::clamp<std::int64_t>(code, -128, 127)));
    }
  }
  GuardedBuffer<std::int8_t> output(expected.size());
  LogSoftmaxS8::run(p, {input.data(), table.data(), output.data()});
  ASSERT_EQ(output.values(), expected) << describe(p);
  output.assign(input);
  LogSoftmaxS8::run(p, {output.data(), table.data(), output.data()});
  ASSERT_EQ(output.values(), expected) << "in place" << describe(p);
}

TEST(LogSoftmaxS8, EqualsItsFormula) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const double scale = std::exp(random.between(-60, 10) / 10.0);
    const double output_scale = scale * std::exp(random.between(-10, 10) / 10.0);
    const auto p = params_of(random.between(1, 3), random.between(1, 40), scale, output_scale, random.zero_point());
    check(p, exponentials(scale), random.codes(static_cast<std::size_t>(p.outer_count * p.depth)));
    if (HasFatalFailure()) return;
  }
}

TEST(LogSoftmaxS8, IsNearRealArithmetic) {
  Random random(2);
  for (int i = 0; i < 300; ++i) {
    const double scale = 0.01 * random.between(1, 30), output_scale = 0.01 * random.between(2, 30);
    const std::int32_t depth = random.between(1, 100);
    const auto p = params_of(1, depth, scale, output_scale, 127);
    const auto table = exponentials(scale);
    const Codes input = random.codes(static_cast<std::size_t>(depth));
    Codes output(input.size());
    LogSoftmaxS8::run(p, {input.data(), table.data(), output.data()});
    double sum = 0.0;
    for (const std::int8_t q : input) sum += std::exp(q * scale);
    for (std::size_t k = 0; k < input.size(); ++k) {
      const double exact = (input[k] * scale - std::log(sum)) / output_scale + 127.0;
      ASSERT_NEAR(output[k], std::clamp(exact, -128.0, 127.0), 0.51);
    }
  }
}

static_assert(LogSoftmaxS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels

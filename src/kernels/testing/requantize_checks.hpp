// Tests only: conversions between codes against the formula: every code, every shift, in place where that is allowed.
#pragma once

#include <algorithm>
#include <limits>

#include "kernels/testing/code_layers.hpp"

namespace pudu::kernels::testing::requantize_checks {

template <class Code>
std::vector<Code> every_code() {
  std::vector<Code> codes;
  using Limits = std::numeric_limits<Code>;
  for (std::int32_t code = Limits::min(); code <= Limits::max(); ++code) codes.push_back(static_cast<Code>(code));
  return codes;
}

/// Parameters for `count` codes; zero points where the kernel has them are random.
template <class Kernel>
typename Kernel::Params params_of(std::size_t count, std::int32_t multiplier, std::int32_t shift, Random& random) {
  typename Kernel::Params p{};
  p.count = static_cast<std::int32_t>(count), p.multiplier = multiplier, p.shift = shift;
  if constexpr (requires { p.input_offset; }) p.input_offset = -random.zero_point();
  if constexpr (requires { p.output_offset; }) p.output_offset = random.zero_point();
  return p;
}

template <class Kernel>
void check(const typename Kernel::Params& p, const std::vector<CodeOf<Kernel>>& input) {
  using Result = ResultOf<Kernel>;
  std::int32_t offset = 0, zero = 0;
  if constexpr (requires { p.input_offset; }) offset = p.input_offset;
  if constexpr (requires { p.output_offset; }) zero = p.output_offset;
  GuardedBuffer<Result> output(input.size());
  Kernel::run(p, {input.data(), output.data()});
  const std::vector<Result> values = output.values();
  for (std::size_t i = 0; i < input.size(); ++i) {
    const std::int64_t code = std::int64_t{reference_requantize(input[i] + offset, p.multiplier, p.shift)} + zero;
    using Limits = std::numeric_limits<Result>;
    ASSERT_EQ(values[i], std::clamp<std::int64_t>(code, Limits::min(), Limits::max())) << input[i] << describe(p);
  }
  if constexpr (requires { Kernel::in_place_input; }) {
    GuardedBuffer<CodeOf<Kernel>> shared(input.size());
    shared.assign(input);
    auto* const codes = reinterpret_cast<Result*>(shared.data());
    Kernel::run(p, {shared.data(), codes});
    ASSERT_EQ(std::vector<Result>(codes, codes + values.size()), values) << "in place" << describe(p);
  }
}

template <class Kernel>
void every_code_at_every_shift(int repeats) {
  Random random(1);
  const auto input = every_code<CodeOf<Kernel>>();
  for (std::int32_t shift = -31; shift <= Kernel::largest_shift; ++shift) {
    for (int repeat = 0; repeat < repeats; ++repeat) {
      check<Kernel>(params_of<Kernel>(input.size(), random.multiplier(), shift, random), input);
    }
  }
}

template <class Kernel>
void odd_counts(std::int32_t multiplier, std::int32_t shift) {
  Random random(2);
  for (std::int32_t count = 0; count <= 40; ++count) {
    const auto input = random_codes<Kernel>(random, count);
    check<Kernel>(params_of<Kernel>(input.size(), multiplier, shift, random), input);
  }
}

}  // namespace pudu::kernels::testing::requantize_checks

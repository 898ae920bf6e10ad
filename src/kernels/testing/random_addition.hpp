// Tests only: additions with random quantizations of all pairs of codes: what the prepared additions are compared with.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/add/add_s8.hpp"
#include "kernels/testing/random_data.hpp"
#include "numerics/quantize_multiplier.hpp"

namespace pudu::kernels::testing {

inline constexpr std::int32_t code_pairs = 65536;

/// Of `code_pairs` elements; without a fused activation.
inline AddS8Params random_addition(Random& random) {
  const auto scale = [&random] { return 0.01 + 1e-10 * random.between(0, 900000000); };
  const numerics::AddScaling scaling = numerics::add_scaling(scale(), scale(), scale());
  AddS8Params p{};
  p.rank = 1;
  p.output_shape[0] = code_pairs;
  p.input1_strides[0] = p.input2_strides[0] = 1;
  p.input1_offset = -random.zero_point(), p.input2_offset = -random.zero_point();
  p.input1_multiplier = scaling.input1.multiplier, p.input1_shift = scaling.input1.shift;
  p.input2_multiplier = scaling.input2.multiplier, p.input2_shift = scaling.input2.shift;
  p.output_multiplier = scaling.output.multiplier, p.output_shift = scaling.output.shift;
  p.output_offset = random.zero_point();
  p.activation_min = -128, p.activation_max = 127;
  return p;
}

/// Each pair of codes once.
struct AllPairs {
  std::vector<std::int8_t> first, second;

  AllPairs() {
    for (std::int32_t i = 0; i < code_pairs; ++i) {
      first.push_back(static_cast<std::int8_t>(i / 256 - 128)),
          second.push_back(static_cast<std::int8_t>(i % 256 - 128));
    }
  }

  /// By the dialect's kernel.
  std::vector<std::int8_t> sums(const AddS8Params& p) const {
    std::vector<std::int8_t> expected(first.size());
    AddS8::run(p, {first.data(), second.data(), expected.data()});
    return expected;
  }
};

}  // namespace pudu::kernels::testing

// Tests only: float32 operands, and comparison with a formula worked out in double.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "kernels/testing/random_data.hpp"

namespace pudu::kernels::testing {

inline constexpr float largest_float = std::numeric_limits<float>::max();

/// Uniform in [low, high], in steps of a millionth of the span.
inline std::vector<float> reals(Random& random, std::size_t count, float low = -2.0F, float high = 2.0F) {
  std::vector<float> values(count);
  for (float& value : values) {
    value = low + (high - low) * static_cast<float>(random.between(0, 1000000)) / 1000000.0F;
  }
  return values;
}

/// Every element within `tolerance` of the larger of 1 and the expected magnitude.
inline void expect_near(const std::vector<float>& actual, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(actual[i]), expected[i], tolerance * std::max(1.0, std::abs(expected[i])))
        << "element " << i;
  }
}

}  // namespace pudu::kernels::testing

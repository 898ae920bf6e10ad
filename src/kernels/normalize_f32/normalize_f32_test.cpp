// normalize_f32 against the formula in double.
#include "kernels/normalize_f32/normalize_f32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/float_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(NormalizeF32, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    NormalizeF32Params p{};
    p.outer_count = random.between(1, 3), p.positions = random.between(1, 6), p.groups = random.between(1, 3);
    p.channels = p.groups * random.between(1, 5);
    p.subtract_mean = random.between(0, 1);
    p.epsilon = 1e-3F;
    const auto input = reals(random, static_cast<std::size_t>(p.outer_count * p.positions * p.channels));
    const auto weights = reals(random, static_cast<std::size_t>(p.channels));
    const auto bias = reals(random, static_cast<std::size_t>(p.channels));
    const std::int32_t width = p.channels / p.groups;
    std::vector<double> expected;
    for (std::int32_t k = 0; k < p.outer_count * p.positions * p.channels; ++k) {
      const std::int32_t channel = k % p.channels, sample = k / (p.positions * p.channels);
      double mean = 0, squares = 0;
      const auto each = [&](auto&& body) {
        for (std::int32_t at = 0; at < p.positions; ++at) {
          for (std::int32_t c = 0; c < width; ++c) {
            const std::int32_t place = (sample * p.positions + at) * p.channels + channel / width * width + c;
            body(static_cast<double>(input[static_cast<std::size_t>(place)]));
          }
        }
      };
      const double count = p.positions * width;
      if (p.subtract_mean != 0) each([&](double x) { mean += x / count; });
      each([&](double x) { squares += (x - mean) * (x - mean) / count; });
      const double normalized = (static_cast<double>(input[static_cast<std::size_t>(k)]) - mean) /
                                std::sqrt(squares + static_cast<double>(p.epsilon));
      expected.push_back(normalized * static_cast<double>(weights[static_cast<std::size_t>(channel)]) +
                         static_cast<double>(bias[static_cast<std::size_t>(channel)]));
    }
    GuardedBuffer<float> output(expected.size());
    NormalizeF32::run(p, {input.data(), weights.data(), bias.data(), output.data()});
    expect_near(output.values(), expected, 2e-5);
  }
}

}  // namespace
}  // namespace pudu::kernels

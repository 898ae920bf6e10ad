// Tests only: fully connected layers against the plain sum, for codes of every width: every small shape, random larger
// ones.
#pragma once

#include "kernels/testing/code_layers.hpp"

namespace pudu::kernels::testing::linear_checks {

template <class Kernel>
void check(std::int32_t batches, std::int32_t in, std::int32_t out, Random& random) {
  typename Kernel::Params p{};
  p.batches = batches, p.input_features = in, p.output_features = out;
  draw_codes<Kernel>(p, random);
  check_layer<Kernel>(
      p, batches * in, out, in, random,
      [&](const auto& input, const auto& weights, const ChannelParameters& channels, bool has_bias) {
        std::vector<ResultOf<Kernel>> expected;
        for (std::int32_t b = 0; b < batches; ++b)
          for (std::int32_t o = 0; o < out; ++o) {
            std::int64_t sum = has_bias ? channels.bias[o] : 0;
            for (std::int32_t i = 0; i < in; ++i) {
              sum += std::int64_t{input[b * in + i] + p.input_offset} * weights[o * in + i];
            }
            expected.push_back(output_of_sum<Kernel>(p, sum, channels.multipliers[o], channels.shifts[o]));
          }
        return expected;
      });
}

template <class Kernel>
void every_small_shape() {
  Random random(1);
  for (std::int32_t batches = 1; batches <= 3; ++batches)
    for (std::int32_t in = 1; in <= 20; ++in)
      for (std::int32_t out = 1; out <= 10; ++out) check<Kernel>(batches, in, out, random);
}

template <class Kernel>
void large_shapes() {
  Random random(2);
  check<Kernel>(1, 640, 128, random);
  check<Kernel>(2, 1280, 1001, random);
  check<Kernel>(197, 64, 33, random);
  check<Kernel>(1, 70001, 3, random);  // sums beyond 32 bits: they wrap, or are exact
}

}  // namespace pudu::kernels::testing::linear_checks

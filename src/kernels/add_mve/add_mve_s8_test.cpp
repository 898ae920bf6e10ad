// add_mve_s8 against add_s8 for all pairs of codes, over random quantizations, and its planes against add_dsp_s8's
// formula. The loop for the device is compared in tests/qemu.
#include "kernels/add_mve/add_mve_s8.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>

#include "kernels/add_dsp/prepare.hpp"
#include "kernels/testing/random_data.hpp"
#include "numerics/quantize_multiplier.hpp"

namespace pudu::kernels {
namespace {

using testing::GuardedBuffer;
using testing::Random;

AddS8Params random_params(Random& random) {
  const auto scale = [&random] { return 0.01 + 1e-10 * random.between(0, 900000000); };
  const numerics::AddScaling scaling = numerics::add_scaling(scale(), scale(), scale());
  AddS8Params p{};
  p.rank = 1;
  p.output_shape[0] = 65536;
  p.input1_strides[0] = p.input2_strides[0] = 1;
  p.input1_offset = -random.zero_point(), p.input2_offset = -random.zero_point();
  p.input1_multiplier = scaling.input1.multiplier, p.input1_shift = scaling.input1.shift;
  p.input2_multiplier = scaling.input2.multiplier, p.input2_shift = scaling.input2.shift;
  p.output_multiplier = scaling.output.multiplier, p.output_shift = scaling.output.shift;
  p.output_offset = random.zero_point();
  p.activation_min = -128, p.activation_max = 127;
  return p;
}

TEST(AddMveS8, AllPairsOfRandomQuantizations) {
  Random random(3);
  std::vector<std::int8_t> x1, x2;
  for (std::int32_t i = 0; i < 65536; ++i) {
    x1.push_back(static_cast<std::int8_t>(i / 256 - 128)), x2.push_back(static_cast<std::int8_t>(i % 256 - 128));
  }
  const auto table = std::make_unique<add_dsp::OutputTable>();
  int exact = 0;
  for (int i = 0; i < 8; ++i) {
    const AddS8Params source = random_params(random);
    std::vector<std::int8_t> expected(x1.size());
    AddS8::run(source, {x1.data(), x2.data(), expected.data()});
    add_dsp::fill_table(source, *table);
    for (const std::int32_t shift : add_dsp::shifts) {
      AddDspS8Params plane{};
      if (!add_dsp::fit_plane(source, *table, shift, plane)) continue;
      GuardedBuffer<std::int8_t> output(expected.size());
      const AddMveS8Params p{65536, plane.multiplier1, plane.multiplier2, plane.addend, shift};
      AddMveS8::run(p, {x1.data(), x2.data(), output.data()});
      ASSERT_EQ(output.values(), expected) << "quantization " << i << ", shift " << shift;
      ++exact;
    }
  }
  EXPECT_GE(exact, 6);
}

}  // namespace
}  // namespace pudu::kernels

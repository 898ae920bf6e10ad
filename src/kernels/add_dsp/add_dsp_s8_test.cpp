// add_dsp_s8 against add_s8 for all pairs of codes, over random quantizations; that most of them have a plane.
#include "kernels/add_dsp/add_dsp_s8.hpp"

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
  p.rank = 2;
  p.output_shape[0] = p.output_shape[1] = 256;
  p.input1_strides[0] = p.input2_strides[0] = 256, p.input1_strides[1] = p.input2_strides[1] = 1;
  p.input1_offset = -random.zero_point(), p.input2_offset = -random.zero_point();
  p.input1_multiplier = scaling.input1.multiplier, p.input1_shift = scaling.input1.shift;
  p.input2_multiplier = scaling.input2.multiplier, p.input2_shift = scaling.input2.shift;
  p.output_multiplier = scaling.output.multiplier, p.output_shift = scaling.output.shift;
  p.output_offset = random.zero_point();
  p.activation_min = -128, p.activation_max = 127;
  return p;
}

TEST(AddDspS8, AllPairsOfRandomQuantizations) {
  Random random(1);
  std::vector<std::int8_t> x1, x2;
  for (std::int32_t i = 0; i < 65536; ++i) {
    x1.push_back(static_cast<std::int8_t>(i / 256 - 128)), x2.push_back(static_cast<std::int8_t>(i % 256 - 128));
  }
  const auto table = std::make_unique<add_dsp::OutputTable>();
  int exact = 0;
  constexpr int quantizations = 20;
  for (int i = 0; i < quantizations; ++i) {
    const AddS8Params source = random_params(random);
    std::vector<std::int8_t> expected(x1.size());
    AddS8::run(source, {x1.data(), x2.data(), expected.data()});
    add_dsp::fill_table(source, *table);
    AddDspS8Params p{};
    bool fits = false;
    for (const std::int32_t shift : add_dsp::shifts) fits = fits || add_dsp::fit_plane(source, *table, shift, p);
    if (!fits) continue;
    ++exact;
    p.count = random.between(65533, 65536);
    expected.resize(static_cast<std::size_t>(p.count));
    GuardedBuffer<std::int8_t> output(expected.size());
    AddDspS8::run(p, {x1.data(), x2.data(), output.data()});
    ASSERT_EQ(output.values(), expected) << "quantization " << i;
  }
  EXPECT_GE(exact, quantizations * 3 / 4) << "planes were found for so many of " << quantizations;
}

TEST(AddDspS8, NoPlaneForAnotherClamp) {
  Random random(2);
  AddS8Params source = random_params(random);
  const auto table = std::make_unique<add_dsp::OutputTable>();
  source.activation_max = 100;
  add_dsp::fill_table(source, *table);
  AddDspS8Params p{};
  EXPECT_FALSE(add_dsp::fit_plane(source, *table, 20, p));
}

}  // namespace
}  // namespace pudu::kernels

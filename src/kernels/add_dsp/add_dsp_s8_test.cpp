// add_dsp_s8 against add_s8 for all pairs of codes, over random quantizations; that most of them have a plane.
#include "kernels/add_dsp/add_dsp_s8.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>

#include "kernels/add_dsp/prepare.hpp"
#include "kernels/testing/random_addition.hpp"
#include "kernels/testing/random_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(AddDspS8, AllPairsOfRandomQuantizations) {
  Random random(1);
  const AllPairs pairs;
  const auto table = std::make_unique<add_dsp::OutputTable>();
  int exact = 0;
  constexpr int quantizations = 20;
  for (int i = 0; i < quantizations; ++i) {
    const AddS8Params source = random_addition(random);
    std::vector<std::int8_t> expected = pairs.sums(source);
    add_dsp::fill_table(source, *table);
    AddDspS8Params p{};
    bool fits = false;
    for (const std::int32_t shift : add_dsp::shifts) fits = fits || add_dsp::fit_plane(source, *table, shift, p);
    if (!fits) continue;
    ++exact;
    p.count = random.between(code_pairs - 3, code_pairs);
    expected.resize(static_cast<std::size_t>(p.count));
    GuardedBuffer<std::int8_t> output(expected.size());
    AddDspS8::run(p, {pairs.first.data(), pairs.second.data(), output.data()});
    ASSERT_EQ(output.values(), expected) << "quantization " << i;
  }
  EXPECT_GE(exact, quantizations * 3 / 4) << "planes were found for so many of " << quantizations;
}

TEST(AddDspS8, NoPlaneForAnotherClamp) {
  Random random(2);
  AddS8Params source = random_addition(random);
  const auto table = std::make_unique<add_dsp::OutputTable>();
  source.activation_max = 100;
  add_dsp::fill_table(source, *table);
  AddDspS8Params p{};
  EXPECT_FALSE(add_dsp::fit_plane(source, *table, 20, p));
}

}  // namespace
}  // namespace pudu::kernels

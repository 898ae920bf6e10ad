// add_mve_s8 against add_s8 for all pairs of codes, over random quantizations, and its planes against add_dsp_s8's
// formula. The loop for the device is compared in tests/qemu.
#include "kernels/add_mve/add_mve_s8.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>

#include "kernels/add_dsp/prepare.hpp"
#include "kernels/testing/random_addition.hpp"
#include "kernels/testing/random_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(AddMveS8, AllPairsOfRandomQuantizations) {
  Random random(3);
  const AllPairs pairs;
  const auto table = std::make_unique<add_dsp::OutputTable>();
  int exact = 0;
  for (int i = 0; i < 8; ++i) {
    const AddS8Params source = random_addition(random);
    const std::vector<std::int8_t> expected = pairs.sums(source);
    add_dsp::fill_table(source, *table);
    for (const std::int32_t shift : add_dsp::shifts) {
      AddDspS8Params plane{};
      if (!add_dsp::fit_plane(source, *table, shift, plane)) continue;
      GuardedBuffer<std::int8_t> output(expected.size());
      const AddMveS8Params p{code_pairs, plane.multiplier1, plane.multiplier2, plane.addend, shift};
      AddMveS8::run(p, {pairs.first.data(), pairs.second.data(), output.data()});
      ASSERT_EQ(output.values(), expected) << "quantization " << i << ", shift " << shift;
      ++exact;
    }
  }
  EXPECT_GE(exact, 6);
}

}  // namespace
}  // namespace pudu::kernels

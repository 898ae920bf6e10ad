// requantize_s16_s16 against the formula: every code, every shift, in place.
#include "kernels/requantize_s16_s16/requantize_s16_s16.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/requantize_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing::requantize_checks;

TEST(RequantizeS16S16, EveryCodeAtEveryShift) {
  every_code_at_every_shift<RequantizeS16S16>(2);
}

TEST(RequantizeS16S16, OddCounts) {
  odd_counts<RequantizeS16S16>(1500000000, 1);
}

static_assert(RequantizeS16S16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels

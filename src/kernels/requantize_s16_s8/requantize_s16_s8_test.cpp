// requantize_s16_s8 against the formula: every code, every shift, in place.
#include "kernels/requantize_s16_s8/requantize_s16_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/requantize_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing::requantize_checks;

TEST(RequantizeS16S8, EveryCodeAtEveryShift) {
  every_code_at_every_shift<RequantizeS16S8>(2);
}

TEST(RequantizeS16S8, OddCounts) {
  odd_counts<RequantizeS16S8>(1 << 30, -7);
}

static_assert(RequantizeS16S8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels

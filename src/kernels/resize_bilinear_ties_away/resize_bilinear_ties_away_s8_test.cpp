// resize_bilinear_ties_away_s8: halves are rounded away from zero.
#include "kernels/resize_bilinear_ties_away/resize_bilinear_ties_away_s8.hpp"

#include <cmath>

#include "kernels/testing/resize_bilinear_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

struct Rule {
  using Kernel = ResizeBilinearTiesAwayS8;
  static std::int32_t weight(Random& random) {
    constexpr std::int32_t one = ResizeBilinearS8::one;
    return random.one_in(2) ? random.between(0, 2) * one / 2 : random.between(0, one);
  }
  static std::int64_t rounded(std::int64_t sum) { return std::llround(static_cast<double>(sum) / (1 << 22)); }
};

INSTANTIATE_TYPED_TEST_SUITE_P(ResizeBilinearTiesAwayS8, ResizesBilinearly, Rule);

static_assert(ResizeBilinearTiesAwayS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels

// resize_bilinear_s8: halves are rounded up.
#include "kernels/resize_bilinear/resize_bilinear_s8.hpp"

#include "kernels/testing/resize_bilinear_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

struct Rule {
  using Kernel = ResizeBilinearS8;
  static std::int32_t weight(Random& random) {
    constexpr std::int32_t one = ResizeBilinearS8::one;
    return random.one_in(3) ? random.between(0, 1) * one : random.between(0, one);
  }
  static std::int64_t rounded(std::int64_t sum) { return floor_divide(sum + (1 << 21), 1 << 22); }
};

INSTANTIATE_TYPED_TEST_SUITE_P(ResizeBilinearS8, ResizesBilinearly, Rule);

static_assert(ResizeBilinearS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels

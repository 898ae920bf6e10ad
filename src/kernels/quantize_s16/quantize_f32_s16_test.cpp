// quantize_f32_s16: multiplies by the inverse of the scale, ties to even, codes of 16 bits.
#include "kernels/quantize_s16/quantize_f32_s16.hpp"

#include "kernels/testing/quantize_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

struct Rule {
  using Kernel = QuantizeF32S16;
  using Params = QuantizeF32S16Params;
  using Code = std::int16_t;
  static float quotient(float x, float scale) {
    const volatile float inverse = 1.0f / scale;
    const volatile float product = x * inverse;
    return product;
  }
  static double to_integer(double quotient) { return std::nearbyint(quotient); }  // the default mode: half to even
  static constexpr Code ties[] = {10, 12, 12, 10, 8, 8};
};

INSTANTIATE_TYPED_TEST_SUITE_P(QuantizeF32S16, QuantizesFloats, Rule);

static_assert(QuantizeF32S16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels

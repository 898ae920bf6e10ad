// quantize_f32_s8: multiplies by the inverse of the scale, ties to even.
#include "kernels/quantize/quantize_f32_s8.hpp"

#include "kernels/testing/quantize_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

struct Rule {
  using Kernel = QuantizeF32S8;
  using Params = QuantizeF32S8Params;
  using Code = std::int8_t;
  static float quotient(float x, float scale) {
    const volatile float inverse = 1.0f / scale;
    const volatile float product = x * inverse;
    return product;
  }
  static double to_integer(double quotient) { return std::nearbyint(quotient); }  // the default mode: half to even
  static constexpr Code ties[] = {10, 12, 12, 10, 8, 8};
};

INSTANTIATE_TYPED_TEST_SUITE_P(QuantizeF32S8, QuantizesFloats, Rule);

static_assert(QuantizeF32S8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels

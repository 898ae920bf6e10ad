// quantize_ties_away_f32_s8: divides by the scale, ties away from zero.
#include "kernels/quantize_ties_away/quantize_ties_away_f32_s8.hpp"

#include "kernels/testing/quantize_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

struct Rule {
  using Kernel = QuantizeTiesAwayF32S8;
  using Params = QuantizeTiesAwayF32S8Params;
  using Code = std::int8_t;
  static float quotient(float x, float scale) {
    const volatile float exact_rounding = x / scale;
    return exact_rounding;
  }
  static double to_integer(double quotient) { return std::round(quotient); }
  static constexpr Code ties[] = {11, 12, 13, 9, 8, 7};
};

INSTANTIATE_TYPED_TEST_SUITE_P(QuantizeTiesAwayF32S8, QuantizesFloats, Rule);

static_assert(QuantizeTiesAwayF32S8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels

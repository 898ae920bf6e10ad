// add_s16 for MVE: four elements a vector, the arithmetic of the portable kernel in every lane. Operands whose stride
// is not 1, shifts to the left and what is left of fours go one by one.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/mve.hpp"
#include "kernels/add_s16/add_element.hpp"
#include "kernels/elementwise.hpp"

namespace pudu::kernels {
namespace {

/// An operand's shift: 0 for the one of larger scale, as a rule, and to the right for the other.
enum class OperandShift : std::uint8_t { None, Right };

/// x * 2^left_shift, requantized.
template <OperandShift Shift>
[[gnu::always_inline]] inline int32x4_t scaled(int32x4_t x, std::int32_t multiplier, std::int32_t shift) noexcept {
  const int32x4_t shifted = vshlq_n_s32(x, AddS16::left_shift);
  if constexpr (Shift == OperandShift::None) return vqrdmulhq_n_s32(shifted, multiplier);
  return mve::requantize_right(shifted, multiplier, shift);
}

/// Fours of a run of two contiguous operands. The sum's shift is to the right.
template <OperandShift Shift1, OperandShift Shift2>
void add_fours(const AddS16Params& p, const std::int16_t* x1, const std::int16_t* x2, std::int16_t* output,
               std::int32_t count) noexcept {
  const mve::OutputRange range(0, p.output_min, p.output_max);
  for (; count >= 4; count -= 4, x1 += 4, x2 += 4, output += 4) {
    const int32x4_t a = scaled<Shift1>(vldrhq_s32(x1), p.input1_multiplier, p.input1_shift);
    const int32x4_t b = scaled<Shift2>(vldrhq_s32(x2), p.input2_multiplier, p.input2_shift);
    vstrhq_s32(output, range.apply(mve::requantize_right(vaddq_s32(a, b), p.output_multiplier, p.output_shift)));
  }
}

using AddFours = void (*)(const AddS16Params&, const std::int16_t*, const std::int16_t*, std::int16_t*, std::int32_t);

/// The function for the shifts of these parameters, or null: a shift to the left needs more.
AddFours choose_fours(const AddS16Params& p) noexcept {
  if (p.input1_shift > 0 || p.input2_shift > 0 || p.output_shift >= 0) return nullptr;
  constexpr OperandShift none = OperandShift::None, right = OperandShift::Right;
  if (p.input1_shift == 0) return p.input2_shift == 0 ? add_fours<none, none> : add_fours<none, right>;
  return p.input2_shift == 0 ? add_fours<right, none> : add_fours<right, right>;
}

}  // namespace

void AddS16::run(const Params& params, const Operands& operands) noexcept {
  const AddFours fours_of = choose_fours(params);
  for_each_run(params, operands, [&](BinaryRunOf<std::int16_t> run) {
    if (fours_of != nullptr && run.stride1 == 1 && run.stride2 == 1) {
      const std::int32_t fours = run.count & ~3;
      fours_of(params, run.input1, run.input2, run.output, fours);
      run.input1 += fours, run.input2 += fours, run.output += fours, run.count -= fours;
    }
    for (; run.count > 0; --run.count, run.input1 += run.stride1, run.input2 += run.stride2) {
      *run.output++ = add_wide_element(params, *run.input1, *run.input2);
    }
  });
}

}  // namespace pudu::kernels

#endif

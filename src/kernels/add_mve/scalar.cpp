// Portable twin of add_mve_s8.
#if !defined(__ARM_FEATURE_MVE)

#include "kernels/add_mve/add_mve_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels::add_mve {

/// The sum fits 32 bits, as the compiler has proved; parts of it may wrap.
template <int Shift>
void run(const AddMveS8Params& p, const AddMveS8Operands& operands) noexcept {
  const auto product = [](std::int32_t a, std::int32_t b) {
    return static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b);
  };
  for (std::int32_t i = 0; i < p.count; ++i) {
    const std::uint32_t sum = static_cast<std::uint32_t>(p.addend) + product(p.multiplier1, operands.input1[i]) +
                              product(p.multiplier2, operands.input2[i]);
    operands.output[i] = static_cast<std::int8_t>(numerics::clamp(static_cast<std::int32_t>(sum) >> Shift, -128, 127));
  }
}

template void run<22>(const AddMveS8Params&, const AddMveS8Operands&) noexcept;
template void run<20>(const AddMveS8Params&, const AddMveS8Operands&) noexcept;
template void run<18>(const AddMveS8Params&, const AddMveS8Operands&) noexcept;
template void run<16>(const AddMveS8Params&, const AddMveS8Operands&) noexcept;

}  // namespace pudu::kernels::add_mve

#endif

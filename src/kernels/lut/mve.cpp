// lut_s8 for MVE: sixteen entries a gather, 5 instructions. VLDRB gathers by unsigned offsets, so the code's sign bit
// is turned around. GCC 12 makes no tail-predicated loop of it, so it is assembly.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/mve.hpp"
#include "kernels/lut/lut_s8.hpp"

namespace pudu::kernels {

void LutS8::run(const Params& params, const Operands& operands) noexcept {
  const std::int8_t* input = operands.input;
  std::int8_t* output = operands.output;
  asm volatile(
      "vdup.8 q2, %[sign]\n"
      "wlstp.8 lr, %[count], 2f\n"
      "1:\n"
      "vldrb.8 q0, [%[input]], #16\n"
      "veor q0, q0, q2\n"
      "vldrb.u8 q1, [%[table], q0]\n"
      "vstrb.8 q1, [%[output]], #16\n"
      "letp lr, 1b\n"
      "2:\n"
      : [input] "+r"(input), [output] "+r"(output)
      : [count] "r"(params.count), [table] "r"(operands.table), [sign] "r"(128)
      : "lr", "q0", "q1", "q2", "memory");
}

}  // namespace pudu::kernels

#endif

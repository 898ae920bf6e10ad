// Portable concat_f32.
#include "kernels/concat_f32/concat_f32.hpp"

namespace pudu::kernels {

void ConcatF32::run(const Params& params, const Operands& operands) noexcept {
  ConcatS8Operands bytes{};
  for (std::int32_t i = 0; i < params.input_count; ++i) {
    bytes.inputs[i] = reinterpret_cast<const std::int8_t*>(operands.inputs[i]);
  }
  bytes.output = reinterpret_cast<std::int8_t*>(operands.output);
  ConcatS8::run(params, bytes);
}

}  // namespace pudu::kernels

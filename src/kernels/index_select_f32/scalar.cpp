// Portable index_select_f32.
#include "kernels/index_select_f32/index_select_f32.hpp"

namespace pudu::kernels {

void IndexSelectF32::run(const Params& params, const Operands& operands) noexcept {
  // An element is one more dimension of bytes.
  Params bytes = params;
  bytes.inner_count *= static_cast<std::int32_t>(sizeof(float));
  IndexSelectS8::run(bytes, {reinterpret_cast<const std::int8_t*>(operands.input), operands.indices1, operands.indices2,
                             reinterpret_cast<std::int8_t*>(operands.output)});
}

}  // namespace pudu::kernels

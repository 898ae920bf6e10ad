// Portable copy_s8.
#include <cstring>

#include "kernels/copy/copy_s8.hpp"

namespace pudu::kernels {

void CopyS8::run(const Params& params, const Operands& operands) noexcept {
  if (params.bytes == 0) return;  // the pointers may be null
  std::memmove(operands.output, operands.input, static_cast<std::size_t>(params.bytes));
}

}  // namespace pudu::kernels

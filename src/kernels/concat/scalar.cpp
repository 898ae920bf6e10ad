// Portable concat_s8.
#include <cstring>

#include "kernels/concat/concat_s8.hpp"

namespace pudu::kernels {

void ConcatS8::run(const Params& params, const Operands& operands) noexcept {
  std::int32_t begin = params.output_offset;
  for (std::int32_t i = 0; i < params.input_count; ++i) {
    const std::int32_t bytes = params.input_bytes[i];
    if (bytes == 0) continue;  // its pointer may be null
    const std::int8_t* input = operands.inputs[i];
    std::int8_t* output = operands.output + begin;
    for (std::int32_t step = 0; step < params.outer_count; ++step) {
      std::memcpy(output, input, static_cast<std::size_t>(bytes));
      input += bytes;
      output += params.output_stride;
    }
    begin += bytes;
  }
}

}  // namespace pudu::kernels

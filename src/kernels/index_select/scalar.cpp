// Portable index_select_s8.
#include <cstring>

#include "kernels/index_select/index_select_s8.hpp"

namespace pudu::kernels {
namespace {

void copy_run(std::int8_t* output, const std::int8_t* input, std::int32_t bytes) noexcept {
  // Below this many bytes a call of memcpy costs more than the loop.
  constexpr std::int32_t min_run_bytes = 8;
  if (bytes >= min_run_bytes) {
    std::memcpy(output, input, static_cast<std::size_t>(bytes));
    return;
  }
  for (std::int32_t i = 0; i < bytes; ++i) output[i] = input[i];
}

}  // namespace

void IndexSelectS8::run(const Params& params, const Operands& operands) noexcept {
  const std::int32_t row = params.size2 * params.inner_count;
  const std::int32_t block = params.middle_count * row;
  const std::int8_t* input = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t outer = 0; outer < params.outer_count; ++outer, input += params.size1 * block) {
    for (std::int32_t i = 0; i < params.count1; ++i) {
      const std::int8_t* source = input + operands.indices1[i] * block;
      for (std::int32_t middle = 0; middle < params.middle_count; ++middle, source += row) {
        for (std::int32_t j = 0; j < params.count2; ++j, output += params.inner_count) {
          copy_run(output, source + operands.indices2[j] * params.inner_count, params.inner_count);
        }
      }
    }
  }
}

}  // namespace pudu::kernels

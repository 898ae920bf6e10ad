#include "schedule/scratch_needs.hpp"

#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "ops/row_calls.hpp"

namespace pudu::schedule {

std::size_t ScratchNeeds::of_whole(std::size_t call) const {
  const program::Operand* scratch = program_.calls[call].find_operand("scratch");
  return scratch != nullptr ? program_.buffer(scratch->buffer).bytes() : 0;
}

std::size_t ScratchNeeds::of_rows(std::size_t call, program::RowRange rows, std::int32_t rows_read) const {
  const program::KernelCall& whole = program_.calls[call];
  if (whole.find_operand("scratch") == nullptr) return 0;
  const auto [known, is_new] = known_.try_emplace({call, rows.count(), rows_read}, 0);
  if (is_new) {
    const program::KernelCall part = ops::row_call(program_, whole, rows);
    known->second = ops::planned_scratch_bytes(*ops::find_kernel(part.kernel), part.parameters, program_.target);
  }
  return known->second;
}

}  // namespace pudu::schedule

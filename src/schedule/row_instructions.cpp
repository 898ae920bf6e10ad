#include "schedule/row_instructions.hpp"

#include "ops/row_calls.hpp"

namespace pudu::schedule {

double RowInstructions::of_whole(std::size_t call) const {
  if (!model_) return 0;
  const auto [known, is_new] = whole_.try_emplace(call, 0);
  if (is_new) known->second = model_(program_, program_.calls[call]);
  return known->second;
}

double RowInstructions::of_rows(std::size_t call, program::RowRange rows, std::int32_t rows_read) const {
  const auto [known, is_new] = known_.try_emplace({call, rows.count(), rows_read}, 0);
  if (is_new) known->second = model_(program_, ops::row_call(program_, program_.calls[call], rows));
  return known->second;
}

}  // namespace pudu::schedule

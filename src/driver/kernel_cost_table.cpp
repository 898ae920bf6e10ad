#include "driver/kernel_cost_table.hpp"

#include <algorithm>
#include <array>

namespace pudu::driver {
namespace {

using emulator::CycleModel;
using kernels::Isa;

struct CostRow {
  std::string_view kernel;
  Isa isa;
  KernelCost cost;
};

struct CycleRow {
  std::string_view kernel;  ///< empty: the mean of all
  CycleModel model;
  double cycles;
};

struct CodeRow {
  Isa isa;
  double bytes;
  double per_kernel;
  double per_call;
};

#include "driver/kernel_cost_table.inc"

}  // namespace

KernelCost kernel_cost(std::string_view kernel, Isa isa) {
  const auto* const found = std::find_if(cost_rows.begin(), cost_rows.end(),
                                         [&](const CostRow& row) { return row.kernel == kernel && row.isa == isa; });
  if (found != cost_rows.end()) return found->cost;
  const auto* const ordinary = std::find_if(cost_rows.begin(), cost_rows.end(),
                                            [&](const CostRow& row) { return row.kernel.empty() && row.isa == isa; });
  KernelCost cost = ordinary == cost_rows.end() ? KernelCost{} : ordinary->cost;
  cost.is_guess = true;
  return cost;
}

double cycles_per_instruction(std::string_view kernel, CycleModel model) {
  double mean = 1;
  for (const CycleRow& row : cycle_rows) {
    if (row.model != model) continue;
    if (row.kernel == kernel) return row.cycles;
    if (row.kernel.empty()) mean = row.cycles;
  }
  return mean;
}

double estimated_code_bytes(Isa isa, std::size_t kernels, std::size_t calls) {
  for (const CodeRow& row : code_rows) {
    if (row.isa != isa) continue;
    return row.bytes + row.per_kernel * static_cast<double>(kernels) + row.per_call * static_cast<double>(calls);
  }
  return 0;
}

}  // namespace pudu::driver

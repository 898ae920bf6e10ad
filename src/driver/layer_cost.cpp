#include "driver/layer_cost.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>

#include "driver/kernel_cost_table.hpp"
#include "ops/row_calls.hpp"
#include "schedule/region_cost.hpp"

namespace pudu::driver {
namespace {

using program::Buffer;
using program::BufferKind;
using program::KernelCall;
using program::Program;
using program::RowRange;
using program::Step;
using program::StepKind;

double elements_of(const Buffer& buffer) {
  double count = 1;
  for (const std::int64_t size : buffer.shape) count *= static_cast<double>(size);
  return count;
}

/// The operands that a call computes from: no constants, no scratch.
template <class Take>
void for_each_input(const Program& program, const KernelCall& call, const Take& take) {
  const program::BufferId output = program::output_of(call);
  for (const program::Operand& operand : call.operands) {
    const Buffer& buffer = program.buffer(operand.buffer);
    const bool is_data = buffer.kind != BufferKind::Constant && buffer.kind != BufferKind::Scratch;
    if (is_data && operand.buffer != output) take(operand, buffer);
  }
}

/// Costs of one call, whole or in pieces.
class CallCost {
 public:
  CallCost(const Program& program, const KernelCall& call, double modelled_instructions)
      : program_(program),
        call_(call),
        modelled_(modelled_instructions),
        cost_(kernel_cost(call.kernel, program.target.isa)) {}

  bool is_guess() const { return cost_.is_guess; }

  double of_whole() const {
    KernelWork work{.macs = static_cast<double>(call_.macs)};
    work.written = elements_of(program_.buffer(program::output_of(call_)));
    for_each_input(program_, call_,
                   [&](const program::Operand&, const Buffer& buffer) { work.read += elements_of(buffer); });
    work.modelled_instructions = modelled_;
    return cost_.instructions(work);
  }

  /// Of a step that computes these rows. Steps of as many rows from as many rows cost the same.
  double of_rows(RowRange rows) {
    if (!form_) form_ = ops::row_form(program_, call_);
    std::int32_t rows_read = 0;
    for (const ops::RowInput& input : form_->inputs) rows_read += input.rows_read(rows).count();
    const auto [known, is_new] = by_kind_.try_emplace({rows.count(), rows_read, rows.begin == 0}, 0.0);
    if (is_new) known->second = cost_.instructions(work_of_rows(rows)) + schedule::instructions_per_step;
    return known->second;
  }

 private:
  KernelWork work_of_rows(RowRange rows) const {
    const KernelCall part = ops::row_call(program_, call_, rows);
    const double share = static_cast<double>(rows.count()) / std::max(form_->output_rows, 1);
    KernelWork work{.macs = static_cast<double>(part.macs)};
    const double whole_output = elements_of(program_.buffer(program::output_of(call_)));
    work.written = form_->accumulates ? whole_output : whole_output * share;
    for_each_input(program_, call_, [&](const program::Operand& operand, const Buffer& buffer) {
      work.read += elements_of(buffer) * share_read(operand.name, rows);
    });
    if (modelled_ > 0) {
      const double of_part = prepare::kernel_instructions(program_, part);
      work.modelled_instructions = of_part > 0 ? of_part : modelled_ * share;
    }
    return work;
  }

  /// The part of an operand's rows that are read for these.
  double share_read(std::string_view operand, RowRange rows) const {
    for (const ops::RowInput& input : form_->inputs) {
      if (input.operand == operand) return static_cast<double>(input.rows_read(rows).count()) / std::max(input.rows, 1);
    }
    return 1;
  }

  const Program& program_;
  const KernelCall& call_;
  const double modelled_;  ///< instructions of the whole call; 0: no model knows
  const KernelCost cost_;
  std::optional<ops::RowForm> form_;
  std::map<std::tuple<std::int32_t, std::int32_t, bool>, double> by_kind_;
};

double modelled_instructions(const KernelCall& call, const std::vector<prepare::Choice>& choices) {
  const auto choice =
      std::find_if(choices.begin(), choices.end(), [&](const prepare::Choice& one) { return one.call == call.name; });
  return choice != choices.end() ? choice->instructions : 0;
}

/// The call whose rows a window holds: that which writes them, or, of an input, the first that reads them.
std::size_t owner_of(const Program& program, program::BufferId window) {
  for (std::size_t i = 0; i < program.calls.size(); ++i) {
    if (program::output_of(program.calls[i]) == window) return i;
  }
  for (std::size_t i = 0; i < program.calls.size(); ++i) {
    const std::vector<program::Operand>& operands = program.calls[i].operands;
    if (std::any_of(operands.begin(), operands.end(), [&](const auto& operand) { return operand.buffer == window; })) {
      return i;
    }
  }
  return 0;
}

/// Of moving rows of a window, or of copying them into it.
double instructions_of_move(const Program& program, const Step& step) {
  const Buffer& buffer = program.buffer(step.buffer);
  const double rows = buffer.shape.size() > 1 ? static_cast<double>(std::max<std::int64_t>(buffer.shape[1], 1)) : 1;
  const double row_bytes = static_cast<double>(buffer.bytes()) / rows;
  return schedule::instructions_per_slide + schedule::instructions_per_slid_byte * step.rows.count() * row_bytes;
}

}  // namespace

std::vector<LayerCost> layer_costs(const Program& program, const program::MemoryMap& memory,
                                   const std::vector<prepare::Choice>& choices) {
  std::vector<CallCost> calls;
  std::vector<LayerCost> costs;
  for (const KernelCall& call : program.calls) {
    calls.emplace_back(program, call, modelled_instructions(call, choices));
    costs.push_back({0, calls.back().is_guess()});
  }
  const program::Schedule schedule = memory.schedule ? *memory.schedule : program::layerwise_schedule(program);
  for (const Step& step : schedule.steps) {
    switch (step.kind) {
      case StepKind::Whole:
        costs[step.call].instructions += calls[step.call].of_whole();
        break;
      case StepKind::Rows:
        costs[step.call].instructions += calls[step.call].of_rows(step.rows);
        break;
      case StepKind::Slide:
      case StepKind::Feed:
        costs[owner_of(program, step.buffer)].instructions += instructions_of_move(program, step);
        break;
    }
  }
  return costs;
}

}  // namespace pudu::driver

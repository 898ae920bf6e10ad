#include "schedule/row_graph.hpp"

#include <algorithm>
#include <utility>

#include "ops/cmsis_nn_call.hpp"
#include "ops/registry.hpp"
#include "schedule/call_overlaps.hpp"
#include "schedule/region_cost.hpp"

namespace pudu::schedule {
namespace {

void add_once(std::vector<program::BufferId>& list, program::BufferId id) {
  if (std::find(list.begin(), list.end(), id) == list.end()) list.push_back(id);
}

std::vector<program::BufferId> buffers_of(const program::KernelCall& call,
                                          const std::vector<std::string_view>& operands) {
  std::vector<program::BufferId> buffers;
  for (const std::string_view name : operands) {
    if (const program::Operand* operand = call.find_operand(name)) buffers.push_back(operand->buffer);
  }
  return buffers;
}

std::vector<program::BufferId> in_place_inputs_of_kernel(const program::Program& program,
                                                         const program::KernelCall& call) {
  if (ops::runs_on_cmsis_nn(program, call)) return {};  // it does not promise to work in place
  const ops::KernelBinding* kernel = ops::find_kernel(call.kernel);
  if (kernel == nullptr) return {};
  return buffers_of(call, kernel->in_place_inputs(call.parameters));
}

std::vector<std::vector<program::RowRange>> rows_read_of(const ops::RowForm& form) {
  std::vector<std::vector<program::RowRange>> tables;
  for (const ops::RowInput& input : form.inputs) {
    std::vector<program::RowRange>& table = tables.emplace_back();
    for (std::int32_t row = 0; row < form.output_rows; ++row) table.push_back(input.rows_read({row, row + 1}));
  }
  return tables;
}

}  // namespace

/// Inputs in whose place every kernel that the call may run can write.
std::vector<program::BufferId> RowGraph::in_place_inputs_of(std::size_t index) const {
  if (rules_.in_place) return buffers_of(program_.calls[index], rules_.in_place(program_, program_.calls[index]));
  std::vector<program::BufferId> inputs = in_place_inputs_of_kernel(program_, program_.calls[index]);
  if (kernels_.options().by_call.empty()) return inputs;
  for (const KernelOption& option : kernels_.options().by_call[index]) {
    const std::vector<program::BufferId> others = in_place_inputs_of_kernel(program_, option.call);
    std::erase_if(inputs,
                  [&](program::BufferId id) { return std::find(others.begin(), others.end(), id) == others.end(); });
  }
  return inputs;
}

kernels::Overlap RowGraph::overlap(const program::KernelCall& call) const {
  return rules_.overlap ? rules_.overlap(program_, call) : own_overlap(program_, call);
}

std::span<const Offer> RowGraph::overlapping_offers(std::size_t call) const {
  return kernels_.of_overlapping(call, [&](const program::KernelCall& option) { return shared_bytes(call, option); });
}

std::size_t RowGraph::shared_bytes(std::size_t index, const program::KernelCall& option) const {
  const program::Operand* input = option.find_operand("input");
  const program::Operand* output = option.find_operand("output");
  if (input == nullptr || output == nullptr || in_place_input(*this, index)) return 0;
  const BufferUse& read = buffer(input->buffer);
  const BufferUse& written = buffer(output->buffer);
  const bool have_memory = read.is_in_arena && written.is_in_arena && written.writer == index;
  const auto uses = std::count_if(option.operands.begin(), option.operands.end(), [&](const program::Operand& operand) {
    return operand.buffer == input->buffer || operand.buffer == output->buffer;
  });
  if (!have_memory || uses != 2 || read.is_needed_after(index)) return 0;
  return most_shared_bytes(overlap(option), read.bytes, written.bytes);
}

RowGraph::RowGraph(const program::Program& program, KernelOptions options, const KernelModel& model, RowRules rules)
    : program_(program),
      rules_(std::move(rules)),
      calls_(program.calls.size()),
      buffers_(program.buffers.size()),
      kernels_(program, std::move(options), model) {
  for (const program::Buffer& buffer : program.buffers) {
    BufferUse& use = buffers_[program::index_of(buffer.id)];
    use.is_in_arena = buffer.kind == program::BufferKind::Input || buffer.kind == program::BufferKind::Activation;
    use.bytes = buffer.bytes();
  }
  for (std::size_t index = 0; index < calls_.size(); ++index) {
    const program::KernelCall& call = program.calls[index];
    calls_[index].form = ops::row_form(program, call);
    if (rules_.runs_by_rows && !rules_.runs_by_rows(program, call)) calls_[index].form.reset();
    if (calls_[index].form) calls_[index].rows_read = rows_read_of(*calls_[index].form);
    calls_[index].in_place_inputs = in_place_inputs_of(index);
    for (const program::Operand& operand : call.operands) {
      BufferUse& use = buffers_[program::index_of(operand.buffer)];
      if (!use.is_in_arena) continue;
      if (program::is_written(operand.name)) {
        use.writer = index;
        add_once(calls_[index].writes, operand.buffer);
      } else {
        if (use.readers.empty() || use.readers.back() != index) use.readers.push_back(index);
        add_once(calls_[index].reads, operand.buffer);
      }
    }
  }
  for (const program::Port& port : program.outputs) buffers_[program::index_of(port.buffer)].is_output = true;
  sum_bytes_before();
}

void RowGraph::sum_bytes_before() {
  bytes_before_.assign(calls_.size(), 0);
  for (const BufferUse& use : buffers_) {
    if (!use.is_in_arena) continue;
    const std::size_t begin = use.writer ? *use.writer + 1 : 0;
    const std::size_t read_end = use.readers.empty() ? 0 : use.readers.back() + 1;
    const std::size_t end = use.is_output ? calls_.size() : read_end;
    for (std::size_t call = begin; call < end; ++call) bytes_before_[call] += aligned(use.bytes);
  }
}

}  // namespace pudu::schedule

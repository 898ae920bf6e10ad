#include "schedule/call_overlaps.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "ops/call_overlap.hpp"
#include "ops/cmsis_nn_call.hpp"
#include "planner/overlap.hpp"
#include "planner/shape.hpp"
#include "schedule/row_graph.hpp"

namespace pudu::schedule {
namespace {

using program::BufferId;
using program::BufferKind;
using program::index_of;
using program::KernelCall;
using program::Operand;
using program::Program;
using program::SharedStorage;

bool is_activation(const program::Buffer& buffer) {
  return buffer.kind == BufferKind::Input || buffer.kind == BufferKind::Activation;
}

class OverlapFinder {
 public:
  OverlapFinder(const Program& program, const program::Schedule& schedule, ArenaProblem& problem)
      : program_(program),
        schedule_(schedule),
        problem_(problem),
        index_by_buffer_(program.buffers.size()),
        is_returned_(program.buffers.size(), false) {
    for (std::size_t i = 0; i < problem.owners.size(); ++i) {
      index_by_buffer_[index_of(problem.owners[i])] = i;
      slabs_.push_back(planner::slabs_of(problem.problem.buffers[i]));
    }
    for (const program::Port& port : program.outputs) is_returned_[index_of(place_of(port.buffer).owner)] = true;
  }

  void add(int step, const KernelCall& call, const kernels::Overlap& overlap) {
    const Operand* input = call.find_operand("input");
    const Operand* output = call.find_operand("output");
    if (!overlap.is_safe || input == nullptr || output == nullptr) return;
    const SharedStorage read = place_of(input->buffer), written = place_of(output->buffer);
    const auto& read_index = index_by_buffer_[index_of(read.owner)];
    const auto& written_index = index_by_buffer_[index_of(written.owner)];
    if (read.owner == written.owner || !read_index || !written_index || !is_alone(call, *input, *output)) return;
    // Behind the last step nothing is alive any more, but outputs are still needed.
    if (is_returned_[index_of(read.owner)]) return;
    if (!holds_only(*read_index, step, read.offset, program_.buffer(input->buffer).bytes()) ||
        !holds_only(*written_index, step, written.offset, program_.buffer(output->buffer).bytes()) ||
        meet_elsewhere(slabs_[*read_index], slabs_[*written_index], step)) {
      return;
    }
    const auto shift = static_cast<std::int64_t>(written.offset) - static_cast<std::int64_t>(read.offset);
    if (shift % overlap.grid != 0) return;
    problem_.problem.overlaps.push_back({*written_index, *read_index, step, overlap.least_lead + shift, overlap.grid});
  }

 private:
  SharedStorage place_of(BufferId id) const { return schedule_.shared[index_of(id)].value_or(SharedStorage{id, 0}); }

  /// Are both whole activations, in whose memories no other operand lies?
  bool is_alone(const KernelCall& call, const Operand& input, const Operand& output) const {
    for (const Operand* operand : {&input, &output}) {
      if (!is_activation(program_.buffer(operand->buffer))) return false;
      if (schedule_.window_rows[index_of(operand->buffer)] != 0) return false;
      for (const Operand& other : call.operands) {
        if (&other != operand && place_of(other.buffer).owner == place_of(operand->buffer).owner) return false;
      }
    }
    return true;
  }

  /// Are these bytes of the memory, and no others, alive at the step?
  bool holds_only(std::size_t memory, int step, std::size_t begin, std::size_t bytes) const {
    const auto slab = std::find_if(slabs_[memory].begin(), slabs_[memory].end(), [&](const planner::Slab& each) {
      return each.begin_step <= step && step < each.end_step;
    });
    return slab != slabs_[memory].end() && slab->ranges == std::vector<planner::ByteRange>{{begin, begin + bytes}};
  }

  static bool meet_elsewhere(const std::vector<planner::Slab>& a, const std::vector<planner::Slab>& b, int step) {
    for (const planner::Slab& x : a) {
      for (const planner::Slab& y : b) {
        const int begin = std::max(x.begin_step, y.begin_step), end = std::min(x.end_step, y.end_step);
        if (begin < end && (begin != step || end != step + 1)) return true;
      }
    }
    return false;
  }

  const Program& program_;
  const program::Schedule& schedule_;
  ArenaProblem& problem_;
  std::vector<std::optional<std::size_t>> index_by_buffer_;  ///< of owners, in the problem
  std::vector<std::vector<planner::Slab>> slabs_;            ///< by index in the problem
  std::vector<bool> is_returned_;                            ///< by owner: it holds an output of the program
};

}  // namespace

kernels::Overlap own_overlap(const Program& program, const KernelCall& call) {
  return ops::runs_on_cmsis_nn(program, call) ? kernels::never_overlaps : ops::call_overlap(call, program.target);
}

std::size_t most_shared_bytes(const kernels::Overlap& overlap, std::size_t input_bytes, std::size_t output_bytes) {
  if (!overlap.is_safe) return 0;
  const auto footprint = [](std::size_t bytes) { return static_cast<std::int64_t>(aligned(bytes)); };
  return static_cast<std::size_t>(planner::most_shared_bytes({.least_lead = overlap.least_lead, .grid = overlap.grid},
                                                             footprint(output_bytes), footprint(input_bytes),
                                                             std::int64_t{alignment_bytes}));
}

void add_overlaps(const Program& program, const program::Schedule& schedule, const OverlapRule& rule,
                  ArenaProblem& problem) {
  OverlapFinder finder(program, schedule, problem);
  for (std::size_t step = 0; step < schedule.steps.size(); ++step) {
    if (schedule.steps[step].kind != program::StepKind::Whole) continue;
    const KernelCall& call = program.calls[schedule.steps[step].call];
    finder.add(static_cast<int>(step), call, rule(program, call));
  }
}

bool may_overlap(const Program& program, const program::MemoryMap& map, const KernelCall& call) {
  const Operand* input = call.find_operand("input");
  const Operand* output = call.find_operand("output");
  if (input == nullptr || output == nullptr) return false;
  const kernels::Overlap overlap = own_overlap(program, call);
  const auto lead =
      static_cast<std::int64_t>(map.offset(input->buffer)) - static_cast<std::int64_t>(map.offset(output->buffer));
  return overlap.is_safe && lead >= overlap.least_lead && lead % overlap.grid == 0;
}

}  // namespace pudu::schedule

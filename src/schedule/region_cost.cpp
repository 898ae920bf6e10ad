#include "schedule/region_cost.hpp"

#include <algorithm>
#include <vector>

namespace pudu::schedule {
namespace {

using program::BufferId;
using program::index_of;

/// Buffers lie at multiples of this.
constexpr std::size_t alignment_bytes = 16;

std::size_t aligned(std::size_t bytes) {
  return (bytes + alignment_bytes - 1) / alignment_bytes * alignment_bytes;
}

class RegionMeter {
 public:
  RegionMeter(const RowGraph& graph, CallRange calls, const RegionTrace& trace)
      : graph_(graph), calls_(calls), trace_(trace) {}

  RegionCost run() {
    const std::size_t standing = untouched_bytes() + wide_window_bytes();
    const std::size_t passing = passing_bytes();
    const std::size_t apart = whole_bytes();
    const std::size_t block = apart - largest_overlap();
    return {.bytes = standing + passing + block, .instructions = instructions(), .overlaps = block < apart};
  }

 private:
  bool is_tensor(BufferId id) const {
    return std::any_of(trace_.tensors.begin(), trace_.tensors.end(),
                       [&](const RegionTensor& tensor) { return tensor.buffer == id; });
  }

  /// Tensors that lie there while the region runs, whatever it does.
  std::size_t untouched_bytes() const {
    std::size_t bytes = 0;
    for (const program::Buffer& buffer : graph_.program().buffers) {
      const BufferUse& use = graph_.buffer(buffer.id);
      if (!use.is_in_arena || (use.writer && *use.writer >= calls_.begin)) continue;
      const bool is_needed = use.is_output || (!use.readers.empty() && use.readers.back() >= calls_.begin);
      if (is_needed && !is_tensor(buffer.id)) bytes += aligned(use.bytes);
    }
    return bytes;
  }

  std::size_t window_bytes(const RegionTensor& tensor) const {
    return aligned(static_cast<std::size_t>(window_rows_of(tensor, trace_.slack_rows)) * tensor.row_bytes);
  }

  /// There only while rows in it are needed.
  bool is_passing(const RegionTensor& tensor) const {
    return tensor.is_window && tensor.begins_anew && trace_.slack_rows == 0;
  }

  std::size_t wide_window_bytes() const {
    std::size_t bytes = 0;
    for (const RegionTensor& tensor : trace_.tensors) {
      if (tensor.is_window && !is_passing(tensor)) bytes += window_bytes(tensor);
    }
    return bytes;
  }

  std::size_t whole_bytes() const {
    std::size_t bytes = 0;
    for (const RegionTensor& tensor : trace_.tensors) {
      if (!tensor.is_window) bytes += aligned(graph_.buffer(tensor.buffer).bytes);
    }
    return bytes;
  }

  /// Most bytes at one event of scratch and of windows that begin anew.
  std::size_t passing_bytes() const {
    std::vector<std::int64_t> change(trace_.events.size() + 1, 0);
    std::vector<std::size_t> begin(trace_.tensors.size(), 0), end(trace_.tensors.size(), 0);
    const auto close = [&](std::size_t index) {
      const auto bytes = static_cast<std::int64_t>(window_bytes(trace_.tensors[index]));
      if (end[index] <= begin[index]) return;
      change[begin[index]] += bytes;
      change[end[index]] -= bytes;
    };
    for (std::size_t i = 0; i < trace_.events.size(); ++i) {
      const RegionEvent& event = trace_.events[i];
      if (is_passing(trace_.tensors[event.tensor])) {
        close(event.tensor);
        begin[event.tensor] = i;
        end[event.tensor] = i + 1;
      }
      if (!event.call) continue;
      for (const std::size_t read : trace_.reads[*event.call - calls_.begin]) {
        if (is_passing(trace_.tensors[read])) end[read] = i + 1;
      }
      const auto scratch = static_cast<std::int64_t>(aligned(scratch_of(event)));
      change[i] += scratch;
      change[i + 1] -= scratch;
    }
    for (std::size_t index = 0; index < trace_.tensors.size(); ++index) {
      if (is_passing(trace_.tensors[index])) close(index);
    }
    std::int64_t now = 0, most = 0;
    for (const std::int64_t step : change) most = std::max(most, now += step);
    return static_cast<std::size_t>(most);
  }

  std::size_t scratch_of(const RegionEvent& event) const {
    return graph_.scratch().of_rows(*event.call, unswept(event), event.rows_read);
  }

  /// Bytes that the best pair of a dying input and a result can have in common.
  std::size_t largest_overlap() const {
    if (trace_.in_place) return aligned(graph_.buffer(trace_.tensors[trace_.in_place->input].buffer).bytes);
    std::size_t largest = 0;
    for (std::size_t dying = 0; dying < trace_.dying_inputs.size(); ++dying) {
      for (std::size_t output = 0; output < trace_.tensors.size(); ++output) {
        const RegionTensor& out = trace_.tensors[output];
        if (!out.is_input && !out.is_window) largest = std::max(largest, overlap(dying, output));
      }
    }
    return largest;
  }

  /// `dying`: index of the trace's dying inputs.
  std::size_t overlap(std::size_t dying, std::size_t output) const {
    const RegionTensor& in = trace_.tensors[trace_.dying_inputs[dying]];
    const RegionTensor& out = trace_.tensors[output];
    const std::size_t in_bytes = aligned(graph_.buffer(in.buffer).bytes);
    const std::size_t out_bytes = aligned(graph_.buffer(out.buffer).bytes);
    std::int64_t distance = 0, written = 0;
    for (std::size_t i = 0; i < trace_.events.size(); ++i) {
      const RegionEvent& event = trace_.events[i];
      if (event.tensor == output) written = event.rows.end * static_cast<std::int64_t>(out.row_bytes);
      const std::int64_t low = trace_.input_lows[i * trace_.dying_inputs.size() + dying];
      distance = std::max(distance, written - low * static_cast<std::int64_t>(in.row_bytes));
    }
    const std::size_t apart = in_bytes + out_bytes;
    const std::size_t block = std::max(in_bytes + aligned(static_cast<std::size_t>(distance)), out_bytes);
    return block < apart ? apart - block : 0;
  }

  program::RowRange unswept(const RegionEvent& event) const {
    if (trace_.sweep == Sweep::Down) return event.rows;
    return {event.row_count - event.rows.end, event.row_count - event.rows.begin};
  }

  /// Of kernels whose instructions a model knows: those of all their steps, beyond those of the whole call.
  double known_instructions() const {
    std::vector<double> sums(calls_.count(), 0);
    for (const RegionEvent& event : trace_.events) {
      if (!event.call || !graph_.instructions().knows(*event.call)) continue;
      sums[*event.call - calls_.begin] += graph_.instructions().of_rows(*event.call, unswept(event), event.rows_read);
    }
    double sum = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sum += std::max(0.0, sums[i] - graph_.instructions().of_whole(calls_.begin + i));
    }
    return sum;
  }

  /// Of other kernels. The first call is no more than the whole call has, too.
  double kernel_instructions(const RegionEvent& event) const {
    if (event.call && graph_.instructions().knows(*event.call)) return 0;
    if (!event.call || event.rows.begin == 0) return 0;
    const program::KernelCall& call = graph_.program().calls[*event.call];
    if (call.kernel.starts_with("depthwise")) {
      const std::vector<std::int64_t>& shape = graph_.program().buffer(program::output_of(call)).shape;
      return instructions_per_call + instructions_per_depthwise_channel * static_cast<double>(shape.back());
    }
    return scratch_of(event) > 0 ? instructions_per_call_with_scratch : instructions_per_call;
  }

  double instructions() const {
    double sum = known_instructions();
    std::vector<std::int32_t> first_rows(trace_.tensors.size(), -1);
    for (const RegionEvent& event : trace_.events) {
      sum += instructions_per_step + kernel_instructions(event);
      const RegionTensor& tensor = trace_.tensors[event.tensor];
      if (!tensor.is_window) continue;
      std::int32_t& first = first_rows[event.tensor];
      if (first < 0) first = event.rows.begin;
      if (!needs_slide(trace_, event, first)) continue;
      first = event.needed_from;
      sum += instructions_per_slide + instructions_per_slid_byte * static_cast<double>(event.rows.begin - first) *
                                          static_cast<double>(tensor.row_bytes);
    }
    return sum;
  }

  const RowGraph& graph_;
  const CallRange calls_;
  const RegionTrace& trace_;
};

}  // namespace

RegionCost cost_of_region(const RowGraph& graph, CallRange calls, const RegionTrace& trace) {
  return RegionMeter(graph, calls, trace).run();
}

std::optional<program::BufferId> in_place_input(const RowGraph& graph, std::size_t call) {
  const CallUse& use = graph.call(call);
  if (use.writes.size() != 1) return std::nullopt;
  const std::size_t bytes = graph.buffer(use.writes.front()).bytes;
  for (const BufferId input : use.in_place_inputs) {
    const BufferUse& in = graph.buffer(input);
    if (in.is_in_arena && in.bytes == bytes && !in.is_needed_after(call)) return input;
  }
  return std::nullopt;
}

RegionCost cost_of_whole_call(const RowGraph& graph, std::size_t call) {
  const CallUse& use = graph.call(call);
  std::size_t bytes = aligned(graph.scratch().of_whole(call));
  for (const program::Buffer& buffer : graph.program().buffers) {
    const BufferUse& other = graph.buffer(buffer.id);
    if (!other.is_in_arena) continue;
    const bool is_there = !other.writer || *other.writer <= call;
    const bool is_needed = other.is_output || (!other.readers.empty() && other.readers.back() >= call) ||
                           std::find(use.writes.begin(), use.writes.end(), buffer.id) != use.writes.end();
    if (is_there && is_needed) bytes += aligned(other.bytes);
  }
  const std::optional<BufferId> in_place = in_place_input(graph, call);
  if (in_place) bytes -= aligned(graph.buffer(*in_place).bytes);
  return {.bytes = bytes};
}

}  // namespace pudu::schedule

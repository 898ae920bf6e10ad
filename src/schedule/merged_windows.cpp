#include "schedule/merged_windows.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace pudu::schedule {
namespace {

bool is_same_size(const RegionTensor& a, const RegionTensor& b) {
  return a.rows == b.rows && a.row_bytes == b.row_bytes;
}

/// The only call of the region that reads the tensor, by rows or whole.
std::optional<std::size_t> only_reader(const RegionTrace& trace, const RowGraph& graph, std::size_t tensor) {
  const BufferUse& use = graph.buffer(trace.tensors[tensor].buffer);
  if (use.readers.size() != 1) return std::nullopt;
  const std::size_t reader = use.readers.front();
  if (reader < trace.first_call || reader - trace.first_call >= trace.reads.size()) return std::nullopt;
  const std::vector<std::size_t>& reads = trace.reads[reader - trace.first_call];
  return std::count(reads.begin(), reads.end(), tensor) == 1 ? std::optional(reader) : std::nullopt;
}

/// Do all rows of `tensor` become rows of the call's result in the next step?
bool is_read_at_once(const RegionTrace& trace, std::size_t tensor, std::size_t reader) {
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    if (trace.events[i].tensor != tensor) continue;
    if (i + 1 == trace.events.size()) return false;
    const RegionEvent& next = trace.events[i + 1];
    if (next.call != reader || next.rows != trace.events[i].rows) return false;
  }
  return true;
}

bool may_merge(const RegionTrace& trace, const RowGraph& graph, std::size_t tensor, std::size_t reader,
               std::size_t result) {
  const std::vector<program::BufferId>& inputs = graph.call(reader).in_place_inputs;
  const RegionTensor& from = trace.tensors[tensor];
  const RegionTensor& to = trace.tensors[result];
  return std::find(inputs.begin(), inputs.end(), from.buffer) != inputs.end() && to.is_window && !to.is_input &&
         !to.is_parked() && is_same_size(from, to);
}

}  // namespace

void merge_windows(RegionTrace& trace, const RowGraph& graph) {
  // From the last to the first: results may be merged themselves.
  for (std::size_t index = trace.tensors.size(); index-- > 0;) {
    RegionTensor& tensor = trace.tensors[index];
    if (!tensor.is_window || tensor.is_input || tensor.is_parked()) continue;
    const std::optional<std::size_t> reader = only_reader(trace, graph, index);
    if (!reader || graph.buffer(tensor.buffer).is_output) continue;
    const std::size_t result = trace.results[*reader - trace.first_call];
    if (!may_merge(trace, graph, index, *reader, result) || !is_read_at_once(trace, index, *reader)) continue;
    tensor.merged_into = trace.tensors[result].merged_into.value_or(result);
    for (std::size_t i = 0; i < trace.events.size(); ++i) {
      if (trace.events[i].tensor != index) continue;
      trace.events[i].window = *tensor.merged_into;
      trace.events[i].needed_from = trace.events[i + 1].needed_from;
    }
  }
}

}  // namespace pudu::schedule

#include "schedule/region.hpp"

#include <algorithm>
#include <utility>

#include "schedule/merged_windows.hpp"
#include "schedule/parked_windows.hpp"

namespace pudu::schedule {
namespace {

using program::BufferId;
using program::RowRange;

/// An input of a call that is read by rows.
struct Edge {
  std::size_t tensor = 0;
  const std::vector<RowRange>* rows_read = nullptr;  ///< by row of the output, unswept
};

/// A call of the region.
struct RowOp {
  std::size_t call = 0;
  std::int32_t rows = 0;   ///< that it can compute
  std::int32_t end = 0;    ///< rows behind this one are not needed
  std::int32_t least = 1;  ///< rows of a step, while there are as many
  std::int32_t next = 0;
  std::size_t output = 0;
  bool accumulates = false;
  const ops::RowForm* form = nullptr;
  std::vector<Edge> inputs;
};

struct TensorState {
  std::optional<std::size_t> producer;                       ///< index of the op
  std::vector<std::pair<std::size_t, std::size_t>> readers;  ///< op, and which of its inputs
  bool is_fed = false;
  std::int32_t end = 0;
  std::int32_t written = 0;
};

class Tracer {
 public:
  Tracer(const RowGraph& graph, CallRange calls, const RegionForm& form) : graph_(graph), calls_(calls), form_(form) {
    trace_.sweep = form.sweep;
    trace_.slack_rows = form.slack_rows;
    trace_.first_call = calls.begin;
    tensor_of_.assign(graph.buffer_count(), none);
  }

  std::optional<RegionTrace> run() {
    for (std::size_t call = calls_.begin; call < calls_.end; ++call) {
      if (!add_op(call)) return std::nullopt;
    }
    if (!set_demands()) return std::nullopt;
    find_in_place();
    for (std::size_t i = 0; i < trace_.tensors.size(); ++i) {
      const RegionTensor& tensor = trace_.tensors[i];
      if (tensor.is_input && tensor.dies && !tensor.is_window) trace_.dying_inputs.push_back(i);
    }
    reserve();
    pull_roots();
    flush_feeds();
    return std::move(trace_);
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  bool add_op(std::size_t call) {
    const CallUse& use = graph_.call(call);
    if (!use.form || use.writes.size() != 1) return false;
    if (use.form->accumulates && form_.sweep == Sweep::Up) return false;  // sums begin with the first row
    RowOp op{.call = call, .rows = use.form->output_rows, .accumulates = use.form->accumulates, .form = &*use.form};
    if (!form_.least_rows.empty()) op.least = form_.least_rows[call - calls_.begin];
    std::vector<BufferId> by_rows;
    for (std::size_t i = 0; i < use.form->inputs.size(); ++i) {
      const ops::RowInput& input = use.form->inputs[i];
      const BufferId buffer = graph_.program().calls[call].find_operand(input.operand)->buffer;
      by_rows.push_back(buffer);
      const std::size_t tensor = input_tensor(buffer, input.rows);
      op.inputs.push_back({tensor, &use.rows_read[i]});
      states_[tensor].readers.emplace_back(ops_.size(), i);
    }
    for (const BufferId read : use.reads) {
      if (std::find(by_rows.begin(), by_rows.end(), read) == by_rows.end() && !is_there(read)) return false;
    }
    op.output = output_tensor(call, use.writes.front(), op);
    trace_.results.push_back(op.output);
    states_[op.output].producer = ops_.size();
    std::vector<std::size_t>& reads = trace_.reads.emplace_back();
    for (const Edge& edge : op.inputs) reads.push_back(edge.tensor);
    ops_.push_back(std::move(op));
    return true;
  }

  /// Is a tensor that is needed whole complete when the region begins?
  bool is_there(BufferId buffer) const {
    const BufferUse& use = graph_.buffer(buffer);
    if (form_.is_fed && is_program_input(buffer)) return false;
    return !use.writer || *use.writer < calls_.begin;
  }

  bool is_program_input(BufferId buffer) const {
    return graph_.program().buffer(buffer).kind == program::BufferKind::Input;
  }

  std::size_t add_tensor(BufferId buffer, std::int32_t rows) {
    const std::size_t index = trace_.tensors.size();
    tensor_of_[program::index_of(buffer)] = index;
    trace_.tensors.push_back(
        {.buffer = buffer, .rows = rows, .row_bytes = graph_.buffer(buffer).bytes / static_cast<std::size_t>(rows)});
    states_.emplace_back();
    return index;
  }

  std::size_t input_tensor(BufferId buffer, std::int32_t rows) {
    const std::size_t known = tensor_of_[program::index_of(buffer)];
    if (known != none) return known;
    const std::size_t index = add_tensor(buffer, rows);
    RegionTensor& tensor = trace_.tensors[index];
    tensor.is_input = true;
    tensor.dies = !graph_.buffer(buffer).is_needed_after(calls_.end - 1);
    if (form_.is_fed && is_program_input(buffer)) tensor.is_window = states_[index].is_fed = true;
    return index;
  }

  std::size_t output_tensor(std::size_t call, BufferId buffer, const RowOp& op) {
    const std::size_t index = add_tensor(buffer, op.accumulates ? 1 : op.rows);
    const BufferUse& use = graph_.buffer(buffer);
    const bool is_read_here = !use.readers.empty() && use.readers.back() > call;
    trace_.tensors[index].is_window = !op.accumulates && is_read_here && !use.is_needed_after(calls_.end - 1);
    return index;
  }

  RowRange rows_read(const RowOp& op, const Edge& edge, std::int32_t row) const {
    if (form_.sweep == Sweep::Down) return (*edge.rows_read)[static_cast<std::size_t>(row)];
    const RowRange read = (*edge.rows_read)[static_cast<std::size_t>(op.rows - 1 - row)];
    return mirrored(read, trace_.tensors[edge.tensor].rows);
  }

  /// From the last call to the first: how many rows of each are needed, and where they begin.
  bool set_demands() {
    for (std::size_t i = ops_.size(); i-- > 0;) {
      RowOp& op = ops_[i];
      const RegionTensor& output = trace_.tensors[op.output];
      TensorState& state = states_[op.output];
      if (!op.accumulates) settle(op.output);
      op.end = output.is_window ? state.end : op.rows;
      op.next = output.is_window ? state.written : 0;
      if (op.end <= op.next) return false;  // nobody reads a row of it
    }
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (!states_[i].producer) settle(i);
      if (states_[i].is_fed && (form_.sweep == Sweep::Up || graph_.buffer(trace_.tensors[i].buffer).is_output ||
                                graph_.buffer(trace_.tensors[i].buffer).readers.back() >= calls_.end ||
                                graph_.buffer(trace_.tensors[i].buffer).readers.front() < calls_.begin)) {
        return false;
      }
    }
    return true;
  }

  void settle(std::size_t index) {
    const RegionTensor& tensor = trace_.tensors[index];
    TensorState& state = states_[index];
    if (tensor.is_input && !state.is_fed) {
      state.written = state.end = tensor.rows;
      return;
    }
    if (!tensor.is_window || state.is_fed) {
      state.end = tensor.rows;
      return;
    }
    state.written = tensor.rows;
    for (const auto& [reader, input] : state.readers) {
      const RowOp& op = ops_[reader];
      state.end = std::max(state.end, rows_read(op, op.inputs[input], op.end - 1).end);
      state.written = std::min(state.written, rows_read(op, op.inputs[input], op.next).begin);
    }
  }

  /// Room for a step of every row.
  void reserve() {
    std::size_t rows = 0, reads = 0;
    for (const RowOp& op : ops_) {
      const auto steps = static_cast<std::size_t>((op.end - op.next) / std::max(form_.rows_per_step, op.least) + 1);
      rows += steps;
      reads += steps * op.inputs.size();
    }
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (states_[i].is_fed) rows += static_cast<std::size_t>(states_[i].end);
    }
    trace_.events.reserve(rows);
    if (form_.waiting == Waiting::Parked) trace_.releases.reserve(reads);
  }

  /// The first call that may work in place over an input that dies; write() takes it back when rows are still needed.
  void find_in_place() {
    for (const RowOp& op : ops_) {
      const RegionTensor& output = trace_.tensors[op.output];
      if (op.accumulates || output.is_window) continue;
      for (const BufferId buffer : graph_.call(op.call).in_place_inputs) {
        const std::size_t index = tensor_of_[program::index_of(buffer)];
        if (index == none) continue;
        const RegionTensor& input = trace_.tensors[index];
        const bool is_read_once = std::count_if(op.inputs.begin(), op.inputs.end(),
                                                [&](const Edge& edge) { return edge.tensor == index; }) == 1;
        const bool is_same_size = input.rows == output.rows && input.row_bytes == output.row_bytes;
        if (!input.is_input || !input.dies || input.is_window || !is_same_size || !is_read_once) continue;
        trace_.in_place = InPlaceRows{index, op.output};
        return;
      }
    }
  }

  void check_in_place(std::size_t output, std::int32_t end) {
    if (!trace_.in_place || trace_.in_place->output != output) return;
    const std::size_t writer = *states_[output].producer;
    if (low(trace_.in_place->input, writer) < end) trace_.in_place.reset();
  }

  void pull_roots() {
    while (true) {
      const RowOp* least = nullptr;
      for (const RowOp& op : ops_) {
        if (trace_.tensors[op.output].is_window || op.next >= op.end) continue;
        const auto progress = [](const RowOp& of) { return static_cast<double>(of.next) / of.end; };
        if (least == nullptr || progress(op) <= progress(*least)) least = &op;
      }
      if (least == nullptr) return;
      const auto index = static_cast<std::size_t>(least - ops_.data());
      compute(index, std::min(least->next + std::max(form_.rows_per_step, least->least), least->end));
    }
  }

  void flush_feeds() {
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (states_[i].is_fed) ensure(i, states_[i].end);
    }
  }

  void ensure(std::size_t index, std::int32_t end) {
    TensorState& state = states_[index];
    while (state.written < end) {
      if (state.is_fed) {
        write(std::nullopt, index, {state.written, state.written + 1}, trace_.tensors[index].rows, 0);
        continue;
      }
      const RowOp& op = ops_[*state.producer];
      const std::int32_t asked = op.next + std::min(chunk_of(op.output, end - op.next), end - op.next);
      compute(*state.producer, std::min(std::max(asked, op.next + op.least), op.end));
    }
  }

  /// How many of the next `rows` rows are computed at once. Parked windows are not filled by two steps: what is left
  /// over comes first, when few rows wait.
  std::int32_t chunk_of(std::size_t tensor, std::int32_t rows) const {
    const bool waits_parked = form_.waiting == Waiting::Parked && trace_.tensors[tensor].is_window;
    const std::int32_t rest = waits_parked ? rows % form_.rows_per_step : 0;
    return rest > 0 ? rest : form_.rows_per_step;
  }

  /// Of a step from the next row on that shall end at `end`: where it can.
  std::int32_t step_end(const RowOp& op, std::int32_t end) const {
    if (form_.sweep == Sweep::Down) return op.form->first_step({op.next, end}).end;
    return op.rows - op.form->last_step(mirrored({op.next, end}, op.rows)).begin;
  }

  void compute(std::size_t index, std::int32_t wanted_end) {
    RowOp& op = ops_[index];
    const std::int32_t end = step_end(op, wanted_end);
    std::int32_t most_read = 0;
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
      const Edge& edge = op.inputs[form_.pull_order == PullOrder::Reversed ? op.inputs.size() - 1 - i : i];
      const std::int32_t read_end = rows_read(op, edge, end - 1).end;
      ensure(edge.tensor, read_end);
      most_read = std::max(most_read, read_end - rows_read(op, edge, op.next).begin);
    }
    write(op.call, op.output, {op.next, end}, op.rows, most_read);
    op.next = end;
    if (form_.waiting == Waiting::Parked) note_releases(op);
  }

  void note_releases(const RowOp& op) {
    for (const Edge& edge : op.inputs) {
      if (!trace_.tensors[edge.tensor].is_window) continue;
      trace_.releases.push_back({trace_.events.size() - 1, edge.tensor, low(edge.tensor)});
    }
  }

  void write(std::optional<std::size_t> call, std::size_t index, RowRange rows, std::int32_t row_count,
             std::int32_t most_read) {
    RegionTensor& tensor = trace_.tensors[index];
    std::int32_t needed_from = 0;
    if (tensor.is_window) {
      needed_from = std::min(low(index), rows.begin);
      tensor.window_rows = std::max(tensor.window_rows, rows.end - needed_from);
      tensor.begins_anew = tensor.begins_anew && needed_from == rows.begin;
    }
    check_in_place(index, rows.end);
    states_[index].written = rows.end;
    trace_.events.push_back({call, index, index, rows, row_count, needed_from, most_read});
    for (const std::size_t input : trace_.dying_inputs) {
      trace_.input_lows.push_back(std::min(low(input), trace_.tensors[input].rows));
    }
  }

  /// First row that a reader, but for the op `except`, still asks for.
  std::int32_t low(std::size_t index, std::size_t except = none) const {
    std::int32_t lowest = INT32_MAX;
    for (const auto& [reader, input] : states_[index].readers) {
      const RowOp& op = ops_[reader];
      if (reader != except && op.next < op.end)
        lowest = std::min(lowest, rows_read(op, op.inputs[input], op.next).begin);
    }
    return lowest;
  }

  const RowGraph& graph_;
  const CallRange calls_;
  const RegionForm form_;
  RegionTrace trace_;
  std::vector<RowOp> ops_;
  std::vector<TensorState> states_;     ///< by tensor of the trace
  std::vector<std::size_t> tensor_of_;  ///< by BufferId
};

}  // namespace

void turn(RegionForm& form) {
  form.sweep = form.sweep == Sweep::Down ? Sweep::Up : Sweep::Down;
}

std::optional<RegionTrace> trace_region(const RowGraph& graph, CallRange calls, const RegionForm& form) {
  std::optional<RegionTrace> trace = Tracer(graph, calls, form).run();
  if (trace && form.waiting == Waiting::Parked) park_windows(*trace);
  if (trace && form.slack_rows == 0) merge_windows(*trace, graph);
  return trace;
}

std::optional<WaitingTraces> trace_waiting(const RowGraph& graph, CallRange calls, const RegionForm& form) {
  RegionForm parked = form;
  parked.waiting = Waiting::Parked;
  std::optional<RegionTrace> trace = Tracer(graph, calls, parked).run();
  if (!trace) return std::nullopt;
  WaitingTraces traces{*trace, std::nullopt};
  park_windows(*trace);
  const auto is_parked = [](const RegionTensor& tensor) { return tensor.is_parked(); };
  if (std::any_of(trace->tensors.begin(), trace->tensors.end(), is_parked)) {
    if (form.slack_rows == 0) merge_windows(*trace, graph);
    traces.parked = std::move(trace);
  }
  if (form.slack_rows == 0) merge_windows(traces.in_place, graph);
  return traces;
}

std::int32_t window_rows_of(const RegionTensor& tensor, std::int32_t slack_rows) {
  if (tensor.is_parked()) return tensor.filled_slot + tensor.window_rows;
  return std::min(tensor.window_rows + slack_rows, tensor.rows);
}

bool goes_on(const RegionTrace& trace, std::size_t event) {
  if (event == 0) return false;
  const RegionEvent& before = trace.events[event - 1];
  return before.window == trace.events[event].window && before.rows == trace.events[event].rows;
}

bool needs_slide(const RegionTrace& trace, const RegionEvent& event, std::int32_t first_row) {
  const RegionTensor& tensor = trace.tensors[event.window];
  if (event.rows.end - first_row > window_rows_of(tensor, trace.slack_rows)) return true;
  // A window that begins anew with every write is free between them.
  return tensor.begins_anew && trace.slack_rows == 0 && event.rows.begin > first_row;
}

}  // namespace pudu::schedule

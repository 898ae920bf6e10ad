#include "pte/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "pte/kernel_operators.hpp"
#include "pte/verify.hpp"

namespace pudu::pte {
namespace {

struct Range {
  std::size_t begin = 0, end = 0;
};

Range range_of(const Tensor& tensor) {
  return {tensor.place->offset, tensor.place->offset + tensor.bytes};
}

bool overlap(const Range& a, const Range& b) {
  return a.begin < b.end && b.begin < a.end;
}

/// Which buffer the bytes of one pool belong to.
class Pool {
 public:
  void write(const Range& range, std::size_t buffer) {
    auto piece = pieces_.lower_bound(range.begin);
    if (piece != pieces_.begin() && std::prev(piece)->second.end > range.begin) --piece;
    while (piece != pieces_.end() && piece->first < range.end) piece = cut(piece, range);
    pieces_[range.begin] = {range.end, buffer};
  }

  struct Piece {
    std::size_t end = 0;
    std::size_t buffer = 0;
  };
  /// Bytes of a range that one buffer holds.
  struct Part {
    Range range;
    std::size_t buffer = 0;
  };
  struct Found {
    std::vector<Part> parts;
    bool is_covered = true;  ///< no byte of the range was never written
  };

  Found read(const Range& range) const {
    Found found;
    auto piece = pieces_.lower_bound(range.begin);
    if (piece != pieces_.begin() && std::prev(piece)->second.end > range.begin) --piece;
    std::size_t covered = range.begin;
    for (; piece != pieces_.end() && piece->first < range.end; ++piece) {
      found.is_covered = found.is_covered && piece->first <= covered;
      covered = piece->second.end;
      found.parts.push_back(
          {{std::max(piece->first, range.begin), std::min(piece->second.end, range.end)}, piece->second.buffer});
    }
    found.is_covered = found.is_covered && covered >= range.end;
    return found;
  }

  /// Does the buffer written as `whole` still hold all of its bytes?
  bool is_whole(const Range& whole, std::size_t buffer) const {
    const auto piece = pieces_.find(whole.begin);
    return piece != pieces_.end() && piece->second.buffer == buffer && piece->second.end == whole.end;
  }

 private:
  using Pieces = std::map<std::size_t, Piece>;

  /// Takes `range` away from a piece that overlaps it; the piece behind it.
  Pieces::iterator cut(Pieces::iterator piece, const Range& range) {
    const std::size_t begin = piece->first;
    const Piece old = piece->second;
    auto next = pieces_.erase(piece);
    if (begin < range.begin) pieces_[begin] = {range.begin, old.buffer};
    if (old.end > range.end) next = pieces_.emplace(range.end, Piece{old.end, old.buffer}).first;
    return next;
  }

  Pieces pieces_;
};

/// Bytes of a row: of an image, whose tensor has four dimensions, the second of them in memory its rows, or of a
/// matrix; 0 for others.
std::size_t row_bytes(const Tensor& tensor) {
  const std::size_t rank = tensor.sizes.size();
  if (rank != 2 && rank != 4) return 0;
  std::size_t rows = 1;
  for (std::size_t i = 0; i < rank / 2; ++i) rows *= static_cast<std::size_t>(tensor.sizes[tensor.dim_order[i]]);
  return rows == 0 ? 0 : tensor.bytes / rows;
}

/// May the operator's output lie exactly where this input does? Those that compute element by element.
bool may_be_in_place(const Schema& schema, std::size_t input) {
  if (is_own_operator(schema.name)) return schema.arguments[input].name == schema.in_place_input;
  constexpr std::string_view elementwise[] = {"quantized_add",        "quantized_mul", "quantized_div",
                                              "quantized_activation", "minimum",       "maximum",
                                              "_clone_dim_order"};
  return std::any_of(std::begin(elementwise), std::end(elementwise),
                     [&](std::string_view name) { return schema.is(name); });
}

class Tracer {
 public:
  Tracer(const Program& program, const Plan& plan)
      : program_(program),
        plan_(plan),
        pools_(plan.pool_bytes.size()),
        steps_(std::max<std::size_t>(1, plan.calls.size())) {
    trace_.is_complete = std::all_of(plan.calls.begin(), plan.calls.end(), [&](const KernelCall& call) {
      return find_schema(plan.operator_of(call)) != nullptr;
    });
  }

  Trace run() {
    for (std::size_t i = 0; i < plan_.values.size(); ++i) {
      const auto* tensor = std::get_if<Tensor>(&plan_.values[i]);
      if (tensor != nullptr && tensor->place && tensor->data_index != 0) {
        write(static_cast<std::int32_t>(i), std::nullopt, 0, TracedKind::Variable);
      }
    }
    for (const std::int32_t value : plan_.inputs) write(value, std::nullopt, 0, TracedKind::Input);
    for (std::size_t i = 0; i < plan_.calls.size(); ++i) trace_call(i);
    for (const std::int32_t value : plan_.outputs) read_output(value);
    return std::move(trace_);
  }

 private:
  /// Null when the value has no bytes in a pool.
  const Tensor* placed(std::int32_t value) const {
    const Tensor* tensor = plan_.tensor(value);
    return tensor != nullptr && tensor->place && tensor->bytes != 0 ? tensor : nullptr;
  }
  Pool& pool_of(const Tensor& tensor) { return pools_[tensor.place->memory_id - 1]; }

  void write(std::int32_t value, std::optional<std::size_t> writer, std::size_t step, TracedKind kind) {
    const Tensor* tensor = placed(value);
    if (tensor == nullptr) return;
    pool_of(*tensor).write(range_of(*tensor), trace_.buffers.size());
    trace_.buffers.push_back({value, *tensor->place, tensor->bytes, kind, writer, step, step + 1});
  }

  void read(std::int32_t value, std::size_t step, const std::string& where) {
    const Tensor* tensor = placed(value);
    if (tensor == nullptr) return;
    const Range range = range_of(*tensor);
    const Pool::Found found = pool_of(*tensor).read(range);
    for (const Pool::Part& part : found.parts) {
      trace_.buffers[part.buffer].end_step = std::max(trace_.buffers[part.buffer].end_step, step + 1);
    }
    if (!found.is_covered) {
      fault(where, value, *tensor, "which nothing has written");
    } else if (const auto* stranger = find_stranger(*tensor, found.parts)) {
      fault(where, value, *tensor, fmt::format("part of which {} has written over", writer_name(*stranger)));
    }
  }

  /// The last writer that has written over part of what is read; null when the bytes belong together: they are part of
  /// one buffer, or consist of whole buffers, or of rows of images as wide.
  const TracedBuffer* find_stranger(const Tensor& tensor, const std::vector<Pool::Part>& parts) {
    if (parts.size() == 1) return nullptr;
    const Range range = range_of(tensor);
    const bool are_whole = std::all_of(parts.begin(), parts.end(), [&](const Pool::Part& part) {
      const TracedBuffer& buffer = trace_.buffers[part.buffer];
      const Range whole{buffer.place.offset, buffer.place.offset + buffer.bytes};
      return whole.begin >= range.begin && whole.end <= range.end && pool_of(tensor).is_whole(whole, part.buffer);
    });
    if (are_whole || are_rows(tensor, parts)) return nullptr;
    const auto last =
        std::max_element(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.buffer < b.buffer; });
    return &trace_.buffers[last->buffer];
  }

  /// A window of a plan by rows: each part is some rows of an image with the same rows, of which others are gone. An
  /// elementwise call may see each position as a row.
  bool are_rows(const Tensor& tensor, const std::vector<Pool::Part>& parts) const {
    return std::all_of(parts.begin(), parts.end(), [&](const Pool::Part& part) {
      const TracedBuffer& buffer = trace_.buffers[part.buffer];
      const Tensor& written = *plan_.tensor(buffer.value);
      const auto [least, most] = std::minmax({row_bytes(tensor), row_bytes(written)});
      return least > 0 && most % least == 0 && written.type == tensor.type &&
             (part.range.begin - tensor.place->offset) % most == 0 &&
             (part.range.begin - buffer.place.offset) % most == 0 && (part.range.end - buffer.place.offset) % most == 0;
    });
  }

  void read_output(std::int32_t value) {
    const Tensor* tensor = placed(value);
    if (tensor == nullptr) return;
    read(value, steps_ - 1, fmt::format("output {}", value));
    for (const Pool::Part& part : pool_of(*tensor).read(range_of(*tensor)).parts) {
      if (trace_.buffers[part.buffer].kind == TracedKind::Activation) {
        trace_.buffers[part.buffer].kind = TracedKind::Output;
      }
    }
  }

  void trace_call(std::size_t step) {
    const KernelCall& call = plan_.calls[step];
    for (const Access wanted : {Access::Read, Access::Scratch, Access::Write}) {
      for (std::size_t i = 0; i < call.args.size(); ++i) {
        const std::optional<Access> access = access_of(plan_, call, i);
        if (access != wanted) continue;
        if (wanted == Access::Read) {
          for (const std::int32_t value : tensors_at(plan_, call, i)) {
            read(value, step, place_of(program_, plan_, step, i));
          }
        } else if (placed(call.args[i]) != nullptr) {
          check_apart(step, i);
          write(call.args[i], step, step, wanted == Access::Write ? TracedKind::Activation : TracedKind::Scratch);
        }
      }
    }
  }

  /// What a call writes must not lie over its other arguments.
  void check_apart(std::size_t step, std::size_t written) {
    const KernelCall& call = plan_.calls[step];
    const Schema* schema = find_schema(plan_.operator_of(call));
    if (schema == nullptr) return;
    for (std::size_t i = 0; i < call.args.size(); ++i) {
      const std::optional<Access> access = access_of(plan_, call, i);
      const bool is_earlier = i < written || access == Access::Read;
      if (i == written || !access || !is_earlier) continue;
      const bool may_coincide = access == Access::Read && may_be_in_place(*schema, i);
      for (const std::int32_t value : tensors_at(plan_, call, i))
        check_apart_from(step, written, i, value, may_coincide);
    }
  }

  void check_apart_from(std::size_t step, std::size_t written, std::size_t position, std::int32_t value,
                        bool may_coincide) {
    const KernelCall& call = plan_.calls[step];
    const Tensor& mine = *placed(call.args[written]);
    const Tensor* other = placed(value);
    if (other == nullptr || other->place->memory_id != mine.place->memory_id) return;
    if (!overlap(range_of(mine), range_of(*other))) return;
    const bool coincides = mine.place->offset == other->place->offset && mine.bytes == other->bytes;
    if (coincides && may_coincide) return;
    fault(place_of(program_, plan_, step, written), call.args[written], mine,
          fmt::format("which lies over argument {} ({})", position,
                      find_schema(plan_.operator_of(call))->arguments[position].name));
  }

  static std::string writer_name(const TracedBuffer& buffer) {
    return buffer.writer ? fmt::format("instruction {}", *buffer.writer) : "the caller";
  }

  void fault(const std::string& where, std::int32_t value, const Tensor& tensor, const std::string& what) {
    if (!trace_.is_complete) return;
    trace_.faults.add(where,
                      fmt::format("value {}, {} bytes at offset {} of memory {}, {}", value, tensor.bytes,
                                  tensor.place->offset, tensor.place->memory_id, what),
                      "bytes of its own from when it is written until it is last read");
  }

  const Program& program_;
  const Plan& plan_;
  std::vector<Pool> pools_;
  std::size_t steps_;
  Trace trace_;
};

/// How many of the last values of a call are what it returns: they come twice, as `out` arguments and as results.
std::size_t returned_values(const KernelCall& call) {
  const std::vector<std::int32_t>& args = call.args;
  for (std::size_t count = args.size() / 2; count > 0; --count) {
    const auto last = args.end() - static_cast<std::ptrdiff_t>(count);
    if (std::equal(last, args.end(), last - static_cast<std::ptrdiff_t>(count))) return count;
  }
  return 0;
}

}  // namespace

std::string_view to_string(TracedKind kind) {
  switch (kind) {
    case TracedKind::Input:
      return "input";
    case TracedKind::Variable:
      return "variable";
    case TracedKind::Activation:
      return "activation";
    case TracedKind::Output:
      return "output";
    case TracedKind::Scratch:
      break;
  }
  return "scratch";
}

std::optional<Access> access_of(const Plan& plan, const KernelCall& call, std::size_t position) {
  const Value& value = plan.values[static_cast<std::size_t>(call.args[position])];
  if (!std::holds_alternative<Tensor>(value) && !std::holds_alternative<TensorList>(value)) return std::nullopt;
  if (const Schema* schema = find_schema(plan.operator_of(call))) {
    if (position >= schema->arguments.size()) return std::nullopt;
    return schema->arguments[position].access;
  }
  const std::size_t returned = returned_values(call);
  if (position + returned >= call.args.size()) return std::nullopt;
  return position + 2 * returned >= call.args.size() ? Access::Write : Access::Read;
}

std::vector<std::int32_t> tensors_at(const Plan& plan, const KernelCall& call, std::size_t position) {
  const std::int32_t index = call.args[position];
  const Value& value = plan.values[static_cast<std::size_t>(index)];
  if (std::holds_alternative<Tensor>(value)) return {index};
  std::vector<std::int32_t> values;
  if (const auto* list = std::get_if<TensorList>(&value)) {
    for (const std::int32_t item : list->items) {
      if (item >= 0 && plan.tensor(item) != nullptr) values.push_back(item);
    }
  }
  return values;
}

Trace trace_memory(const Program& program, const Plan& plan) {
  return Tracer(program, plan).run();
}

Status verify_flow(const Program& program) {
  for (const Plan& plan : program.plans) PUDU_TRY(trace_memory(program, plan).faults.status());
  return {};
}

}  // namespace pudu::pte

#include "schedule/reorder.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "schedule/make_schedule.hpp"
#include "schedule/share_storage.hpp"

namespace pudu::schedule {
namespace {

using program::BufferId;
using program::BufferKind;
using program::index_of;
using program::KernelCall;
using program::Operand;
using program::Program;

std::size_t rounded(std::size_t bytes) {
  constexpr std::size_t grain = 16;
  return (bytes + grain - 1) / grain * grain;
}

/// A set of calls.
class CallSet {
 public:
  explicit CallSet(std::size_t call_count) : words_((call_count + 63) / 64, 0) {}

  bool contains(std::size_t call) const { return (words_[call / 64] >> (call % 64) & 1U) != 0; }
  void insert(std::size_t call) { words_[call / 64] |= std::uint64_t{1} << (call % 64); }
  bool contains_all(const std::vector<std::size_t>& calls) const {
    return std::all_of(calls.begin(), calls.end(), [this](std::size_t call) { return contains(call); });
  }
  friend bool operator<(const CallSet& a, const CallSet& b) { return a.words_ < b.words_; }

 private:
  std::vector<std::uint64_t> words_;
};

/// What a call does to the bytes alive.
struct Effect {
  std::size_t peak_bytes = 0;   ///< alive while it runs
  std::size_t alive_bytes = 0;  ///< behind it
};

/// Which calls use each buffer of the arena, and so when it comes and goes.
class Liveness {
 public:
  explicit Liveness(const Program& program) : program_(program), uses_(program.buffers.size()) {
    for (std::size_t call = 0; call < program.calls.size(); ++call) {
      in_place_.push_back(in_place_inputs(program.calls[call]));
      for (const Operand& operand : program.calls[call].operands) {
        std::vector<std::size_t>& uses = uses_[index_of(operand.buffer)];
        if (uses.empty() || uses.back() != call) uses.push_back(call);
      }
    }
    for (const program::Port& port : program.outputs) outputs_.push_back(port.buffer);
  }

  /// Bytes alive before the first call.
  std::size_t input_bytes() const {
    std::size_t bytes = 0;
    for (const program::Buffer& buffer : program_.buffers) {
      if (buffer.kind == BufferKind::Input) bytes += rounded(buffer.bytes());
    }
    return bytes;
  }

  /// No order needs less: some call needs as much for itself.
  std::size_t lower_bound() const {
    std::size_t bound = input_bytes();
    for (std::size_t call = 0; call < program_.calls.size(); ++call) bound = std::max(bound, own_bytes(call));
    return bound;
  }

  Effect effect(std::size_t call, const CallSet& done, std::size_t alive_bytes) const {
    const KernelCall& kernel_call = program_.calls[call];
    std::size_t added = 0;
    std::size_t scratch = 0;
    std::size_t dying = 0;
    std::size_t spared = 0;  // by working in place
    std::vector<BufferId> seen;
    for (const Operand& operand : kernel_call.operands) {
      const program::Buffer& buffer = program_.buffer(operand.buffer);
      if (buffer.kind == BufferKind::Constant || buffer.kind == BufferKind::State) continue;
      if (std::find(seen.begin(), seen.end(), buffer.id) != seen.end()) continue;
      seen.push_back(buffer.id);
      const std::size_t bytes = rounded(buffer.bytes());
      if (buffer.kind == BufferKind::Scratch) {
        scratch += bytes;
        continue;
      }
      if (is_first_use(buffer, done)) added += bytes;
      if (!is_last_use(buffer.id, call, done)) continue;
      dying += bytes;
      if (works_in_place_of(call, operand)) spared = std::max(spared, std::min(bytes, output_bytes(kernel_call)));
    }
    spared = std::min(spared, added);
    return {alive_bytes + added + scratch - spared, alive_bytes + added - dying};
  }

 private:
  /// Operands and scratch, with the result in the place of an input if the kernel can.
  std::size_t own_bytes(std::size_t call) const {
    const KernelCall& kernel_call = program_.calls[call];
    std::size_t bytes = 0;
    std::size_t spared = 0;
    std::vector<BufferId> seen;
    for (const Operand& operand : kernel_call.operands) {
      const program::Buffer& buffer = program_.buffer(operand.buffer);
      if (buffer.kind == BufferKind::Constant || buffer.kind == BufferKind::State) continue;
      if (std::find(seen.begin(), seen.end(), buffer.id) != seen.end()) continue;
      seen.push_back(buffer.id);
      bytes += rounded(buffer.bytes());
      if (works_in_place_of(call, operand)) {
        spared = std::max(spared, std::min(rounded(buffer.bytes()), output_bytes(kernel_call)));
      }
    }
    return bytes - spared;
  }

  bool is_first_use(const program::Buffer& buffer, const CallSet& done) const {
    if (buffer.kind == BufferKind::Input) return false;
    const std::vector<std::size_t>& uses = uses_[index_of(buffer.id)];
    return std::none_of(uses.begin(), uses.end(), [&](std::size_t use) { return done.contains(use); });
  }

  bool is_last_use(BufferId id, std::size_t call, const CallSet& done) const {
    if (std::find(outputs_.begin(), outputs_.end(), id) != outputs_.end()) return false;
    const std::vector<std::size_t>& uses = uses_[index_of(id)];
    return std::all_of(uses.begin(), uses.end(), [&](std::size_t use) { return use == call || done.contains(use); });
  }

  bool works_in_place_of(std::size_t call, const Operand& operand) const {
    const std::vector<std::string_view>& inputs = in_place_[call];
    return std::find(inputs.begin(), inputs.end(), operand.name) != inputs.end();
  }

  std::size_t output_bytes(const KernelCall& call) const {
    const Operand* output = call.find_operand("output");
    return output == nullptr ? 0 : rounded(program_.buffer(output->buffer).bytes());
  }

  const Program& program_;
  std::vector<std::vector<std::size_t>> uses_;           ///< by buffer: calls, ascending
  std::vector<std::vector<std::string_view>> in_place_;  ///< by call: inputs whose place the output may take
  std::vector<BufferId> outputs_;
};

/// An order of the calls of a set.
struct Path {
  std::size_t peak_bytes = 0;
  std::size_t alive_bytes = 0;
  std::size_t disorder = 0;  ///< calls that ran before an earlier one that was ready
  std::size_t last_call = 0;
  std::size_t parent = 0;  ///< path of the set without the last call, in the layer before
};

bool is_better(const Path& a, const Path& b) {
  return std::pair(a.peak_bytes, a.disorder) < std::pair(b.peak_bytes, b.disorder);
}

class OrderSearch {
 public:
  OrderSearch(const Program& program, std::size_t most_sets)
      : program_(program), liveness_(program), before_(dependences(program)), most_sets_(most_sets) {}

  CallOrder run() {
    const std::size_t count = program_.calls.size();
    CallOrder result;
    result.calls.resize(count);
    std::iota(result.calls.begin(), result.calls.end(), std::size_t{0});
    result.old_peak_bytes = result.peak_bytes = peak_bytes(program_, result.calls);
    limit_bytes_ = result.old_peak_bytes;
    if (liveness_.lower_bound() >= limit_bytes_) {
      result.is_optimal = true;
      return result;
    }
    layers_.push_back({{CallSet(count), {liveness_.input_bytes(), liveness_.input_bytes(), 0, 0, 0}}});
    for (std::size_t size = 0; size < count && !layers_.back().empty(); ++size) add_layer();
    result.is_optimal = !has_dropped_sets_;
    if (layers_.size() == count + 1 && !layers_.back().empty()) {
      result.calls = path_to_end();
      result.peak_bytes = layers_.back()[0].second.peak_bytes;
    }
    return result;
  }

 private:
  using Layer = std::vector<std::pair<CallSet, Path>>;

  void add_layer() {
    const Layer& layer = layers_.back();
    std::map<CallSet, Path> next;
    for (std::size_t i = 0; i < layer.size(); ++i) {
      const auto& [done, path] = layer[i];
      std::size_t ready_before = 0;
      for (std::size_t call = 0; call < program_.calls.size(); ++call) {
        if (done.contains(call) || !done.contains_all(before_[call])) continue;
        extend(next, layer[i], {0, 0, path.disorder + ready_before, call, i});
        ++ready_before;
      }
    }
    Layer sorted(next.begin(), next.end());
    if (sorted.size() > most_sets_) {
      has_dropped_sets_ = true;
      // The lowest peaks, then the fewest bytes that wait: what is freed early leaves room for what follows.
      std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return std::pair(a.second.peak_bytes, a.second.alive_bytes) <
               std::pair(b.second.peak_bytes, b.second.alive_bytes);
      });
      sorted.erase(sorted.begin() + static_cast<std::ptrdiff_t>(most_sets_), sorted.end());
    }
    layers_.push_back(std::move(sorted));
  }

  void extend(std::map<CallSet, Path>& next, const std::pair<CallSet, Path>& from, Path path) const {
    const Effect effect = liveness_.effect(path.last_call, from.first, from.second.alive_bytes);
    path.peak_bytes = std::max(from.second.peak_bytes, effect.peak_bytes);
    path.alive_bytes = effect.alive_bytes;
    if (path.peak_bytes >= limit_bytes_) return;  // the old order is as good
    CallSet done = from.first;
    done.insert(path.last_call);
    const auto [at, is_new] = next.try_emplace(std::move(done), path);
    if (!is_new && is_better(path, at->second)) at->second = path;
  }

  std::vector<std::size_t> path_to_end() const {
    std::vector<std::size_t> calls;
    std::size_t index = 0;
    for (std::size_t layer = layers_.size() - 1; layer > 0; --layer) {
      const Path& path = layers_[layer][index].second;
      calls.push_back(path.last_call);
      index = path.parent;
    }
    std::reverse(calls.begin(), calls.end());
    return calls;
  }

  const Program& program_;
  Liveness liveness_;
  std::vector<std::vector<std::size_t>> before_;
  std::size_t most_sets_;
  std::size_t limit_bytes_ = 0;
  bool has_dropped_sets_ = false;
  std::vector<Layer> layers_;  ///< by size of the sets
};

}  // namespace

std::vector<std::vector<std::size_t>> dependences(const Program& program) {
  struct Access {
    std::optional<std::size_t> last_write;
    std::vector<std::size_t> reads;  ///< since then
  };
  std::vector<Access> accesses(program.buffers.size());
  std::vector<std::vector<std::size_t>> before(program.calls.size());
  for (std::size_t call = 0; call < program.calls.size(); ++call) {
    for (const Operand& operand : program.calls[call].operands) {
      Access& access = accesses[index_of(operand.buffer)];
      if (access.last_write && *access.last_write != call) before[call].push_back(*access.last_write);
      if (!program::is_written(operand.name)) continue;
      for (const std::size_t read : access.reads) {
        if (read != call) before[call].push_back(read);
      }
    }
    for (const Operand& operand : program.calls[call].operands) {
      Access& access = accesses[index_of(operand.buffer)];
      if (program::is_written(operand.name)) {
        access = {call, {}};
      } else {
        access.reads.push_back(call);
      }
    }
    std::sort(before[call].begin(), before[call].end());
    before[call].erase(std::unique(before[call].begin(), before[call].end()), before[call].end());
  }
  return before;
}

std::size_t peak_bytes(const Program& program, const std::vector<std::size_t>& order) {
  const Liveness liveness(program);
  CallSet done(program.calls.size());
  Effect now{liveness.input_bytes(), liveness.input_bytes()};
  std::size_t peak = now.peak_bytes;
  for (const std::size_t call : order) {
    now = liveness.effect(call, done, now.alive_bytes);
    peak = std::max(peak, now.peak_bytes);
    done.insert(call);
  }
  return peak;
}

CallOrder find_order(const Program& program, std::size_t most_sets) {
  return OrderSearch(program, most_sets).run();
}

Result<Reordering> reorder_calls(Program& program) {
  const CallOrder order = find_order(program);
  Reordering result{.is_optimal = order.is_optimal};
  if (order.peak_bytes >= order.old_peak_bytes) return result;
  // A plan of a few moments is enough for a comparison.
  constexpr double plan_seconds = 0.1;
  Program reordered = program;
  for (std::size_t i = 0; i < order.calls.size(); ++i) {
    reordered.calls[i] = program.calls[order.calls[i]];
    result.moved_calls += order.calls[i] == i ? 0 : 1;
  }
  PUDU_TRY_ASSIGN(const program::MemoryMap before, plan_layerwise(program, plan_seconds));
  PUDU_TRY_ASSIGN(const program::MemoryMap behind, plan_layerwise(reordered, plan_seconds));
  result.old_arena_bytes = before.arena_bytes;
  result.arena_bytes = std::min(before.arena_bytes, behind.arena_bytes);
  if (behind.arena_bytes < before.arena_bytes) {
    program = std::move(reordered);
  } else {
    result.moved_calls = 0;
  }
  return result;
}

}  // namespace pudu::schedule

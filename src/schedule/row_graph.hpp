// A Program seen by the scheduler: who writes and reads every buffer, and which calls work by rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "kernels/overlap.hpp"
#include "ops/row_calls.hpp"
#include "program/program.hpp"
#include "schedule/kernel_costs.hpp"

namespace pudu::schedule {

/// Which calls use a buffer of the arena; indices into Program::calls, ascending.
struct BufferUse {
  std::optional<std::size_t> writer;  ///< none for inputs
  std::vector<std::size_t> readers;
  bool is_output = false;  ///< of the program
  bool is_in_arena = false;
  std::size_t bytes = 0;

  /// Is it read, or returned, behind the call?
  bool is_needed_after(std::size_t call) const { return is_output || (!readers.empty() && readers.back() > call); }
};

struct CallUse {
  std::optional<ops::RowForm> form;
  /// By input of the form, by row of the output: rows that are read.
  std::vector<std::vector<program::RowRange>> rows_read;
  std::vector<program::BufferId> reads;            ///< buffers of the arena, each once
  std::vector<program::BufferId> writes;           ///< without scratch
  std::vector<program::BufferId> in_place_inputs;  ///< reads whose memory the output may have
};

/// What those who run the program allow; what is not set is as the kernels of the C++ output have it.
struct RowRules {
  /// May the call, which has a row form, run by rows?
  std::function<bool(const program::Program&, const program::KernelCall&)> runs_by_rows = {};
  /// Operands whose memory the call's output may have.
  std::function<std::vector<std::string_view>(const program::Program&, const program::KernelCall&)> in_place = {};
  /// How far the output of a whole call may lie over its input.
  std::function<kernels::Overlap(const program::Program&, const program::KernelCall&)> overlap = {};
};

class RowGraph {
 public:
  /// `program` must outlive it. `model` is that of its own kernels, where there are no `options`.
  explicit RowGraph(const program::Program& program, KernelOptions options = {}, const KernelModel& model = {},
                    RowRules rules = {});

  const program::Program& program() const { return program_; }
  const CallUse& call(std::size_t index) const { return calls_[index]; }
  std::size_t call_count() const { return calls_.size(); }
  const BufferUse& buffer(program::BufferId id) const { return buffers_[program::index_of(id)]; }
  std::size_t buffer_count() const { return buffers_.size(); }
  const KernelCosts& kernels() const { return kernels_; }
  /// Of buffers that are there before the call and that it or a later one needs, each rounded up to the alignment.
  std::size_t bytes_before(std::size_t call) const { return bytes_before_[call]; }
  /// Kernels for the whole call whose output lies over its input as far as they allow; empty where none does.
  std::span<const Offer> overlapping_offers(std::size_t call) const;

 private:
  void sum_bytes_before();
  std::vector<program::BufferId> in_place_inputs_of(std::size_t call) const;
  kernels::Overlap overlap(const program::KernelCall& call) const;
  /// That the output of the whole call can have in common with its input, with the kernel of `option`.
  std::size_t shared_bytes(std::size_t call, const program::KernelCall& option) const;

  const program::Program& program_;
  RowRules rules_;
  std::vector<CallUse> calls_;
  std::vector<BufferUse> buffers_;
  std::vector<std::size_t> bytes_before_;  ///< by call
  KernelCosts kernels_;
};

/// Buffers lie at multiples of this.
inline constexpr std::size_t alignment_bytes = 16;

inline std::size_t aligned(std::size_t bytes) {
  return (bytes + alignment_bytes - 1) / alignment_bytes * alignment_bytes;
}

}  // namespace pudu::schedule

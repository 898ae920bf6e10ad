// Follows the bytes of a plan's memory pools through its instructions: who writes them, who reads them, until when they
// are needed. From it come the lifetimes that the report draws, and the faults of a plan that would compute with bytes
// of somebody else.
//
// A tensor's value does not own its bytes: a view is another value at the same place, and no instruction makes it. So
// bytes are followed, not values. Limits: what an operator does with its arguments is known for those of operators.def;
// of others, what is returned counts as written and all else as read, and their plans give no faults.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pte/faults.hpp"
#include "pte/operators.hpp"

namespace pudu::pte {

enum class TracedKind : std::uint8_t { Input, Variable, Activation, Output, Scratch };
std::string_view to_string(TracedKind kind);

/// Bytes that were written at one step, until the last step that reads them: steps [begin_step, end_step).
struct TracedBuffer {
  std::int32_t value = 0;  ///< the tensor that was written
  PoolPlace place;
  std::size_t bytes = 0;
  TracedKind kind = TracedKind::Activation;
  std::optional<std::size_t> writer;  ///< index of the call; empty for what the caller or the runtime writes
  std::size_t begin_step = 0;
  std::size_t end_step = 1;
};

struct Trace {
  std::vector<TracedBuffer> buffers;  ///< in the order of their first bytes written; none of 0 bytes
  bool is_complete = true;            ///< all operators are known
  Faults faults;
};

/// `plan` is one of `program`, and verify_calls() has found nothing.
Trace trace_memory(const Program& program, const Plan& plan);

/// What a call does with the tensor or the tensors of a list at a position of its arguments; none for an argument of
/// another kind, and for what is returned.
std::optional<Access> access_of(const Plan& plan, const KernelCall& call, std::size_t position);

/// The values of the tensors at a position: one, those of a list, or none.
std::vector<std::int32_t> tensors_at(const Plan& plan, const KernelCall& call, std::size_t position);

}  // namespace pudu::pte

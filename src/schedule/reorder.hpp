// The order in which the calls of a program need the least memory at a time. Branches of a network may run in any order
// that keeps their data; which one runs first decides how many of their results wait in memory for the others.
//
// A dynamic program over the sets of calls that can have run (the downsets of the dependences): of all orders that lead
// to a set only the one with the lowest peak matters, since what is alive depends on the set alone. Sets are looked at
// by their size; if more of one size survive than `most_sets`, only the most promising do, and the order found need not
// be the best one. Chains have one set of a size, networks of a few branches a handful.
//
// What counts is liveness, not packing: the bytes alive at a call, in multiples of 16, with its scratch, where a result
// takes the place of an input that dies there if the kernel works in place.
#pragma once

#include <cstddef>
#include <vector>

#include "base/result.hpp"
#include "program/program.hpp"

namespace pudu::schedule {

inline constexpr std::size_t default_most_sets = 1024;

struct CallOrder {
  std::vector<std::size_t>
      calls;                   ///< indices of the calls in their new order; the old one unless that has a higher peak
  std::size_t peak_bytes = 0;  ///< most bytes alive in the new order
  std::size_t old_peak_bytes = 0;  ///< in the program's order
  bool is_optimal = false;         ///< no order has a lower peak
};

/// Deterministic; calls keep their order where it does not matter.
CallOrder find_order(const program::Program& program, std::size_t most_sets = default_most_sets);

/// Most bytes alive at a time when the calls run in this order, which keeps all dependences.
std::size_t peak_bytes(const program::Program& program, const std::vector<std::size_t>& order);

/// By call: the calls that must have run before it. Reads come behind the writes they see and before later ones, writes
/// of a buffer (states, parts of a concatenation) keep their order.
std::vector<std::vector<std::size_t>> dependences(const program::Program& program);

/// What another order of the calls has won.
struct Reordering {
  std::size_t moved_calls = 0;      ///< that do not stand where they stood; 0: the order is the old one
  std::size_t old_arena_bytes = 0;  ///< layer by layer, in the old order; of both plans 0 where nothing was tried
  std::size_t arena_bytes = 0;
  bool is_optimal = false;  ///< no order has a lower peak of bytes alive
};

/// Puts the calls into the order of find_order() if a plan layer by layer then really needs less.
Result<Reordering> reorder_calls(program::Program& program);

}  // namespace pudu::schedule

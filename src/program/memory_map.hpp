// Where every buffer of a Program lies in the arena, and when it is alive. The planner decides the offsets; this is the
// form in which emitters, simulator and report use them. States, which are always alive, lie one behind the other in a
// block of their own.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "program/program.hpp"
#include "program/schedule.hpp"

namespace pudu::program {

/// Steps (indices of calls) during which a buffer holds data: [begin_step, end_step).
struct Lifetime {
  int begin_step = 0;
  int end_step = 0;
};

/// Lifetime of every buffer, indexed by BufferId; empty for constants, for states, and for buffers that no call and no
/// port uses.
/// Inputs live from step 0, outputs to the last step; a buffer that nothing reads still lives during the step that
/// writes it. A program without calls has one step.
std::vector<std::optional<Lifetime>> lifetimes(const Program& program);

/// A memory that the user has named (targets/memory_regions.hpp), with what lies in it.
struct PlacedRegion {
  std::string name;
  std::string section;                   ///< of the linker; where the C++ puts it
  std::size_t capacity_bytes = 0;        ///< what there is of it
  std::size_t begin = 0;                 ///< of RAM: offsets [begin, begin + bytes) of the arena lie here
  std::size_t bytes = 0;                 ///< in use
  std::vector<BufferId> constants = {};  ///< of flash: what lies here
};

struct MemoryMap {
  std::size_t arena_bytes = 0;
  std::size_t lower_bound_bytes = 0;  ///< no packing can need less: most bytes alive at one step, or proved
  std::string strategy;               ///< which planning strategy won
  std::size_t state_bytes = 0;        ///< the state block, beside the arena
  /// By BufferId: of states in the state block, of others in the arena. Empty where lifetimes are, scratch apart.
  std::vector<std::optional<std::size_t>> offsets;
  std::vector<std::optional<Lifetime>> lifetimes;  ///< by BufferId; as lifetimes() gives them
  /// How the program runs; empty: layer by layer. With one, the steps of lifetimes are its steps.
  std::optional<Schedule> schedule = {};
  /// RAM that the user has named: the arena is divided into these, one behind the other. Empty: one block.
  std::vector<PlacedRegion> ram_regions = {};
  /// Flash that the user has named, with all constants. Empty: they lie together.
  std::vector<PlacedRegion> flash_regions = {};

  std::size_t offset(BufferId id) const { return offsets[index_of(id)].value(); }
};

/// Alignment of every buffer in the state block, and of the block itself.
inline constexpr std::size_t state_alignment = 16;

/// Gives every state of the program its place: sets their offsets and state_bytes of a map that has room for all
/// buffers.
void place_states(const Program& program, MemoryMap& map);

/// Has every buffer that needs one a place inside the arena, and every state one inside the state block that no other
/// has? Internal if not: the map is not this program's.
Status check_map(const Program& program, const MemoryMap& map);

}  // namespace pudu::program

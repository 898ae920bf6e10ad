// Buffers that lie in the memory of others, for programs that run layer by layer: results of elementwise kernels in the
// place of an input, and views. A slice, a copy or a concatenation whose parts lie in one piece needs no call at all
// when its results lie where their bytes are already, or its parts where they are to be.
//
// Nothing is shared on trust: every decision is kept only if a run of the whole program, in which every byte carries
// the name of the value it belongs to, reads the right value everywhere (StorageRun).
//
// Limits: constants and states have memory of their own; parts begin at multiples of part_alignment; a call that
// CMSIS-NN computes does not work in place, since CMSIS-NN does not promise it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "kernels/overlap.hpp"
#include "program/program.hpp"
#include "program/schedule.hpp"
#include "schedule/live_extents.hpp"

namespace pudu::schedule {

/// What kernels may ask of an operand's address.
inline constexpr std::size_t part_alignment = 16;

struct StorageSharing {
  std::vector<std::optional<program::SharedStorage>> shared;  ///< by BufferId
  std::vector<bool> is_omitted;                               ///< by call: its results are there without it
};

/// How far the output of a call may lie over its input.
using OverlapRule = std::function<kernels::Overlap(const program::Program&, const program::KernelCall&)>;

/// What those who run the program allow.
struct SharingRules {
  /// Operands whose memory the call's output may have: some of in_place_inputs(), or none.
  std::function<std::vector<std::string_view>(const program::Program&, const program::KernelCall&)> in_place;
  OverlapRule overlap = {};  ///< none: never
};

/// Those of the C++ output, whose calls are this compiler's kernels or CMSIS-NN's functions.
SharingRules own_sharing_rules();

/// Nobody shares anything.
StorageSharing no_sharing(const program::Program& program);

/// As much as is sound and allowed.
StorageSharing share_storage(const program::Program& program, const SharingRules& rules = own_sharing_rules());

/// Whole calls in their order, without those omitted.
program::Schedule layerwise_schedule(const program::Program& program, StorageSharing sharing);

/// Does the program compute the same as without sharing? By running it on names of values instead of bytes.
bool is_sound(const program::Program& program, const StorageSharing& sharing);

/// Extents (live_extents.hpp) of a program in which some calls have no step, because their results are there without
/// them: what such a call would read stays alive for what it would write, byte for byte.
void bridge_omitted_calls(const program::Program& program, const program::Schedule& schedule,
                          std::vector<BufferExtents>& extents);

/// Operands whose memory the call's output may have (KernelBinding::in_place_inputs).
std::vector<std::string_view> in_place_inputs(const program::KernelCall& call);

/// `size` bytes of `source` that a call puts, unchanged and in one piece, into `target`.
struct MovedPiece {
  program::BufferId source{};
  std::size_t source_begin = 0;
  program::BufferId target{};
  std::size_t target_begin = 0;
  std::size_t size = 0;
};

/// The pieces of a call that moves bytes and does nothing else: copies, slices along the outermost dimension,
/// concatenations along it. Empty for all other calls.
std::vector<MovedPiece> moved_pieces(const program::Program& program, const program::KernelCall& call);

}  // namespace pudu::schedule

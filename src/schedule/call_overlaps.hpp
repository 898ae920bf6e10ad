// Which buffers of a plan of whole calls may share bytes although both hold data at one step: the input of a call whose
// last reader it is, and its output, as far as the kernel's order of reading and writing allows (kernels/overlap.hpp).
#pragma once

#include <functional>
#include <vector>

#include "kernels/overlap.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"
#include "program/schedule.hpp"
#include "schedule/live_extents.hpp"
#include "schedule/make_schedule.hpp"

namespace pudu::schedule {

/// That of the C++ output: Pudu's kernels as they say, calls that CMSIS-NN computes never.
kernels::Overlap own_overlap(const program::Program& program, const program::KernelCall& call);

/// The most bytes that a dying input and an output of so many bytes can have in common.
std::size_t most_shared_bytes(const kernels::Overlap& overlap, std::size_t input_bytes, std::size_t output_bytes);

/// Adds to the problem what `rule` allows. Only calls as a whole count, and memories in which at that step nothing else
/// is alive, and which are not alive together at another step.
void add_overlaps(const program::Program& program, const program::Schedule& schedule, const OverlapRule& rule,
                  ArenaProblem& problem);

/// Does the step, one of a whole call, leave its output as it is when its input lies apart, where both share bytes?
bool may_overlap(const program::Program& program, const program::MemoryMap& map, const program::KernelCall& call);

}  // namespace pudu::schedule

// The steps of a schedule made ready to run: the call of each with the addresses of its operands, and which bytes of
// the arena it reads and writes. What nobody reads any more follows from these alone, by going through the steps from
// the last to the first, without the lifetimes that the memory plan was made of.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::simulator {

/// Bytes [begin, end) of the arena.
struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct PreparedStep {
  program::StepKind kind = program::StepKind::Whole;
  std::size_t call_index = 0;             ///< of Whole and Rows: in the program
  program::KernelCall call;               ///< of Whole and Rows: that of the rows
  std::vector<std::size_t> call_offsets;  ///< bytes from the first of each of call.operands to where the call begins
  ByteRange moved_from, moved_to;         ///< of Slide
  std::size_t input = 0;                  ///< of Feed: index of the port
  std::size_t input_offset = 0;           ///< of Feed: byte of the port's tensor
  ByteRange fed;                          ///< of Feed
  std::vector<ByteRange> reads, writes;   ///< scratch is written only
};

/// The map has a schedule and has passed check_map.
std::vector<PreparedStep> prepare_steps(const program::Program& program, const program::MemoryMap& map);

/// By step of a plan of whole layers: bytes of buffers that the plan's lifetimes say are dead behind it, which no
/// buffer has that lives on. Poison there shows lifetimes that end too early.
std::vector<std::vector<ByteRange>> bytes_said_dead(const program::Program& program, const program::MemoryMap& map);

/// By step: bytes that the step used, or that were there for it, and that no later step reads.
std::vector<std::vector<ByteRange>> bytes_dying(const program::Program& program, const program::MemoryMap& map,
                                                const std::vector<PreparedStep>& steps);

}  // namespace pudu::simulator

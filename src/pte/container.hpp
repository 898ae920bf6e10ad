// The container of a .pte file: a flatbuffer with ExecuTorch's extended header behind its first eight bytes, then the
// segments. What is in the flatbuffer is read.hpp's matter.
//
//   0 root offset | 4 "ET12" | 8 "eh00" | 12 header bytes | 16 program bytes | 24 segment base | 32 segment bytes | 40
//   ...
//
// Limits: a file without an extended header (from before ExecuTorch 0.1, or with a damaged one) is refused, though the
// stock runtime runs it with constants from the wrong place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hpp"

namespace pudu::pte {

inline constexpr std::size_t extended_header_bytes = 32;
/// The alignment of the segment base and, unless it asks for more, of every segment; ExecuTorch's default.
inline constexpr std::size_t segment_alignment = 128;

/// The parts of a file; spans into it.
struct Container {
  std::span<const std::byte> program;   ///< the flatbuffer with the header in it, from the file's first byte
  std::size_t segment_base_offset = 0;  ///< of `segments` in the file
  std::span<const std::byte> segments;  ///< what DataSegment.offset counts in; empty when there are none
};

/// InvalidInput when `file` is no .pte, its header is damaged, or a part does not lie within it.
Result<Container> split(std::span<const std::byte> file);

/// A segment to be written: `offset` is DataSegment.offset, a multiple of 16.
struct Segment {
  std::uint64_t offset = 0;
  std::span<const std::byte> bytes;
};

/// DataSegment.offset of each of the segments, laid out one behind the other.
std::vector<std::uint64_t> place_segments(std::span<const std::size_t> segment_bytes);

/// The file: a finished flatbuffer (root offset, identifier, body; no header in it) with the header spliced in, and the
/// segments behind it at their offsets, the gaps zero. Ends with the last segment's last byte.
std::vector<std::byte> assemble(std::span<const std::byte> flatbuffer, std::span<const Segment> segments);

}  // namespace pudu::pte

// An arena that knows of every byte which row was written there last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "program/program.hpp"

namespace pudu::schedule {

/// Row `row` of a buffer.
struct RowTag {
  program::BufferId buffer{};
  std::int32_t row = 0;
  friend bool operator==(const RowTag&, const RowTag&) = default;
};

class TaggedArena {
 public:
  /// Bytes [begin, end) hold the row.
  void write(std::size_t begin, std::size_t end, RowTag tag);
  /// Are bytes [begin, end) what one write of the row left there?
  bool holds(std::size_t begin, std::size_t end, RowTag tag) const;

 private:
  struct Piece {
    std::size_t end = 0;
    RowTag tag;
    std::size_t written_begin = 0;  ///< of the write that it is left of
  };
  void cut_at(std::size_t place);

  std::map<std::size_t, Piece> pieces_;  ///< by first byte; apart from each other
};

}  // namespace pudu::schedule

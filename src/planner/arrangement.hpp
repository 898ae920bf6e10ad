// An order of the buffers and the offsets that placing them in it gives, each as low as it can be; for local search:
// after a change of the order only those are placed again whose place can be another one.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "planner/placement.hpp"

namespace pudu::planner {

class Arrangement {
 public:
  /// `placer` must outlive it; `order` is a permutation of the buffers' indices.
  Arrangement(const Placer& placer, std::vector<std::size_t> order);

  const std::vector<std::size_t>& order() const { return order_; }
  const std::vector<std::size_t>& offsets() const { return offsets_; }  ///< by buffer
  std::size_t arena_bytes() const { return arena_bytes_; }

  /// Exchanges the buffers at two positions of the order. False, with everything as it was, where that makes the arena
  /// larger.
  bool exchange(std::size_t position, std::size_t other);
  /// Moves the buffer at position `from` forward to position `to`, likewise.
  bool advance(std::size_t from, std::size_t to);

 private:
  void rotate(std::size_t from, std::size_t to);
  /// The buffer came before or behind some of those at positions [begin, end).
  void mark_moved(std::size_t buffer, std::size_t begin, std::size_t end);
  bool place_marked(std::size_t begin);
  std::size_t lowest_offset(std::size_t buffer);
  void take_back();

  const Placer& placer_;
  std::vector<std::size_t> order_;
  std::vector<std::size_t> positions_;  ///< by buffer
  std::vector<std::size_t> offsets_;
  std::size_t arena_bytes_ = 0;
  std::vector<char> is_marked_;                               ///< by buffer: it may have to lie elsewhere
  std::vector<std::pair<std::size_t, std::size_t>> changes_;  ///< of the last change: buffer, offset before
  Placer::Intervals forbidden_;
};

}  // namespace pudu::planner

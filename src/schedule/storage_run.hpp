// Runs a program on names of values instead of bytes, with the memory that a sharing of storage gives every buffer: the
// definition of a sound sharing, and independent of how one was found.
#pragma once

#include <cstddef>
#include <vector>

#include "program/program.hpp"
#include "schedule/share_storage.hpp"

namespace pudu::schedule {

class StorageRun {
 public:
  /// Both must outlive the run.
  StorageRun(const program::Program& program, const StorageSharing& sharing);

  /// Is every byte that a call reads, or that the program returns, still what was meant to be there?
  bool run();

 private:
  /// Bytes [begin, begin + size) of a memory or of a buffer hold those of the value `value` from `value_begin` on.
  struct Content {
    std::size_t begin, size;
    program::BufferId value;
    std::size_t value_begin;
    friend bool operator==(const Content&, const Content&) = default;
  };
  using Contents = std::vector<Content>;  ///< ascending, apart from each other

  struct Place {
    program::BufferId owner;
    std::size_t begin, size;
  };
  Place place_of(program::BufferId id) const;
  bool is_in_arena(program::BufferId id) const;
  bool is_well_formed() const;
  bool holds(program::BufferId id) const;
  void write(program::BufferId id);
  bool run_call(const program::KernelCall& call);
  bool skip_call(const program::KernelCall& call);

  const program::Program& program_;
  const StorageSharing& sharing_;
  std::vector<Contents> memories_;  ///< by owner
  std::vector<Contents> values_;    ///< by buffer: what its bytes are meant to be
};

}  // namespace pudu::schedule

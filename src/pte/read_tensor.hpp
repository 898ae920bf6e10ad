// Reads one tensor of a .pte: its type and shape, and where its bytes are.
#pragma once

#include <pudu_pte_wire/program_generated.h>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pte/faults.hpp"
#include "pte/program.hpp"

namespace pudu::pte {

/// A segment with the offset of each tensor's bytes; entry 0 stands for "no data".
struct DataSegment {
  std::string name;
  std::vector<std::uint64_t> offsets;
  std::span<const std::byte> segment;
};

struct DataSegments {
  DataSegment constants{.name = "constant segment"};
  DataSegment variables{.name = "mutable data segment"};
};

struct TensorStorage {
  const DataSegments& data;
  std::span<const std::size_t> pool_bytes;  ///< by memory id - 1
};

/// Faults go to `faults`; the tensor is then not to be used.
Tensor read_tensor(const wire::Tensor& wire, const TensorStorage& storage, const std::string& where, Faults& faults);

}  // namespace pudu::pte

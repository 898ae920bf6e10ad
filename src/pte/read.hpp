// Reads a .pte file and verifies all of it before anything of it is used: the container, the flatbuffer, every index in
// every list, every tensor's place, the arguments of every call of a known operator, the flow of data through the
// memory pools, the sizes of scratch buffers; and, where Pudu wrote the file, the checksum of every byte.
//
// The stock runtime checks less: it runs a file with a damaged header magic, and a flipped byte may crash it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/result.hpp"
#include "kernels/kernel.hpp"
#include "pte/program.hpp"

namespace pudu::pte {

struct ReadOptions {
  /// The ISA that the program will run on. Without it: the one in Pudu's metadata, or any that its sizes fit.
  std::optional<kernels::Isa> isa;
};

/// True when the file's first bytes say that it is an ExecuTorch program, of whatever version.
bool is_program(std::span<const std::byte> file);

/// The program of a file, whose bytes must outlive it. InvalidInput (with every fault of the first level of checks that
/// finds any) for a damaged file; Unsupported for a whole one with delegates, control flow, external weights, shapes
/// without bound.
Result<Program> read(std::span<const std::byte> file, const ReadOptions& options = {});

}  // namespace pudu::pte

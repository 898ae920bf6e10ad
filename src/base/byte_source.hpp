// Bytes that are read piece by piece, so that a file of any size takes little memory. Files are read with pread, not
// mapped: a mapped file that another process cuts ends the process, and its pages count as the process's memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>

#include "base/result.hpp"

namespace pudu::base {

struct ByteSource {
  std::uint64_t bytes = 0;  ///< in all
  /// Fills `target` with the bytes from `offset` on. InvalidInput when there are fewer, or they cannot be read. Reading
  /// on is quick everywhere, going back may mean reading all from the beginning. Not for several threads at once.
  std::function<Status(std::uint64_t offset, std::span<std::byte> target)> read;
};

/// The bytes of a file. What cannot be read piece by piece (a pipe) is read at once. InvalidInput, `file` filled in:
/// no such file, a folder, no permission.
Result<ByteSource> open_byte_source(const std::filesystem::path& file);

/// `bytes` must outlive it.
ByteSource byte_source(std::span<const std::byte> bytes);

}  // namespace pudu::base

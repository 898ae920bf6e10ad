// ZIP archives in memory: .pt2 and .npz files are such. Reading checks each entry's CRC and bounds what an entry may
// unpack to, so that a small hostile file cannot ask for much memory or time. Limits: no encryption, no split archives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

struct zip;

namespace pudu::frontends {

struct ZipEntry {
  std::string name;
  std::uint64_t unpacked_bytes = 0;
  std::uint64_t packed_bytes = 0;
};

class ZipReader {
 public:
  /// Reads the directory of an archive, whose bytes must outlive the reader. InvalidInput when they are none, or
  /// only a part of one.
  static Result<ZipReader> open(std::span<const std::byte> archive);

  const std::vector<ZipEntry>& entries() const { return entries_; }

  /// Unpacks entry `index`. InvalidInput, `where` being the entry's name, when it is damaged or unpacks to more than
  /// an honest archive of this size would hold.
  Result<std::vector<std::byte>> read(std::size_t index);

 private:
  struct Closer {
    void operator()(zip* archive) const;
  };
  ZipReader() = default;

  std::unique_ptr<zip, Closer> archive_;
  std::vector<ZipEntry> entries_;
  std::uint64_t unpack_budget_bytes_ = 0;  ///< what may still be unpacked from this archive
};

enum class ZipMethod : std::uint8_t { Stored, Deflated };

struct ZipItem {
  std::string name;
  std::vector<std::byte> bytes;
};

/// The bytes of an archive of these items, in order and without time stamps: equal items give equal bytes.
Result<std::vector<std::byte>> write_zip(std::span<const ZipItem> items, ZipMethod method);

}  // namespace pudu::frontends

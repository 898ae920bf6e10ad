// ZIP archives: .pt2 and .npz files are such. Entries are unpacked as a whole or piece by piece. Reading checks each
// entry's CRC and bounds what an entry may unpack to, so that a small hostile file cannot ask for much memory or time.
// Limits: no encryption, no split archives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.hpp"
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

  /// The same of a file, which is not read into memory.
  static Result<ZipReader> open_file(const std::filesystem::path& file);

  const std::vector<ZipEntry>& entries() const { return entries_; }

  /// Unpacks entry `index`. InvalidInput, `where` being the entry's name, when it is damaged or unpacks to more than
  /// an honest archive of this size would hold.
  Result<std::vector<std::byte>> read(std::size_t index);

  /// Entry `index` piece by piece: nothing but what is asked for is held, however much the entry unpacks to. Damage is
  /// an error of the read that meets it, at the latest of the one that reaches the end. Outlives the reader, but not
  /// the bytes of `open`.
  base::ByteSource source(std::size_t index) const;

 private:
  ZipReader() = default;
  static Result<ZipReader> from_archive(zip* archive, std::uint64_t archive_bytes);

  std::shared_ptr<zip> archive_;
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

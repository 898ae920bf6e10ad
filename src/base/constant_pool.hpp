// The side buffer of Pudu's text forms: constants stand in the text as `@offset+bytes` into it, one behind the other.
// Data that is shared in memory is stored once and shared again when it is read.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/text_cursor.hpp"

namespace pudu::base {

using SharedBytes = std::shared_ptr<const std::vector<std::byte>>;

class ConstantWriter {
 public:
  /// Appends `data`, unless it was before, and returns its place: `@offset+bytes`. `data` must outlive the writer.
  std::string add(const SharedBytes& data);
  std::vector<std::byte> take_bytes() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
  std::map<const std::vector<std::byte>*, std::size_t> offsets_;
};

class ConstantReader {
 public:
  /// `bytes` must outlive the reader.
  explicit ConstantReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  /// Reads `@offset+bytes`: the place of an earlier constant, or the place behind all earlier ones. (So a short text
  /// cannot ask for more memory than the buffer has.)
  Result<SharedBytes> read(TextCursor& cursor);
  /// Fails when the constants read so far are not the whole buffer.
  Status expect_all_read() const;

 private:
  std::span<const std::byte> bytes_;
  std::size_t end_ = 0;  ///< of the constants read so far
  std::map<std::pair<std::size_t, std::size_t>, SharedBytes> known_;
};

}  // namespace pudu::base

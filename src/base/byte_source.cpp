#include "base/byte_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.hpp"

namespace pudu::base {
namespace {

namespace fs = std::filesystem;

class OpenFile {
 public:
  explicit OpenFile(const fs::path& file) : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() {
    if (is_open()) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool is_open() const { return descriptor_ >= 0; }

  Status read(std::uint64_t offset, std::span<std::byte> target) const {
    while (!target.empty()) {
      const ssize_t got = ::pread(descriptor_, target.data(), target.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return invalid_input({.found = fmt::format("cannot be read: {}", std::strerror(errno))});
      if (got == 0) return invalid_input({.found = "became shorter while it was read"});
      target = target.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
    return {};
  }

 private:
  int descriptor_;
};

}  // namespace

ByteSource byte_source(std::span<const std::byte> bytes) {
  return {bytes.size(), [bytes](std::uint64_t offset, std::span<std::byte> target) -> Status {
            if (offset > bytes.size() || target.size() > bytes.size() - offset) {
              return invalid_input({.found = "ends before its size"});
            }
            if (!target.empty()) std::memcpy(target.data(), bytes.data() + offset, target.size());
            return {};
          }};
}

Result<ByteSource> open_byte_source(const fs::path& file) {
  std::error_code failure;
  const fs::file_status status = fs::status(file, failure);
  if (!fs::is_regular_file(status)) {
    PUDU_TRY_ASSIGN(std::vector<std::byte> bytes, read_file(file));
    const auto shared = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    return ByteSource{shared->size(), [shared](std::uint64_t offset, std::span<std::byte> target) {
                        return byte_source(*shared).read(offset, target);
                      }};
  }
  const auto opened = std::make_shared<const OpenFile>(file);
  if (!opened->is_open()) {
    return invalid_input({.file = file.string(), .found = fmt::format("cannot be opened: {}", std::strerror(errno))});
  }
  const std::uintmax_t bytes = fs::file_size(file, failure);
  if (failure) return invalid_input({.file = file.string(), .found = "cannot be read: " + failure.message()});
  return ByteSource{bytes, [opened, name = file.string()](std::uint64_t offset, std::span<std::byte> target) -> Status {
                      Status status_of_read = opened->read(offset, target);
                      if (!status_of_read) return std::move(status_of_read).error().in_file(name);
                      return {};
                    }};
}

}  // namespace pudu::base

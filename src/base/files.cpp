#include "base/files.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>

namespace pudu::base {

namespace fs = std::filesystem;

namespace {

Error file_error(const fs::path& file, std::string found) {
  return invalid_input({file.string(), "", std::move(found), "", ""});
}

Status write_device(const fs::path& file, std::span<const std::byte> bytes) {
  std::ofstream stream(file, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) return file_error(file, fmt::format("cannot be written: {}", std::strerror(errno)));
  return {};
}

}  // namespace

bool is_device(const fs::path& file) {
  std::error_code failure;
  const fs::file_status status = fs::status(file, failure);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

fs::path place_of(const fs::path& file) {
  std::error_code failure;
  if (!fs::is_symlink(fs::symlink_status(file, failure))) return file;
  fs::path place = fs::canonical(file, failure);
  return failure ? file : place;
}

Result<std::vector<std::byte>> read_file(const fs::path& file) {
  std::error_code failure;
  const fs::file_status status = fs::status(file, failure);
  if (!fs::exists(status)) return file_error(file, "no such file");
  if (fs::is_directory(status)) return file_error(file, "is a folder, not a file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return file_error(file, fmt::format("cannot be opened: {}", std::strerror(errno)));
  std::vector<std::byte> bytes;
  const std::uintmax_t size = fs::is_regular_file(status) ? fs::file_size(file, failure) : 0;
  if (!failure) bytes.reserve(static_cast<std::size_t>(size));
  constexpr std::size_t step_bytes = std::size_t{1} << 20;
  while (stream) {
    const std::size_t begin = bytes.size();
    bytes.resize(begin + step_bytes);
    stream.read(reinterpret_cast<char*>(bytes.data() + begin), static_cast<std::streamsize>(step_bytes));
    bytes.resize(begin + static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) return file_error(file, fmt::format("cannot be read: {}", std::strerror(errno)));
  return bytes;
}

Status write_file(const fs::path& file, std::span<const std::byte> bytes) {
  if (is_device(file)) return write_device(file, bytes);
  const fs::path place = place_of(file);
  fs::path partial = place;
  partial += fmt::format(".{}.partial", ::getpid());
  {
    std::ofstream stream(partial, std::ios::binary | std::ios::trunc);
    if (!stream) return file_error(file, fmt::format("cannot be written: {}", std::strerror(errno)));
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    stream.close();
    if (!stream) {
      const std::string reason = std::strerror(errno);
      std::error_code ignored;
      fs::remove(partial, ignored);
      return file_error(file, "cannot be written: " + reason);
    }
  }
  std::error_code failure;
  fs::rename(partial, place, failure);
  if (failure) {
    std::error_code ignored;
    fs::remove(partial, ignored);
    return file_error(file, "cannot be written: " + failure.message());
  }
  return {};
}

Status write_file(const fs::path& file, std::string_view text) {
  return write_file(file, std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace pudu::base

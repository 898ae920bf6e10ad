#include "emulator/file_io.hpp"

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <system_error>
#include <vector>

#include "base/files.hpp"

namespace pudu::emulator {

Result<std::string> read_text(const std::filesystem::path& path) {
  PUDU_TRY_ASSIGN(const std::vector<std::byte> bytes, base::read_file(path));
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::filesystem::path temporary_name(const std::filesystem::path& path) {
  static std::atomic<unsigned> counter = 0;
  return path.string() + "." + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".partial";
}

Status publish(const std::filesystem::path& temporary, const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (!error) return {};
  return invalid_input({.file = path.string(),
                        .where = {},
                        .found = "cannot be written: " + error.message(),
                        .allowed = {},
                        .hint = {}});
}

Status write_if_changed(const std::filesystem::path& path, std::string_view content) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    const Result<std::string> present = read_text(path);
    if (present && *present == content) return {};
  }
  std::filesystem::create_directories(path.parent_path(), error);
  const std::filesystem::path temporary = temporary_name(path);
  PUDU_TRY(base::write_file(temporary, content));
  return publish(temporary, path);
}

}  // namespace pudu::emulator

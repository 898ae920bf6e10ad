// Temporary folders by mkdtemp, whose names cannot be guessed or taken by another process.
#include "base/temp_directory.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace pudu::base {

Result<TempDirectory> TempDirectory::create(std::string_view prefix) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
  std::string name = (error ? std::filesystem::path("/tmp") : parent) / (std::string(prefix) + "-XXXXXX");
  if (::mkdtemp(name.data()) == nullptr) {
    return invalid_input({.file = name,
                          .where = {},
                          .found = std::string("cannot make a temporary folder: ") + std::strerror(errno),
                          .allowed = {},
                          .hint = "set TMPDIR to a folder that can be written to"});
  }
  return TempDirectory(std::filesystem::path(name));
}

TempDirectory::TempDirectory(TempDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TempDirectory& TempDirectory::operator=(TempDirectory&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
  }
  return *this;
}

TempDirectory::~TempDirectory() {
  remove();
}

void TempDirectory::remove() noexcept {
  if (path_.empty()) return;
  std::error_code ignored;  // a destructor has nobody to tell
  std::filesystem::remove_all(path_, ignored);
  path_.clear();
}

}  // namespace pudu::base

// A folder of its own under the system's temporary folder, removed with everything in it when its owner goes.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.hpp"

namespace pudu::base {

class TempDirectory {
 public:
  /// Makes a new, empty folder named PREFIX-XXXXXX that only this user can enter. Fails with InvalidInput when the
  /// temporary folder cannot be written to.
  static Result<TempDirectory> create(std::string_view prefix);

  TempDirectory(TempDirectory&& other) noexcept;
  TempDirectory& operator=(TempDirectory&& other) noexcept;
  ~TempDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TempDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  void remove() noexcept;

  std::filesystem::path path_;  ///< empty after a move
};

}  // namespace pudu::base

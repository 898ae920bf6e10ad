// Files of a work folder that several threads and processes may fill at once.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace pudu::emulator {

/// base::read_file as text.
Result<std::string> read_text(const std::filesystem::path& path);

/// Makes the folders above `path` and writes the file, unless it already has this content.
Status write_if_changed(const std::filesystem::path& path, std::string_view content);

/// A name beside `path` that no other thread or process uses: what is made under it can then be renamed to `path`.
std::filesystem::path temporary_name(const std::filesystem::path& path);

/// Renames what was made under temporary_name.
Status publish(const std::filesystem::path& temporary, const std::filesystem::path& path);

}  // namespace pudu::emulator

// Whole files in and out. Writing goes to a temporary name beside the target and renames it when it is whole, so that
// no reader ever sees half a file and a failed run leaves the old one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace pudu::base {

/// The bytes of a regular file. InvalidInput, with `file` filled in, when it is missing, a folder or unreadable.
Result<std::vector<std::byte>> read_file(const std::filesystem::path& file);

/// Is it there, and neither file nor folder? Such a device or pipe is written to, never replaced.
bool is_device(const std::filesystem::path& file);

/// Where a file of this name lies: what a link points to, so that links stay links. A link to nothing is itself.
std::filesystem::path place_of(const std::filesystem::path& file);

/// Writes `bytes` as `file`, replacing it whole or not at all; into a device. InvalidInput, with `file` filled in, when
/// the folder cannot be written.
Status write_file(const std::filesystem::path& file, std::span<const std::byte> bytes);
Status write_file(const std::filesystem::path& file, std::string_view text);

}  // namespace pudu::base

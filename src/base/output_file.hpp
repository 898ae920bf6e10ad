// A file that an emitter made and somebody else writes.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "base/result.hpp"

namespace pudu::base {

struct OutputFile {
  std::string path;  ///< relative to the output folder
  std::string content;
};

/// Writes the files below `folder`, which is made when absent. They are written under temporary names and renamed when
/// all are whole, so that a failure leaves the folder as it was; other files in the folder are left alone. InvalidInput
/// when the folder cannot be made or written.
Status write_files(const std::filesystem::path& folder, std::span<const OutputFile> files);

}  // namespace pudu::base

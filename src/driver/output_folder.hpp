// What stands where a command is to write: asked before the work of a compilation, which would be lost, and so that no
// file of the user's is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace pudu::driver {

/// Can `folder` be made and written? InvalidInput if not.
Status check_output_folder(const std::filesystem::path& folder);

/// What is written into a folder that a project may have files in, too.
enum class FolderContent : std::uint8_t {
  Cpp,            ///< sources, CMakeLists.txt and report
  CppAndProgram,  ///< and model.pte
  Arduino,        ///< a library for Arduino
  Report,         ///< report.html and report.json
};

/// check_output_folder(), and that what is written takes the place of nothing but Pudu's own files: a project has a
/// CMakeLists.txt, a report.html or a README.md, too. InvalidInput for the others, each.
Status check_model_folder(const std::filesystem::path& folder, FolderContent content);

/// The ExecuTorch program in `folder` that goes when `model`, the text of a model.pudu, takes the place of another
/// there: Pudu's own, of the older model. None where the model stays the same, where there is none, and where others
/// wrote it.
std::optional<std::filesystem::path> outdated_program(const std::filesystem::path& folder, std::string_view model);

}  // namespace pudu::driver

#include "base/output_file.hpp"

#include <system_error>

#include "base/files.hpp"

namespace pudu::base {
namespace {

Status make_folder(const std::filesystem::path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (!code && std::filesystem::is_directory(folder, code)) return {};
  return invalid_input({.file = folder.string(),
                        .found = "cannot make this folder (" + (code ? code.message() : "a file has this name") + ")",
                        .allowed = "a folder that can be written"});
}

}  // namespace

Status write_files(const std::filesystem::path& folder, std::span<const OutputFile> files) {
  PUDU_TRY(make_folder(folder));
  for (const OutputFile& file : files) {
    const std::filesystem::path target = folder / file.path;
    PUDU_TRY(make_folder(target.parent_path()));
    PUDU_TRY(write_file(target, file.content));
  }
  return {};
}

}  // namespace pudu::base

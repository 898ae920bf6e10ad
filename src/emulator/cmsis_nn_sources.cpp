#include "emulator/cmsis_nn_sources.hpp"

#include <algorithm>
#include <string>
#include <system_error>

namespace pudu::emulator {
namespace {

namespace fs = std::filesystem;

/// Functions on floats are files of their own, which need other headers and are never called.
bool is_integer_source(const fs::path& path) {
  const std::string stem = path.stem().string();
  return path.extension() == ".c" && !stem.ends_with("_f16") && !stem.ends_with("_f32") && !stem.ends_with("_flt");
}

}  // namespace

Result<std::vector<fs::path>> cmsis_nn_sources(const fs::path& root) {
  std::error_code error;
  std::vector<fs::path> sources;
  for (fs::recursive_directory_iterator entry(root / "Source", error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_regular_file(error) && is_integer_source(entry->path())) sources.push_back(entry->path());
  }
  if (sources.empty() || !fs::is_regular_file(root / "Include" / "arm_nnfunctions.h", error)) {
    return invalid_input({.file = root.string(),
                          .where = {},
                          .found = "is not CMSIS-NN",
                          .allowed = "its folder, with Include/arm_nnfunctions.h and Source/*/*.c",
                          .hint = {}});
  }
  std::sort(sources.begin(), sources.end());
  return sources;
}

}  // namespace pudu::emulator

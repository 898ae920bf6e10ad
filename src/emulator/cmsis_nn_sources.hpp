// The sources of CMSIS-NN for a firmware whose model calls it. Pudu has none of its own: the user names the folder.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.hpp"

namespace pudu::emulator {

/// The C sources of the integer functions below `root`/Source, sorted. InvalidInput where `root` is no such folder.
Result<std::vector<std::filesystem::path>> cmsis_nn_sources(const std::filesystem::path& root);

}  // namespace pudu::emulator

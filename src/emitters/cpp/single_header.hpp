// Kernel sources as one header, for projects that want one file and no build system.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/output_file.hpp"

namespace pudu::emitters {

/// The name under which model.hpp and model.cpp look for it where there is no folder kernels/.
inline constexpr std::string_view single_header_file = "pudu_kernels.hpp";

/// All kernels, as kernel_sources() gives those of a program.
std::vector<base::OutputFile> all_kernel_sources();

/// One header of `sources` (paths begin with pudu/): everything that a model.cpp includes, and, where
/// PUDU_KERNELS_IMPLEMENTATION is defined, the kernels' code. One source of a program defines it. `version` is Pudu's.
std::string single_header(const std::vector<base::OutputFile>& sources, std::string_view version);

}  // namespace pudu::emitters

// CMakeLists.txt of a compiled folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/output_file.hpp"
#include "program/program.hpp"

namespace pudu::emitters {

/// A library of the model's name, over the kernel sources among `kernels`. `banner` is the comment line that model.hpp
/// begins with.
std::string cmake_lists(const program::Program& program, const std::vector<base::OutputFile>& kernels,
                        std::string_view banner);

}  // namespace pudu::emitters

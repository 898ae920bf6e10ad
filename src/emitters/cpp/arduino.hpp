// The emitted C++ as a library for Arduino's IDE and command line.
#pragma once

#include <vector>

#include "base/output_file.hpp"
#include "base/result.hpp"
#include "emitters/cpp/cpp_emitter.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::emitters {

/// Files relative to the library's folder, in the recursive layout (library specification 1.5): library.properties,
/// keywords.txt, src/ with model and kernels, and a sketch that runs the model. Errors are those of emit_cpp().
Result<std::vector<base::OutputFile>> emit_arduino(const program::Program& program, const program::MemoryMap& memory,
                                                   const CppOrigin& origin);

}  // namespace pudu::emitters

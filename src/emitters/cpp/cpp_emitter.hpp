// Program -> C++ source without an interpreter: model.hpp, model.cpp, CMakeLists.txt and the kernel sources it calls.
// The output is C++17, freestanding apart from <cstring>, with static storage, no heap, no exceptions, no
// constructors.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/output_file.hpp"
#include "base/result.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::emitters {

struct CppOrigin {
  std::string model_file;  ///< name of the file the model came from
  std::string version;     ///< of Pudu
};

/// The namespace of the emitted model: the program's name, with a suffix where that is a word of C++, of Pudu or of the
/// C library.
std::string cpp_namespace(const program::Program& program);

/// Index of the input that arrives by rows; none where every input is given as a whole.
std::optional<std::size_t> fed_port(const program::Program& program, const program::MemoryMap& memory);

/// Files relative to the output folder. The same program and map give the same bytes. Internal when the program's calls
/// or the map do not fit, Unsupported when an input or output has more dimensions than pudu::TensorInfo.
Result<std::vector<base::OutputFile>> emit_cpp(const program::Program& program, const program::MemoryMap& memory,
                                               const CppOrigin& origin);

/// The kernel sources that a program calls, and all they include, below `pudu/`: without those of calls that run on
/// CMSIS-NN, and with those of `more_headers`.
std::vector<base::OutputFile> kernel_sources(const program::Program& program,
                                             const std::vector<std::string>& more_headers = {});

/// The same of what emit_cpp() emits for the plan: calls by rows need code of their own.
Result<std::vector<base::OutputFile>> kernel_sources(const program::Program& program, const program::MemoryMap& memory);

}  // namespace pudu::emitters

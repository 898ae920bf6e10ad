// Runs the C++ that is emitted for a program on this machine, against the double of CMSIS-NN of one ISA. For tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/output_file.hpp"
#include "base/subprocess.hpp"
#include "base/temp_directory.hpp"
#include "emitters/cpp/cpp_emitter.hpp"
#include "simulator/simulator.hpp"

namespace pudu::testing {

inline std::string double_library(targets::Isa isa) {
  switch (isa) {
    case targets::Isa::Scalar:
      return PUDU_DOUBLE_SCALAR;
    case targets::Isa::Dsp:
      return PUDU_DOUBLE_DSP;
    case targets::Isa::Mve:
      break;
  }
  return PUDU_DOUBLE_MVE;
}

inline std::vector<std::string> double_definitions(targets::Isa isa) {
  if (isa == targets::Isa::Scalar) return {};
  if (isa == targets::Isa::Dsp) return {"-DARM_MATH_DSP"};
  return {"-DARM_MATH_DSP", "-DARM_MATH_MVEI"};
}

using PortBytes = std::vector<std::vector<std::byte>>;

/// Input i, byte k.
inline std::uint8_t input_byte(std::size_t i, std::size_t k) {
  return static_cast<std::uint8_t>((k * 37 + (k >> 3) * 11 + i * 29) & 0xFF);
}

inline PortBytes inputs_of(const program::Program& program) {
  PortBytes inputs;
  for (std::size_t i = 0; i < program.inputs.size(); ++i) {
    inputs.emplace_back(program.buffer(program.inputs[i].buffer).bytes());
    for (std::size_t k = 0; k < inputs[i].size(); ++k) inputs[i][k] = static_cast<std::byte>(input_byte(i, k));
  }
  return inputs;
}

/// Status and outputs as hexadecimal text, a line each.
inline std::string expected_text(const program::Program& program, const program::MemoryMap& memory) {
  auto simulator = simulator::Simulator::create(program, memory);
  EXPECT_TRUE(simulator.ok()) << to_string(simulator.error());
  auto outputs = simulator->run(inputs_of(program));
  EXPECT_TRUE(outputs.ok()) << to_string(outputs.error());
  std::string text = "status 0\n";
  for (const std::vector<std::byte>& bytes : *outputs) {
    for (const std::byte byte : bytes) {
      text += "0123456789abcdef"[std::to_integer<int>(byte) >> 4];
      text += "0123456789abcdef"[std::to_integer<int>(byte) & 15];
    }
    text += '\n';
  }
  return text;
}

inline std::string main_source(const program::Program& program) {
  const std::string name = emitters::cpp_namespace(program);
  return "#include <cstdio>\n#include \"model.hpp\"\nint main() {\n"
         "  for (std::size_t i = 0; i < " +
         name +
         "::input_count; ++i) {\n"
         "    unsigned char* data = static_cast<unsigned char*>(" +
         name +
         "::input_data(i));\n"
         "    for (std::size_t k = 0; k < " +
         name +
         "::inputs[i].bytes; ++k) {\n"
         "      data[k] = static_cast<unsigned char>((k * 37 + (k >> 3) * 11 + i * 29) & 0xFF);\n    }\n  }\n"
         "  std::printf(\"status %d\\n\", static_cast<int>(" +
         name +
         "::run()));\n"
         "  for (std::size_t i = 0; i < " +
         name +
         "::output_count; ++i) {\n"
         "    const unsigned char* data = static_cast<const unsigned char*>(" +
         name +
         "::output_data(i));\n"
         "    for (std::size_t k = 0; k < " +
         name +
         "::outputs[i].bytes; ++k) std::printf(\"%02x\", data[k]);\n"
         "    std::printf(\"\\n\");\n  }\n}\n";
}

/// What the program prints, or what the compiler says.
inline std::string compile_and_run(const program::Program& program, const program::MemoryMap& memory, targets::Isa isa,
                                   const std::vector<std::string>& flags = {}) {
  auto emitted = emitters::emit_cpp(program, memory, {"model.pt2", "1.0.0"});
  if (!emitted.ok()) return to_string(emitted.error());
  std::vector<base::OutputFile> files = std::move(emitted).value();
  files.push_back({"main.cpp", main_source(program)});
  const base::TempDirectory folder = base::TempDirectory::create("pudu-cmsis-nn").value();
  const Status written = base::write_files(folder.path(), files);
  if (!written.ok()) return to_string(written.error());
  std::vector<std::string> command = {
      PUDU_CXX, "-std=c++17", "-O0", "-Wall", "-Wextra",  "-Wpedantic",           "-Wshadow", "-Werror",
      "-I",     ".",          "-I",  "pudu",  "-isystem", PUDU_DOUBLE "/Include", "-o",       "program"};
  for (const std::string& flag : double_definitions(isa)) command.push_back(flag);
  command.insert(command.end(), flags.begin(), flags.end());
  for (const base::OutputFile& file : files) {
    if (file.path.ends_with(".cpp")) command.push_back(file.path);
  }
  command.push_back(double_library(isa));
  const auto compiled = base::run_process(command, {.working_directory = folder.path()});
  if (!compiled.ok()) return to_string(compiled.error());
  if (!compiled->succeeded()) return compiled->standard_output + compiled->standard_error;
  const auto ran = base::run_process({(folder.path() / "program").string()});
  return ran.ok() ? ran->standard_output : to_string(ran.error());
}

}  // namespace pudu::testing

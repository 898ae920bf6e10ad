// Compiles emitted files with the compiler of this build and runs them. For tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/output_file.hpp"
#include "base/subprocess.hpp"
#include "base/temp_directory.hpp"

namespace pudu::emitters::testing {

struct BuildOutcome {
  bool compiled = false;
  std::string messages;  ///< of the compiler
  std::string output;    ///< of the program, when it was linked and ran
};

inline std::string joined_output(const base::ProcessResult& result) {
  return result.standard_output + result.standard_error;
}

/// Writes the files, compiles all *.cpp among them into one program with every warning an error, and runs it.
inline BuildOutcome build_and_run(const std::vector<base::OutputFile>& files, std::vector<std::string> flags = {}) {
  auto folder = base::TempDirectory::create("pudu-emitted");
  EXPECT_TRUE(folder.ok());
  const Status written = base::write_files(folder->path(), files);
  EXPECT_TRUE(written.ok()) << to_string(written.error());
  std::vector<std::string> command = {PUDU_HOST_CXX, "-std=c++17", "-O0", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow",
                                      "-Werror",     "-I",         ".",   "-I",    "pudu",    "-o",         "program"};
  command.insert(command.end(), flags.begin(), flags.end());
  for (const base::OutputFile& file : files) {
    if (file.path.ends_with(".cpp")) command.push_back(file.path);
  }
  const auto compiled = base::run_process(command, {.working_directory = folder->path()});
  if (!compiled.ok()) return {false, to_string(compiled.error()), ""};
  if (!compiled->succeeded()) return {false, joined_output(*compiled), ""};
  const auto ran = base::run_process({(folder->path() / "program").string()});
  EXPECT_TRUE(ran.ok() && ran->succeeded()) << (ran.ok() ? joined_output(*ran) : to_string(ran.error()));
  return {true, joined_output(*compiled), ran.ok() ? ran->standard_output : ""};
}

}  // namespace pudu::emitters::testing

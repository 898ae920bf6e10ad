// Runs another program and waits for it: arguments as a vector, no shell, output captured, a time limit.
// POSIX only. Safe to call from several threads at once.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace pudu::base {

/// The first executable file called `name` in the folders of PATH; a name with a '/' stands for itself.
std::optional<std::filesystem::path> find_program(std::string_view name);

struct ProcessOptions {
  std::filesystem::path working_directory;           ///< empty: this process's
  std::vector<std::string> environment;              ///< "NAME=value", added to or replacing this process's
  std::optional<std::chrono::milliseconds> timeout;  ///< absent: wait for ever
  std::size_t captured_bytes_limit =
      std::size_t{16} * 1024 * 1024;  ///< of each stream; what follows is read and dropped
};

enum class ProcessEnd {
  Exited,    ///< by itself, with ProcessResult::code as its exit status
  Killed,    ///< by signal ProcessResult::code
  TimedOut,  ///< killed with its process group when the time was up
};

struct ProcessResult {
  ProcessEnd end = ProcessEnd::Exited;
  int code = 0;
  std::string standard_output;
  std::string standard_error;

  bool succeeded() const { return end == ProcessEnd::Exited && code == 0; }
};

/// Runs `arguments[0]` (a path, or a name looked up in PATH) with standard input at end of file. Fails with
/// InvalidInput when the program cannot be started; how it ends is in the result. Cancelled work
/// (base/cancellation.hpp) ends the program with its process group.
Result<ProcessResult> run_process(const std::vector<std::string>& arguments, const ProcessOptions& options = {});

}  // namespace pudu::base

// ExecuTorch programs (.pte) as the commands need them: the file in memory with its program, and the report of a
// program, whoever made it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "driver/memory_log.hpp"
#include "emitters/report/report.hpp"
#include "pte/read.hpp"

namespace pudu::driver {

/// A report's field of which the file says nothing.
inline constexpr const char* not_recorded = "not recorded";

/// The program's spans point into `file`.
struct PteFile {
  std::vector<std::byte> file;
  pte::Program program;
};

/// Does the name end in .pte, or does a file begin as an ExecuTorch program?
bool is_pte(const std::filesystem::path& file);

/// Reads and verifies a file. The errors name it.
Result<PteFile> read_pte(const std::filesystem::path& file, const pte::ReadOptions& options = {});

/// The report of the program's first plan: layers are its calls, buffers the bytes of its memory pools, which lie one
/// behind the other. What the file does not record, as the CPU of a program of ExecuTorch's, is "not recorded".
emitters::Report report_of(const pte::Program& program, const std::string& model);

/// The counters of memory_log.hpp that the file tells. What the runtime builds for a method, and what a run takes
/// beside, only a run tells.
std::vector<MemoryCounter> memory_counters(const pte::Program& program);

}  // namespace pudu::driver

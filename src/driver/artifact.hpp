// The compiled folder: written by `pudu compile`, read back by `pudu run`, `bench` and `inspect`.
//
// model.hpp, model.cpp, CMakeLists.txt and pudu/ are for the user's firmware; report.html and report.json for people
// and tools; model.pudu is the Program with a checksum and versions, from which the simulator runs.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "driver/compile.hpp"
#include "emitters/report/report.hpp"

namespace pudu::driver {

inline constexpr const char* program_file = "model.pudu";

/// Everything the report can say before the model is built for the device. Internal when the plans that it compares
/// with fail.
Result<emitters::Report> report_of(const CompiledModel& model);

/// The last stage of a compilation: writes C++, report and program into `folder`, leaving other files in it alone, and
/// returns the report. A model.pte that Pudu wrote with another model there goes. InvalidInput when the folder cannot
/// be written; it is then as it was before.
Result<emitters::Report> emit(CompiledModel& model, const std::filesystem::path& folder,
                              base::ProgressListener& progress);

/// The folder of an Arduino library in which emit_arduino() leaves what emit() writes beside the C++: `pudu run
/// LIBRARY/extras` runs the library's model.
inline constexpr const char* arduino_extras = "extras";

/// As emit(), but a library for Arduino's IDE.
Result<emitters::Report> emit_arduino(CompiledModel& model, const std::filesystem::path& folder,
                                      base::ProgressListener& progress);

/// Writes the two forms of the report. InvalidInput also where other files have their names.
Status write_report(const emitters::Report& report, const std::filesystem::path& folder);

struct Artifact {
  std::filesystem::path folder;
  program::Program program;
  program::MemoryMap memory;
  std::string pudu_version = {};  ///< of the Pudu that compiled it
  int kernel_abi_version = 0;
};

/// Reads a compiled folder. InvalidInput when it is none, when it is of another format or kernel ABI, and when today's
/// kernels want more scratch than was planned.
Result<Artifact> read_artifact(const std::filesystem::path& folder);

}  // namespace pudu::driver

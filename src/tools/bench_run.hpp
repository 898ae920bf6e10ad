// What `pudu bench` does, apart from printing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "driver/run.hpp"
#include "emitters/report/report.hpp"

namespace pudu::tools {

struct BenchRequest {
  std::string folder;               ///< a compiled model
  std::string target;               ///< CPU to emulate, of a model for any CPU; empty: cortex-m55
  std::string board;                ///< empty: the target's own
  std::string work_dir;             ///< keeps the firmware; empty: a temporary folder
  std::string cmsis_nn_root;        ///< empty: environment CMSIS_NN_ROOT
  std::vector<std::string> inputs;  ///< a sample; empty: driver::random_samples()
};

struct Bench {
  emitters::Report report;  ///< with what was measured
  driver::DeviceFigures device;
  bool is_for_any_cpu = false;
};

/// Runs one inference on the emulated board and writes the report into the folder again. Errors are those of
/// driver::read_artifact and driver::run_on_board; InvalidInput when the folder has no report.
Result<Bench> run_bench(const BenchRequest& request, base::ProgressListener& progress);

/// A report.json. InvalidInput, with the file filled in, for anything else.
Result<emitters::Report> read_measured_report(const std::filesystem::path& file);

}  // namespace pudu::tools

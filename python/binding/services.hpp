// What commands do without printing, for the module: options in, the JSON of the command out.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/npy.hpp"
#include "base/progress.hpp"
#include "base/result.hpp"
#include "model.hpp"
#include "tools/bench_run.hpp"
#include "tools/model_options.hpp"

namespace pudu::python {

/// The options of `pudu validate` beside the model's.
struct ValidateRequest {
  std::vector<std::string> inputs;
  std::string labels;  ///< a .npy; empty: none
  std::string limit;   ///< empty: all samples
  bool suggestions = true;
};

/// validation_json(). Errors are those of the command.
Result<std::string> validation_of(const tools::ModelOptions& options, const ValidateRequest& request,
                                  base::ProgressListener& progress);

/// What `pudu analyze --json` prints, and whether it fits.
struct Findings {
  std::string json;
  Status fits;
};
Result<Findings> analysis_of(const tools::ModelOptions& options, base::ProgressListener& progress);

/// Runs an ExecuTorch program on ExecuTorch's runtime. Errors are those of `pudu run FILE.pte`.
Result<RunResult> outputs_of_program(const std::filesystem::path& file, const RunRequest& request,
                                     base::ProgressListener& progress);

/// The report of a compiled folder, with measurements, which are in the folder as well then.
Result<std::string> measurement_of(const tools::BenchRequest& request, base::ProgressListener& progress);

/// What `pudu estimate --json` prints.
Result<std::string> estimates_of(const tools::ModelOptions& options, const std::vector<std::string>& targets,
                                 base::ProgressListener& progress);

}  // namespace pudu::python

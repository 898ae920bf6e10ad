// A compiled model that Python holds: made by compile(), or read from the folder that `pudu compile` wrote.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/npy.hpp"
#include "base/progress.hpp"
#include "base/result.hpp"
#include "driver/artifact.hpp"
#include "driver/compile.hpp"
#include "driver/pte_artifact.hpp"
#include "driver/run.hpp"
#include "tools/model_options.hpp"

namespace pudu::python {

struct RunRequest {
  std::vector<std::string> inputs;  ///< as --input
  bool raw = false;                 ///< integers as they are, as --raw
  bool reset_each_sample = false;
};

/// Options of a .pte as text. `memory`, `ram`, `plan_time`: empty is as the model was compiled.
struct PteRequest {
  std::string operators, memory, ram, plan_time;
};

/// What a run gives: an array of all samples for each output of the model.
struct RunResult {
  std::vector<base::Array> outputs;
  std::vector<std::string> warnings;  ///< as driver::input_warnings; none of a .pte
};

class Model {
 public:
  /// As `pudu compile`, without writing anything. Errors are those of the command.
  static Result<Model> compile(const tools::ModelOptions& options, base::ProgressListener& progress);
  /// Errors are those of driver::read_artifact.
  static Result<Model> load(const std::filesystem::path& folder);

  /// report.json and report.html. A folder without a report is InvalidInput.
  Result<emitters::Report> report() const;
  const std::vector<std::string>& warnings() const { return warnings_; }

  Result<RunResult> run(const RunRequest& request, base::ProgressListener& progress) const;

  /// What `pudu compile` writes into a folder. Unsupported for a model that was read from one: copy that.
  Status write_folder(const std::filesystem::path& folder, base::ProgressListener& progress);
  /// As `pudu compile -o FILE.pte`, planned as the model's options say, or these. Unsupported also for a model that was
  /// read from a folder.
  Result<driver::PteArtifact> write_pte(const std::filesystem::path& file, const PteRequest& request,
                                        base::ProgressListener& progress) const;

 private:
  Status must_be_compiled_here() const;

  driver::Artifact artifact_;                      ///< what runs; shares its constants with `compiled_`
  std::optional<driver::CompiledModel> compiled_;  ///< empty: read from a folder
  tools::ModelOptions options_;                    ///< of the compilation
  std::vector<std::string> warnings_;
};

}  // namespace pudu::python

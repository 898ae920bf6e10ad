#include "tools/bench_run.hpp"

#include "base/files.hpp"
#include "driver/artifact.hpp"
#include "driver/random_samples.hpp"
#include "driver/samples.hpp"
#include "tools/bench_table.hpp"

namespace pudu::tools {
Result<emitters::Report> read_measured_report(const std::filesystem::path& file) {
  PUDU_TRY_ASSIGN(const std::vector<std::byte> json, base::read_file(file));
  Result<emitters::Report> report =
      emitters::report_from_json({reinterpret_cast<const char*>(json.data()), json.size()});
  if (!report) return std::move(report).error().in_file(file.string());
  return report;
}

Result<Bench> run_bench(const BenchRequest& request, base::ProgressListener& progress) {
  PUDU_TRY_ASSIGN(const driver::Artifact artifact, driver::read_artifact(request.folder));
  // Read before the work, which a folder without a report would lose.
  PUDU_TRY_ASSIGN(emitters::Report report, read_measured_report(artifact.folder / "report.json"));
  driver::Samples samples = driver::random_samples(artifact.program);
  if (!request.inputs.empty()) {
    const std::vector<std::filesystem::path> files(request.inputs.begin(), request.inputs.end());
    PUDU_TRY_ASSIGN(samples, driver::load_samples(files, driver::input_shapes(artifact.program)));
    samples.resize(1);
  }
  driver::BoardOptions board{request.board, request.work_dir, request.target, request.cmsis_nn_root};
  board.measurement = emulator::Measurement::Profile;
  PUDU_TRY_ASSIGN(driver::RunOutcome outcome, driver::run_on_board(artifact, samples, board, progress));
  if (!outcome.device || !outcome.device->profile) return internal_error({.found = "the board has told no profile"});
  driver::DeviceFigures device = *std::move(outcome.device);
  report.measured_on = device.cpu;
  report.code_bytes = device.sizes.code_bytes;
  report.stack_bytes = device.stack_bytes;
  report.instructions = device.instructions.front();
  add_profile(*device.profile, emulator::cycle_model_for(device.cpu).has_value(), report);
  PUDU_TRY(driver::write_report(report, artifact.folder));
  return Bench{std::move(report), std::move(device), artifact.program.target.is_any()};
}

}  // namespace pudu::tools

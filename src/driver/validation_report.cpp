#include "driver/validation_report.hpp"

#include <cmath>

#include "base/files.hpp"
#include "driver/artifact.hpp"
#include "driver/output_folder.hpp"
#include "driver/version.hpp"

namespace pudu::driver {
namespace {

bool is_page(const std::filesystem::path& path) {
  return path.extension() == ".html";
}

Result<emitters::Report> read_folder_report(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "report.json";
  std::error_code code;
  if (!std::filesystem::is_regular_file(file, code)) {
    return invalid_input({.file = folder.string(),
                          .where = "--report",
                          .found = "no report.json in it",
                          .allowed = "a folder that `pudu compile` wrote, or a name with the ending .html"});
  }
  PUDU_TRY_ASSIGN(const std::vector<std::byte> json, base::read_file(file));
  Result<emitters::Report> report =
      emitters::report_from_json({reinterpret_cast<const char*>(json.data()), json.size()});
  if (!report) return std::move(report).error().in_file(file.string());
  return report;
}

std::optional<emitters::ReportClassification> report_classification(const Validation& validation) {
  const Classification& classes = validation.classification;
  if (classes.classes < 2) return std::nullopt;
  emitters::ReportClassification report{.classes = classes.classes,
                                        .agreement = classes.agreement,
                                        .top5_agreement = classes.top5_agreement,
                                        .correct = {},
                                        .float_correct = {},
                                        .top5 = {},
                                        .float_top5 = {},
                                        .confusion = {}};
  if (!validation.has_labels) return report;
  report.correct = classes.correct, report.float_correct = classes.float_correct;
  report.top5 = classes.top5, report.float_top5 = classes.float_top5;
  for (const auto& [pair, samples] : classes.confusion) report.confusion.push_back({pair.first, pair.second, samples});
  return report;
}

}  // namespace

Result<ReportPlace> open_report_place(const std::filesystem::path& path, const CompileOptions& options) {
  const std::string model = options.model.filename().string();
  if (is_page(path)) {
    PUDU_TRY(check_output_folder(path.has_parent_path() ? path.parent_path() : "."));
    emitters::Report report;
    report.pudu_version = version;
    report.model = model;
    report.cpu = options.target.cpu_name();
    return ReportPlace{path, std::move(report)};
  }
  PUDU_TRY_ASSIGN(emitters::Report report, read_folder_report(path));
  if (report.model != model) {
    return invalid_input({.file = path.string(),
                          .where = "--report",
                          .found = "compiled from '" + report.model + "'",
                          .allowed = "a folder compiled from '" + model + "'"});
  }
  return ReportPlace{path, std::move(report)};
}

emitters::ReportValidation report_validation(const Validation& validation, const std::vector<Suggestion>& suggestions) {
  emitters::ReportValidation report;
  report.samples = validation.samples;
  report.warnings = validation.warnings;
  report.sqnr_db = validation.outputs.sqnr_db();
  report.median_sample_sqnr_db = validation.median_sample_db();
  report.worst_sample_sqnr_db = validation.worst_sample_db();
  report.sample_sqnr_db = validation.sample_sqnr_db();
  report.classification = report_classification(validation);
  for (const LayerQuality& layer : validation.layers) {
    report.layers.push_back({layer.name, layer.op, layer.kernel,
                             std::isnan(layer.isolated_sqnr_db) ? std::nullopt : std::optional(layer.isolated_sqnr_db),
                             layer.sqnr_db, layer.cosine, layer.saturated_percent, layer.range_used_percent});
  }
  report.points = validation.points;
  report.errors = validation.errors;
  for (const Suggestion& suggestion : suggestions) {
    report.suggestions.push_back({suggestion.options, suggestion.sqnr_db, suggestion.gain_db});
  }
  return report;
}

Status write_validation(ReportPlace place, const Validation& validation, const std::vector<Suggestion>& suggestions) {
  emitters::add_validation(place.report, report_validation(validation, suggestions));
  if (is_page(place.path)) return base::write_file(place.path, emitters::to_validation_html(place.report));
  return write_report(place.report, place.path);
}

}  // namespace pudu::driver

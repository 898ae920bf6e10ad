// Writes a validation into the report: of a compiled folder, or as a page of its own.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.hpp"
#include "driver/validate.hpp"
#include "emitters/report/report.hpp"

namespace pudu::driver {

/// Where the report goes.
struct ReportPlace {
  std::filesystem::path path;  ///< a folder that `pudu compile` wrote, or a file with the ending .html
  emitters::Report report;     ///< of the folder; of a page, model and target
};

/// To be called before the work. InvalidInput: a folder without a report, or with that of another model; a page whose
/// folder is none.
Result<ReportPlace> open_report_place(const std::filesystem::path& path, const CompileOptions& options);

/// Writes report.json and report.html of the folder anew, or the page.
Status write_validation(ReportPlace place, const Validation& validation, const std::vector<Suggestion>& suggestions);

/// The figures as the report has them.
emitters::ReportValidation report_validation(const Validation& validation, const std::vector<Suggestion>& suggestions);

}  // namespace pudu::driver

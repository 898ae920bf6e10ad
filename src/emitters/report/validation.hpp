// What `pudu validate` has measured, as the report holds it: the object `validation` of report.json (docs/report.md),
// and the plots of report.html.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pudu::emitters {

struct Report;

/// One layer against the float network.
struct ReportLayerQuality {
  std::string name;
  std::string op;  ///< `operator` in JSON
  std::string kernel;
  std::optional<double> isolated_sqnr_db;  ///< none where the layer cannot run alone
  double sqnr_db = 0;
  double cosine = 0;
  double saturated_percent = 0;
  double range_used_percent = 0;
};

/// Samples of one label that int8 takes for one class.
struct ReportConfusion {
  std::int64_t label = 0;
  std::int64_t choice = 0;
  std::size_t samples = 0;
};

struct ReportClassification {
  std::int64_t classes = 0;
  std::size_t agreement = 0;
  std::size_t top5_agreement = 0;
  std::optional<std::size_t> correct;  ///< this and the next only with labels
  std::optional<std::size_t> float_correct;
  std::optional<std::size_t> top5;
  std::optional<std::size_t> float_top5;
  std::vector<ReportConfusion> confusion;
};

/// One element of output 0.
struct ReportPoint {
  double expected = 0;  ///< `float` in JSON
  double actual = 0;    ///< `int8` in JSON
  std::size_t sample = 0;
};

/// Errors of output 0 in steps of its quantization.
struct ReportErrors {
  double step = 0;                  ///< what a code more stands for
  double begin_steps = 0;           ///< int8 minus float where the first bin begins
  double bin_steps = 0;             ///< width of a bin
  std::vector<std::size_t> counts;  ///< the first and the last bin hold all that is beyond, too
};

struct ReportSuggestion {
  std::string options;  ///< for the command line
  double sqnr_db = 0;
  double gain_db = 0;
};

struct ReportValidation {
  std::size_t samples = 0;
  std::vector<std::string> warnings;
  double sqnr_db = 0;  ///< of all outputs of all samples
  double median_sample_sqnr_db = 0;
  double worst_sample_sqnr_db = 0;
  std::vector<double> sample_sqnr_db;
  std::optional<ReportClassification> classification;  ///< none for an output of one number
  std::vector<ReportLayerQuality> layers;              ///< in order of execution
  std::vector<ReportPoint> points;                     ///< some of all elements, evenly chosen
  std::optional<ReportErrors> errors;                  ///< none for a float output
  std::vector<ReportSuggestion> suggestions;           ///< best first
};

/// Puts the figures into the report, and each layer's where the layers are.
void add_validation(Report& report, ReportValidation validation);

/// One line of ASCII.
std::string to_json(const ReportValidation& validation);

/// The section of report.html; empty for a report without validation.
std::string validation_section(const Report& report);

/// A page of the validation alone. `report` needs no more than model, target and validation.
std::string to_validation_html(const Report& report);

}  // namespace pudu::emitters

// Writes report.html of networks that are long, streamed and named with care, for report_browser_test.py.
//
// usage: report_pages FOLDER      writes streamed.html, validated.html, validation.html (of ten classes),
// many_classes.html and empty.html into FOLDER
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "emitters/report/testing/mobilenet.hpp"

namespace pudu::emitters {
namespace {

/// 16 layers that take turns over 48 rows: more than a thousand steps.
Report make_streamed_report() {
  const testing::StreamedProgram streamed = testing::make_streamed(16, 48);
  Report report = make_report(streamed.program, streamed.memory, streamed.extents);
  report.model = "</script><b>streamed</b>.pt2";
  report.layers[3].name = "<img src=x onerror=alert(1)>";
  report.layerwise = describe_plan(streamed.program, testing::make_plan(streamed.program));
  return report;
}

/// Figures that look like those of a network of `layers` layers, for `samples` samples of `classes` classes.
ReportValidation make_validation(std::size_t layers, std::size_t samples, std::int64_t classes) {
  ReportValidation validation;
  validation.samples = samples;
  validation.warnings = {"1.5 % of the values of input '<b>x</b>' are outside of what calibration saw"};
  validation.sqnr_db = 24.5, validation.median_sample_sqnr_db = 25.5, validation.worst_sample_sqnr_db = 14.25;
  for (std::size_t i = 0; i < samples; ++i) {
    validation.sample_sqnr_db.push_back(i == 3 ? 14.25 : 25.0 + 5.0 * std::sin(static_cast<double>(i)));
  }
  for (std::size_t i = 0; i < layers; ++i) {
    const double wave = std::sin(static_cast<double>(i) * 1.7);
    const double alone = 36.0 + 6.0 * wave;
    validation.layers.push_back({"conv2d_" + std::to_string(i), "conv2d", "conv2d_s8", alone,
                                 alone - 8.0 - 0.1 * static_cast<double>(i), 0.999, i == 2 ? 1.5 : 0.01,
                                 80.0 + 15.0 * wave});
  }
  validation.layers[1].name = "<img src=x onerror=alert(1)>";
  validation.layers.back().isolated_sqnr_db.reset();
  ReportClassification classification{.classes = classes,
                                      .agreement = samples - 3,
                                      .top5_agreement = samples,
                                      .correct = samples - 5,
                                      .float_correct = samples - 4,
                                      .top5 = samples - 1,
                                      .float_top5 = samples,
                                      .confusion = {}};
  for (std::int64_t label = 0; label < classes; ++label) {
    classification.confusion.push_back({label, label, samples / static_cast<std::size_t>(classes)});
    if (label % 3 == 0) classification.confusion.push_back({label, (label + 1) % classes, 1});
  }
  validation.classification = classification;
  for (std::size_t i = 0; i < 800; ++i) {
    const double expected = 8.0 * std::sin(static_cast<double>(i) * 0.37);
    validation.points.push_back({expected, expected + 0.2 * std::sin(static_cast<double>(i) * 2.3), i % samples});
  }
  ReportErrors errors{0.1, -8.5, 0.5, std::vector<std::size_t>(34, 0)};
  for (std::size_t i = 0; i < errors.counts.size(); ++i) {
    const double place = (static_cast<double>(i) - 16.5) / 4.0;
    errors.counts[i] = static_cast<std::size_t>(1000.0 * std::exp(-place * place));
  }
  validation.errors = errors;
  validation.suggestions = {{"--effort max", 27.5, 3.0}, {"--keep-float conv2d_3", 25.5, 1.0}};
  return validation;
}

/// Of the streamed report's layers, so that the table of layers shows their figures.
Report make_validated_report() {
  Report report = make_streamed_report();
  ReportValidation validation = make_validation(report.layers.size(), 60, 10);
  for (std::size_t i = 0; i < report.layers.size(); ++i) validation.layers[i].name = report.layers[i].name;
  add_validation(report, std::move(validation));
  return report;
}

std::string make_validation_page(std::size_t layers, std::int64_t classes) {
  Report report;
  report.model = "digits.pt2", report.cpu = "cortex-m55", report.pudu_version = "0.1.0";
  add_validation(report, make_validation(layers, 5000, classes));
  return to_validation_html(report);
}

}  // namespace
}  // namespace pudu::emitters

int main(int count, char** arguments) {
  if (count != 2) return 1;
  const std::filesystem::path folder = arguments[1];
  std::ofstream(folder / "streamed.html") << pudu::emitters::to_html(pudu::emitters::make_streamed_report());
  std::ofstream(folder / "validated.html") << pudu::emitters::to_html(pudu::emitters::make_validated_report());
  std::ofstream(folder / "validation.html") << pudu::emitters::make_validation_page(24, 10);
  std::ofstream(folder / "many_classes.html") << pudu::emitters::make_validation_page(120, 1000);
  std::ofstream(folder / "empty.html") << pudu::emitters::to_html({});
  return 0;
}

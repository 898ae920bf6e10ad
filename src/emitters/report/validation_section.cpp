// The validation in report.html: figures, what JavaScript draws as plots (validation.js), and a table that holds the
// same without.
#include <fmt/format.h>

#include <algorithm>

#include "emitters/report/html_text.hpp"
#include "emitters/report/report.hpp"
#include "emitters/report/validation.hpp"

namespace pudu::emitters {
namespace {

std::string figure(std::string_view name, const std::string& value, const std::string& note) {
  return fmt::format("<div class=\"figure\"><dt>{}</dt><dd><b>{}</b><span>{}</span></dd></div>\n", name, value, note);
}

std::string decibel(const std::optional<double>& value) {
  return value ? fmt::format("{:.1f}", *value) : "\u2013";
}

std::string share(std::size_t part, std::size_t whole) {
  return format_percent(static_cast<double>(part), static_cast<double>(whole));
}

std::string accuracy_figure(std::string_view name, std::size_t part, const std::optional<std::size_t>& float_part,
                            std::size_t samples) {
  const std::string of_float = float_part ? fmt::format("float {}; ", share(*float_part, samples)) : "";
  return figure(name, share(part, samples),
                fmt::format("{}{} of {}", of_float, group_digits(part), group_digits(samples)));
}

std::string figures(const ReportValidation& validation) {
  std::string text = "<dl class=\"figures\">\n";
  text += figure(
      "Signal to quantization noise", fmt::format("{:.1f} dB", validation.sqnr_db),
      fmt::format("all outputs of {} sample{}", group_digits(validation.samples), validation.samples == 1 ? "" : "s"));
  text += figure("Of a sample", fmt::format("{:.1f} dB", validation.median_sample_sqnr_db),
                 fmt::format("median; worst {:.1f} dB", validation.worst_sample_sqnr_db));
  if (const std::optional<ReportClassification>& classes = validation.classification) {
    if (classes->correct) {
      text += accuracy_figure("Accuracy, int8", *classes->correct, classes->float_correct, validation.samples);
    }
    if (classes->top5 && classes->classes > 5) {
      text += accuracy_figure("Top 5, int8", *classes->top5, classes->float_top5, validation.samples);
    }
    text += accuracy_figure("Agreement with float", classes->agreement, std::nullopt, validation.samples);
    if (!classes->top5 && classes->classes > 5) {
      text += accuracy_figure("Float's choice in top 5", classes->top5_agreement, std::nullopt, validation.samples);
    }
  }
  return text + "</dl>\n";
}

std::string findings(const ReportValidation& validation) {
  std::string text;
  for (const std::string& warning : validation.warnings) {
    text += fmt::format("<li class=\"attention\">{}</li>\n", escape_html(warning));
  }
  if (!validation.suggestions.empty()) {
    text += "<li class=\"fine\"><b>To gain accuracy</b>, measured on the first samples:\n<ul>\n";
    for (const ReportSuggestion& suggestion : validation.suggestions) {
      text += fmt::format("<li><code>{}</code>: {:+.2f} dB, to {:.2f} dB</li>\n", escape_html(suggestion.options),
                          suggestion.gain_db, suggestion.sqnr_db);
    }
    text += "</ul></li>\n";
  }
  return text.empty() ? "" : "<ul class=\"findings\">\n" + text + "</ul>\n";
}

/// The layers that lose most by themselves first; those that cannot run alone last.
std::vector<ReportLayerQuality> worst_first(std::vector<ReportLayerQuality> layers) {
  std::stable_sort(layers.begin(), layers.end(), [](const auto& a, const auto& b) {
    if (a.isolated_sqnr_db.has_value() != b.isolated_sqnr_db.has_value()) return a.isolated_sqnr_db.has_value();
    return a.isolated_sqnr_db ? *a.isolated_sqnr_db < *b.isolated_sqnr_db : a.sqnr_db < b.sqnr_db;
  });
  return layers;
}

std::string layer_table(const ReportValidation& validation) {
  std::string text =
      "<details>\n<summary>The layers as a table</summary>\n<div class=\"scroll\">\n<table>\n<thead><tr><th>Layer</th>"
      "<th>Operator</th><th>Kernel</th><th class=\"number\">Alone, dB</th><th class=\"number\">In all, dB</th>"
      "<th class=\"number\">Cosine</th><th class=\"number\">Saturated</th><th class=\"number\">Range used</th></tr>"
      "</thead>\n<tbody>\n";
  for (const ReportLayerQuality& layer : worst_first(validation.layers)) {
    text += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"code\">{}</td><td class=\"number\">{}</td>"
        "<td class=\"number\">{}</td><td class=\"number\">{:.5f}</td><td class=\"number\">{:.3f} %</td>"
        "<td class=\"number\">{:.0f} %</td></tr>\n",
        escape_html(layer.name), escape_html(layer.op), escape_html(layer.kernel), decibel(layer.isolated_sqnr_db),
        decibel(layer.sqnr_db), layer.cosine, layer.saturated_percent, layer.range_used_percent);
  }
  return text + "</tbody>\n</table>\n</div>\n</details>\n";
}

/// Names come from the user's model: what is not to be shown is replaced, and nothing but `<` could end the element.
std::string data_element(ReportValidation validation) {
  for (ReportLayerQuality& layer : validation.layers) {
    layer.name = shown_text(layer.name), layer.op = shown_text(layer.op), layer.kernel = shown_text(layer.kernel);
  }
  std::string text = to_json(validation);
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at)) {
    text.replace(at, 1, "\\u003c");
  }
  return "<script type=\"application/json\" id=\"validation-data\">" + text + "</script>\n";
}

std::string plot(std::string_view id, std::string_view title, std::string_view note, std::string_view wide = "") {
  return fmt::format("<div class=\"plot{}\" id=\"{}\">\n<h3>{}</h3>\n<p class=\"note\">{}</p>\n</div>\n", wide, id,
                     title, note);
}

std::string plots(const ReportValidation& validation) {
  std::string text = "<div class=\"plots\">\n";
  if (!validation.layers.empty()) {
    text +=
        plot("plot-layers", "Layers",
             "Above 30 dB nobody notices; below 15 dB look closer. <i>Alone</i>: on the float network's inputs. <i>In "
             "all</i>: with the errors of the layers before.",
             " wide");
  }
  text +=
      plot("plot-samples", "Samples by their noise", "How many samples reach how many dB; the worst is on the left.");
  if (validation.errors) {
    text += plot("plot-errors", "Errors of the output", "int8 minus float, in steps of the output's codes.");
  }
  if (!validation.points.empty()) {
    text += plot("plot-points", "Float against int8", "Elements of the first output; on the line both are equal.");
  }
  if (validation.classification && !validation.classification->confusion.empty()) {
    text += plot("plot-confusion", "Confusion", "Labels down, what int8 chooses across.");
  }
  return text + "</div>\n";
}

}  // namespace

void add_validation(Report& report, ReportValidation validation) {
  for (ReportLayer& layer : report.layers) {
    const auto found = std::find_if(validation.layers.begin(), validation.layers.end(),
                                    [&](const ReportLayerQuality& quality) { return quality.name == layer.name; });
    layer.sqnr_db = found == validation.layers.end() ? std::nullopt : std::optional(found->sqnr_db);
  }
  report.validation = std::move(validation);
}

std::string validation_section(const Report& report) {
  if (!report.validation) return {};
  const ReportValidation& validation = *report.validation;
  return "<section id=\"validation\">\n<h2>Validation: float against int8</h2>\n" + figures(validation) +
         findings(validation) + plots(validation) + data_element(validation) +
         "<noscript><p class=\"empty\">JavaScript draws the plots; the table holds the layers' "
         "figures.</p></noscript>\n" +
         layer_table(validation) + "</section>\n";
}

}  // namespace pudu::emitters

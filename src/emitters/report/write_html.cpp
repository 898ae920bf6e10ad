// Writes report.html: one file without references to anything outside of it. JavaScript draws the memory map and links
// it with the table of layers; all else is complete without.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/embedded_file.hpp"
#include "emitters/report/html_tables.hpp"
#include "emitters/report/html_text.hpp"
#include "emitters/report/memory_picture.hpp"
#include "emitters/report/memory_timeline.hpp"
#include "emitters/report/report.hpp"

namespace pudu::base {
std::span<const EmbeddedFile> report_asset_files();
}

namespace pudu::emitters {
namespace {

std::string_view asset(std::string_view path) {
  for (const base::EmbeddedFile& file : base::report_asset_files()) {
    if (file.path == path) return file.content;
  }
  return {};
}

std::string figure(std::string_view name, std::string_view value, std::string_view note) {
  return fmt::format("<div class=\"figure\"><dt>{}</dt><dd><b>{}</b><span>{}</span></dd></div>\n", name, value, note);
}

std::string bytes_figure(std::string_view name, const std::optional<std::size_t>& bytes, std::string_view note) {
  if (!bytes) return figure(name, "\u2013", "known after <code>pudu bench</code>");
  return figure(name, format_bytes(*bytes),
                fmt::format("{} bytes{}{}", group_digits(*bytes), note.empty() ? "" : ", ", note));
}

std::string instruction_figure(const Report& report) {
  if (!report.instructions) return figure("Instructions", "\u2013", "known after <code>pudu bench</code>");
  std::string note = "per inference";
  if (report.measured_on) note += " on " + escape_html(*report.measured_on);
  if (report.macs > 0) {
    note +=
        fmt::format(", {:.2f} per MAC", static_cast<double>(*report.instructions) / static_cast<double>(report.macs));
  }
  return figure("Instructions", format_count(*report.instructions), note);
}

std::string figures(const Report& report, const MemoryView& view) {
  const std::size_t lost = fragmentation_bytes(view.plan, view.timeline);
  const auto macs = static_cast<std::uint64_t>(std::max<std::int64_t>(0, report.macs));
  const auto parameters = static_cast<std::uint64_t>(std::max<std::int64_t>(0, report.parameters));
  std::string text = "<dl class=\"figures\">\n";
  text += bytes_figure(
      "Arena (RAM)", report.arena_bytes,
      report.layerwise ? fmt::format("layer by layer {}", group_digits(report.layerwise->arena_bytes)) : "");
  text += figure("Fragmentation", format_percent(static_cast<double>(lost), static_cast<double>(report.arena_bytes)),
                 fmt::format("{} bytes unused at the peak; lower bound {}", group_digits(lost),
                             group_digits(report.lower_bound_bytes)));
  text += bytes_figure("Weights (flash)", report.weights_bytes, "all constants");
  text += bytes_figure("Code (flash)", report.code_bytes, "");
  text += bytes_figure("Stack (RAM)", report.stack_bytes, "at its deepest");
  text += figure("MACs", format_count(macs), group_digits(macs) + " per inference");
  text += instruction_figure(report);
  text += figure("Parameters", format_count(parameters), group_digits(parameters) + " weights and biases");
  if (report.persistent_bytes > 0)
    text += bytes_figure("Persistent (RAM)", report.persistent_bytes, "kept between runs");
  return text + "</dl>\n";
}

std::string name_list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += fmt::format("{}<code>{}</code>", text.empty() ? "" : ", ", escape_html(name));
  }
  return text;
}

/// Float islands: what they cost and why they are there.
std::string float_parts(const Report& report) {
  if (report.float_parts.empty()) return "";
  std::int64_t macs = 0;
  std::size_t bytes = 0;
  std::string items;
  for (const ReportFloatPart& part : report.float_parts) {
    macs += part.macs;
    bytes += part.weights_bytes;
    items += fmt::format("<li><code>{}</code> ({}): {}</li>\n", escape_html(part.name), escape_html(part.op),
                         escape_html(part.reason));
  }
  const double share = report.macs > 0 ? 100.0 * static_cast<double>(macs) / static_cast<double>(report.macs) : 0.0;
  return fmt::format(
      "<li class=\"attention\"><b>{} operator{}</b> stay{} float32, with {} bytes of weights and {:.1f} % of the MACs:"
      "\n<ul>\n{}</ul></li>\n",
      report.float_parts.size(), report.float_parts.size() == 1 ? "" : "s", report.float_parts.size() == 1 ? "s" : "",
      group_digits(bytes), share, items);
}

/// What costs more than it must, or that nothing does.
std::string findings(const Report& report) {
  std::string text;
  if (!report.transposes.empty()) {
    std::string items;
    for (std::size_t i = 0; i < report.transposes.size(); ++i) {
      const std::string reason = i < report.transpose_reasons.size() ? ": " + report.transpose_reasons[i] : "";
      items += fmt::format("<li><code>{}</code>{}</li>\n", escape_html(report.transposes[i]), escape_html(reason));
    }
    text += fmt::format("<li class=\"attention\"><b>{} transpose{}</b> remain{}:\n<ul>\n{}</ul></li>\n",
                        report.transposes.size(), report.transposes.size() == 1 ? "" : "s",
                        report.transposes.size() == 1 ? "s" : "", items);
  }
  text += float_parts(report);
  if (!report.float_operators.empty() && report.float_parts.empty()) {
    text += fmt::format("<li class=\"attention\"><b>{} layer{}</b> work{} on float32 data: {}.</li>\n",
                        report.float_operators.size(), report.float_operators.size() == 1 ? "" : "s",
                        report.float_operators.size() == 1 ? "s" : "", name_list(report.float_operators));
  }
  const auto built_in = std::count_if(report.layers.begin(), report.layers.end(),
                                      [](const ReportLayer& layer) { return !layer.fallback.empty(); });
  if (built_in > 0) {
    text += fmt::format(
        "<li class=\"attention\"><b>{} of {} layers</b> run on the built-in kernels; the table of "
        "layers says why.</li>\n",
        built_in, report.layers.size());
  }
  if (text.empty()) text = "<li class=\"fine\">All layers are quantized, and no transpose remains.</li>\n";
  return "<ul class=\"findings\">\n" + text + "</ul>\n";
}

std::string header(const Report& report) {
  return fmt::format(
      "<header>\n<p class=\"kind\">Pudu report</p>\n<h1>{}</h1>\n<p class=\"target\"><b>{}</b> <span>{} instruction set"
      "</span> <span>{} kernels</span> <span>{} layers</span></p>\n</header>\n",
      escape_html(report.model), escape_html(report.cpu), escape_html(report.isa), escape_html(report.kernels),
      report.layers.size());
}

std::string footer(const Report& report) {
  return fmt::format(
      "<footer><p>Pudu {}, kernel ABI {} &middot; {} kernels for {} ({}) &middot; planning strategy: {}. The same data "
      "stands in "
      "<code>report.json</code>.</p></footer>\n",
      escape_html(report.pudu_version), report.kernel_abi_version, escape_html(report.kernels), escape_html(report.cpu),
      escape_html(report.isa), escape_html(report.plan_strategy.empty() ? "none" : report.plan_strategy));
}

}  // namespace

namespace {

/// A page that loads nothing; `body` is safe HTML.
std::string page(std::string_view title, std::string_view body) {
  std::string text = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  // The browser itself refuses to load anything, whatever stands in a name.
  text +=
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "script-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n";
  text += fmt::format("<title>{}</title>\n<style>\n{}{}</style>\n</head>\n<body>\n", escape_html(title),
                      asset("report.css"), asset("validation.css"));
  text += body;
  text += fmt::format("<script>\n{}{}{}{}</script>\n</body>\n</html>\n", asset("report.js"), asset("memory_chart.js"),
                      asset("memory_map.js"), asset("validation.js"));
  return text;
}

}  // namespace

std::string to_html(const Report& report) {
  const std::vector<MemoryView> views = memory_views(report);
  std::string text = header(report) + "<main>\n" + figures(report, views.front()) + findings(report);
  text += memory_section(report, views) + validation_section(report) + region_section(report) +
          any_cost_section(report) + layer_section(report, views.front());
  text +=
      "<div class=\"columns\">\n" + operator_section(report) + io_section(report) + stage_section(report) + "</div>\n";
  text += buffer_section(report) + "</main>\n" + footer(report);
  return page(fmt::format("{} on {} \u2013 Pudu report", report.model, report.cpu), text);
}

std::string to_validation_html(const Report& report) {
  std::string text = fmt::format(
      "<header>\n<p class=\"kind\">Pudu validation</p>\n<h1>{}</h1>\n<p class=\"target\"><b>{}</b> <span>float32 "
      "against int8</span></p>\n</header>\n<main>\n{}</main>\n",
      escape_html(report.model), escape_html(report.cpu), validation_section(report));
  text += fmt::format("<footer><p>Pudu {} &middot; the simulator's bytes are the device's.</p></footer>\n",
                      escape_html(report.pudu_version));
  return page(fmt::format("{} \u2013 Pudu validation", report.model), text);
}

}  // namespace pudu::emitters

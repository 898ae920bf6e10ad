#include "emitters/report/html_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "emitters/report/html_text.hpp"

namespace pudu::emitters {
namespace {

constexpr const char* unknown = "<td class=\"number none\">\u2013</td>";

std::string text_cell(std::string_view text) {
  return fmt::format("<td>{}</td>", escape_html(text));
}

/// Texts up to this length stay on one line.
constexpr std::size_t longest_line = 40;

std::string code_cell(std::string_view text) {
  return fmt::format("<td class=\"code{}\">{}</td>", count_characters(text) > longest_line ? " long" : "",
                     escape_html(text));
}

/// The name of the row, with a badge behind it where there is one.
std::string name_cell(std::string_view name, std::string_view badge = {}) {
  return fmt::format("<th scope=\"row\"{}>{}{}</th>", count_characters(name) > longest_line ? " class=\"long\"" : "",
                     escape_html(name), badge);
}

std::string number_cell(std::uint64_t number) {
  return fmt::format("<td class=\"number\">{}</td>", group_digits(number));
}

/// A number with a bar behind it as long as its share of the largest.
std::string bar_cell(std::uint64_t number, std::uint64_t largest) {
  if (number == 0) return "<td class=\"number none\">0</td>";
  const double share = 100.0 * static_cast<double>(number) / static_cast<double>(std::max(number, largest));
  return fmt::format("<td class=\"number share\" style=\"--share:{:.1f}%\">{}</td>", share, group_digits(number));
}

template <class T>
std::uint64_t unsigned_of(T number) {
  return number > 0 ? static_cast<std::uint64_t>(number) : 0;
}

template <class Element, class Number>
std::uint64_t largest_of(const std::vector<Element>& elements, Number Element::*field) {
  std::uint64_t largest = 0;
  for (const Element& element : elements) largest = std::max(largest, unsigned_of(element.*field));
  return largest;
}

std::string section(std::string_view title, std::string_view note, std::string_view content) {
  return fmt::format("<section>\n<h2>{}</h2>\n{}<div class=\"scroll\">\n{}</div>\n</section>\n", title,
                     note.empty() ? "" : fmt::format("<p class=\"note\">{}</p>\n", note), content);
}

/// The function that computes the layer; of a built-in kernel in a model for CMSIS-NN's also why.
std::string implementation_of(const ReportLayer& layer) {
  if (!layer.function.empty()) return layer.function;
  if (!layer.choice.empty()) return layer.kernel + " (" + layer.choice + ")";
  return layer.fallback.empty() ? layer.kernel : layer.kernel + " (built-in: " + layer.fallback + ")";
}

class LayerTable {
 public:
  LayerTable(const Report& report, const MemoryView& view)
      : report_(report), live_bytes_(live_bytes_by_layer(view.plan, view.timeline)) {
    const MemoryTimeline& timeline = view.timeline;
    peak_layer_ = view.plan.layer_at(timeline.peak_step);
    peak_bytes_ = timeline.peak_bytes();
    for (const ReportLayer& layer : report.layers) {
      has_instructions_ |= layer.instructions.has_value();
      has_cycles_ |= cycles_of(layer).has_value();
      has_sqnr_ |= layer.sqnr_db.has_value();
      has_source_ |= !layer.source.empty();
      instructions_ += layer.instructions.value_or(0);
      most_instructions_ = std::max(most_instructions_, layer.instructions.value_or(0));
    }
    most_macs_ = largest_of(report.layers, &ReportLayer::macs);
    most_weights_ = largest_of(report.layers, &ReportLayer::weights_bytes);
    most_scratch_ = largest_of(report.layers, &ReportLayer::scratch_bytes);
  }

  std::string draw() const {
    std::string text = "<table class=\"layers\">\n" + head() + "<tbody>\n";
    for (std::size_t step = 0; step < report_.layers.size(); ++step) text += row(step);
    return text + "</tbody>\n" + foot() + "</table>\n";
  }

 private:
  std::string head() const {
    std::string text =
        "<thead><tr><th class=\"number\">Layer</th><th>Name</th><th>Operator</th><th>Kernel</th><th>Output</th>"
        "<th class=\"number\">MACs</th><th class=\"number\">Weights, B</th><th class=\"number\">Scratch, B</th>"
        "<th class=\"number\">Live RAM, B</th>";
    if (has_instructions_) text += "<th class=\"number\">Instructions</th><th class=\"number\">per MAC</th>";
    if (has_cycles_) text += "<th class=\"number\">Estimated cycles</th>";
    if (has_sqnr_) text += "<th class=\"number\">SQNR, dB</th>";
    if (has_source_) text += "<th>Source</th>";
    return text + "</tr></thead>\n";
  }

  std::string row(std::size_t step) const {
    const ReportLayer& layer = report_.layers[step];
    const bool is_peak = step == peak_layer_;
    std::string text = fmt::format("<tr id=\"layer-{0}\" data-step=\"{0}\"{1}><td class=\"number\">{0}</td>", step,
                                   is_peak ? " class=\"highest\"" : "");
    text += name_cell(layer.name, is_peak ? " <span class=\"badge\">peak</span>" : "");
    text += text_cell(layer.op) + code_cell(implementation_of(layer));
    text += fmt::format("<td class=\"shape\">{}</td>", format_shape(layer.output_shape));
    text += bar_cell(unsigned_of(layer.macs), most_macs_) + bar_cell(layer.weights_bytes, most_weights_) +
            bar_cell(layer.scratch_bytes, most_scratch_) + bar_cell(live_bytes_[step], peak_bytes_);
    if (has_instructions_) {
      text += layer.instructions ? bar_cell(*layer.instructions, most_instructions_) : unknown;
      text += ratio_cell(layer.instructions, layer.macs);
    }
    if (has_cycles_) text += cycles_of(layer) ? number_cell(*cycles_of(layer)) : unknown;
    if (has_sqnr_) text += layer.sqnr_db ? fmt::format("<td class=\"number\">{:.1f}</td>", *layer.sqnr_db) : unknown;
    if (has_source_) text += code_cell(layer.source);
    return text + "</tr>\n";
  }

  static std::optional<std::uint64_t> cycles_of(const ReportLayer& layer) {
    return layer.executed ? layer.executed->cycles : std::nullopt;
  }

  static std::string ratio_cell(const std::optional<std::uint64_t>& instructions, std::int64_t macs) {
    if (!instructions || macs <= 0) return unknown;
    return fmt::format("<td class=\"number\">{:.2f}</td>",
                       static_cast<double>(*instructions) / static_cast<double>(macs));
  }

  std::string foot() const {
    std::size_t weights_bytes = 0;
    for (const ReportLayer& layer : report_.layers) weights_bytes += layer.weights_bytes;
    std::string text = "<tfoot><tr><td></td><th scope=\"row\">Total</th><td></td><td></td><td></td>";
    text += number_cell(unsigned_of(report_.macs)) + number_cell(weights_bytes) + "<td></td><td></td>";
    if (has_instructions_) text += number_cell(instructions_) + ratio_cell(instructions_, report_.macs);
    if (has_cycles_)
      text += report_.executed && report_.executed->cycles ? number_cell(*report_.executed->cycles) : unknown;
    if (has_sqnr_) text += "<td></td>";
    if (has_source_) text += "<td></td>";
    return text + "</tr></tfoot>\n";
  }

  const Report& report_;
  std::vector<std::size_t> live_bytes_;
  std::optional<std::size_t> peak_layer_;
  std::size_t peak_bytes_ = 0;
  bool has_instructions_ = false;
  bool has_cycles_ = false;
  bool has_sqnr_ = false;
  bool has_source_ = false;
  std::uint64_t instructions_ = 0;
  std::uint64_t most_instructions_ = 0;
  std::uint64_t most_macs_ = 0;
  std::uint64_t most_weights_ = 0;
  std::uint64_t most_scratch_ = 0;
};

struct OperatorSum {
  std::string name;
  std::uint64_t calls = 0;
  std::uint64_t macs = 0;
  std::uint64_t weights_bytes = 0;
  std::uint64_t instructions = 0;
};

std::vector<OperatorSum> sum_by_operator(const Report& report) {
  std::map<std::string, OperatorSum> sums;
  for (const ReportLayer& layer : report.layers) {
    OperatorSum& sum = sums[layer.op];
    sum.name = layer.op;
    ++sum.calls;
    sum.macs += unsigned_of(layer.macs);
    sum.weights_bytes += layer.weights_bytes;
    sum.instructions += layer.instructions.value_or(0);
  }
  std::vector<OperatorSum> result;
  for (auto& [name, sum] : sums) result.push_back(std::move(sum));
  std::stable_sort(result.begin(), result.end(), [](const OperatorSum& a, const OperatorSum& b) {
    return std::tuple(a.instructions, a.macs, a.calls) > std::tuple(b.instructions, b.macs, b.calls);
  });
  return result;
}

/// The range of real numbers that the codes of an integer type stand for, as a cell.
std::string range_cell(const ReportPort& port) {
  struct Codes {
    std::string_view dtype;
    double lowest, highest;
  };
  constexpr Codes types[] = {{"int8", -128, 127}, {"uint8", 0, 255}, {"int16", -32768, 32767}};
  const auto* const codes =
      std::find_if(std::begin(types), std::end(types), [&](const Codes& type) { return type.dtype == port.dtype; });
  if (!port.scale || !port.zero_point || codes == std::end(types)) return unknown;
  const double lowest = *port.scale * (codes->lowest - *port.zero_point);
  const double highest = *port.scale * (codes->highest - *port.zero_point);
  return fmt::format("<td class=\"number\">{:.4g} \u2026 {:.4g}</td>", lowest, highest);
}

}  // namespace

std::string layer_section(const Report& report, const MemoryView& view) {
  if (report.layers.empty()) return section("Layers", "", "<p class=\"empty\">The program calls no kernel.</p>\n");
  return section(
      "Layers",
      "In order of execution, one row per call of a kernel. A constant that several layers share counts at the "
      "first. Live RAM: most bytes that hold data while the layer runs.",
      LayerTable(report, view).draw());
}

std::string operator_section(const Report& report) {
  if (report.layers.empty()) return {};
  const std::vector<OperatorSum> sums = sum_by_operator(report);
  const bool has_instructions = largest_of(sums, &OperatorSum::instructions) > 0;
  std::string text =
      "<table>\n<thead><tr><th>Operator</th><th class=\"number\">Layers</th><th class=\"number\">MACs</th>"
      "<th class=\"number\">Weights, B</th>";
  if (has_instructions) text += "<th class=\"number\">Instructions</th>";
  text += "</tr></thead>\n<tbody>\n";
  for (const OperatorSum& sum : sums) {
    text += "<tr>" + name_cell(sum.name) + number_cell(sum.calls) +
            bar_cell(sum.macs, largest_of(sums, &OperatorSum::macs)) +
            bar_cell(sum.weights_bytes, largest_of(sums, &OperatorSum::weights_bytes));
    if (has_instructions) text += bar_cell(sum.instructions, largest_of(sums, &OperatorSum::instructions));
    text += "</tr>\n";
  }
  return section("Operators", "", text + "</tbody>\n</table>\n");
}

std::string any_cost_section(const Report& report) {
  if (report.exact_targets.empty()) return {};
  std::string text =
      "<table>\n<thead><tr><th>Compiled for</th><th class=\"number\">Arena, B</th>"
      "<th class=\"number\">Largest scratch, B</th><th class=\"number\">any costs more, B</th></tr></thead>\n<tbody>\n";
  for (const ReportIsaCost& exact : report.exact_targets) {
    const auto more = static_cast<std::int64_t>(report.arena_bytes) - static_cast<std::int64_t>(exact.arena_bytes);
    text += "<tr>" + name_cell(exact.isa + " only") + bar_cell(exact.arena_bytes, report.arena_bytes) +
            number_cell(exact.scratch_bytes) +
            fmt::format("<td class=\"number\">{}{}</td></tr>\n", more < 0 ? "\u2212" : "",
                        group_digits(static_cast<std::uint64_t>(more < 0 ? -more : more)));
  }
  text += "<tr>" + name_cell("any") + bar_cell(report.arena_bytes, report.arena_bytes) +
          number_cell(largest_of(report.layers, &ReportLayer::scratch_bytes)) + unknown + "</tr>\n";
  return section(
      "Cost of running everywhere",
      "Every scratch buffer is the largest that any instruction set asks for. The rows show the arena of the "
      "same network, planned for one instruction set alone.",
      text + "</tbody>\n</table>\n");
}

std::string region_section(const Report& report) {
  if (report.regions.empty()) return {};
  std::string text =
      "<table>\n<thead><tr><th>Memory</th><th>Kind</th><th>Section</th><th class=\"number\">In use, B</th>"
      "<th class=\"number\">Size, B</th><th class=\"number\">Use</th><th>What lies there, the largest first</th></tr>"
      "</thead>\n<tbody>\n";
  constexpr std::size_t most_names = 6;
  for (const ReportRegion& region : report.regions) {
    std::string names;
    for (std::size_t i = 0; i < std::min(region.contents.size(), most_names); ++i) {
      names += (i == 0 ? "" : ", ") + region.contents[i];
    }
    if (region.contents.size() > most_names) {
      names += " and " + std::to_string(region.contents.size() - most_names) + " more";
    }
    text += "<tr>" + name_cell(region.name) + text_cell(region.kind) + code_cell(region.section) +
            bar_cell(region.bytes, region.capacity_bytes) + number_cell(region.capacity_bytes) +
            fmt::format("<td class=\"number\">{}</td>",
                        format_percent(static_cast<double>(region.bytes), static_cast<double>(region.capacity_bytes))) +
            "<td class=\"code long\">" + escape_html(names.empty() ? "nothing" : names) + "</td></tr>\n";
  }
  return section("Memories", "Hot buffers and constants lie where a byte costs least.", text + "</tbody>\n</table>\n");
}

std::string io_section(const Report& report) {
  std::string text =
      "<table>\n<thead><tr><th>Name</th><th>Direction</th><th>Shape</th><th>Type</th><th class=\"number\">Scale</th>"
      "<th class=\"number\">Zero point</th><th class=\"number\">Range</th></tr></thead>\n<tbody>\n";
  for (const ReportPort& port : report.io) {
    text += "<tr>" + name_cell(port.name) + text_cell(port.direction);
    text += fmt::format("<td class=\"shape\">{}</td>", format_shape(port.shape)) + code_cell(port.dtype);
    text += port.scale ? fmt::format("<td class=\"number\">{}</td>", *port.scale) : unknown;
    text += port.zero_point ? fmt::format("<td class=\"number\">{}</td>", *port.zero_point) : unknown;
    text += range_cell(port) + "</tr>\n";
  }
  return section("Inputs and outputs", "real value = scale \u00D7 (code \u2212 zero point)",
                 text + "</tbody>\n</table>\n");
}

std::string buffer_section(const Report& report) {
  if (report.buffers.empty()) return {};
  std::vector<const ReportBuffer*> buffers;
  for (const ReportBuffer& buffer : report.buffers) buffers.push_back(&buffer);
  std::stable_sort(buffers.begin(), buffers.end(), [](const ReportBuffer* a, const ReportBuffer* b) {
    return std::tuple(a->begin_step, a->offset) < std::tuple(b->begin_step, b->offset);
  });
  const std::uint64_t largest = largest_of(report.buffers, &ReportBuffer::bytes);
  std::string text =
      "<table>\n<thead><tr><th>Buffer</th><th>Kind</th><th class=\"number\">Offset</th><th class=\"number\">Bytes</th>"
      "<th class=\"number\">First step</th><th class=\"number\">Last step</th></tr></thead>\n<tbody>\n";
  for (const ReportBuffer* buffer : buffers) {
    text += "<tr>" + name_cell(buffer->name);
    text += fmt::format("<td><span class=\"swatch {0}\"></span>{0}</td>", escape_html(buffer->kind));
    text += number_cell(buffer->offset) + bar_cell(buffer->bytes, largest) +
            number_cell(unsigned_of(buffer->begin_step)) +
            number_cell(unsigned_of(std::int64_t{buffer->end_step} - 1)) + "</tr>\n";
  }
  return fmt::format(
      "<section>\n<details>\n<summary><h2>Buffers</h2> <span class=\"note\">{} in the arena</span></summary>\n"
      "<div class=\"scroll\">\n{}</tbody>\n</table>\n</div>\n</details>\n</section>\n",
      report.buffers.size(), text);
}

std::string stage_section(const Report& report) {
  if (report.stages.empty()) return {};
  double total = 0;
  double longest = 0;
  for (const ReportStage& stage : report.stages) {
    total += stage.seconds;
    longest = std::max(longest, stage.seconds);
  }
  std::string text =
      "<table>\n<thead><tr><th>Stage</th><th class=\"number\">Seconds</th><th class=\"number\">Share</th>"
      "<th class=\"number\">Memory peak</th></tr></thead>\n<tbody>\n";
  for (const ReportStage& stage : report.stages) {
    text += "<tr>" + name_cell(stage.name);
    text += fmt::format(
        "<td class=\"number share\" style=\"--share:{:.1f}%\">{:.3f}</td><td class=\"number\">{}</td>"
        "<td class=\"number\">{}</td></tr>\n",
        longest > 0 ? 100 * stage.seconds / longest : 0, stage.seconds, format_percent(stage.seconds, total),
        format_bytes(stage.peak_memory_bytes));
  }
  text += fmt::format(
      "</tbody>\n<tfoot><tr><th scope=\"row\">Total</th><td "
      "class=\"number\">{:.3f}</td><td></td><td></td></tr></tfoot>\n"
      "</table>\n",
      total);
  return section("Compilation", "On the host. Memory peak: of the whole process, up to the end of the stage.", text);
}

}  // namespace pudu::emitters

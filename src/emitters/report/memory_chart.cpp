#include "emitters/report/memory_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "emitters/report/html_text.hpp"

namespace pudu::emitters {
namespace {

// All lengths in units of the SVG's viewBox, which are pixels when the page is wide enough.
constexpr double default_width = 1240;
constexpr double min_step_width = 7;
constexpr double left_margin = 72;
constexpr double right_margin = 104;
constexpr double map_top = 34;
constexpr double map_height = 440;
constexpr double bars_top = map_top + map_height + 46;
constexpr double bars_height = 84;
constexpr double names_top = bars_top + bars_height + 8;
constexpr double character_width = 5.6;  // of the labels' 10 px type, on the safe side
constexpr double line_height = 13;
constexpr double min_box_height = 0.75;  // so that a scratch buffer of some bytes still shows
constexpr std::size_t max_name_characters = 21;
constexpr std::size_t fewest_label_characters = 7;

/// The name without what the compiler appends to every result's name.
std::string_view label_of(std::string_view name) {
  constexpr std::string_view suffix = ".output";
  if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  return name;
}

std::size_t characters_in(double length) {
  return length > 0 ? static_cast<std::size_t>(length / character_width) : 0;
}

/// Smallest power of two of which at most eight make up the whole.
std::size_t tick_bytes(std::size_t whole) {
  std::size_t tick = 1;
  while (whole / tick > 8) tick *= 2;
  return tick;
}

/// 1, 2, 5, 10, 20, ...: the first that puts marks at least `min_distance` apart.
std::size_t tick_steps(double step_width, double min_distance) {
  for (std::size_t decade = 1;; decade *= 10) {
    for (const std::size_t factor : {1, 2, 5}) {
      if (static_cast<double>(decade * factor) * step_width >= min_distance) return decade * factor;
    }
  }
}

class MemoryChart {
 public:
  MemoryChart(const Report& report, const MemoryTimeline& timeline)
      : report_(report),
        timeline_(timeline),
        width_(std::max(default_width,
                        left_margin + right_margin + min_step_width * static_cast<double>(timeline.steps()))),
        plot_width_(width_ - left_margin - right_margin),
        step_width_(plot_width_ / static_cast<double>(timeline.steps())) {
    for (const ReportLayer& layer : report.layers) {
      longest_name_ = std::max(longest_name_, std::min(max_name_characters, count_characters(layer.name)));
    }
  }

  std::string draw() && {
    open();
    draw_address_axis();
    draw_step_columns();
    draw_peak_column("wash");
    draw_peak_gaps();
    for (const ReportBuffer& buffer : report_.buffers) draw_buffer(buffer);
    draw_peak_column("outline");
    draw_peak_label();
    draw_bounds();
    draw_step_axis();
    draw_bars();
    draw_step_names();
    svg_ += "</svg>\n";
    return std::move(svg_);
  }

 private:
  template <class... Arguments>
  void put(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(svg_), format, std::forward<Arguments>(arguments)...);
  }

  double x(std::size_t step) const { return left_margin + step_width_ * static_cast<double>(step); }
  double center(std::size_t step) const { return x(step) + step_width_ / 2; }
  double y(std::size_t address) const {
    const auto whole = static_cast<double>(std::max<std::size_t>(1, report_.arena_bytes));
    return map_top + map_height * std::min(1.0, static_cast<double>(address) / whole);
  }
  bool names_fit_across() const { return longest_name_width() < step_width_ - 4; }
  double longest_name_width() const { return static_cast<double>(longest_name_) * character_width; }
  double height() const { return names_top + (names_fit_across() ? line_height : longest_name_width()) + 4; }
  double right_edge() const { return left_margin + plot_width_; }

  void open() {
    put("<svg class=\"chart\" viewBox=\"0 0 {0:.0f} {1:.0f}\"{2} role=\"img\" aria-labelledby=\"map-title map-text\">\n"
        "<title id=\"map-title\">Memory map of the arena</title>\n"
        "<desc id=\"map-text\">{3} buffers over {4} steps in an arena of {5} bytes. Most is alive at step {6}, {7}: "
        "{8} "
        "bytes. The table of buffers holds the same data.</desc>\n"
        "<defs><pattern id=\"gap\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><path d=\"M0 0V6\"/></pattern></defs>\n",
        width_, height(), minimum_width(), report_.buffers.size(), timeline_.steps(), group_digits(report_.arena_bytes),
        timeline_.peak_step, escape_html(step_name(report_, timeline_.peak_step)),
        group_digits(timeline_.peak_bytes()));
  }

  /// A chart of very many steps scrolls instead of shrinking.
  std::string minimum_width() const {
    return width_ > default_width ? fmt::format(" style=\"min-width:{:.0f}px\"", width_) : std::string();
  }

  void draw_address_axis() {
    put("<g class=\"axis\">\n");
    const std::size_t tick = tick_bytes(report_.arena_bytes);
    for (std::size_t address = 0; address <= report_.arena_bytes; address += tick) {
      put("<path d=\"M{:.1f} {:.1f}H{:.1f}\"/><text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
          left_margin, y(address), right_edge(), left_margin - 8, y(address) + 3.5, format_round_bytes(address));
    }
    put("<text transform=\"translate(12 {:.1f}) rotate(-90)\" text-anchor=\"middle\">address in the "
        "arena</text>\n</g>\n",
        map_top + map_height / 2);
  }

  /// Invisible until the row of the step's layer is pointed at.
  void draw_step_columns() {
    for (std::size_t step = 0; step < timeline_.steps(); ++step) {
      put("<rect class=\"step\" id=\"step-{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n", step,
          x(step), map_top, step_width_, bars_top + bars_height - map_top);
    }
  }

  /// The wash lies below the boxes, the outline above them.
  void draw_peak_column(const char* part) {
    put("<g class=\"peak {}\"><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/></g>\n", part,
        x(timeline_.peak_step), map_top - 4, step_width_, map_height + 4);
  }

  void draw_peak_gaps() {
    for (const AddressRange& gap : timeline_.peak_gaps) {
      put("<g class=\"gap hover\"><title>unused at the peak step\n{} bytes at offset {}</title>"
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/></g>\n",
          group_digits(gap.end - gap.begin), group_digits(gap.begin), x(timeline_.peak_step), y(gap.begin), step_width_,
          std::max(min_box_height, y(gap.end) - y(gap.begin)));
    }
  }

  void draw_buffer(const ReportBuffer& buffer) {
    const auto begin = std::min(timeline_.steps() - 1, static_cast<std::size_t>(std::max(0, buffer.begin_step)));
    const auto end = std::clamp(static_cast<std::size_t>(std::max(0, buffer.end_step)), begin + 1, timeline_.steps());
    const double width = x(end) - x(begin);
    const double height = std::max(min_box_height, y(buffer.offset + buffer.bytes) - y(buffer.offset));
    put("<g class=\"buffer {} hover\" data-step=\"{}\"><title>{}\n{}, {} bytes ({})\noffset {}\n{}</title>"
        "<rect x=\"{:.1f}\" y=\"{:.2f}\" width=\"{:.1f}\" height=\"{:.2f}\"/>",
        escape_html(buffer.kind), begin, escape_html(buffer.name), escape_html(buffer.kind), group_digits(buffer.bytes),
        format_bytes(buffer.bytes), group_digits(buffer.offset), steps_text(begin, end), x(begin), y(buffer.offset),
        width, height);
    draw_label(buffer, x(begin) + width / 2, y(buffer.offset) + height / 2, width, height);
    put("</g>\n");
  }

  std::string steps_text(std::size_t begin, std::size_t end) const {
    const std::string first = escape_html(step_name(report_, begin));
    if (end == begin + 1) return fmt::format("step {}: {}", begin, first);
    return fmt::format("steps {} to {}: {} to {}", begin, end - 1, first, escape_html(step_name(report_, end - 1)));
  }

  /// Across when it fits, else upright, shortened if need be; nothing in boxes too small for either.
  void draw_label(const ReportBuffer& buffer, double middle_x, double middle_y, double width, double height) {
    const std::string_view label = label_of(buffer.name);
    const std::size_t characters = count_characters(label);
    const std::size_t across = height >= line_height ? characters_in(width - 6) : 0;
    const std::size_t upright = width >= line_height ? characters_in(height - 6) : 0;
    if (across >= std::min(characters, fewest_label_characters) && (across >= characters || across >= upright)) {
      const bool has_two_lines = height >= 2 * line_height + 4;
      put("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", middle_x, middle_y + (has_two_lines ? -3 : 3.5),
          escape_html(shorten(label, across)));
      if (has_two_lines) {
        put("<text class=\"minor\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", middle_x, middle_y + 10,
            format_bytes(buffer.bytes));
      }
    } else if (upright >= std::min(characters, fewest_label_characters)) {
      put("<text transform=\"translate({:.1f} {:.1f}) rotate(-90)\">{}</text>", middle_x + 3.5, middle_y,
          escape_html(shorten(label, upright)));
    }
  }

  void draw_peak_label() {
    const std::string text = fmt::format("peak: {} live at step {}, {}", format_bytes(timeline_.peak_bytes()),
                                         timeline_.peak_step, shorten(step_name(report_, timeline_.peak_step), 40));
    const double half = static_cast<double>(count_characters(text)) * character_width * 0.62;
    const double middle = std::clamp(center(timeline_.peak_step), left_margin + half, right_edge() - half);
    put("<g class=\"peak-label\"><path d=\"M{0:.1f} {1:.1f}l-4 -6h8z\"/>"
        "<text x=\"{2:.1f}\" y=\"{3:.1f}\" text-anchor=\"middle\">{4}</text></g>\n",
        center(timeline_.peak_step), map_top - 4, middle, map_top - 15, escape_html(text));
  }

  void draw_bound(const char* kind, const char* name, std::size_t bytes, double label_y) {
    put("<g class=\"bound {}\"><path d=\"M{:.1f} {:.1f}H{:.1f}\"/><text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>"
        "<text class=\"minor\" x=\"{:.1f}\" y=\"{:.1f}\">{} B</text></g>\n",
        kind, left_margin, y(bytes), right_edge() + 6, right_edge() + 10, label_y, name, right_edge() + 10,
        label_y + 12, group_digits(bytes));
  }

  void draw_bounds() {
    const double arena_y = y(report_.arena_bytes);
    if (report_.arena_bytes == report_.lower_bound_bytes) {
      draw_bound("arena", "arena", report_.arena_bytes, arena_y - 17);
      put("<g class=\"bound lower\"><text x=\"{:.1f}\" y=\"{:.1f}\">= lower bound</text></g>\n", right_edge() + 10,
          arena_y + 13);
      return;
    }
    draw_bound("arena", "arena", report_.arena_bytes, arena_y + 3);
    draw_bound("lower", "lower bound", report_.lower_bound_bytes,
               std::min(y(report_.lower_bound_bytes) - 9, arena_y - 25));
  }

  void draw_step_axis() {
    put("<g class=\"axis numbers\">\n");
    const std::size_t tick = tick_steps(step_width_, 26);
    for (std::size_t step = 0; step < timeline_.steps(); step += tick) {
      put("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", center(step), map_top + map_height + 15,
          step);
    }
    put("<text x=\"{:.1f}\" y=\"{:.1f}\">step</text>\n</g>\n", left_margin - 32, map_top + map_height + 15);
  }

  void draw_bars() {
    const double bottom = bars_top + bars_height;
    put("<g class=\"axis\"><path d=\"M{0:.1f} {1:.1f}H{2:.1f}\"/><path d=\"M{0:.1f} {3:.1f}H{2:.1f}\"/>"
        "<text x=\"{4:.1f}\" y=\"{5:.1f}\" text-anchor=\"end\">0</text>"
        "<text x=\"{4:.1f}\" y=\"{6:.1f}\" text-anchor=\"end\">{7}</text>"
        "<text x=\"{8:.1f}\" y=\"{9:.1f}\">live bytes</text></g>\n<g class=\"bars\">\n",
        left_margin, bars_top, right_edge(), bottom, left_margin - 8, bottom + 3.5, bars_top + 3.5,
        format_bytes(timeline_.peak_bytes()), right_edge() + 10, bars_top + bars_height / 2 + 3);
    const auto peak_bytes = static_cast<double>(std::max<std::size_t>(1, timeline_.peak_bytes()));
    const double inset = std::min(1.0, step_width_ * 0.08);
    for (std::size_t step = 0; step < timeline_.steps(); ++step) {
      const double height = bars_height * static_cast<double>(timeline_.live_bytes[step]) / peak_bytes;
      put("<g class=\"bar{} hover\" data-step=\"{}\"><title>step {}: {}\n{} bytes live in {} buffers</title>"
          "<rect x=\"{:.1f}\" y=\"{:.2f}\" width=\"{:.1f}\" height=\"{:.2f}\"/></g>\n",
          step == timeline_.peak_step ? " highest" : "", step, step, escape_html(step_name(report_, step)),
          group_digits(timeline_.live_bytes[step]), timeline_.live_buffers[step], x(step) + inset, bottom - height,
          step_width_ - 2 * inset, height);
    }
    put("</g>\n");
  }

  void draw_step_names() {
    const bool fits_across = names_fit_across();
    const std::size_t stride = fits_across ? 1 : tick_steps(step_width_, line_height - 2);
    put("<g class=\"names\">\n");
    for (std::size_t step = 0; step < report_.layers.size(); step += stride) {
      const std::string name = escape_html(shorten(report_.layers[step].name, max_name_characters));
      const char* emphasis = step == timeline_.peak_step ? " class=\"highest\"" : "";
      if (fits_across) {
        put("<text{} x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", emphasis, center(step),
            names_top + 8, name);
      } else {
        put("<text{} transform=\"translate({:.1f} {:.1f}) rotate(-90)\" text-anchor=\"end\">{}</text>\n", emphasis,
            center(step) + 3.5, names_top, name);
      }
    }
    put("</g>\n");
  }

  const Report& report_;
  const MemoryTimeline& timeline_;
  double width_;
  double plot_width_;
  double step_width_;
  std::size_t longest_name_ = 0;
  std::string svg_;
};

}  // namespace

std::string memory_chart(const Report& report, const MemoryTimeline& timeline) {
  if (report.buffers.empty()) return "<p class=\"empty\">Nothing lies in the arena.</p>\n";
  return MemoryChart(report, timeline).draw();
}

}  // namespace pudu::emitters

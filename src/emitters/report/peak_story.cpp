#include "emitters/report/peak_story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

#include "emitters/report/html_text.hpp"

namespace pudu::emitters {
namespace {

/// Buffers that are listed one by one.
constexpr std::size_t most_rows = 12;

struct LiveBuffer {
  const ReportBuffer* buffer = nullptr;
  std::size_t bytes = 0;  ///< alive at the peak
};

class PeakStory {
 public:
  PeakStory(const Report& report, const MemoryView& view)
      : report_(report), plan_(view.plan), timeline_(view.timeline), band_(timeline_.band_of(timeline_.peak_step)) {}

  std::string tell(std::size_t index) const {
    const std::vector<LiveBuffer> alive = live_buffers();
    std::string text =
        fmt::format("<div class=\"story\" data-view=\"{}\">\n<p><b>The peak</b> is {} bytes at {}.{}</p>\n", index,
                    group_digits(timeline_.peak_bytes()), peak_place(), cause(alive));
    text +=
        "<div class=\"scroll\">\n<table class=\"alive\">\n<thead><tr><th>Alive at the peak</th><th>Role</th>"
        "<th class=\"number\">Bytes</th></tr></thead>\n<tbody>\n";
    for (const LiveBuffer& live : std::span(alive).first(std::min(alive.size(), most_rows))) {
      text += fmt::format(
          "<tr><th scope=\"row\"><span class=\"swatch {}\"></span>{}</th><td>{}</td>"
          "<td class=\"number\">{}</td></tr>\n",
          escape_html(live.buffer->kind), escape_html(live.buffer->name), role_of(live), bytes_of(live));
    }
    if (alive.size() > most_rows) {
      std::size_t bytes = 0;
      for (std::size_t i = most_rows; i < alive.size(); ++i) bytes += alive[i].bytes;
      text += fmt::format("<tr><th scope=\"row\">{} more</th><td></td><td class=\"number\">{}</td></tr>\n",
                          alive.size() - most_rows, group_digits(bytes));
    }
    return text + shared_row(alive) + "</tbody>\n</table>\n</div>\n" + ways_down() + "</div>\n";
  }

 private:
  /// What most of the peak is.
  std::string cause(const std::vector<LiveBuffer>& alive) const {
    if (alive.empty()) return {};
    const LiveBuffer& largest = alive.front();
    return fmt::format(" The largest part, {} bytes ({}), is <code>{}</code>: {}.", group_digits(largest.bytes),
                       format_percent(static_cast<double>(largest.bytes), static_cast<double>(timeline_.peak_bytes())),
                       escape_html(largest.buffer->name), role_of(largest));
  }

  /// Buffers in the same place count once: the rows above add up to more than the peak.
  std::string shared_row(const std::vector<LiveBuffer>& alive) const {
    std::size_t bytes = 0;
    for (const LiveBuffer& live : alive) bytes += live.bytes;
    if (bytes <= timeline_.peak_bytes()) return {};
    return fmt::format(
        "<tr><th scope=\"row\">In the same place</th><td>results over what they are computed from</td>"
        "<td class=\"number\">\u2212{}</td></tr>\n",
        group_digits(bytes - timeline_.peak_bytes()));
  }

  /// "step 6 of 68, features_2_depthwise (depthwise_conv2d_s8)"
  std::string peak_place() const {
    const std::optional<std::size_t> layer = plan_.layer_at(timeline_.peak_step);
    const std::string kernel = layer && *layer < plan_.layers.size() ? " (" + plan_.layers[*layer].kernel + ")" : "";
    std::string text = fmt::format("step {} of {}, <code>{}</code>{}", timeline_.peak_step, timeline_.steps(),
                                   escape_html(step_name(plan_, timeline_.peak_step)), escape_html(kernel));
    if (is_streamed_band(band_)) text += ", in the streamed region " + name_of(band_);
    return text;
  }

  bool is_streamed_band(const StepBand& band) const {
    return plan_.is_streamed() && band.end_step - band.begin_step > 1 && band.first_layer < band.end_layer;
  }

  std::string name_of(const StepBand& band) const {
    if (band.first_layer >= plan_.layers.size()) return "start";
    std::string text = "<code>" + escape_html(plan_.layers[band.first_layer].name) + "</code>";
    if (band.end_layer > band.first_layer + 1 && band.end_layer <= plan_.layers.size()) {
      text += " to <code>" + escape_html(plan_.layers[band.end_layer - 1].name) + "</code>";
    }
    return text;
  }

  std::vector<LiveBuffer> live_buffers() const {
    std::vector<LiveBuffer> all;
    for (std::size_t i = 0; i < plan_.buffers.size(); ++i) {
      const std::size_t bytes = live_bytes_at(timeline_.shapes[i], timeline_.peak_step);
      if (bytes > 0) all.push_back({&plan_.buffers[i], bytes});
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const LiveBuffer& a, const LiveBuffer& b) { return a.bytes > b.bytes; });
    return all;
  }

  std::string bytes_of(const LiveBuffer& live) const {
    if (live.bytes == live.buffer->bytes) return group_digits(live.bytes);
    return fmt::format("{} of {}", group_digits(live.bytes), group_digits(live.buffer->bytes));
  }

  /// What the buffer is to the layer of the peak.
  std::string role_of(const LiveBuffer& live) const {
    const ReportBuffer& buffer = *live.buffer;
    const std::optional<std::size_t> layer = plan_.layer_at(timeline_.peak_step);
    const int now = layer ? static_cast<int>(*layer) : -1;
    if (buffer.kind == "scratch") return buffer.written_by == now ? "working memory of the layer" : "working memory";
    if (layer && buffer.written_by == now) return "its output";
    const bool is_read = layer && std::find(buffer.read_by.begin(), buffer.read_by.end(), now) != buffer.read_by.end();
    const auto reader_after = [&](int before) {
      return std::find_if(buffer.read_by.begin(), buffer.read_by.end(), [&](int reader) {
        return reader > before && reader != now && static_cast<std::size_t>(reader) < plan_.layers.size();
      });
    };
    auto later = reader_after(now);
    // Layers of a region take turns: rows wait for those before this one, too.
    if (later == buffer.read_by.end() && is_streamed_band(band_)) later = reader_after(-1);
    const std::string waits =
        later == buffer.read_by.end()
            ? ""
            : "<code>" + escape_html(plan_.layers[static_cast<std::size_t>(*later)].name) + "</code>";
    if (is_read) return waits.empty() ? "its input" : "its input, and held for " + waits;
    if (!waits.empty()) return "held for " + waits;
    return buffer.kind == "output" ? "result of the model" : "held";
  }

  std::string ways_down() const {
    std::string items = packing_item() + next_peak_item() + alternative_items();
    return "<p><b>To go lower</b></p>\n<ul>\n" + items + "</ul>\n";
  }

  std::string packing_item() const {
    const std::size_t lost = fragmentation_bytes(plan_, timeline_);
    if (lost == 0) {
      return "<li>Other offsets cannot help: the arena is as large as what is alive at the peak. That step itself has "
             "to need less.</li>\n";
    }
    const char* verdict = plan_.arena_bytes <= plan_.lower_bound_bytes
                              ? "The planner has proved that no other offsets need less."
                              : "Other offsets can win no more than these.";
    return fmt::format(
        "<li>{} bytes of the arena ({}) are unused at the peak: gaps between buffers, alignment included. {}</li>\n",
        group_digits(lost), format_percent(static_cast<double>(lost), static_cast<double>(plan_.arena_bytes)), verdict);
  }

  /// How far down the next peak is, when the layers of this one needed nothing.
  std::string next_peak_item() const {
    if (timeline_.bands.size() < 2) return {};
    std::size_t next = 0;
    std::size_t next_step = 0;
    for (std::size_t step = 0; step < timeline_.steps(); ++step) {
      if (step >= band_.begin_step && step < band_.end_step) continue;
      if (timeline_.live_bytes[step] <= next) continue;
      next = timeline_.live_bytes[step];
      next_step = step;
    }
    const std::string place = is_streamed_band(band_) ? "this region" : name_of(band_);
    if (next >= timeline_.peak_bytes()) {
      return fmt::format(
          "<li>Outside of {} as many are alive, at <code>{}</code>: both would have to need less.</li>\n", place,
          escape_html(step_name(plan_, next_step)));
    }
    return fmt::format(
        "<li>Outside of {} the most is {} bytes, at <code>{}</code>: a smaller {} alone saves at most {} bytes.</li>\n",
        place, group_digits(next), escape_html(step_name(plan_, next_step)),
        is_streamed_band(band_) ? "region" : "layer", group_digits(timeline_.peak_bytes() - next));
  }

  std::string alternative_items() const {
    std::string text;
    if (report_.layerwise && !plan_.is_streamed()) {
      text += fmt::format("<li>Streamed by rows, as it is compiled, the arena is {} bytes.</li>\n",
                          group_digits(report_.arena_bytes));
    }
    for (const ReportAlternative& other : report_.alternatives) {
      const char* verdict = other.arena_bytes < plan_.arena_bytes ? "less" : "no less";
      text += fmt::format("<li><code>{}</code> needs {} bytes, {} than these {}.</li>\n", escape_html(other.option),
                          group_digits(other.arena_bytes), verdict, group_digits(plan_.arena_bytes));
    }
    return text + untried_item();
  }

  /// `pudu compile` plans what it was asked for, and nothing beside it.
  std::string untried_item() const {
    const bool is_compiled_here = report_.kernel_abi_version != 0 && report_.regions.empty();
    const bool is_tried =
        std::any_of(report_.alternatives.begin(), report_.alternatives.end(),
                    [](const ReportAlternative& other) { return !other.option.starts_with("--disable-pass"); });
    if (!is_compiled_here || is_tried || report_.layerwise) return {};
    return "<li><code>pudu analyze</code> tries <code>--memory streamed</code>, <code>--feed rows</code> and "
           "<code>--input-layout nhwc</code>, and lists those that need less.</li>\n";
  }

  const Report& report_;
  const PlanView& plan_;
  const MemoryTimeline& timeline_;
  const StepBand& band_;
};

}  // namespace

std::string peak_story(const Report& report, const MemoryView& view, std::size_t index) {
  return PeakStory(report, view).tell(index);
}

}  // namespace pudu::emitters

#include "emitters/report/memory_picture.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "emitters/report/html_text.hpp"
#include "emitters/report/peak_story.hpp"

namespace pudu::emitters {
namespace {

using Json = nlohmann::ordered_json;

/// Numbers relative to their neighbours are short: [steps since the last rectangle's begin, steps, first byte, bytes].
Json shape_json(const std::vector<ReportExtent>& shape) {
  Json flat = Json::array();
  int last_step = 0;
  for (const ReportExtent& extent : shape) {
    flat.push_back(extent.begin_step - last_step);
    flat.push_back(extent.end_step - extent.begin_step);
    flat.push_back(extent.begin_byte);
    flat.push_back(extent.end_byte - extent.begin_byte);
    last_step = extent.begin_step;
  }
  return flat;
}

Json buffer_json(const ReportBuffer& buffer, const std::vector<ReportExtent>& shape) {
  Json json = {{"name", shown_text(buffer.name)},
               {"kind", shown_text(buffer.kind)},
               {"at", buffer.offset},
               {"bytes", buffer.bytes},
               {"shape", shape_json(shape)}};
  if (buffer.written_by) json["from"] = *buffer.written_by;
  if (!buffer.read_by.empty()) json["to"] = buffer.read_by;
  return json;
}

/// One entry a step: a letter of what runs, its layer (or the name of the buffer that moves), and its rows.
Json steps_json(const PlanView& plan) {
  std::string kinds;
  Json subjects = Json::array();
  Json rows = Json::array();
  for (const ReportStep& step : plan.steps) {
    kinds += step.kind.empty() ? 'w' : step.kind.front();
    subjects.push_back(step.layer ? Json(*step.layer) : Json(shown_text(step.buffer)));
    rows.push_back(step.begin_row);
    rows.push_back(step.end_row);
  }
  return {{"kinds", shown_text(kinds)}, {"subjects", std::move(subjects)}, {"rows", std::move(rows)}};
}

Json view_json(const MemoryView& view) {
  Json buffers = Json::array();
  for (std::size_t i = 0; i < view.plan.buffers.size(); ++i) {
    buffers.push_back(buffer_json(view.plan.buffers[i], view.timeline.shapes[i]));
  }
  Json bands = Json::array();
  for (const StepBand& band : view.timeline.bands) {
    for (const std::size_t number : {band.begin_step, band.end_step, band.first_layer, band.end_layer}) {
      bands.push_back(number);
    }
  }
  Json gaps = Json::array();
  for (const AddressRange& gap : view.timeline.peak_gaps) {
    gaps.push_back(gap.begin);
    gaps.push_back(gap.end);
  }
  Json json = {{"label", view.label},
               {"arena", view.plan.arena_bytes},
               {"bound", view.plan.lower_bound_bytes},
               {"count", view.timeline.steps()},
               {"peak", view.timeline.peak_step},
               {"live", view.timeline.live_bytes},
               {"alive", view.timeline.live_buffers},
               {"gaps", std::move(gaps)},
               {"bands", std::move(bands)},
               {"buffers", std::move(buffers)}};
  if (view.plan.is_streamed()) json["steps"] = steps_json(view.plan);
  return json;
}

/// Inside of a script element nothing but `<` could end it.
std::string data_element(const Report& report, const std::vector<MemoryView>& views) {
  Json layers = Json::array();
  for (const ReportLayer& layer : report.layers) layers.push_back(shown_text(layer.name));
  Json all = Json::array();
  for (const MemoryView& view : views) all.push_back(view_json(view));
  for (const ReportRegion& region : report.regions) {
    if (region.kind == "ram" && region.bytes > 0) {
      all.front()["regions"].push_back(Json::array({shown_text(region.name), region.begin, region.bytes}));
    }
  }
  std::string text = Json{{"layers", std::move(layers)}, {"views", std::move(all)}}.dump();
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at))
    text.replace(at, 1, "\\u003c");
  return "<script type=\"application/json\" id=\"memory-data\">" + text + "</script>\n";
}

std::string legend() {
  std::string text = "<p class=\"legend\">";
  for (const char* kind : {"input", "activation", "output", "scratch"}) {
    text += fmt::format("<span><span class=\"swatch {0}\"></span>{0}</span>", kind);
  }
  return text +
         "<span><span class=\"swatch gap\"></span>unused at the peak</span>"
         "<span><span class=\"swatch peak\"></span>peak step</span>"
         "<span><span class=\"line arena\"></span>arena</span>"
         "<span><span class=\"line lower\"></span>lower bound</span></p>\n";
}

}  // namespace

std::vector<MemoryView> memory_views(const Report& report) {
  std::vector<MemoryView> views;
  const PlanView compiled = compiled_plan(report);
  views.push_back({compiled.is_streamed() ? "Streamed" : "Layer by layer", compiled, make_timeline(compiled)});
  if (report.layerwise) {
    const PlanView layerwise = layerwise_plan(report);
    views.push_back({"Layer by layer", layerwise, make_timeline(layerwise)});
  }
  return views;
}

std::string memory_section(const Report& report, const std::vector<MemoryView>& views) {
  std::string text =
      "<section>\n<h2>Memory map</h2>\n<p class=\"note\">Each shape is a buffer in the arena: across, the steps during "
      "which it holds data; down, its addresses. The strip below shows the live bytes of every step.</p>\n";
  if (report.buffers.empty()) return text + "<p class=\"empty\">Nothing lies in the arena.</p>\n</section>\n";
  text += legend() + "<div id=\"memory-map\" class=\"map\"></div>\n" + data_element(report, views) +
          "<noscript><p class=\"empty\">JavaScript draws the picture; the table of buffers holds the same "
          "data.</p></noscript>\n";
  for (std::size_t i = 0; i < views.size(); ++i) text += peak_story(report, views[i], i);
  return text + "</section>\n";
}

}  // namespace pudu::emitters

// report.html: complete, safe whatever the names, and without anything from outside.
#include <gmock/gmock.h>

#include <limits>

#include "emitters/report/html_text.hpp"
#include "emitters/report/memory_timeline.hpp"
#include "emitters/report/report.hpp"
#include "emitters/report/testing/mobilenet.hpp"

namespace pudu::emitters {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Report mobilenet_report() {
  const program::Program program = testing::make_mobilenet();
  Report report = make_report(program, testing::make_plan(program));
  report.pudu_version = "0.1.0";
  report.model = "mobilenet_v2.pt2";
  report.stages = {{"read", 0.25, 90'000'000}, {"calibrate", 3.5, 310'000'000}};
  return report;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

TEST(ReportHtml, ShowsEveryBufferAndLayer) {
  const Report report = mobilenet_report();
  const std::string html = to_html(report);
  for (const ReportBuffer& buffer : report.buffers) {
    EXPECT_THAT(html, HasSubstr("{\"name\":\"" + buffer.name + "\",\"kind\":\"" + buffer.kind + "\""));
    EXPECT_THAT(html, HasSubstr("<th scope=\"row\">" + escape_html(buffer.name) + "</th>"));
  }
  for (std::size_t step = 0; step < report.layers.size(); ++step) {
    EXPECT_THAT(html, HasSubstr("<tr id=\"layer-" + std::to_string(step) + "\""));
    EXPECT_THAT(html, HasSubstr("<th scope=\"row\">" + report.layers[step].name));
  }
  EXPECT_EQ(count(html, "{\"name\":"), report.buffers.size());
}

TEST(ReportHtml, ShowsFiguresAndTarget) {
  const std::string html = to_html(mobilenet_report());
  EXPECT_THAT(html, AllOf(HasSubstr("<h1>mobilenet_v2.pt2</h1>"), HasSubstr("cortex-m55"), HasSubstr("mve"),
                          HasSubstr("Pudu 0.1.0"), HasSubstr("largest first"), HasSubstr("270.1 KiB"),
                          HasSubstr("56,289,152 per inference"), HasSubstr("<code>to_nhwc</code>"),
                          HasSubstr("<b>The peak</b> is 276,552 bytes at step 6 of 68, "
                                    "<code>features_2_depthwise</code> (depthwise_conv2d_s8)"),
                          HasSubstr("calibrate")));
}

TEST(ReportHtml, ShowsMeasurementsOnceTheyAreKnown) {
  Report report = mobilenet_report();
  const std::string before = to_html(report);
  EXPECT_EQ(count(before, "known after <code>pudu bench</code>"), 3U);
  EXPECT_THAT(before, Not(HasSubstr("SQNR, dB")));
  report.code_bytes = 20'000;
  report.stack_bytes = 800;
  report.instructions = 31'234'567;
  report.layers[2].instructions = 1'234'321;
  report.layers[2].sqnr_db = 38.25;
  const std::string after = to_html(report);
  EXPECT_THAT(after, AllOf(Not(HasSubstr("known after")), HasSubstr("20,000 bytes"), HasSubstr("800 B"),
                           HasSubstr("31.2 M"), HasSubstr("1,234,321"), HasSubstr("SQNR, dB"), HasSubstr(">38.2<")));
}

TEST(ReportHtml, ShowsFragmentation) {
  Report report = mobilenet_report();
  report.arena_bytes += 9'000;
  const std::string html = to_html(report);
  EXPECT_THAT(html, AllOf(HasSubstr("9,000 bytes unused at the peak; lower bound 276,552"),
                          HasSubstr("\"gaps\":[276552,285552]"),
                          HasSubstr("9,000 bytes of the arena (3.2 %) are unused at the peak")));
}

TEST(ReportHtml, LoadsNothingFromOutside) {
  const std::string html = to_html(mobilenet_report());
  EXPECT_THAT(html, AllOf(Not(HasSubstr("://")), Not(HasSubstr("src=")), Not(HasSubstr("href=")),
                          Not(HasSubstr("@import")), HasSubstr("default-src 'none'")));
  EXPECT_EQ(count(html, "url("), count(html, "url(#gap)"));
}

TEST(ReportHtml, GivesTheSameBytes) {
  EXPECT_EQ(to_html(mobilenet_report()), to_html(mobilenet_report()));
}

/// The page without what is not HTML in it.
std::string without_script_and_style(std::string html) {
  for (const std::string& name : {std::string("script"), std::string("style")}) {
    for (std::size_t begin = html.find("<" + name); begin != std::string::npos; begin = html.find("<" + name)) {
      const std::size_t end = html.find("</" + name + ">", begin);
      html.erase(begin, end + name.size() + 3 - begin);
    }
  }
  return html.substr(std::string_view("<!DOCTYPE html>").size());
}

/// Every < begins a tag, and every tag is closed in the right order.
void expect_balanced(const std::string& page) {
  const std::string html = without_script_and_style(page);
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find_first_of("<>", at + 1);
    ASSERT_TRUE(end != std::string::npos && html[end] == '>') << html.substr(at, 80);
    const std::string tag = html.substr(at + 1, end - at - 1);
    const bool closes = tag.starts_with('/');
    const std::string name = tag.substr(closes ? 1 : 0, tag.find_first_of(" /", 1) - (closes ? 1 : 0));
    if (name == "meta" || tag.ends_with('/')) continue;
    if (!closes) {
      open.push_back(name);
    } else {
      ASSERT_FALSE(open.empty()) << tag;
      ASSERT_EQ(open.back(), name) << html.substr(at, 80);
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty()) << open.back();
}

TEST(ReportHtml, ClosesItsTags) {
  expect_balanced(to_html(mobilenet_report()));
  expect_balanced(to_html({}));
}

TEST(ReportHtml, ShowsWhatAnyCpuCosts) {
  Report report = mobilenet_report();
  EXPECT_THAT(to_html(report), Not(HasSubstr("Cost of running everywhere")));
  report.exact_targets = {{"scalar", report.arena_bytes - 1'234, 20}, {"mve", report.arena_bytes, 4'464}};
  report.measured_on = "cortex-m4";
  report.instructions = 1000;
  const std::string html = to_html(report);
  EXPECT_THAT(html, AllOf(HasSubstr("Cost of running everywhere"), HasSubstr("scalar only"), HasSubstr(">1,234<"),
                          HasSubstr("mve only"), HasSubstr(">4,464<"), HasSubstr("per inference on cortex-m4")));
  expect_balanced(html);
}

TEST(ReportHtml, EscapesHostileNames) {
  const std::string hostile = "</title></script><script>alert(1)</script>\"'&\xFF\x01";
  const std::string escaped =
      "&lt;/title&gt;&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\uFFFD\uFFFD";
  Report report = mobilenet_report();
  report.pudu_version = report.model = report.cpu = report.isa = report.kernels = report.plan_strategy = hostile;
  for (ReportLayer& layer : report.layers) layer.name = layer.op = layer.kernel = layer.source = hostile;
  for (ReportBuffer& buffer : report.buffers) buffer.name = buffer.kind = hostile;
  for (ReportPort& port : report.io) port.name = port.direction = port.dtype = hostile;
  for (ReportStage& stage : report.stages) stage.name = hostile;
  report.transposes = report.float_operators = {hostile};
  const std::string html = to_html(report);
  EXPECT_EQ(count(html, "<script"), 2U) << "its own, and the data of the memory map";
  EXPECT_EQ(count(html, "</script"), 2U);
  EXPECT_THAT(html, AllOf(HasSubstr(escaped), Not(HasSubstr("\xFF")), Not(HasSubstr("\x01"))));
  expect_balanced(html);
}

TEST(ReportHtml, TakesAnEmptyReport) {
  const std::string html = to_html({});
  EXPECT_THAT(html, AllOf(HasSubstr("Nothing lies in the arena"), HasSubstr("calls no kernel"), Not(HasSubstr("nan")),
                          Not(HasSubstr("inf<"))));
}

TEST(ReportHtml, TakesAProgramWithoutLayers) {
  testing::ProgramBuilder builder("nothing");
  builder.add_output("y", builder.add_input("x", program::ElementType::Int8, {4}));
  const program::Program& program = builder.program();
  const std::string html = to_html(make_report(program, testing::make_plan(program)));
  EXPECT_THAT(html, AllOf(HasSubstr("{\"name\":\"x\",\"kind\":\"output\",\"at\":0,\"bytes\":4"),
                          HasSubstr("4 bytes at step 0 of 1, <code>start</code>")));
}

TEST(ReportHtml, CutsStepsAndAddressesOutOfRange) {
  Report report;
  report.arena_bytes = 16;
  report.buffers = {{"late", "activation", 8, 64, 1'000'000'000, 2'000'000'000},
                    {"early", "scratch", 0, 8, std::numeric_limits<int>::min(), std::numeric_limits<int>::min()}};
  expect_balanced(to_html(report));
}

TEST(ReportHtml, StaysSmallWithManyLayers) {
  testing::ProgramBuilder builder("deep");
  auto value = builder.add_input("x", program::ElementType::Int8, {1, 16, 16, 8});
  for (int i = 0; i < 400; ++i) value = builder.add_conv("conv2d_" + std::to_string(i), value, 8, 3, 1);
  builder.add_output("y", value);
  const program::Program& program = builder.program();
  const std::string html = to_html(make_report(program, testing::make_plan(program)));
  EXPECT_EQ(count(html, "{\"name\":"), 801U);
  const std::size_t begin = html.find("id=\"memory-data\"");
  EXPECT_LT(html.find("</script>", begin) - begin, 150'000U) << "801 buffers";
}

Report streamed_report() {
  const testing::StreamedProgram streamed = testing::make_streamed();
  Report report = make_report(streamed.program, streamed.memory, streamed.extents);
  report.layerwise = describe_plan(streamed.program, testing::make_plan(streamed.program));
  return report;
}

TEST(ReportHtml, ShowsBothPlansOfAStreamedModel) {
  Report report = streamed_report();
  report.alternatives = {{"--feed rows", 400}};
  const std::string html = to_html(report);
  EXPECT_THAT(html, AllOf(HasSubstr("\"label\":\"Streamed\""), HasSubstr("\"label\":\"Layer by layer\""),
                          HasSubstr("\"kinds\":\"rrr"), HasSubstr("data-view=\"1\""),
                          HasSubstr("in the streamed region <code>first</code> to <code>second</code>"),
                          HasSubstr("<code>--feed rows</code> needs 400 bytes")));
  expect_balanced(html);
}

TEST(ReportHtml, SaysWhatIsAliveAtThePeakAndWhy) {
  const std::string html = to_html(mobilenet_report());
  EXPECT_THAT(html, AllOf(HasSubstr("features_2_expand.output</th><td>its input</td><td class=\"number\">221,184<"),
                          HasSubstr("features_2_depthwise.output</th><td>its output</td><td class=\"number\">55,296<"),
                          HasSubstr("features_2_depthwise.scratch</th><td>working memory of the layer</td>"),
                          HasSubstr("Other offsets cannot help"), HasSubstr("a smaller layer alone saves at most "),
                          HasSubstr(" The largest part, 221,184 bytes ("),
                          HasSubstr("is <code>features_2_expand.output</code>: its input.")));
  EXPECT_THAT(html, ::testing::Not(HasSubstr("In the same place")));
}

TEST(ReportHtml, SaysWhichBuffersLieInTheSamePlace) {
  Report report = mobilenet_report();
  report.arena_bytes = report.lower_bound_bytes = 221'184;
  for (ReportBuffer& buffer : report.buffers) buffer.offset = 0;
  EXPECT_THAT(to_html(report), HasSubstr("<th scope=\"row\">In the same place</th>"));
}

TEST(ReportHtml, SaysWhoTriesOtherOptions) {
  Report report = mobilenet_report();
  const auto tells = HasSubstr("<code>pudu analyze</code> tries <code>--memory streamed</code>");
  EXPECT_THAT(to_html(report), tells);
  report.alternatives = {{"--disable-pass prepare", 400}};
  EXPECT_THAT(to_html(report), tells);
  report.alternatives.push_back({"--feed rows", 300});
  EXPECT_THAT(to_html(report), ::testing::Not(tells)) << "they are there";
  report.alternatives.clear();
  report.kernel_abi_version = 0;
  EXPECT_THAT(to_html(report), ::testing::Not(tells)) << "a program of another compiler";
  EXPECT_THAT(to_html(streamed_report()), ::testing::Not(tells));
}

Report small_report() {
  Report report;
  report.arena_bytes = 100;
  report.layers.resize(3);
  report.buffers = {{"a", "input", 0, 10, 0, 2}, {"b", "activation", 40, 50, 1, 3}, {"c", "output", 20, 30, 2, 3}};
  return report;
}

TEST(MemoryTimeline, FindsPeakAndGaps) {
  Report report = small_report();
  const MemoryTimeline timeline = make_timeline(compiled_plan(report));
  // b and c share the addresses from 40 to 50.
  EXPECT_THAT(timeline.live_bytes, ElementsAre(10, 60, 70));
  EXPECT_THAT(timeline.live_buffers, ElementsAre(1, 2, 2));
  EXPECT_EQ(timeline.peak_step, 2U);
  EXPECT_EQ(fragmentation_bytes(compiled_plan(report), timeline), 30U);
  report.buffers[2].bytes = 5;
  const MemoryTimeline changed = make_timeline(compiled_plan(report));
  EXPECT_EQ(changed.peak_step, 1U);
  EXPECT_THAT(changed.peak_gaps, ElementsAre(AddressRange{10, 40}, AddressRange{90, 100}));
}

TEST(MemoryTimeline, JoinsAndCutsExtents) {
  Report report = small_report();
  report.buffers = {{"a", "activation", 0, 40, 0, 3}};
  report.buffers[0].extents = {{0, 3, 0, 10}, {0, 1, 10, 20}, {1, 2, 10, 20}, {2, 3, 30, 40}};
  const MemoryTimeline timeline = make_timeline(compiled_plan(report));
  EXPECT_THAT(timeline.shapes.at(0),
              ElementsAre(ReportExtent{0, 2, 0, 20}, ReportExtent{2, 3, 0, 10}, ReportExtent{2, 3, 30, 40}));
  EXPECT_THAT(timeline.live_bytes, ElementsAre(20, 20, 20));
  EXPECT_THAT(timeline.live_buffers, ElementsAre(1, 1, 1));
  EXPECT_EQ(live_bytes_at(timeline.shapes[0], 2), 20U);
}

TEST(MemoryTimeline, FindsTheBandsOfLayersThatTakeTurns) {
  const Report report = streamed_report();
  const MemoryTimeline streamed = make_timeline(compiled_plan(report));
  ASSERT_EQ(streamed.bands.size(), 1U);
  EXPECT_EQ(streamed.bands[0].end_step, report.steps.size());
  EXPECT_EQ(streamed.bands[0].end_layer, 2U);
  const MemoryTimeline layerwise = make_timeline(layerwise_plan(report));
  ASSERT_EQ(layerwise.bands.size(), 2U);
  EXPECT_EQ(layerwise.bands[1].begin_step, 1U);
  EXPECT_EQ(layerwise.bands[1].first_layer, 1U);
  EXPECT_EQ(step_name(compiled_plan(report), 1), "first, row 1");
  EXPECT_EQ(step_name(layerwise_plan(report), 1), "second");
}

TEST(HtmlText, Escapes) {
  EXPECT_EQ(escape_html("a<b>&\"'c"), "a&lt;b&gt;&amp;&quot;&#39;c");
  EXPECT_EQ(escape_html("gr\u00FC\u00DF \u4E16 \U0001F600\n\t"), "gr\u00FC\u00DF \u4E16 \U0001F600\n\t");
}

TEST(HtmlText, ReplacesWhatIsNotText) {
  const std::string bad = "\uFFFD";
  EXPECT_EQ(escape_html(std::string_view("\0", 1)), bad);
  EXPECT_EQ(escape_html("\x1B[31m"), bad + "[31m");
  EXPECT_EQ(escape_html("\u0085"), bad) << "C1 control";
  EXPECT_EQ(escape_html("a\u202Eb"), "a" + bad + "b") << "right-to-left override";
  EXPECT_EQ(escape_html("\xC0\xAF"), bad + bad) << "overlong";
  EXPECT_EQ(escape_html("\xE0\x80\xBC"), bad + bad + bad) << "overlong <";
  EXPECT_EQ(escape_html("\xED\xA0\x80"), bad + bad + bad) << "surrogate";
  EXPECT_EQ(escape_html("\xF4\x90\x80\x80"), bad + bad + bad + bad) << "beyond U+10FFFF";
  EXPECT_EQ(escape_html("\xE4\xB8"), bad + bad) << "cut off";
  EXPECT_EQ(escape_html("\xE4<"), bad + "&lt;") << "the next character survives";
}

TEST(HtmlText, Shortens) {
  EXPECT_EQ(shorten("conv2d", 6), "conv2d");
  EXPECT_EQ(shorten("conv2d_1", 6), "conv2\u2026");
  EXPECT_EQ(shorten("\u4E16\u4E17\u4E18", 2), "\u4E16\u2026");
  EXPECT_EQ(shorten("", 0), "");
}

TEST(HtmlText, FormatsNumbers) {
  EXPECT_EQ(group_digits(0), "0");
  EXPECT_EQ(group_digits(1'234'567), "1,234,567");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(3 << 20), "3.00 MiB");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(56'289'152), "56.3 M");
  EXPECT_EQ(format_shape(std::vector<std::int64_t>{1, 28, 28}), "1\u00D728\u00D728");
  EXPECT_EQ(format_shape({}), "scalar");
  EXPECT_EQ(format_percent(1, 8), "12.5 %");
  EXPECT_EQ(format_percent(0, 0), "0.0 %");
}

}  // namespace
}  // namespace pudu::emitters

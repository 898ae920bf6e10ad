// Writes report.html of networks that are long, streamed and named with care, for report_browser_test.py.
//
// usage: report_pages FOLDER      writes FOLDER/streamed.html and FOLDER/empty.html
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

}  // namespace
}  // namespace pudu::emitters

int main(int count, char** arguments) {
  if (count != 2) return 1;
  const std::filesystem::path folder = arguments[1];
  std::ofstream(folder / "streamed.html") << pudu::emitters::to_html(pudu::emitters::make_streamed_report());
  std::ofstream(folder / "empty.html") << pudu::emitters::to_html({});
  return 0;
}

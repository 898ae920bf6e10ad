// The passes on every network and probe under tests/data that can be read: after each pass the graph computes the same
// floats as before, and a second run of the whole pipeline changes nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "frontends/pt2/pt2_reader.hpp"
#include "passes/pipeline.hpp"
#include "passes/testing/same_results.hpp"

namespace pudu {
namespace {

namespace fs = std::filesystem;

struct Folder {
  std::string name;
  std::size_t least_readable_files;  ///< so that a reader which refuses everything does not pass
};

void PrintTo(const Folder& test, std::ostream* out) {
  *out << test.name;
}

std::vector<fs::path> exported_files(const std::string& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(PUDU_SOURCE_DIR "/tests/data") / folder)) {
    if (entry.path().extension() == ".pt2") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::set<std::string> operators_of(const ir::Graph& graph) {
  std::set<std::string> operators;
  for (const ir::Node& node : graph.nodes()) operators.insert(node.op);
  return operators;
}

/// Runs the pipeline and compares after every pass with before it.
void expect_equal_floats(ir::Graph& graph) {
  ir::Graph before = graph;
  const Status status = passes::canonicalize(graph, [&](const passes::Pass& pass, const ir::Graph& after) {
    EXPECT_TRUE(passes::testing::have_same_results(before, after)) << "after pass " << pass.name;
    before = after;
  });
  ASSERT_TRUE(status) << to_string(status.error());
}

class PassesOnFolder : public ::testing::TestWithParam<Folder> {};

TEST_P(PassesOnFolder, KeepResultsAndComeToRest) {
  std::size_t readable_files = 0;
  for (const fs::path& file : exported_files(GetParam().name)) {
    SCOPED_TRACE(file.stem().string());
    Result<ir::Graph> graph = frontends::read_pt2(file, {});
    if (!graph) continue;  // the reader's own test says which and why
    ++readable_files;
    expect_equal_floats(*graph);
    for (const std::string op : {"identity", "batch_norm"}) {
      EXPECT_FALSE(operators_of(*graph).count(op)) << op << " never reaches the device";
    }
    const std::string text = ir::print(*graph).text;
    ASSERT_TRUE(passes::canonicalize(*graph));
    EXPECT_EQ(text, ir::print(*graph).text) << "the pipeline changes its own result";
  }
  EXPECT_GE(readable_files, GetParam().least_readable_files);
}

INSTANTIATE_TEST_SUITE_P(Pt2, PassesOnFolder,
                         ::testing::Values(Folder{"models", 8}, Folder{"operators", 40}, Folder{"probes", 50},
                                           Folder{"reader", 70}),
                         [](const auto& suite) { return suite.param.name; });

}  // namespace
}  // namespace pudu

// Every exported network and probe under tests/data is read and run with the operators' float references; the result
// must be torch's. Those that cannot be translated are listed with the reason.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/npy.hpp"
#include "base/subprocess.hpp"
#include "base/temp_directory.hpp"
#include "frontends/numpy/npz.hpp"
#include "frontends/pt2/pt2_reader.hpp"
#include "ops/float_executor.hpp"
#include "ops/registry.hpp"

namespace pudu::frontends {
namespace {

namespace fs = std::filesystem;

/// Files that hold what the reader does not translate, with the operators or reasons that it must name.
const std::map<std::string_view, std::vector<std::string_view>>& unsupported_files() {
  static const std::map<std::string_view, std::vector<std::string_view>> files = {
      {"lstm_projection", {"proj_size"}},
      {"unsupported_branch", {"higher_order.cond"}},
      {"unsupported_operators", {"aten.sort.default", "aten.fft_fft2.default"}},
  };
  return files;
}

std::vector<fs::path> exported_files() {
  std::vector<fs::path> files;
  for (const std::string_view folder : {"models", "operators", "probes", "reader"}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(PUDU_SOURCE_DIR "/tests/data") / folder)) {
      if (entry.path().extension() == ".pt2") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Arrays in0, in1, ... or out0, out1, ... of a file, from the .npz or the .npy files beside it.
std::vector<base::Array> arrays_beside(const fs::path& file, const std::string& prefix) {
  fs::path archive = file;
  archive.replace_extension(".npz");
  std::vector<base::Array> arrays;
  if (fs::exists(archive)) {
    const Result<NamedArrays> all = read_npz(archive);
    if (!all) return arrays;
    for (int i = 0; all->contains(prefix + std::to_string(i)); ++i) {
      arrays.push_back(all->at(prefix + std::to_string(i)));
    }
    return arrays;
  }
  for (int i = 0;; ++i) {
    fs::path single = file;
    single.replace_extension("." + prefix + std::to_string(i) + ".npy");
    Result<base::Array> array = base::read_npy(single);
    if (!array) return arrays;
    arrays.push_back(std::move(array).value());
  }
}

/// The part of each array that belongs to one of so many runs, each with as many entries of the first axis.
std::vector<ops::Tensor> to_tensors(const std::vector<base::Array>& arrays, std::int64_t run, std::int64_t runs) {
  std::vector<ops::Tensor> tensors;
  for (const base::Array& array : arrays) {
    const std::vector<float> all = base::to_float32(array);
    const auto count = static_cast<std::ptrdiff_t>(all.size()) / runs;
    ir::Shape shape = array.shape;
    if (!shape.empty()) shape.front() /= runs;
    tensors.emplace_back(shape, std::vector<float>(all.begin() + run * count, all.begin() + (run + 1) * count));
  }
  return tensors;
}

/// Largest difference over the largest expected magnitude.
double relative_error(std::span<const float> found, std::span<const float> expected) {
  double difference = 0.0;
  double magnitude = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (!std::isfinite(found[i])) return INFINITY;
    difference = std::max(difference, std::fabs(static_cast<double>(found[i]) - static_cast<double>(expected[i])));
    magnitude = std::max(magnitude, std::fabs(static_cast<double>(expected[i])));
  }
  return magnitude == 0.0 ? difference : difference / magnitude;
}

/// Runs the graph on the inputs beside `file` and compares with the outputs beside it.
void expect_torch_outputs(const Result<ir::Graph>& graph, const fs::path& file) {
  ASSERT_TRUE(graph.ok()) << to_string(graph.error());
  const Status verified = ops::verify(*graph);
  ASSERT_TRUE(verified.ok()) << to_string(verified.error());

  const std::vector<base::Array> inputs = arrays_beside(file, "in");
  const std::vector<base::Array> expected = arrays_beside(file, "out");
  ASSERT_FALSE(inputs.empty());
  ASSERT_FALSE(expected.empty());
  // A file may hold the inputs of several runs, one behind the other on the first axis.
  const ir::Shape& shape = graph->value(graph->inputs.front()).type.shape;
  const std::int64_t runs = shape.empty() ? 1 : inputs.front().shape.front() / shape.front();
  for (std::int64_t run = 0; run < runs; ++run) {
    const Result<std::vector<ops::Tensor>> outputs = ops::FloatExecutor(*graph).run(to_tensors(inputs, run, runs));
    ASSERT_TRUE(outputs.ok()) << to_string(outputs.error());
    const std::vector<ops::Tensor> wanted = to_tensors(expected, run, runs);
    ASSERT_EQ(outputs->size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      ASSERT_EQ((*outputs)[i].shape(), wanted[i].shape()) << "output " << i;
      EXPECT_LT(relative_error((*outputs)[i].data(), wanted[i].data()), 1e-4) << "output " << i << " of run " << run;
    }
  }
}

class ExportedFile : public ::testing::TestWithParam<fs::path> {};

TEST_P(ExportedFile, ComputesWhatTorchComputes) {
  const Result<ir::Graph> graph = read_pt2(GetParam(), {});
  const auto unsupported = unsupported_files().find(GetParam().stem().string());
  if (unsupported != unsupported_files().end()) {
    ASSERT_FALSE(graph.ok());
    EXPECT_EQ(graph.error().kind, ErrorKind::Unsupported);
    const std::string text = to_string(graph.error());
    for (const std::string_view reason : unsupported->second) {
      EXPECT_NE(text.find(reason), std::string::npos) << text;
    }
    return;
  }
  expect_torch_outputs(graph, GetParam());
}

/// Its weights are drawn by a script, so that they need not be committed.
TEST(DrawnFile, MobileNetV2ComputesWhatTorchComputes) {
  Result<base::TempDirectory> folder = base::TempDirectory::create("pt2_numerics");
  ASSERT_TRUE(folder.ok());
  const fs::path file = folder->path() / "mv2_96.pt2";
  const Result<base::ProcessResult> drawn =
      base::run_process({"python3", PUDU_SOURCE_DIR "/tests/data/make_mv2_96.py", file.string()});
  ASSERT_TRUE(drawn.ok() && drawn->succeeded());
  const fs::path arrays = PUDU_SOURCE_DIR "/tests/data/models/mv2_96.pt2";
  expect_torch_outputs(read_pt2(file, {}), arrays);
}

INSTANTIATE_TEST_SUITE_P(Pt2, ExportedFile, ::testing::ValuesIn(exported_files()), [](const auto& suite) {
  return suite.param.parent_path().filename().string() + "_" + suite.param.stem().string();
});

}  // namespace
}  // namespace pudu::frontends

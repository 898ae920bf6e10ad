// PyTorch modules whose buffers keep state from run to run: the float network gives torch's outputs of a sequence, the
// compiled one is near them and gives the same bytes on emulated cores, and a reset makes it forget.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/npy.hpp"
#include "base/progress.hpp"
#include "base/temp_directory.hpp"
#include "driver/artifact.hpp"
#include "driver/compile.hpp"
#include "driver/float_run.hpp"
#include "driver/frontends.hpp"
#include "driver/run.hpp"
#include "frontends/numpy/npz.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

namespace fs = std::filesystem;

class Streaming : public ::testing::TestWithParam<const char*> {
 protected:
  Streaming() : folder_(base::TempDirectory::create("pudu-states").value()) {
    const fs::path file = testing::test_data(std::string("states/") + GetParam() + ".npz");
    arrays_ = frontends::read_npz(file).value();
    EXPECT_TRUE(base::write_npy(folder_.path() / "calibration.npy", arrays_.at("calib0")));
    EXPECT_TRUE(base::write_npy(folder_.path() / "frames.npy", arrays_.at("in0")));
  }

  fs::path model() const { return testing::test_data(std::string("states/") + GetParam() + ".pt2"); }

  Result<driver::CompiledModel> compile(const char* cpu) const {
    driver::CompileOptions options;
    options.model = model();
    options.calibration = {folder_.path() / "calibration.npy"};
    options.target = targets::make_target(cpu, "").value();
    base::SilentProgress progress;
    return driver::compile(options, progress);
  }

  std::span<const float> expected() const { return arrays_.at("out0").data<float>(); }

  base::TempDirectory folder_;
  frontends::NamedArrays arrays_;
};

std::vector<float> joined(const driver::RunOutcome& outcome) {
  std::vector<float> values;
  for (const std::vector<base::Array>& sample : outcome.outputs) {
    const std::vector<float> of_sample = base::to_float32(sample.front());
    values.insert(values.end(), of_sample.begin(), of_sample.end());
  }
  return values;
}

TEST_P(Streaming, FloatNetworkHasTorchsOutputsOfTheSequence) {
  const auto graph = driver::read_model(model(), std::nullopt);
  ASSERT_TRUE(graph) << to_string(graph.error());
  ASSERT_EQ(graph->states.size(), 2U);
  base::SilentProgress progress;
  const auto samples = driver::open_float_samples(*graph, {folder_.path() / "frames.npy"});
  ASSERT_TRUE(samples) << to_string(samples.error());
  const auto kept = driver::run_float(*graph, *samples, progress, driver::SampleStates::Kept);
  ASSERT_TRUE(kept) << to_string(kept.error());
  const std::vector<float> values = joined(*kept);
  ASSERT_EQ(values.size(), expected().size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected()[i], 1e-5F) << i;

  const auto first = samples->read(0);
  ASSERT_TRUE(first) << to_string(first.error());
  const driver::Samples equal(2, *first);
  const auto reset = driver::run_float(*graph, equal, progress, driver::SampleStates::Reset);
  ASSERT_TRUE(reset) << to_string(reset.error());
  EXPECT_EQ(reset->outputs[0], reset->outputs[1]);
}

TEST_P(Streaming, CompiledNetworkFollowsTheSequence) {
  auto model = compile("cortex-m4");
  ASSERT_TRUE(model) << to_string(model.error());
  // 8 codes of the window, 6 of the hidden state.
  EXPECT_EQ(model->memory.state_bytes, 16U + 6U);
  base::SilentProgress progress;
  ASSERT_TRUE(driver::emit(*model, folder_.path() / "out", progress));
  const auto artifact = driver::read_artifact(folder_.path() / "out");
  ASSERT_TRUE(artifact) << to_string(artifact.error());
  const driver::Samples samples = testing::samples_of(artifact->program, folder_.path() / "frames.npy");
  const auto outcome = driver::run_on_host(*artifact, samples, progress);
  ASSERT_TRUE(outcome) << to_string(outcome.error());

  double signal = 0;
  double noise = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const base::Array output = driver::dequantized(outcome->outputs[i].front(),
                                                   artifact->program.buffer(artifact->program.outputs.front().buffer));
    const std::span<const float> values = output.data<float>();
    for (std::size_t k = 0; k < values.size(); ++k) {
      const double exact = static_cast<double>(expected()[i * values.size() + k]);
      signal += exact * exact;
      noise += (exact - static_cast<double>(values[k])) * (exact - static_cast<double>(values[k]));
    }
  }
  EXPECT_GT(10 * std::log10(signal / noise), 28.0);
}

TEST_P(Streaming, EmulatedCoresGiveTheBytesOfTheHost) {
  for (const char* cpu : {"cortex-m0", "cortex-m4", "cortex-m55"}) {
    SCOPED_TRACE(cpu);
    auto model = compile(cpu);
    ASSERT_TRUE(model) << to_string(model.error());
    base::SilentProgress progress;
    const fs::path out = folder_.path() / cpu;
    ASSERT_TRUE(driver::emit(*model, out, progress));
    const auto artifact = driver::read_artifact(out);
    ASSERT_TRUE(artifact) << to_string(artifact.error());
    const driver::Samples samples = testing::samples_of(artifact->program, folder_.path() / "frames.npy");
    for (const driver::SampleStates states : {driver::SampleStates::Kept, driver::SampleStates::Reset}) {
      const auto on_host = driver::run_on_host(*artifact, samples, progress, states);
      const auto on_board =
          driver::run_on_board(*artifact, samples, {.work_dir = folder_.path() / "work", .states = states}, progress);
      ASSERT_TRUE(on_host) << to_string(on_host.error());
      ASSERT_TRUE(on_board) << to_string(on_board.error());
      EXPECT_EQ(on_board->outputs, on_host->outputs);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Streaming,
                         ::testing::Values("streaming", "streaming_assigned", "streaming_decomposed"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace pudu

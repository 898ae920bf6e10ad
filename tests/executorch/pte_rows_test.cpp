// Programs below the bound of whole layers, in ExecuTorch's stock runtime: some calls run a few rows at a time, or part
// of their channels. They give the bytes of the simulator's whole layers.
#include <gmock/gmock.h>

#include <algorithm>

#include "driver/plan_pte.hpp"
#include "executorch/pte_support.hpp"
#include "partial/testing/wide_head.hpp"
#include "schedule/make_schedule.hpp"
#include "support/mlperf_tiny.hpp"

namespace pudu::testing {
namespace {

using driver::MemoryMode;
using driver::PlanOptions;
using emitters::PteOperators;

driver::PteArtifact pte_by(const driver::CompiledModel& model, const PlanOptions& plan,
                           PteOperators operators = PteOperators::Nhwc) {
  base::SilentProgress progress;
  return value_of(driver::make_pte(model, operators, progress, plan));
}

constexpr PlanOptions streamed = {.memory = MemoryMode::Streamed};

struct Expected {
  std::string model;
  std::size_t arena_bytes;  ///< at most
  std::size_t layer_bytes;  ///< at least, of whole layers
};

void PrintTo(const Expected& expected, std::ostream* stream) {
  *stream << expected.model;
}

driver::CompiledModel compiled(const std::string& name) {
  const std::vector<std::string>& tiny = mlperf_tiny_networks();
  const bool is_tiny = std::find(tiny.begin(), tiny.end(), name) != tiny.end();
  return compile_model(is_tiny ? mlperf_tiny_files(name) : model_files(name), "cortex-m55");
}

class PteRows : public ::testing::TestWithParam<Expected> {};

TEST_P(PteRows, GiveTheBytesOfLayersInLessMemory) {
  const driver::CompiledModel model = compiled(GetParam().model);
  const driver::Samples samples = noise_for(model.program, 2);
  const auto expected = run_simulator(model, samples);
  const driver::PteArtifact layers = pte_of(model);
  const driver::PteArtifact rows = pte_by(model, streamed);
  EXPECT_TRUE(driver::runs_by_rows(rows.model.memory));
  EXPECT_GE(layers.model.memory.arena_bytes, GetParam().layer_bytes);
  EXPECT_LE(rows.model.memory.arena_bytes, GetParam().arena_bytes);
  EXPECT_EQ(run_executorch(rows, samples), expected);
  EXPECT_EQ(run_simulator(rows.model, samples), expected) << "the plan, with freed bytes poisoned";
  EXPECT_EQ(pte_by(model, streamed).bytes, rows.bytes) << "the same every time";
  // Steps are instructions and tensors: tens of KB, no more.
  EXPECT_LT(rows.bytes.size(), layers.bytes.size() + 64 * 1024);
}

TEST_P(PteRows, RunForBothLibrariesAndBothFormsOfOperators) {
  const driver::CompiledModel model = compiled(GetParam().model);
  const driver::Samples samples = noise_for(model.program, 1);
  const auto expected = run_simulator(model, samples);
  EXPECT_EQ(run_executorch(pte_by(model, streamed, PteOperators::Classic), samples), expected) << "classic";
  EXPECT_EQ(run_executorch(pte_by(for_cmsis_nn(model), streamed), samples), expected) << "CMSIS-NN's scratch";
  EXPECT_EQ(run_executorch(pte_by(for_target(model, "any"), streamed), samples), expected) << "any";
}

INSTANTIATE_TEST_SUITE_P(Networks, PteRows,
                         ::testing::Values(Expected{"mv2_96", 72000, 200000}, Expected{"vww", 36000, 50000},
                                           Expected{"ic", 38000, 40000}),
                         [](const auto& test) { return test.param.model; });

TEST(PteRowsLimit, AutoRunsWholeLayersWhereTheyFit) {
  const driver::CompiledModel model = compiled("mv2_96");
  const std::size_t whole = pte_of(model).model.memory.arena_bytes;
  const driver::PteArtifact fitting = pte_by(model, {.memory = MemoryMode::Auto, .ram_bytes = whole});
  EXPECT_FALSE(driver::runs_by_rows(fitting.model.memory));
  const driver::PteArtifact limited = pte_by(model, {.memory = MemoryMode::Auto, .ram_bytes = whole / 2});
  EXPECT_TRUE(driver::runs_by_rows(limited.model.memory));
  EXPECT_LE(limited.model.memory.arena_bytes, whole / 2);
  const driver::Samples samples = noise_for(model.program, 1);
  EXPECT_EQ(run_executorch(limited, samples), run_simulator(model, samples));
}

/// A program that was made without a model's file.
driver::CompiledModel model_of(const program::Program& program) {
  driver::CompiledModel model;
  model.program = program;
  model.memory = value_of(schedule::plan_layerwise(program));
  return model;
}

TEST(PteChannels, WideLayersBeforeAPoolRunPartOfTheirChannels) {
  using partial::testing::Head;
  for (const Head head : {Head::AveragePool, Head::MaxPool, Head::Sum}) {
    const partial::testing::WideHead net(6, 6, 512, head);
    const driver::CompiledModel model = model_of(net.program);
    const driver::Samples samples = noise_for(model.program, 2);
    const auto expected = run_simulator(model, samples);
    const driver::PteArtifact layers = pte_of(model);
    const driver::PteArtifact parts =
        pte_by(model, {.memory = MemoryMode::Auto, .ram_bytes = layers.model.memory.arena_bytes / 2});
    ASSERT_EQ(parts.model.channel_splits.size(), 1U);
    EXPECT_LE(parts.model.memory.arena_bytes, layers.model.memory.arena_bytes / 2);
    EXPECT_EQ(run_executorch(parts, samples), expected);
    EXPECT_EQ(run_simulator(parts.model, samples), expected);
  }
}

}  // namespace
}  // namespace pudu::testing

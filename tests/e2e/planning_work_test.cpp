// How much planning by rows may do: units of work that are the same on every machine (docs/memory.md), so that planning
// that becomes slower shows without a clock. The limits are twice what the fixtures take today: other kernels or costs
// choose other plans, which take somewhat more or less; what takes twice as much has become slower.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "driver/choose_plan.hpp"
#include "driver/compile.hpp"
#include "driver/plan_pte.hpp"
#include "support/mlperf_tiny.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using schedule::PlanningWork;

struct WorkCase {
  const char* network;
  PlanningWork most;  ///< of one plan
};

std::string to_string(const PlanningWork& work) {
  return std::to_string(work.traced_steps) + ", " + std::to_string(work.packed_arenas) + ", " +
         std::to_string(work.packing_work);
}

driver::CompiledModel compiled(const std::string& network, const char* cpu) {
  const std::vector<std::string> tiny = testing::mlperf_tiny_networks();
  const bool is_tiny = std::find(tiny.begin(), tiny.end(), network) != tiny.end();
  driver::CompileOptions options;
  options.model = is_tiny ? testing::mlperf_tiny_files(network).model : testing::model_files(network).model;
  options.target = targets::make_target(cpu, "").value();
  if (!is_tiny) options.input_layout = driver::InputLayout::Nhwc;
  options.quantizer.bias_correction = quantizer::BiasCorrection::None;
  options.plan = {.seconds = 0.01, .memory = driver::MemoryMode::Layerwise};
  base::SilentProgress progress;
  auto model = driver::compile(options, progress);
  if (!model) throw std::runtime_error(to_string(model.error()));
  return std::move(model).value();
}

class WorkOfPlanning : public ::testing::TestWithParam<WorkCase> {
 protected:
  void note(const PlanningWork& work) {
    const PlanningWork& most = GetParam().most;
    EXPECT_LE(work.traced_steps, most.traced_steps);
    EXPECT_LE(work.packed_arenas, most.packed_arenas);
    EXPECT_LE(work.packing_work, most.packing_work);
    worst_.traced_steps = std::max(worst_.traced_steps, work.traced_steps);
    worst_.packed_arenas = std::max(worst_.packed_arenas, work.packed_arenas);
    worst_.packing_work = std::max(worst_.packing_work, work.packing_work);
  }

  PlanningWork worst_;
};

TEST_P(WorkOfPlanning, StaysWithinItsLimits) {
  for (const char* cpu : {"cortex-m0plus", "cortex-m4", "cortex-m55"}) {
    const driver::CompiledModel model = compiled(GetParam().network, cpu);
    for (const driver::Feed feed : {driver::Feed::Whole, driver::Feed::Rows}) {
      SCOPED_TRACE(std::string(cpu) + (feed == driver::Feed::Rows ? ", fed by rows" : ""));
      program::Program program = model.program;
      std::optional<program::Program> dialect = model.dialect_program;
      const driver::PlanOptions options{.seconds = 0.2, .memory = driver::MemoryMode::Streamed, .feed = feed};
      const auto plan = driver::choose_plan(program, dialect, prepare::Optimize::Balanced, options);
      ASSERT_TRUE(plan) << to_string(plan.error());
      note(plan->work);
      if (feed == driver::Feed::Rows) continue;
      const auto again = driver::choose_plan(program = model.program, dialect = model.dialect_program,
                                             prepare::Optimize::Balanced, options);
      ASSERT_TRUE(again);
      EXPECT_EQ(again->work.packing_work, plan->work.packing_work);
    }
    SCOPED_TRACE(std::string(cpu) + ", .pte");
    const auto plan = driver::plan_pte(model.dialect_program ? *model.dialect_program : model.program,
                                       targets::KernelLibrary::Builtin, driver::Sharing::Allowed,
                                       {.seconds = 0.2, .memory = driver::MemoryMode::Streamed});
    ASSERT_TRUE(plan) << to_string(plan.error());
    note(plan->work);
  }
  // Limits far above would show nothing: where planning has become twice as fast, they are to be halved.
  EXPECT_GT(4 * worst_.traced_steps, GetParam().most.traced_steps) << to_string(worst_);
  EXPECT_GT(4 * worst_.packed_arenas, GetParam().most.packed_arenas) << to_string(worst_);
  EXPECT_GT(4 * worst_.packing_work, GetParam().most.packing_work) << to_string(worst_);
}

INSTANTIATE_TEST_SUITE_P(Networks, WorkOfPlanning,
                         ::testing::Values(WorkCase{"mv2_96", {3'800'000, 52, 62'000'000}},
                                           WorkCase{"mobilenet_v3_small_025", {340'000, 52, 26'000'000}},
                                           WorkCase{"mobilenet_v1_025", {300'000, 64, 13'000'000}},
                                           WorkCase{"vww", {720'000, 78, 7'200'000}},
                                           WorkCase{"kws", {140'000, 18, 11'000'000}},
                                           WorkCase{"ic", {180'000, 18, 95'000'000}},
                                           WorkCase{"tcn", {670'000, 10, 10'000'000}},
                                           WorkCase{"unet", {98'000, 20, 70'000'000}}),
                         [](const auto& test) { return test.param.network; });

}  // namespace
}  // namespace pudu

// Memory plans of every network of the repository that run layer by layer: shared storage and another order of the
// calls change no bit of any output, also not on memory whose dead bytes are poisoned behind every step; plans are
// never larger than without them; and a plan is made in moments.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <random>
#include <set>

#include "driver/compile.hpp"
#include "schedule/check_schedule.hpp"
#include "schedule/make_schedule.hpp"
#include "schedule/plan_streamed.hpp"
#include "schedule/reorder.hpp"
#include "schedule/share_storage.hpp"
#include "simulator/simulator.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using Bytes = std::vector<std::byte>;

std::vector<std::filesystem::path> networks() {
  std::vector<std::filesystem::path> files;
  for (const char* folder : {"models", "operators", "probes", "mlperf_tiny"}) {
    for (const auto& item : std::filesystem::directory_iterator(testing::test_data(folder))) {
      const std::filesystem::path extension = item.path().extension();
      if (extension == ".pt2" || extension == ".tflite") files.push_back(item.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Empty for what Pudu refuses.
std::optional<driver::CompiledModel> compiled(const std::filesystem::path& file, const char* cpu,
                                              std::vector<std::string> disabled_passes,
                                              driver::InputLayout layout = driver::InputLayout::AsExported) {
  driver::CompileOptions options;
  options.model = file;
  options.input_layout = layout;
  options.target = targets::make_target(cpu, "", targets::KernelLibrary::Builtin).value();
  options.quantizer.bias_correction = quantizer::BiasCorrection::None;
  options.disabled_passes = std::move(disabled_passes);
  base::SilentProgress progress;
  auto model = driver::compile(options, progress);
  if (!model) return std::nullopt;
  return std::move(model).value();
}

/// Of two runs, so that states are used, too.
std::vector<std::vector<Bytes>> outputs_of(const program::Program& program, const program::MemoryMap& map) {
  auto simulator = simulator::Simulator::create(program, map, simulator::FreeMemory::Poisoned);
  EXPECT_TRUE(simulator.ok()) << to_string(simulator.error());
  std::mt19937 random(3);
  std::vector<std::vector<Bytes>> outputs;
  for (int sample = 0; sample < 2; ++sample) {
    std::vector<Bytes> inputs;
    for (const program::Port& port : program.inputs) {
      Bytes& bytes = inputs.emplace_back(program.buffer(port.buffer).bytes());
      const bool is_float = program.buffer(port.buffer).type == program::ElementType::Float32;
      // Floats of any bits may be no numbers; small positive ones are.
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] =
            is_float ? static_cast<std::byte>(i % 4 == 3 ? 0x3e : random() & 0x7f) : static_cast<std::byte>(random());
      }
    }
    auto result = simulator->run(inputs);
    EXPECT_TRUE(result.ok()) << to_string(result.error());
    outputs.push_back(std::move(result).value());
  }
  return outputs;
}

/// Seconds that the process computes, whatever else the machine does.
double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

TEST(Planning, SharedStorageChangesNoBit) {
  int shared_count = 0;
  int omitted_calls = 0;
  for (const std::filesystem::path& file : networks()) {
    SCOPED_TRACE(file.filename());
    const auto model = compiled(file, "cortex-m4", {"reorder"});
    if (!model) continue;
    const double start = processor_seconds();
    const program::MemoryMap best = schedule::plan_layerwise(model->program).value();
    EXPECT_LT(processor_seconds() - start, 2.0);
    program::MemoryMap plain =
        schedule::plan_schedule(model->program, program::layerwise_schedule(model->program)).value();
    plain.schedule.reset();
    EXPECT_LE(best.arena_bytes, plain.arena_bytes);
    const schedule::StorageSharing sharing = schedule::share_storage(model->program);
    const program::MemoryMap shared =
        schedule::plan_schedule(model->program, schedule::layerwise_schedule(model->program, sharing)).value();
    EXPECT_EQ(outputs_of(model->program, shared), outputs_of(model->program, plain));
    shared_count +=
        std::any_of(sharing.shared.begin(), sharing.shared.end(), [](const auto& s) { return s.has_value(); });
    omitted_calls += static_cast<int>(std::count(sharing.is_omitted.begin(), sharing.is_omitted.end(), true));
  }
  EXPECT_GT(shared_count, 30);
  EXPECT_GT(omitted_calls, 5);
}

/// With all dead bytes poisoned, and the kernels' twins, which the distances are for, too.
TEST(Planning, OutputsOverInputsChangeNoBitAndNeedLess) {
  for (const char* cpu : {"cortex-m0", "cortex-m4", "cortex-m55"}) {
    int smaller = 0;
    for (const std::filesystem::path& file : networks()) {
      SCOPED_TRACE(std::string(cpu) + " " + file.filename().string());
      const auto model = compiled(file, cpu, {"reorder"});
      if (!model) continue;
      const double start = processor_seconds();
      const program::MemoryMap overlapping = schedule::plan_layerwise(model->program).value();
      EXPECT_LT(processor_seconds() - start, 2.0);
      schedule::SharingRules rules = schedule::own_sharing_rules();
      rules.overlap = {};
      const program::MemoryMap apart =
          schedule::plan_layerwise(model->program, planner::default_plan_seconds, rules).value();
      EXPECT_LE(overlapping.arena_bytes, apart.arena_bytes);
      const Status status = schedule::check_schedule(model->program, overlapping);
      EXPECT_TRUE(status.ok()) << to_string(status.error());
      if (overlapping.arena_bytes == apart.arena_bytes) continue;
      ++smaller;
      EXPECT_EQ(outputs_of(model->program, overlapping), outputs_of(model->program, apart));
    }
    EXPECT_GT(smaller, 10) << cpu;
  }
}

/// Whole calls in plans by rows lie over their inputs, too.
TEST(Planning, PlansByRowsNeedNoMoreThanLayerByLayer) {
  int smaller = 0;
  for (const driver::InputLayout layout : {driver::InputLayout::AsExported, driver::InputLayout::Nhwc}) {
    for (const std::filesystem::path& file : networks()) {
      SCOPED_TRACE(file.filename());
      const auto model = compiled(file, "cortex-m4", {}, layout);
      if (!model) continue;
      const program::MemoryMap whole = schedule::plan_layerwise(model->program, 0.1).value();
      const auto rows = schedule::plan_streamed(model->program, {.plan_seconds = 0.1});
      ASSERT_TRUE(rows) << to_string(rows.error());
      EXPECT_LE(rows->map.arena_bytes, whole.arena_bytes);
      if (rows->map.arena_bytes == whole.arena_bytes) continue;
      ++smaller;
      EXPECT_EQ(outputs_of(model->program, rows->map), outputs_of(model->program, whole));
    }
  }
  EXPECT_GT(smaller, 20);
}

TEST(Planning, AnotherOrderChangesNoBitAndNeedsLess) {
  std::set<std::string> improved;
  for (const std::filesystem::path& file : networks()) {
    SCOPED_TRACE(file.filename());
    const auto model = compiled(file, "cortex-m4", {"reorder", "prepare"});
    if (!model) continue;
    program::Program reordered = model->program;
    const double start = processor_seconds();
    const auto result = schedule::reorder_calls(reordered);
    EXPECT_LT(processor_seconds() - start, 2.0);
    ASSERT_TRUE(result.ok()) << to_string(result.error());
    ASSERT_TRUE(program::verify(reordered).ok());
    if (result->moved_calls == 0) continue;
    const program::MemoryMap before = schedule::plan_layerwise(model->program).value();
    const program::MemoryMap behind = schedule::plan_layerwise(reordered).value();
    EXPECT_LT(behind.arena_bytes, before.arena_bytes);
    EXPECT_EQ(outputs_of(reordered, behind), outputs_of(model->program, before));
    improved.insert(file.stem());
  }
  for (const char* name : {"matmul_broadcast", "minimum_maximum", "truth_values"})
    EXPECT_TRUE(improved.contains(name)) << name;
}

}  // namespace
}  // namespace pudu

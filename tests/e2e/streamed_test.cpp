// Every network of the fixtures by rows: the bytes of whole layers with every dead byte poisoned, in the arena that
// streaming promises (docs/memory.md).
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <random>

#include "base/progress.hpp"
#include "driver/compile.hpp"
#include "schedule/check_schedule.hpp"
#include "simulator/simulator.hpp"
#include "support/mlperf_tiny.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using Bytes = std::vector<std::byte>;

std::filesystem::path file_of(const std::string& network) {
  const std::vector<std::string>& tiny = testing::mlperf_tiny_networks();
  const bool is_tiny = std::find(tiny.begin(), tiny.end(), network) != tiny.end();
  if (network.starts_with("search/")) return testing::test_data(network + ".pt2");
  return is_tiny ? testing::mlperf_tiny_files(network).model : testing::model_files(network).model;
}

/// A CPU, and how images are passed.
struct Circumstances {
  std::string cpu = "cortex-m55";
  driver::InputLayout layout = driver::InputLayout::Nhwc;
};

Result<driver::CompiledModel> compiled(const std::string& network, driver::PlanOptions plan,
                                       const Circumstances& circumstances = {}) {
  driver::CompileOptions options;
  options.model = file_of(network);
  options.target = targets::make_target(circumstances.cpu, "").value();
  if (options.model.extension() == ".pt2") options.input_layout = circumstances.layout;
  options.plan = plan;
  options.plan.seconds = 0.2;
  options.ram_bytes = plan.ram_bytes;
  base::SilentProgress progress;
  return driver::compile(options, progress);
}

std::vector<Bytes> outputs_of(const driver::CompiledModel& model) {
  auto simulator = simulator::Simulator::create(model.program, model.memory, simulator::FreeMemory::Poisoned);
  if (!simulator) throw std::runtime_error(to_string(simulator.error()));
  std::mt19937 random(7);
  std::vector<Bytes> inputs;
  for (const program::Port& port : model.program.inputs) {
    Bytes& input = inputs.emplace_back(model.program.buffer(port.buffer).bytes());
    for (std::byte& each : input) each = static_cast<std::byte>(random() & 0xFFU);
  }
  auto outputs = simulator->run(inputs);
  if (!outputs) throw std::runtime_error(to_string(outputs.error()));
  return std::move(*outputs);
}

class EveryNetworkByRows : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryNetworkByRows, GivesTheBytesOfWholeLayersInNoMoreMemory) {
  for (const Circumstances& circumstances :
       {Circumstances{}, Circumstances{"cortex-m55", driver::InputLayout::AsExported}, Circumstances{"cortex-m4"},
        Circumstances{"cortex-m0"}, Circumstances{"cortex-m3"}}) {
    SCOPED_TRACE(circumstances.cpu + (circumstances.layout == driver::InputLayout::Nhwc ? ", NHWC" : ", as exported"));
    const auto whole = compiled(GetParam(), {.memory = driver::MemoryMode::Layerwise}, circumstances);
    const auto streamed = compiled(GetParam(), {.memory = driver::MemoryMode::Streamed}, circumstances);
    ASSERT_TRUE(whole.ok()) << to_string(whole.error());
    ASSERT_TRUE(streamed.ok()) << to_string(streamed.error());
    EXPECT_LE(streamed->memory.arena_bytes, whole->memory.arena_bytes);
    EXPECT_TRUE(schedule::check_schedule(streamed->program, streamed->memory));
    EXPECT_EQ(outputs_of(*streamed), outputs_of(*whole));
  }
}

std::vector<std::string> every_network() {
  std::vector<std::string> networks = testing::mlperf_tiny_networks();
  for (const char* name : {"tiny_cnn", "digits_cnn", "digits_ds", "ds_cnn", "resnet8", "mobilenet_v1_025",
                           "mobilenet_v3_small_025", "deep_autoencoder", "three_convs", "tcn", "unet"}) {
    networks.emplace_back(name);
  }
  return networks;
}

INSTANTIATE_TEST_SUITE_P(Networks, EveryNetworkByRows, ::testing::ValuesIn(every_network()),
                         [](const auto& test) { return test.param; });

struct ArenaCase {
  const char* network;
  driver::Feed feed;
  std::size_t most_bytes;
};

class ArenaByRows : public ::testing::TestWithParam<ArenaCase> {};

TEST_P(ArenaByRows, FitsTheTarget) {
  const ArenaCase& test = GetParam();
  const driver::PlanOptions fits{.feed = test.feed, .ram_bytes = test.most_bytes};
  const auto model = compiled(test.network, fits);
  ASSERT_TRUE(model) << to_string(model.error());
  EXPECT_LE(model->memory.arena_bytes + model->memory.state_bytes, test.most_bytes);
  const auto whole = compiled(test.network, {.memory = driver::MemoryMode::Layerwise});
  ASSERT_TRUE(whole);
  EXPECT_EQ(outputs_of(*model), outputs_of(*whole));
}

INSTANTIATE_TEST_SUITE_P(
    Networks, ArenaByRows,
    ::testing::Values(ArenaCase{"vww", driver::Feed::Whole, 29'500}, ArenaCase{"vww", driver::Feed::Rows, 15'500},
                      ArenaCase{"kws", driver::Feed::Whole, 6'500}, ArenaCase{"kws", driver::Feed::Rows, 6'100},
                      ArenaCase{"ic", driver::Feed::Whole, 14'700}, ArenaCase{"ic", driver::Feed::Rows, 12'000},
                      ArenaCase{"ad", driver::Feed::Whole, 900}, ArenaCase{"tcn", driver::Feed::Whole, 3'500},
                      ArenaCase{"tcn", driver::Feed::Rows, 2'400}, ArenaCase{"unet", driver::Feed::Whole, 17'500},
                      ArenaCase{"unet", driver::Feed::Rows, 17'500}),
    [](const auto& test) {
      return std::string(test.param.network) + (test.param.feed == driver::Feed::Rows ? "Fed" : "Whole");
    });

/// Its one channel is as the NHWC kernels want it, under another shape.
TEST(ImagesOfOneChannel, TakeAsMuchMemoryInEitherLayout) {
  const driver::PlanOptions plan{.memory = driver::MemoryMode::Streamed};
  const auto exported = compiled("search/digits_r32_w64_b1", plan, {"cortex-m4", driver::InputLayout::AsExported});
  const auto nhwc = compiled("search/digits_r32_w64_b1", plan, {"cortex-m4"});
  ASSERT_TRUE(exported) << to_string(exported.error());
  ASSERT_TRUE(nhwc) << to_string(nhwc.error());
  EXPECT_EQ(exported->memory.arena_bytes, nhwc->memory.arena_bytes);
  EXPECT_LT(exported->memory.arena_bytes, 10'000U);
  EXPECT_TRUE(schedule::check_schedule(exported->program, exported->memory));
  EXPECT_EQ(outputs_of(*exported), outputs_of(*nhwc));
}

TEST(AutomaticMemory, RunsLayersWhereTheyFitAndRowsWhereTheyDoNot) {
  const auto free = compiled("vww", {});
  ASSERT_TRUE(free);
  const std::size_t layers = free->memory.arena_bytes;
  const auto enough = compiled("vww", {.ram_bytes = layers});
  ASSERT_TRUE(enough);
  EXPECT_EQ(enough->memory.schedule, free->memory.schedule);
  const auto less = compiled("vww", {.ram_bytes = layers - 1});
  ASSERT_TRUE(less);
  EXPECT_LT(less->memory.arena_bytes, layers);
  const auto too_little = compiled("vww", {.ram_bytes = 10'000});
  ASSERT_FALSE(too_little);
  EXPECT_EQ(too_little.error().kind, ErrorKind::LimitExceeded);
}

}  // namespace
}  // namespace pudu

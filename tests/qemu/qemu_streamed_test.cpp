// Networks that run row by row on emulated cores, with their input whole and fed by rows: the bytes of the layers one
// after the other, on the host in poisoned memory, too. What that costs in instructions and saves in memory is printed.
#include <fmt/format.h>

#include <random>

#include "base/output_file.hpp"
#include "emitters/cpp/cpp_emitter.hpp"
#include "qemu/board_runs.hpp"
#include "simulator/simulator.hpp"
#include "support/mlperf_tiny.hpp"

namespace pudu {
namespace {

using Bytes = std::vector<std::byte>;

enum class Feeding { Whole, Rows };

struct StreamedCase {
  std::string model;
  std::string cpu;
  Feeding feeding = Feeding::Whole;
};

void PrintTo(const StreamedCase& test, std::ostream* out) {
  *out << test.model << " on " << test.cpu << (test.feeding == Feeding::Rows ? ", fed by rows" : "");
}

/// Arena bytes that the networks must run in on a Cortex-M55, input whole and fed by rows: none for the others.
std::optional<std::size_t> target_bytes(const StreamedCase& test) {
  struct Target {
    std::string_view model;
    std::size_t whole, fed;
  };
  constexpr Target targets[] = {{"ds_cnn", 6500, 6100},
                                {"mobilenet_v1_025", 29500, 15500},
                                {"mv2_96", 52000, 39000},
                                {"wide_stem", 158000, 86000}};
  for (const Target& target : targets) {
    if (target.model == test.model && test.cpu == "cortex-m55") {
      return test.feeding == Feeding::Rows ? target.fed : target.whole;
    }
  }
  return std::nullopt;
}

/// Channels innermost, so that no transpose stands before the first layer.
driver::CompiledModel compiled(const StreamedCase& test, driver::MemoryMode memory) {
  driver::CompileOptions options;
  options.model = testing::model_files(test.model).model;
  options.target = targets::make_target(test.cpu, "").value();
  options.input_layout = driver::InputLayout::Nhwc;
  options.plan.memory = memory;
  if (memory == driver::MemoryMode::Streamed) {
    options.plan.ram_bytes = target_bytes(test);
    if (test.feeding == Feeding::Rows) options.plan.feed = driver::Feed::Rows;
  }
  base::SilentProgress progress;
  auto model = driver::compile(options, progress);
  if (!model) throw std::runtime_error(to_string(model.error()));
  return std::move(*model);
}

driver::Samples random_samples(const program::Program& program) {
  std::mt19937 random(3);
  base::Array array{base::ArrayType::Int8, program.inputs.front().shape, {}};
  array.bytes.resize(program.buffer(program.inputs.front().buffer).bytes());
  for (std::byte& each : array.bytes) each = static_cast<std::byte>(random() & 0xFFU);
  return {{array}};
}

/// A program and its plan as a folder that runs on a board.
driver::Artifact emitted(const program::Program& program, const program::MemoryMap& memory,
                         const std::filesystem::path& folder) {
  auto files = emitters::emit_cpp(program, memory, {"model.pt2", "test"});
  if (!files) throw std::runtime_error(to_string(files.error()));
  EXPECT_TRUE(base::write_files(folder, *files));
  return {folder, program, memory};
}

driver::RunOutcome on_board(const driver::Artifact& artifact, const driver::Samples& samples,
                            const std::filesystem::path& work_dir) {
  base::SilentProgress progress;
  auto outcome = driver::run_on_board(artifact, samples, {.work_dir = work_dir}, progress);
  if (!outcome) throw std::runtime_error(to_string(outcome.error()));
  return std::move(*outcome);
}

std::vector<Bytes> simulated(const driver::Artifact& artifact, const driver::Samples& samples) {
  auto simulator = simulator::Simulator::create(artifact.program, artifact.memory, simulator::FreeMemory::Poisoned);
  if (!simulator) throw std::runtime_error(to_string(simulator.error()));
  auto outputs = simulator->run({{samples.front().front().bytes}});
  if (!outputs) throw std::runtime_error(to_string(outputs.error()));
  return std::move(*outputs);
}

class StreamedModels : public ::testing::TestWithParam<StreamedCase> {};

TEST_P(StreamedModels, GiveTheBytesOfLayers) {
  const driver::CompiledModel model = compiled(GetParam(), driver::MemoryMode::Layerwise);
  const driver::CompiledModel streamed = compiled(GetParam(), driver::MemoryMode::Streamed);
  const auto folder = base::TempDirectory::create("pudu-streamed").value();
  const driver::Artifact layers = emitted(model.program, model.memory, folder.path() / "layers");
  const driver::Artifact rows = emitted(streamed.program, streamed.memory, folder.path() / "rows");
  const driver::Samples samples = random_samples(model.program);
  const std::vector<Bytes> expected = simulated(layers, samples);
  EXPECT_EQ(simulated(rows, samples), expected);

  const driver::RunOutcome of_layers = on_board(layers, samples, folder.path() / "work_layers");
  const driver::RunOutcome of_rows = on_board(rows, samples, folder.path() / "work_rows");
  EXPECT_EQ(of_layers.outputs.front().front().bytes, expected.front());
  EXPECT_EQ(of_rows.outputs.front().front().bytes, expected.front());
  const auto instructions = [](const driver::RunOutcome& outcome) { return outcome.device->instructions.front(); };
  fmt::print("{} on {}: arena {} -> {} bytes, instructions {} -> {} ({:+.1f} %), stack {} -> {}, flash {} -> {}\n",
             GetParam().model, GetParam().cpu, model.memory.arena_bytes, streamed.memory.arena_bytes,
             instructions(of_layers), instructions(of_rows),
             100.0 * (static_cast<double>(instructions(of_rows)) / static_cast<double>(instructions(of_layers)) - 1),
             of_layers.device->stack_bytes, of_rows.device->stack_bytes, of_layers.device->sizes.flash_bytes(),
             of_rows.device->sizes.flash_bytes());
  EXPECT_LT(streamed.memory.arena_bytes, model.memory.arena_bytes);
  EXPECT_LE(streamed.memory.arena_bytes, target_bytes(GetParam()).value_or(SIZE_MAX));
}

std::vector<StreamedCase> all_cases() {
  std::vector<StreamedCase> cases;
  for (const char* model :
       {"ds_cnn", "resnet8", "mobilenet_v1_025", "digits_ds", "tiny_cnn", "mv2_96", "tcn", "unet"}) {
    for (const char* cpu : {"cortex-m55", "cortex-m4", "cortex-m0"}) {
      for (const Feeding feeding : {Feeding::Whole, Feeding::Rows}) cases.push_back({model, cpu, feeding});
    }
  }
  return cases;
}

std::string case_name(const ::testing::TestParamInfo<StreamedCase>& each) {
  std::string name = each.param.model + "_" + each.param.cpu + (each.param.feeding == Feeding::Rows ? "_fed" : "");
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

/// The image alone takes 150,528 bytes: what is left has to do for windows and for the scratch of fast kernels, part of
/// which lies between the rows of the result and those of the image. A tenth of these layers is less than a twentieth
/// of a MobileNet that goes on behind them.
TEST(LargeImages, CostAtMostATenthMoreInTheTargetArena) {
  const StreamedCase test{"wide_stem", "cortex-m55"};
  const driver::CompiledModel model = compiled(test, driver::MemoryMode::Layerwise);
  const driver::CompiledModel streamed = compiled(test, driver::MemoryMode::Streamed);
  EXPECT_LE(streamed.memory.arena_bytes, target_bytes(test).value());
  const auto folder = base::TempDirectory::create("pudu-streamed").value();
  const driver::Artifact layers = emitted(model.program, model.memory, folder.path() / "layers");
  const driver::Artifact rows = emitted(streamed.program, streamed.memory, folder.path() / "rows");
  const driver::Samples samples = random_samples(model.program);
  const driver::RunOutcome of_layers = on_board(layers, samples, folder.path() / "work_layers");
  const driver::RunOutcome of_rows = on_board(rows, samples, folder.path() / "work_rows");
  EXPECT_EQ(of_rows.outputs, of_layers.outputs);
  const auto instructions = [](const driver::RunOutcome& outcome) {
    return static_cast<double>(outcome.device->instructions.front());
  };
  const double more = instructions(of_rows) / instructions(of_layers) - 1;
  fmt::print("wide_stem: arena {} -> {} bytes, instructions {} -> {} ({:+.1f} %)\n", model.memory.arena_bytes,
             streamed.memory.arena_bytes, instructions(of_layers), instructions(of_rows), 100 * more);
  EXPECT_LE(more, 0.1);
}

/// Networks of short rows, which pay most for being called row by row.
struct LimitCase {
  std::string network;
  std::string cpu;
  Feeding feeding = Feeding::Whole;
  std::size_t arena_bytes = 0;
};

void PrintTo(const LimitCase& test, std::ostream* out) {
  *out << test.network << " on " << test.cpu << (test.feeding == Feeding::Rows ? ", fed by rows" : "");
}

driver::Artifact mlperf_tiny_folder(const LimitCase& test, driver::MemoryMode memory,
                                    const std::filesystem::path& folder) {
  driver::CompileOptions options;
  options.model = testing::mlperf_tiny_files(test.network).model;
  options.target = targets::make_target(test.cpu, "").value();
  options.plan.memory = memory;
  if (memory == driver::MemoryMode::Streamed) {
    options.plan.ram_bytes = test.arena_bytes;
    if (test.feeding == Feeding::Rows) options.plan.feed = driver::Feed::Rows;
  }
  base::SilentProgress progress;
  auto model = driver::compile(options, progress);
  if (!model) throw std::runtime_error(to_string(model.error()));
  return emitted(model->program, model->memory, folder);
}

class InstructionsByRows : public ::testing::TestWithParam<LimitCase> {};

TEST_P(InstructionsByRows, AreAtMostAFifthMoreInTheTargetArena) {
  const auto folder = base::TempDirectory::create("pudu-streamed").value();
  const driver::Artifact layers =
      mlperf_tiny_folder(GetParam(), driver::MemoryMode::Layerwise, folder.path() / "layers");
  const driver::Artifact rows = mlperf_tiny_folder(GetParam(), driver::MemoryMode::Streamed, folder.path() / "rows");
  EXPECT_LE(rows.memory.arena_bytes, GetParam().arena_bytes);
  const driver::Samples samples = testing::mlperf_tiny_inputs(GetParam().network, layers.program);
  const driver::RunOutcome of_layers = on_board(layers, samples, folder.path() / "work_layers");
  const driver::RunOutcome of_rows = on_board(rows, samples, folder.path() / "work_rows");
  EXPECT_EQ(of_rows.outputs, testing::mlperf_tiny_outputs(GetParam().network, layers.program));
  EXPECT_EQ(of_rows.outputs, of_layers.outputs);
  const auto instructions = [](const driver::RunOutcome& outcome) {
    return static_cast<double>(outcome.device->instructions.front());
  };
  const double more = instructions(of_rows) / instructions(of_layers) - 1;
  fmt::print("{} on {}: arena {} bytes, instructions {} -> {} ({:+.1f} %)\n", GetParam().network, GetParam().cpu,
             rows.memory.arena_bytes, instructions(of_layers), instructions(of_rows), 100 * more);
  EXPECT_LE(more, 0.2);
}

std::vector<LimitCase> limit_cases() {
  std::vector<LimitCase> cases;
  for (const char* cpu : {"cortex-m55", "cortex-m4"}) {
    cases.push_back({"kws", cpu, Feeding::Whole, 6'500});
    cases.push_back({"kws", cpu, Feeding::Rows, 6'100});
    cases.push_back({"ic", cpu, Feeding::Whole, 14'700});
    cases.push_back({"ic", cpu, Feeding::Rows, 12'000});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Networks, InstructionsByRows, ::testing::ValuesIn(limit_cases()), [](const auto& each) {
  return each.param.network + "_" + each.param.cpu.substr(7) + (each.param.feeding == Feeding::Rows ? "_fed" : "");
});

INSTANTIATE_TEST_SUITE_P(Models, StreamedModels, ::testing::ValuesIn(all_cases()), case_name);

}  // namespace
}  // namespace pudu

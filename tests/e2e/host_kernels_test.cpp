// The simulator's fast layers give the bytes of the kernels' twins: whole networks of the repository, for a core of
// every kind, layer by layer and by rows, with every set of loops that this processor has.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "driver/compile.hpp"
#include "host_kernels/layers.hpp"
#include "simulator/simulator.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using Bytes = std::vector<std::byte>;

/// The int8 networks of MLPerf Tiny.
std::vector<std::filesystem::path> quantized_networks() {
  std::vector<std::filesystem::path> files;
  for (const auto& item : std::filesystem::directory_iterator(testing::test_data("mlperf_tiny"))) {
    if (item.path().extension() == ".tflite") files.push_back(item.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::filesystem::path> all_networks() {
  std::vector<std::filesystem::path> files = quantized_networks();
  for (const std::string& name : testing::all_models()) files.push_back(testing::model_files(name).model);
  return files;
}

/// Empty for what Pudu refuses.
std::optional<driver::CompiledModel> compiled(const std::filesystem::path& file, const char* cpu,
                                              driver::MemoryMode memory) {
  driver::CompileOptions options;
  options.model = file;
  options.target = targets::make_target(cpu, "", targets::KernelLibrary::Builtin).value();
  options.quantizer.bias_correction = quantizer::BiasCorrection::None;
  options.plan.memory = memory;
  options.plan.seconds = 0.1;
  base::SilentProgress progress;
  auto model = driver::compile(options, progress);
  if (!model) return std::nullopt;
  return std::move(model).value();
}

std::vector<Bytes> random_inputs(const program::Program& program) {
  std::mt19937 random(3);
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
  return inputs;
}

std::vector<Bytes> outputs_of(const driver::CompiledModel& model,
                              std::shared_ptr<const host_kernels::ProgramLayers> layers) {
  auto simulator =
      simulator::Simulator::create(model.program, model.memory, simulator::FreeMemory::Untouched, std::move(layers));
  EXPECT_TRUE(simulator.ok()) << to_string(simulator.error());
  auto outputs = simulator->run(random_inputs(model.program));
  EXPECT_TRUE(outputs.ok()) << to_string(outputs.error());
  return std::move(outputs).value();
}

/// Gives how many calls have a fast layer.
std::size_t check(const driver::CompiledModel& model) {
  const auto expected = outputs_of(model, host_kernels::ProgramLayers::twins_only());
  std::size_t layers = 0;
  for (const host_kernels::VectorLoops* loops : {&host_kernels::portable_loops(), host_kernels::avx2_loops()}) {
    if (loops == nullptr) continue;
    const auto fast = host_kernels::ProgramLayers::make(model.program, *loops);
    EXPECT_EQ(outputs_of(model, fast), expected) << loops->name;
    layers = fast->size();
  }
  return layers;
}

TEST(HostKernels, WholeNetworksHaveTheTwinsBytes) {
  std::size_t layers = 0, networks_seen = 0;
  for (const auto& file : all_networks()) {
    for (const char* cpu : {"cortex-m0plus", "cortex-m4", "cortex-m55"}) {
      SCOPED_TRACE(file.filename().string() + " on " + cpu);
      const auto model = compiled(file, cpu, driver::MemoryMode::Layerwise);
      if (!model) continue;
      layers += check(*model);
      ++networks_seen;
    }
  }
  EXPECT_GE(networks_seen, 30U);
  EXPECT_GE(layers, 10 * networks_seen) << "the layers that networks spend their time in have fast forms";
}

TEST(HostKernels, NetworksByRowsHaveTheTwinsBytes) {
  std::size_t by_rows = 0;
  for (const auto& file : quantized_networks()) {
    for (const char* cpu : {"cortex-m0plus", "cortex-m4", "cortex-m55"}) {
      SCOPED_TRACE(file.filename().string() + " on " + cpu);
      const auto model = compiled(file, cpu, driver::MemoryMode::Streamed);
      if (!model || !model->memory.schedule) continue;
      EXPECT_GT(check(*model), 0U);
      ++by_rows;
    }
  }
  EXPECT_GE(by_rows, 6U);
}

}  // namespace
}  // namespace pudu

#include "support/every_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <utility>

#include "base/progress.hpp"
#include "simulator/simulator.hpp"

namespace pudu::testing {
namespace {

using driver::Feed;
using driver::InputLayout;
using driver::MemoryMode;
using Bytes = std::vector<std::byte>;

/// For the exact search of each plan: there are many.
constexpr double plan_seconds = 0.02;
/// Samples after each other, so that states are used, too.
constexpr std::uint32_t samples = 3;

/// Adds variants to a list, with the numbers of one random sequence.
class VariantDrawer {
 public:
  explicit VariantDrawer(std::uint32_t seed) : random_(seed) {}

  std::vector<PlanVariant> draw() {
    for (const char* cpu : {"cortex-m55", "cortex-m4", "cortex-m0"}) {
      for (const InputLayout layout : {InputLayout::AsExported, InputLayout::Nhwc}) add_memory_modes(cpu, layout);
    }
    add_two_memories();
    add_combinations();
    return std::move(variants_);
  }

 private:
  std::size_t below(std::size_t count) { return random_() % count; }
  InputLayout any_layout() { return below(2) == 1 ? InputLayout::Nhwc : InputLayout::AsExported; }

  void add_memory_modes(const char* cpu, InputLayout layout) {
    const PlanVariant whole{.cpu = cpu, .layout = layout};
    variants_.push_back(whole);
    PlanVariant streamed = whole;
    streamed.memory = MemoryMode::Streamed;
    variants_.push_back(streamed);
    streamed.feed = Feed::Rows;
    variants_.push_back(streamed);
    PlanVariant limited = whole;
    limited.memory = MemoryMode::Auto;
    for (const Feed feed : {Feed::Whole, Feed::Rows}) {
      // From what nothing fits to what all but the largest plan fits.
      limited.ram_fraction = std::array{1e-9, 0.3, 0.6, 0.99}[below(4)];
      limited.feed = feed;
      variants_.push_back(limited);
    }
  }

  void add_two_memories() {
    for (const char* cpu : {"cortex-m4", "cortex-m55"}) {
      for (const MemoryMode memory : {MemoryMode::Layerwise, MemoryMode::Streamed}) {
        PlanVariant variant{.cpu = cpu, .layout = any_layout(), .memory = memory};
        if (memory == MemoryMode::Streamed && below(2) == 1) variant.feed = Feed::Rows;
        variant.fast_memory_fraction = 0.1 * static_cast<double>(1 + below(7));
        variants_.push_back(variant);
      }
    }
  }

  void add_combinations() {
    constexpr std::array cpus{"cortex-m55", "cortex-m4", "cortex-m0", "cortex-m3", "cortex-m33", "cortex-m7", "any"};
    constexpr std::array optimizes{prepare::Optimize::Balanced, prepare::Optimize::Speed, prepare::Optimize::Size};
    for (const char* without : {"reorder", "prepare", "remove_dead_channels", "", "", "", "", ""}) {
      PlanVariant variant{.cpu = cpus[below(cpus.size())], .layout = any_layout(), .without = without};
      if (variant.without.empty() && below(2) == 1) variant.kernels = targets::KernelLibrary::CmsisNn;
      variant.optimize = optimizes[below(optimizes.size())];
      const std::size_t mode = below(3);
      if (mode > 0) variant.memory = MemoryMode::Streamed;
      if (mode > 1) variant.feed = Feed::Rows;
      variants_.push_back(variant);
    }
  }

  std::mt19937 random_;
  std::vector<PlanVariant> variants_;
};

/// Any codes; floats are of a normal distribution, since any bits may be no number.
Bytes random_input(const program::Buffer& buffer, std::mt19937& random) {
  Bytes bytes(buffer.bytes());
  if (buffer.type != program::ElementType::Float32) {
    for (std::byte& each : bytes) each = static_cast<std::byte>(random() & 0xFFU);
    return bytes;
  }
  std::normal_distribution<float> normal;
  for (std::size_t i = 0; i + sizeof(float) <= bytes.size(); i += sizeof(float)) {
    const float value = normal(random);
    std::memcpy(&bytes[i], &value, sizeof(float));
  }
  return bytes;
}

/// The image as PyTorch has it, in the order of a port of shape [N, ..., C].
Bytes channels_last(const Bytes& image, const program::Port& port) {
  const auto images = static_cast<std::size_t>(port.shape.front());
  const auto channels = static_cast<std::size_t>(port.shape.back());
  std::size_t elements = 1;
  for (const auto size : port.shape) elements *= static_cast<std::size_t>(size);
  const std::size_t element_bytes = image.size() / elements;
  const std::size_t pixels = elements / images / channels;
  Bytes result(image.size());
  for (std::size_t i = 0; i < elements; ++i) {
    const std::size_t pixel = i % pixels;
    const std::size_t channel = i / pixels % channels;
    const std::size_t start = i / pixels / channels * pixels * channels;
    std::memcpy(&result[(start + pixel * channels + channel) * element_bytes], &image[i * element_bytes],
                element_bytes);
  }
  return result;
}

std::vector<Bytes> sample(const driver::CompiledModel& model, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Bytes> inputs;
  for (const program::Port& port : model.program.inputs) {
    Bytes input = random_input(model.program.buffer(port.buffer), random);
    inputs.push_back(model.channels_last_inputs.contains(port.buffer) ? channels_last(input, port) : std::move(input));
  }
  return inputs;
}

/// All outputs of some samples; the same again after a reset, or it is an error.
Result<std::vector<Bytes>> simulate(const driver::CompiledModel& model, std::uint32_t seed,
                                    simulator::FreeMemory free_memory) {
  PUDU_TRY_ASSIGN(simulator::Simulator simulator,
                  simulator::Simulator::create(model.program, model.memory, free_memory));
  std::array<std::vector<Bytes>, 2> sequences;
  for (std::vector<Bytes>& outputs : sequences) {
    for (std::uint32_t k = 0; k < samples; ++k) {
      PUDU_TRY_ASSIGN(std::vector<Bytes> some, simulator.run(sample(model, seed + k)));
      outputs.insert(outputs.end(), some.begin(), some.end());
    }
    simulator.reset();
  }
  if (sequences[0] != sequences[1]) return internal_error({.found = "other bytes after a reset"});
  return std::move(sequences[0]);
}

/// Runs the variants one by one and notes what is wrong.
class Sweeper {
 public:
  explicit Sweeper(const PlanSweep& sweep) : sweep_(sweep) {}

  SweepOutcome run() {
    for (const PlanVariant& variant : plan_variants(sweep_.seed)) {
      // 4-bit weights have no kernels there.
      const bool is_builtin = variant.cpu != "any" && variant.kernels == targets::KernelLibrary::Builtin;
      if (is_builtin || !sweep_.quantizer.int4_weights) compile(variant);
      if (expected_.empty()) break;  // the finding is about the network, not about a plan
    }
    return std::move(outcome_);
  }

 private:
  driver::CompileOptions options_of(const PlanVariant& variant) const {
    driver::CompileOptions options;
    options.model = sweep_.model;
    options.quantizer = sweep_.quantizer;
    // What is adaptive looks at the target's kernels.
    options.quantizer.linear_weights = quantizer::LinearWeights::PerChannel;
    options.target = targets::make_target(variant.cpu, "", variant.kernels).value();
    options.optimize = variant.optimize;
    options.input_layout = variant.layout;
    options.plan = {.seconds = plan_seconds, .memory = variant.memory, .feed = variant.feed};
    if (variant.ram_fraction > 0) options.plan.ram_bytes = part_of_arena(variant.ram_fraction);
    if (variant.fast_memory_fraction > 0) options.memories = two_memories(variant.fast_memory_fraction);
    if (!variant.without.empty()) options.disabled_passes = {variant.without};
    return options;
  }

  std::size_t part_of_arena(double fraction) const {
    return static_cast<std::size_t>(fraction * static_cast<double>(layerwise_bytes_));
  }

  std::vector<targets::MemoryRegion> two_memories(double fast_fraction) const {
    constexpr std::size_t alignment = 16;
    return {{.name = "fast",
             .kind = targets::RegionKind::Ram,
             .bytes = alignment + part_of_arena(fast_fraction),
             .read_cost = 1,
             .write_cost = 1,
             .section = ""},
            {.name = "slow",
             .kind = targets::RegionKind::Ram,
             .bytes = std::size_t{1} << 20,
             .read_cost = 3,
             .write_cost = 4,
             .section = ""}};
  }

  void compile(const PlanVariant& variant) {
    base::SilentProgress progress;
    const auto model = driver::compile(options_of(variant), progress);
    if (!model) return refuse(variant, model.error());
    if (layerwise_bytes_ == 0) layerwise_bytes_ = model->memory.arena_bytes;
    compare(variant.text(), *model, simulator::FreeMemory::Untouched);
    compare(variant.text() + ", poisoned", *model, simulator::FreeMemory::Poisoned);
  }

  void refuse(const PlanVariant& variant, const Error& error) {
    const bool is_right = variant.feed == Feed::Rows && error.kind == ErrorKind::Unsupported &&
                          error.diagnostics.front().where == "--feed rows";
    if (is_right) {
      ++outcome_.refused;
    } else {
      outcome_.findings.push_back(variant.text() + ": " + to_string(error));
    }
  }

  void compare(const std::string& how, const driver::CompiledModel& model, simulator::FreeMemory free_memory) {
    const auto outputs = simulate(model, sweep_.seed, free_memory);
    if (!outputs) {
      outcome_.findings.push_back(how + ": " + to_string(outputs.error()));
      return;
    }
    ++outcome_.compared_runs;
    if (expected_.empty()) expected_ = *outputs;
    const auto differs = std::mismatch(expected_.begin(), expected_.end(), outputs->begin(), outputs->end());
    if (differs.first == expected_.end() && differs.second == outputs->end()) return;
    const auto output = static_cast<std::size_t>(differs.first - expected_.begin());
    const std::size_t ports = model.program.outputs.size();
    outcome_.findings.push_back(
        fmt::format("{}: other bytes in output {} of sample {}", how, output % ports, output / ports));
  }

  PlanSweep sweep_;
  SweepOutcome outcome_;
  std::vector<Bytes> expected_;
  std::size_t layerwise_bytes_ = 0;
};

}  // namespace

std::string PlanVariant::text() const {
  std::string text = cpu;
  if (kernels == targets::KernelLibrary::CmsisNn) text += " cmsis-nn";
  if (optimize == prepare::Optimize::Speed) text += " speed";
  if (optimize == prepare::Optimize::Size) text += " size";
  if (layout == InputLayout::Nhwc) text += " nhwc";
  text += memory == MemoryMode::Layerwise ? " layerwise" : memory == MemoryMode::Streamed ? " streamed" : " auto";
  if (feed == Feed::Rows) text += " feed";
  if (!without.empty()) text += " without " + without;
  if (fast_memory_fraction > 0) text += fmt::format(" fast memory {:.2f}", fast_memory_fraction);
  if (ram_fraction > 0) text += fmt::format(" ram {:.2f}", ram_fraction);
  return text;
}

std::vector<PlanVariant> plan_variants(std::uint32_t seed) {
  return VariantDrawer(seed).draw();
}

SweepOutcome sweep_plans(const PlanSweep& sweep) {
  return Sweeper(sweep).run();
}

}  // namespace pudu::testing

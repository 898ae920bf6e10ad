// One network compiled in every way that leaves its numbers as they are: memory plans, RAM limits and memories, CPUs,
// kernels, layouts of images, passes left out. Each compilation runs on the simulator, on the same codes, also with all
// dead memory poisoned, and must give the bytes of the first. What one plan does right and another wrong shows here
// without a golden. Limits: what every variant does wrong alike does not show, nor what changes numbers by design.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "driver/compile.hpp"
#include "quantizer/options.hpp"

namespace pudu::testing {

/// A compilation of the network. Limits are fractions of the arena that the network takes layer by layer.
struct PlanVariant {
  std::string cpu = "cortex-m55";
  targets::KernelLibrary kernels = targets::KernelLibrary::Builtin;
  prepare::Optimize optimize = prepare::Optimize::Balanced;
  driver::InputLayout layout = driver::InputLayout::AsExported;
  driver::MemoryMode memory = driver::MemoryMode::Layerwise;
  driver::Feed feed = driver::Feed::Whole;
  std::string without = {};         ///< a pass; empty: all run
  double ram_fraction = 0;          ///< the plan is made to fit it; 0: no limit
  double fast_memory_fraction = 0;  ///< size of the first of two memories; 0: there is one

  std::string text() const;
};

/// The first runs layer by layer, on a Cortex-M55. `seed` draws the limits and what is combined.
std::vector<PlanVariant> plan_variants(std::uint32_t seed);

struct PlanSweep {
  std::filesystem::path model;
  quantizer::QuantizerOptions quantizer = {};
  std::uint32_t seed = 1;  ///< of variants and inputs
};

struct SweepOutcome {
  std::size_t compared_runs = 0;
  std::size_t refused = 0;                 ///< networks whose rows cannot be fed are not, the one refusal that is right
  std::vector<std::string> findings = {};  ///< with the variant; empty: all is well
};

SweepOutcome sweep_plans(const PlanSweep& sweep);

}  // namespace pudu::testing

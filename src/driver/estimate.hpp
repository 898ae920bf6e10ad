// What a network would need and cost on several targets, without calibration data: for searches over many networks.
//
// The network is compiled as it would be, with ranges from one sample of noise and without the corrections of weights
// and biases, which change no size. So arena and constants are those of the real program, by whole layers or by rows.
// Instructions come from the cost models that choose the kernels (prepare/) and from a table that was fitted to counts
// in QEMU (kernel_cost_table.hpp), applied to every step of the plan; cycles and code from the same table.
// docs/estimate.md has the measured errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "driver/compile.hpp"
#include "targets/target.hpp"

namespace pudu::driver {

struct LayerEstimate {
  std::string name;
  std::string kernel;
  std::int64_t macs = 0;
  double instructions = 0;
  std::optional<double> cycles;  ///< none for a CPU without published timings
  bool is_guess = false;         ///< no count of this kernel was measured on the ISA
};

struct TargetEstimate {
  std::string cpu;
  std::string isa;
  std::size_t arena_bytes = 0;      ///< of the real program, as its compilation plans it
  bool is_streamed = false;         ///< the plan runs calls row by row
  std::size_t state_bytes = 0;      ///< what the model keeps from run to run
  std::size_t constants_bytes = 0;  ///< weights, biases and tables of the real program
  double code_bytes = 0;            ///< estimated
  std::int64_t macs = 0;
  double instructions = 0;       ///< estimated, of one inference
  std::optional<double> cycles;  ///< estimated, with memory without wait states
  std::vector<LayerEstimate> layers;
  double seconds = 0;  ///< that the estimate took on this host

  std::size_t ram_bytes() const { return arena_bytes + state_bytes; }
  double flash_bytes() const { return static_cast<double>(constants_bytes) + code_bytes; }
};

/// One for each target, which replaces options.target. Calibration data, intermediates and what the limits refuse are
/// not looked at; a plan by rows is made to fit options.plan.ram_bytes. Errors are those of compile().
Result<std::vector<TargetEstimate>> estimate(const CompileOptions& options,
                                             const std::vector<targets::TargetConfig>& targets,
                                             base::ProgressListener& progress);

}  // namespace pudu::driver

// Checks a list of passes before anything runs, supplies each pass with what it declares, verifies what it leaves and
// times it. Knows no pass: lists come from pipeline.hpp and the driver.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "passes/pass.hpp"

namespace pudu::passes {

/// What the user wants of a list.
struct PassSelection {
  std::vector<std::string> disabled;      ///< passes to leave out
  std::optional<std::string> stop_after;  ///< the last pass to run
};

/// Is the list one that can run? Names are unique, and every pass stands behind what it names in `after` and
/// `requirements` and has its graph or program; names there are of the list. Internal for anything else: lists are part
/// of Pudu.
Status check_list(std::span<const Pass> list);

/// The passes of a checked list that run. Usage error, naming the option: a name that is in no pass of the list, with
/// the nearest as a hint; a disabled pass that another or the result cannot do without; a stop after a disabled pass.
Result<std::vector<Pass>> select_passes(std::span<const Pass> list, const PassSelection& selection);

/// Why the pass cannot be left out of a list of passes that run: "'lower' needs it: kernels compute on int8 data".
/// Empty when it can.
std::string why_required(std::span<const Pass> list, std::string_view name);

bool any_needs(std::span<const Pass> list, Need need);

/// Reads the samples for the graph's inputs.
using CalibrationSource = std::function<Result<Calibration>(const ir::Graph& graph)>;

/// What a compilation has, and has made so far.
struct PassState {
  ir::Graph& graph;
  std::optional<program::Program> program = {};
  std::optional<targets::TargetConfig> target = {};
  CalibrationSource calibration_source =
      {};  ///< called once, before the first pass that needs it; empty: there is none
  std::optional<Calibration> calibration = {};
};

/// Watches a list run.
class PassListener {
 public:
  virtual ~PassListener() = default;
  virtual void begin(const Pass& pass) = 0;
  /// `seconds` of the pass itself, without verification.
  virtual void end(const Pass& pass, double seconds) = 0;
  /// The state after the pass, verified. An error ends the run.
  virtual Status after(const Pass& pass, const PassState& state) = 0;
};

/// Checks that the passes can run one after another and that the state has what they need, then runs them. The graph is
/// one that ops::verify accepts. Errors are those of the passes; Usage, naming the pass, when it needs a target or
/// calibration data and there are none; Internal when a pass leaves a graph or program that does not verify.
Status run_passes(std::span<const Pass> selected, PassState& state, PassListener& listener);

}  // namespace pudu::passes

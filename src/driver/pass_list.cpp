#include "driver/pass_list.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "driver/choose_int16.hpp"
#include "driver/choose_plan.hpp"
#include "driver/compile.hpp"
#include "lowering/lowering.hpp"
#include "passes/adopt_quantization.hpp"
#include "passes/int8_ports.hpp"
#include "passes/pipeline.hpp"
#include "quantizer/bias_correction.hpp"
#include "quantizer/equalization.hpp"
#include "quantizer/quantize.hpp"
#include "quantizer/sharing.hpp"

namespace pudu::driver {
namespace {

using passes::Change;
using passes::Need;
using passes::Pass;
using passes::Supplies;

quantizer::CalibrationProgress advancing(base::ProgressListener& progress) {
  return [&progress](std::size_t done, std::size_t total) { progress.advance(done, total); };
}

std::vector<std::string_view> names_of(std::span<const Pass> list) {
  std::vector<std::string_view> names;
  for (const Pass& pass : list) names.push_back(pass.name);
  return names;
}

Pass separate_fixed_inputs(std::span<const Pass> earlier) {
  return {.name = "separate_fixed_inputs",
          .reason = "when all operators are known: inputs beside one of prescribed parameters get a rescaling",
          .needs = {Need::Graph},
          .changes = Change::Graph,
          .after = names_of(earlier),
          .requirements = {},
          .indispensable = {},
          .run = [](const Supplies& supplies) { return quantizer::separate_fixed_inputs(*supplies.graph); }};
}

Pass equalize(std::span<const Pass> earlier) {
  return {.name = "equalize",
          .reason = "when activations are fused: it scales channels through what is homogeneous between layers",
          .needs = {Need::Graph, Need::Calibration},
          .changes = Change::Graph,
          .after = names_of(earlier),
          .requirements = {},
          .indispensable = {},
          .run = [](const Supplies& supplies) -> Status {
            PUDU_TRY_ASSIGN([[maybe_unused]] const quantizer::Equalization done,
                            quantizer::equalize(*supplies.graph, *supplies.calibration));
            return {};
          }};
}

/// Behind every rewriting: it measures the very values that are quantized.
Pass calibrate(std::span<const Pass> rewritings, const quantizer::QuantizerOptions& options, StageResults& results,
               base::ProgressListener& progress) {
  return {.name = "calibrate",
          .reason = "when the float graph is final: it measures the ranges of its values",
          .needs = {Need::Graph, Need::Calibration},
          .changes = Change::Nothing,
          .after = names_of(rewritings),
          .requirements = {},
          .indispensable = {},
          .run = [options, &results, &progress](const Supplies& supplies) -> Status {
            PUDU_TRY_ASSIGN(results.float_parts,
                            quantizer::find_float_parts(*supplies.graph, options.keep_float, options.io));
            PUDU_TRY_ASSIGN(results.ranges,
                            quantizer::calibrate(*supplies.graph, *supplies.calibration, options, advancing(progress)));
            return {};
          }};
}

/// Before the network is quantized for good: it quantizes it in part of the samples, and measures on the others.
Pass choose_int16(const quantizer::QuantizerOptions& options, prepare::Optimize optimize,
                  const PlanOptions& plan_options, StageResults& results, base::ProgressListener& progress) {
  return {.name = "choose_int16",
          .reason = "before quantize: it chooses the values that get 16 bits, measured on held-out samples",
          .needs = {Need::Graph, Need::Target, Need::Calibration},
          .changes = Change::Nothing,
          .after = {},
          .requirements = {{"calibrate", "it is part of the quantization that is calibrated"}},
          .indispensable = {},
          .run = [=, &results, &progress](const Supplies& supplies) -> Status {
            const Int16Request request{options, *supplies.target, optimize, plan_options};
            PUDU_TRY_ASSIGN(results.int16,
                            driver::choose_int16(*supplies.graph, *supplies.calibration, request, progress));
            return {};
          }};
}

Pass quantize(const quantizer::QuantizerOptions& options, StageResults& results) {
  return {.name = "quantize",
          .reason = "the last pass on the graph: nothing rewrites int8 values",
          .needs = {Need::Graph},
          .changes = Change::Graph,
          .after = {},
          .requirements = {{"calibrate", "scales and zero points come from measured ranges"}},
          .indispensable = {},
          .run = [options, &results](const Supplies& supplies) -> Status {
            quantizer::QuantizerOptions chosen = options;
            if (!results.int16 && !options.int16.empty()) {
              results.int16 = quantizer::Int16Choice{.names = options.int16};
            }
            if (results.int16) chosen.int16 = results.int16->names;
            PUDU_TRY_ASSIGN(ir::Graph quantized, quantizer::quantize(*supplies.graph, results.ranges, chosen));
            results.float_graph = std::exchange(*supplies.graph, std::move(quantized));
            return {};
          }};
}

/// Scales, zero points and codes are those of the file.
Pass adopt_quantization(std::span<const Pass> earlier, StageResults& results) {
  return {.name = "adopt_quantization",
          .reason = "when the float graph is final: it makes int8 operators of what the file has quantized",
          .needs = {Need::Graph},
          .changes = Change::Graph,
          .after = names_of(earlier),
          .requirements = {},
          .indispensable = "the file says what is quantized, and how",
          .run = [&results](const Supplies& supplies) -> Status {
            results.float_graph = *supplies.graph;
            PUDU_TRY(passes::adopt_quantization(*supplies.graph));
            PUDU_TRY_ASSIGN(const std::vector<passes::FloatRemainder> remainders,
                            passes::find_float_remainders(*supplies.graph));
            for (const passes::FloatRemainder& each : remainders) {
              results.float_parts.push_back({each.node, each.op, each.reason});
            }
            return {};
          }};
}

Pass make_int8_ports(std::vector<std::string_view> after) {
  return {.name = "make_int8_ports",
          .reason = "behind all rewriting: inputs and outputs become int8",
          .needs = {Need::Graph},
          .changes = Change::Graph,
          .after = std::move(after),
          .requirements = {{"adopt_quantization", "it gives the values at the ports their parameters"}},
          .indispensable = "--io int8 asks for it",
          .run = [](const Supplies& supplies) { return passes::make_int8_ports(*supplies.graph); }};
}

Pass float_boundary() {
  return {.name = "float_boundary",
          .reason = "behind all rewriting: inputs and outputs become float32",
          .needs = {Need::Graph},
          .changes = Change::Graph,
          .after = {},
          .requirements = {},
          .indispensable = "--io float32 asks for it",
          .run = [](const Supplies& supplies) { return quantizer::add_float_boundary(*supplies.graph); }};
}

/// `requirements`: what makes the graph one of int8 values.
Pass lower(StageResults& results, std::vector<passes::Requirement> requirements) {
  return {.name = "lower",
          .reason = "makes kernel calls of operators; scratch buffers get the target's size",
          .needs = {Need::Graph, Need::Target},
          .changes = Change::Program,
          .after = {},
          .requirements = std::move(requirements),
          .indispensable = {},
          .run = [&results](const Supplies& supplies) -> Status {
            PUDU_TRY_ASSIGN(*supplies.program, lowering::lower(*supplies.graph, *supplies.target, &results.places));
            return {};
          }};
}

Pass correct_biases(const quantizer::QuantizerOptions& options, StageResults& results,
                    base::ProgressListener& progress) {
  return {.name = "correct_biases",
          .reason = "when there are kernels to run: it compares their results with the float graph's",
          .needs = {Need::Program, Need::Calibration},
          .changes = Change::Program,
          .after = {},
          .requirements = {{"calibrate", "the means of float results are measured there"},
                           {"lower", "it runs the kernels of the program"}},
          .indispensable = {},
          .run = [options, &results, &progress](const Supplies& supplies) {
            return quantizer::correct_biases(
                *supplies.program, results.float_graph, results.ranges, *supplies.calibration,
                {.biases = options.bias_correction, .weights = options.weight_rounding}, advancing(progress));
          }};
}

Pass remove_dead_channels(StageResults& results, std::vector<std::string_view> after) {
  return {.name = "remove_dead_channels",
          .reason = "when weights and biases are final: channels that no output depends on go, without changing a bit",
          .needs = {Need::Program},
          .changes = Change::Program,
          .after = std::move(after),
          .requirements = {{"lower", "it looks at the integers of kernel calls"}},
          .indispensable = {},
          .run = [&results](const Supplies& supplies) -> Status {
            PUDU_TRY_ASSIGN(results.dead_channels, passes::remove_dead_channels(*supplies.program));
            return {};
          }};
}

Pass reorder(StageResults& results) {
  return {.name = "reorder",
          .reason = "when all calls are known: branches run in the order in which they need the least memory",
          .needs = {Need::Program},
          .changes = Change::Program,
          .after = {"remove_dead_channels"},
          .requirements = {{"lower", "it orders kernel calls"}},
          .indispensable = {},
          .run = [&results](const Supplies& supplies) -> Status {
            PUDU_TRY_ASSIGN(results.reordering, schedule::reorder_calls(*supplies.program));
            return {};
          }};
}

/// Kernels that one pass finds for the next.
using SharedKernels = std::shared_ptr<prepare::CandidateCache>;

Pass prepare_kernels(prepare::Optimize optimize, StageResults& results, const SharedKernels& kernels) {
  return {.name = "prepare",
          .reason = "when weights and biases are final: it puts them into the form of the target's kernels; C++ only",
          .needs = {Need::Program},
          .changes = Change::Program,
          .after = {"remove_dead_channels", "reorder"},
          .requirements = {{"lower", "it replaces kernel calls"}},
          .indispensable = {},
          .run = [optimize, &results, kernels](const Supplies& supplies) -> Status {
            if (prepare::prepares(supplies.program->target)) results.dialect_program = *supplies.program;
            results.choices = prepare::prepare_program(*supplies.program, optimize, *kernels);
            return {};
          }};
}

Pass plan(prepare::Optimize optimize, const PlanOptions& options, StageResults& results, const SharedKernels& kernels,
          std::vector<std::string_view> after) {
  return {.name = "plan",
          .reason = "last: sizes and order of all buffers are final",
          .needs = {Need::Program},
          .changes = Change::Program,
          .after = std::move(after),
          .requirements = {{"lower", "it places the buffers of the program"}},
          .indispensable = "a compiled model must know where its buffers lie",
          .run = [optimize, options, &results, kernels](const Supplies& supplies) -> Status {
            PUDU_TRY_ASSIGN(PlanChoice choice,
                            choose_plan(*supplies.program, results.dialect_program, optimize, options, *kernels));
            results.memory = std::move(choice.map);
            results.channel_splits = std::move(choice.channel_splits);
            results.planning_work = choice.work;
            if (choice.choices) results.choices = std::move(*choice.choices);
            return {};
          }};
}

}  // namespace

std::vector<Pass> pass_list(const quantizer::QuantizerOptions& options, prepare::Optimize optimize,
                            const PlanOptions& plan_options, StageResults& results, base::ProgressListener& progress) {
  const std::span<const Pass> canonicalization = passes::canonicalization_pipeline();
  std::vector<Pass> list(canonicalization.begin(), canonicalization.end());
  list.push_back(separate_fixed_inputs(list));
  if (options.channel_scaling == quantizer::ChannelScaling::Equalized) list.push_back(equalize(list));
  list.push_back(calibrate(list, options, results, progress));
  if (options.int16_search) list.push_back(choose_int16(options, optimize, plan_options, results, progress));
  list.push_back(quantize(options, results));
  list.push_back(lower(results, {{"quantize", "kernels compute on int8 data"}}));
  list.push_back(correct_biases(options, results, progress));
  list.push_back(remove_dead_channels(results, {"correct_biases"}));
  list.push_back(reorder(results));
  const auto kernels = std::make_shared<prepare::CandidateCache>();
  list.push_back(prepare_kernels(optimize, results, kernels));
  list.push_back(plan(optimize, plan_options, results, kernels, {"correct_biases", "prepare"}));
  return list;
}

std::vector<Pass> adopted_pass_list(const quantizer::QuantizerOptions& options, prepare::Optimize optimize,
                                    const PlanOptions& plan_options, StageResults& results) {
  const std::span<const Pass> canonicalization = passes::canonicalization_pipeline();
  const std::span<const Pass> rest = passes::adopted_pipeline();
  std::vector<Pass> list(canonicalization.begin(), canonicalization.end());
  list.push_back(adopt_quantization(list, results));
  list.insert(list.end(), rest.begin(), rest.end());
  if (options.io == quantizer::IoType::Int8) list.push_back(make_int8_ports(names_of(rest)));
  list.push_back(lower(results, {{"adopt_quantization", "kernels compute on int8 data"}}));
  list.push_back(remove_dead_channels(results, {}));
  list.push_back(reorder(results));
  const auto kernels = std::make_shared<prepare::CandidateCache>();
  list.push_back(prepare_kernels(optimize, results, kernels));
  list.push_back(plan(optimize, plan_options, results, kernels, {"prepare"}));
  return list;
}

std::vector<Pass> quantized_pass_list(const quantizer::QuantizerOptions& options, prepare::Optimize optimize,
                                      const PlanOptions& plan_options, StageResults& results) {
  const std::span<const Pass> pipeline = passes::quantized_pipeline();
  std::vector<Pass> list(pipeline.begin(), pipeline.end());
  if (options.io == quantizer::IoType::Float32) list.push_back(float_boundary());
  list.push_back(lower(results, {}));
  list.push_back(remove_dead_channels(results, {}));
  list.push_back(reorder(results));
  const auto kernels = std::make_shared<prepare::CandidateCache>();
  list.push_back(prepare_kernels(optimize, results, kernels));
  list.push_back(plan(optimize, plan_options, results, kernels, {"prepare"}));
  return list;
}

}  // namespace pudu::driver

#include "tools/command.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/parallel.hpp"
#include "tools/int16_options.hpp"
#include "tools/int4_options.hpp"

namespace pudu::tools {

CLI::Option* add_repeatable(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                            const std::string& help) {
  return command.add_option(name, values, help)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

namespace {

void add_network_options(CLI::App& command, ModelOptions& options) {
  command.add_option("MODEL", options.model,
                     "the network: a .pt2 file written by torch.export.save, or a .tflite file");
  command.add_option("--target", options.target, "the CPU, e.g. cortex-m55 or m4 (`pudu targets` lists them), or any")
      ->capture_default_str();
  command.add_option("--isa", options.isa, "scalar, dsp or mve instead of the CPU's default");
  command.add_option("--kernels", options.kernels, "whose kernels the C++ calls: builtin or cmsis-nn")
      ->capture_default_str();
  add_repeatable(command, "--calibration", options.calibration,
                 "typical inputs: .npy with samples on the first axis (give it once per input), or one .npz");
  command.add_option("--io", options.io, "what the model takes and returns: int8 or float32")->capture_default_str();
  command.add_option("--input-layout", options.input_layout,
                     "nchw or nhwc: order in which image inputs (calibration too) are passed [as exported]");
}

void add_quantizer_options(CLI::App& command, ModelOptions& options) {
  command
      .add_option("--effort", options.effort,
                  "fast, default or max: how hard the quantizer works; max rounds weights layer by layer against the "
                  "float network")
      ->capture_default_str();
  command.add_option(
      "--ranges", options.ranges,
      "how activation ranges are chosen: mse, minmax, percentile, entropy, or auto, which measures which of them "
      "disturbs the operators behind a value least [mse]");
  command.add_option("--bias-correction", options.bias_correction,
                     "on or off: let biases take back the shift that rounding causes [on]");
  command.add_option(
      "--linear-weights", options.linear_weights,
      "adaptive, per-channel or per-tensor: scales of linear layers; one for all is smaller, less accurate [adaptive]");
  command.add_flag("--equalize", options.equalize,
                   "bring channels to similar ranges where the float network allows it: for networks whose channels "
                   "differ a lot");
  command
      .add_option("--weights", options.weights,
                  "int8, int4 (linear layers and 1x1 convolutions: half of their flash, less accurate) or "
                  "int4:NAME,... for some layers; C++ only")
      ->capture_default_str();
  add_repeatable(command, "--keep-float", options.keep_float,
                 "a node, or all nodes of an operator, that stays float32; may be given several times");
  add_repeatable(
      command, "--int16", options.int16,
      "values that get 16 bits instead of 8: nodes and inputs with commas between them, all:OPERATOR; auto:N "
      "chooses up to N where it helps most (docs/quantization.md)");
  command.add_option(
      "--accuracy", options.accuracy,
      "signal-to-noise ratio in dB that the outputs are to reach on held-out calibration samples: as few "
      "values as do are int16");
}

void add_plan_options(CLI::App& command, ModelOptions& options) {
  command.add_option("--optimize", options.optimize, "what the C++'s kernels are chosen for: speed, size or balanced")
      ->capture_default_str();
  command.add_option("--batch", options.batch, "batch size of a model exported with a dynamic batch");
  command.add_option("--jobs", options.jobs, "threads that calibration samples are run on [one a core]");
  command.add_option("--plan-time", options.plan_time,
                     "seconds that the search for the smallest arena may take where simple plans are not optimal [2]");
  command
      .add_option("--memory", options.memory,
                  "layerwise, streamed (calls take turns row by row: a smaller arena), or auto: streamed where "
                  "only that fits --ram")
      ->capture_default_str();
  command
      .add_option("--feed", options.feed,
                  "whole or rows: image inputs are passed row by row while the model runs and need no memory of their "
                  "own (C++ only)")
      ->capture_default_str();
  command.add_option("--ram", options.ram, "fail when the arena needs more, e.g. 256K");
  command.add_option("--flash", options.flash, "fail when the constants need more, e.g. 1M");
  command.add_option("--memories", options.memories,
                     "a file that names several memories; arena and constants are divided among them (docs/memory.md)");
}

void add_pass_options(CLI::App& command, ModelOptions& options) {
  command.add_option("--intermediates", options.intermediates, "write the graph after every pass to this folder");
  command.add_flag("--print-passes", options.print_passes, "list the passes that would run, with what each needs");
  command.add_option("--stop-after", options.stop_after,
                     "run no pass behind this one; print the graph instead of writing anything else");
  add_repeatable(command, "--disable-pass", options.disabled_passes, "leave this pass out; may be given several times");
}

}  // namespace

void add_model_options(CLI::App& command, ModelOptions& options) {
  add_network_options(command, options);
  add_quantizer_options(command, options);
  add_plan_options(command, options);
  add_pass_options(command, options);
}

namespace {

Error not_a_choice(const std::string& option, const std::string& found, const std::string& allowed) {
  return usage_error({.where = option, .found = "'" + found + "'", .allowed = allowed});
}

/// What an effort stands for; options for the single techniques go before it.
Status apply_effort(const std::string& effort, quantizer::QuantizerOptions& result) {
  if (effort == "fast") {
    result.range_method = quantizer::RangeMethod::MinMax;
    result.bias_correction = quantizer::BiasCorrection::None;
  } else if (effort == "max") {
    result.weight_rounding = quantizer::WeightRounding::Adaptive;
  } else if (effort != "default") {
    return not_a_choice("--effort", effort, "fast, default or max");
  }
  return {};
}

/// "histogram" is what the first versions called mse.
Result<quantizer::RangeMethod> parse_range_method(const std::string& text) {
  using quantizer::RangeMethod;
  constexpr std::pair<std::string_view, RangeMethod> methods[] = {
      {"mse", RangeMethod::Histogram},         {"histogram", RangeMethod::Histogram}, {"minmax", RangeMethod::MinMax},
      {"percentile", RangeMethod::Percentile}, {"entropy", RangeMethod::Entropy},     {"auto", RangeMethod::Auto}};
  for (const auto& [name, method] : methods) {
    if (name == text) return method;
  }
  return not_a_choice("--ranges", text, "mse, minmax, percentile, entropy or auto");
}

Status apply_quantizer_options(const ModelOptions& options, quantizer::QuantizerOptions& result) {
  if (options.io == "float32")
    result.io = quantizer::IoType::Float32;
  else if (options.io != "int8")
    return not_a_choice("--io", options.io, "int8 or float32");
  PUDU_TRY(apply_effort(options.effort, result));
  if (!options.ranges.empty()) {
    PUDU_TRY_ASSIGN(result.range_method, parse_range_method(options.ranges));
  }
  if (options.equalize) result.channel_scaling = quantizer::ChannelScaling::Equalized;
  if (options.bias_correction == "off")
    result.bias_correction = quantizer::BiasCorrection::None;
  else if (options.bias_correction == "on")
    result.bias_correction = quantizer::BiasCorrection::Sequential;
  else if (!options.bias_correction.empty())
    return not_a_choice("--bias-correction", options.bias_correction, "on or off");
  if (options.linear_weights == "per-tensor")
    result.linear_weights = quantizer::LinearWeights::PerTensor;
  else if (options.linear_weights == "per-channel")
    result.linear_weights = quantizer::LinearWeights::PerChannel;
  else if (!options.linear_weights.empty() && options.linear_weights != "adaptive")
    return not_a_choice("--linear-weights", options.linear_weights, "adaptive, per-channel or per-tensor");
  return {};
}

/// More threads than this are a slip of the hand.
constexpr std::int64_t most_jobs = 1024;

Status apply_jobs(const std::string& jobs) {
  if (jobs.empty()) return {};
  PUDU_TRY_ASSIGN(const std::int64_t count, parse_count(jobs, "--jobs"));
  if (count > most_jobs) return not_a_choice("--jobs", jobs, fmt::format("1 to {} threads", most_jobs));
  base::set_worker_limit(static_cast<std::size_t>(count));
  return {};
}

/// A day is more than anybody waits for.
constexpr double most_plan_seconds = 86400;

Status apply_plan_time(const std::string& text, driver::PlanOptions& result) {
  if (text.empty()) return {};
  double seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() ||
      !(seconds >= 0 && seconds <= most_plan_seconds)) {
    return not_a_choice("--plan-time", text, fmt::format("seconds from 0 to {}", most_plan_seconds));
  }
  result.seconds = seconds;
  return {};
}

Status apply_memory(const ModelOptions& options, driver::PlanOptions& result) {
  if (options.memory == "layerwise")
    result.memory = driver::MemoryMode::Layerwise;
  else if (options.memory == "streamed")
    result.memory = driver::MemoryMode::Streamed;
  else if (options.memory != "auto")
    return not_a_choice("--memory", options.memory, "layerwise, streamed or auto");
  if (options.feed == "rows")
    result.feed = driver::Feed::Rows;
  else if (options.feed != "whole")
    return not_a_choice("--feed", options.feed, "whole or rows");
  if (result.feed == driver::Feed::Rows && result.memory == driver::MemoryMode::Layerwise) {
    return usage_error({.where = "--feed",
                        .found = "'rows' with --memory layerwise",
                        .allowed = "--memory streamed or auto: rows are used as they arrive"});
  }
  return {};
}

Status apply_limits(const ModelOptions& options, driver::CompileOptions& result) {
  if (!options.ram.empty()) {
    PUDU_TRY_ASSIGN(result.ram_bytes, parse_size(options.ram, "--ram"));
    result.plan.ram_bytes = result.ram_bytes;
  }
  if (!options.flash.empty()) {
    PUDU_TRY_ASSIGN(result.flash_bytes, parse_size(options.flash, "--flash"));
  }
  if (!options.memories.empty()) {
    PUDU_TRY_ASSIGN(result.memories, targets::read_memory_regions(options.memories));
  }
  return {};
}

}  // namespace

Result<driver::CompileOptions> to_compile_options(const ModelOptions& options) {
  driver::CompileOptions result;
  result.model = options.model;
  PUDU_TRY_ASSIGN(const targets::KernelLibrary kernels, targets::parse_kernel_library(options.kernels));
  PUDU_TRY_ASSIGN(result.target, targets::make_target(options.target, options.isa, kernels));
  for (const std::string& file : options.calibration) result.calibration.emplace_back(file);
  PUDU_TRY(apply_quantizer_options(options, result.quantizer));
  PUDU_TRY_ASSIGN(result.optimize, prepare::parse_optimize(options.optimize));
  result.quantizer.keep_float = options.keep_float;
  PUDU_TRY(apply_int16_options(options, result));
  PUDU_TRY(apply_weight_options(options.weights, result));
  PUDU_TRY(apply_limits(options, result));
  PUDU_TRY(apply_memory(options, result.plan));
  PUDU_TRY(apply_plan_time(options.plan_time, result.plan));
  PUDU_TRY(apply_jobs(options.jobs));
  if (options.input_layout == "nhwc")
    result.input_layout = driver::InputLayout::Nhwc;
  else if (options.input_layout == "nchw")
    result.input_layout = driver::InputLayout::Nchw;
  else if (!options.input_layout.empty())
    return not_a_choice("--input-layout", options.input_layout, "nchw or nhwc");
  if (!options.batch.empty()) {
    PUDU_TRY_ASSIGN(result.batch, parse_count(options.batch, "--batch"));
  }
  if (!options.intermediates.empty()) result.intermediates = options.intermediates;
  result.disabled_passes = options.disabled_passes;
  return result;
}

}  // namespace pudu::tools

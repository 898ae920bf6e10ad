// pudu estimate: what a network would need and cost on several targets, in the time of one inference on the host.
#include <fmt/format.h>

#include <memory>
#include <sstream>

#include "tools/command.hpp"
#include "tools/estimate_table.hpp"

namespace pudu::tools {
namespace {

constexpr const char* description =
    "Estimate flash, RAM and speed on several targets, without calibration data\n\n"
    "  pudu estimate model.pt2 --target cortex-m4\n"
    "  pudu estimate model.pt2 --target cortex-m0,cortex-m4,cortex-m55 --json\n"
    "  pudu estimate model.pt2 --target cortex-m4 --ram 64K     streamed, if only that fits\n"
    "  pudu estimate model.pt2 --target cortex-m4 --feed rows     as small as it gets\n"
    "  pudu estimate model.pt2 --target cortex-m4 --int16 all:conv2d     what 16 bits cost\n\n"
    "Arena and constants are those of the real program. Instructions, cycles and code are estimated; docs/estimate.md\n"
    "has the errors against counts in QEMU. `pudu bench` counts.\n";

Status run(const ModelOptions& options, const OutputOptions& output) {
  if (options.model.empty()) {
    return usage_error({.where = "estimate", .found = "MODEL is required", .hint = "see `pudu estimate --help`"});
  }
  std::vector<std::string> targets;
  std::stringstream list(options.target);
  for (std::string target; std::getline(list, target, ',');) targets.push_back(target);
  ConsoleProgress progress(output);
  PUDU_TRY_ASSIGN(const std::vector<driver::TargetEstimate> estimates, estimate_model(options, targets, progress));
  if (output.json) {
    fmt::print("{}", estimates_json(estimates));
  } else if (!output.quiet) {
    fmt::print("{}", estimates_table(estimates, output.verbose));
  }
  return {};
}

}  // namespace

Action add_estimate(CLI::App& app) {
  auto options = std::make_shared<ModelOptions>();
  CLI::App* command = app.add_subcommand("estimate", description);
  command->add_option("MODEL", options->model,
                      "the network: a .pt2 file written by torch.export.save, or a .tflite file");
  command->add_option("--target", options->target, "one CPU or several, with commas between")->capture_default_str();
  command->add_option("--isa", options->isa, "scalar, dsp or mve instead of the CPU's default");
  command->add_option("--input-layout", options->input_layout,
                      "nchw or nhwc: order in which image inputs are passed [as exported]");
  add_repeatable(*command, "--int16", options->int16,
                 "values that get 16 bits instead of 8: nodes and inputs with commas between them, all:OPERATOR");
  command->add_option("--optimize", options->optimize, "what kernels are chosen for: speed, size or balanced")
      ->capture_default_str();
  command->add_option("--memory", options->memory, "layerwise, streamed or auto: streamed where only that fits --ram")
      ->capture_default_str();
  command
      ->add_option("--feed", options->feed,
                   "whole or rows: image inputs are passed row by row while the model runs and need no memory of their "
                   "own")
      ->capture_default_str();
  command->add_option("--ram", options->ram, "that a streamed plan is made to fit, e.g. 256K; no limit here");
  command->add_option("--plan-time", options->plan_time,
                      "seconds that the search for the smallest arena may take where simple plans are not optimal [2]");
  command->add_option("--batch", options->batch, "batch size of a model exported with a dynamic batch");
  return [options](const OutputOptions& output) { return run(*options, output); };
}

}  // namespace pudu::tools

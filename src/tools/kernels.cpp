// pudu kernels: the freestanding kernels, as sources that a project takes in.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/output_file.hpp"
#include "driver/artifact.hpp"
#include "driver/pte_artifact.hpp"
#include "driver/version.hpp"
#include "emitters/cpp/cpp_emitter.hpp"
#include "emitters/cpp/single_header.hpp"
#include "tools/command.hpp"

namespace pudu::tools {
namespace {

constexpr const char* description =
    "Write the kernels as one C++ header\n\n"
    "  pudu kernels --single-header pudu_kernels.hpp               every kernel\n"
    "  pudu kernels --single-header pudu_kernels.hpp --for out     those that the compiled model in out/ calls\n\n"
    "Put it beside model.hpp and model.cpp, in place of the folder pudu/, and define PUDU_KERNELS_IMPLEMENTATION in "
    "one\n"
    "source before it is included.\n";

struct Options {
  std::optional<std::string> single_header;
  std::optional<std::string> model;
};

Result<std::vector<base::OutputFile>> chosen_sources(const Options& options) {
  if (!options.model) return emitters::all_kernel_sources();
  PUDU_TRY_ASSIGN(const driver::Artifact artifact, driver::read_artifact(*options.model));
  return emitters::kernel_sources(artifact.program, artifact.memory);
}

Status run(const Options& options, const OutputOptions& output) {
  if (!options.single_header) {
    return usage_error(
        {.where = "kernels", .found = "--single-header is required", .hint = "see `pudu kernels --help`"});
  }
  const std::filesystem::path file = *options.single_header;
  PUDU_TRY(driver::check_output_file(file));
  PUDU_TRY_ASSIGN(const std::vector<base::OutputFile> sources, chosen_sources(options));
  const std::string text = emitters::single_header(sources, driver::version);
  const std::vector<base::OutputFile> files = {{file.filename().string(), text}};
  PUDU_TRY(base::write_files(file.has_parent_path() ? file.parent_path() : ".", files));
  if (output.json) {
    const nlohmann::ordered_json object = {{"file", file.string()}, {"bytes", text.size()}};
    fmt::print("{}\n", object.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
  }
  say(output, fmt::format("written {}: {} lines", file.string(), std::count(text.begin(), text.end(), '\n')));
  return {};
}

}  // namespace

Action add_kernels(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("kernels", description);
  command->add_option("--single-header", options->single_header, "the file to write");
  command->add_option("--for", options->model, "a compiled folder: only what it calls");
  return [options](const OutputOptions& output) { return run(*options, output); };
}

}  // namespace pudu::tools

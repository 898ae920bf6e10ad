// pudu inspect: what is inside a model file or a compiled folder, as text.
#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "driver/artifact.hpp"
#include "driver/frontends.hpp"
#include "driver/pte_report.hpp"
#include "tools/command.hpp"
#include "tools/inspect_pte.hpp"

namespace pudu::tools {
namespace {

struct Options {
  std::string file;
  bool text = false;
};

constexpr const char* description =
    "Show what is inside a .pt2 file, a compiled folder or an ExecuTorch program\n\n"
    "  pudu inspect model.pt2\n"
    "  pudu inspect model.pt2 --text      the whole graph\n"
    "  pudu inspect out\n"
    "  pudu inspect model.pte             operators, memory map, constants; also of programs that ExecuTorch made\n";

void print_ports(const ir::Graph& graph, const char* title, const std::vector<ir::ValueId>& ports) {
  for (const ir::ValueId id : ports) {
    const ir::Value& value = graph.value(id);
    fmt::print("  {:<9} {} {}{}\n", title, value.name, ir::to_string(value.type.dtype),
               ir::to_string(value.type.shape));
  }
}

/// What the graph keeps from run to run.
std::vector<ir::ValueId> states_of(const ir::Graph& graph) {
  std::vector<ir::ValueId> states;
  for (const ir::State& state : graph.states) states.push_back(state.before);
  return states;
}

std::int64_t parameter_count(const ir::Graph& graph) {
  std::int64_t count = 0;
  for (const ir::Value& value : graph.values()) count += value.is_constant() ? value.type.elements() : 0;
  return count;
}

std::map<std::string, int> count_operators(const ir::Graph& graph) {
  std::map<std::string, int> counts;
  for (const ir::Node& node : graph.nodes()) {
    const ir::AttributeValue* function = node.attributes.find("function");
    const auto* name = function != nullptr ? std::get_if<std::string>(function) : nullptr;
    ++counts[name != nullptr ? node.op + " (" + *name + ")" : node.op];
  }
  return counts;
}

nlohmann::ordered_json ports_json(const ir::Graph& graph, const std::vector<ir::ValueId>& ports) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  for (const ir::ValueId id : ports) {
    const ir::Value& value = graph.value(id);
    array.push_back({{"name", value.name}, {"dtype", ir::to_string(value.type.dtype)}, {"shape", value.type.shape}});
  }
  return array;
}

void print_graph_json(const ir::Graph& graph) {
  const nlohmann::ordered_json object = {{"name", graph.name},
                                         {"nodes", graph.nodes().size()},
                                         {"parameters", parameter_count(graph)},
                                         {"inputs", ports_json(graph, graph.inputs)},
                                         {"outputs", ports_json(graph, graph.outputs)},
                                         {"states", ports_json(graph, states_of(graph))},
                                         {"operators", count_operators(graph)}};
  fmt::print("{}\n", object.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
}

Status inspect_model(const Options& options, const OutputOptions& output) {
  PUDU_TRY_ASSIGN(const ir::Graph graph, driver::read_model(options.file, std::nullopt));
  if (output.json) {
    print_graph_json(graph);
    return {};
  }
  if (options.text) {
    fmt::print("{}", ir::print(graph).text);
    return {};
  }
  fmt::print("{}: {} nodes, {} parameters\n", graph.name, graph.nodes().size(),
             with_thousands(static_cast<std::uint64_t>(parameter_count(graph))));
  print_ports(graph, "input", graph.inputs);
  print_ports(graph, "output", graph.outputs);
  print_ports(graph, "state", states_of(graph));
  for (const auto& [name, count] : count_operators(graph)) fmt::print("  {:>5} x {}\n", count, name);
  return {};
}

/// What the firmware passes and gets: type, shape, and what the codes stand for.
void print_ports(const program::Program& program, const char* title, const std::vector<program::Port>& ports) {
  for (const program::Port& port : ports) {
    const program::Buffer& buffer = program.buffer(port.buffer);
    fmt::print("  {:<9} {} {}{}", title, port.name, program::to_string(buffer.type), ir::to_string(port.shape));
    if (buffer.quantization) {
      fmt::print(" with scale {:.9g}, zero point {}", buffer.quantization->scale, buffer.quantization->zero_point);
    }
    fmt::print("\n");
  }
}

Status inspect_artifact(const Options& options, const OutputOptions& output) {
  PUDU_TRY_ASSIGN(const driver::Artifact artifact, driver::read_artifact(options.file));
  if (output.json) {
    PUDU_TRY_ASSIGN(const std::vector<std::byte> json, base::read_file(artifact.folder / "report.json"));
    fmt::print("{}", std::string_view(reinterpret_cast<const char*>(json.data()), json.size()));
    return {};
  }
  if (options.text) {
    fmt::print("{}", program::print(artifact.program).text);
    return {};
  }
  const program::Program& program = artifact.program;
  fmt::print("{} for {} (ISA {}): {} kernel calls, arena {} bytes, constants {} bytes\n", program.name,
             program.target.cpu_name(), program.target.isa_name(), program.calls.size(),
             with_thousands(artifact.memory.arena_bytes), with_thousands(driver::constant_bytes(program)));
  fmt::print("  compiled by Pudu {}, kernel ABI {}, {} kernels\n", artifact.pudu_version, artifact.kernel_abi_version,
             targets::to_string(program.target.kernels));
  print_ports(program, "input", program.inputs);
  print_ports(program, "output", program.outputs);
  if (artifact.memory.state_bytes > 0) {
    fmt::print("  keeps {} bytes of state from run to run\n", with_thousands(artifact.memory.state_bytes));
  }
  for (const program::KernelCall& call : program.calls) {
    const program::Operand* scratch = call.find_operand("scratch");
    const std::size_t bytes = scratch != nullptr ? program.buffer(scratch->buffer).bytes() : 0;
    fmt::print("  {:<36} {}{}\n", call.name, call.kernel,
               bytes > 0 ? fmt::format(", {} bytes of scratch", with_thousands(bytes)) : "");
  }
  return {};
}

Status run(const Options& options, const OutputOptions& output) {
  std::error_code code;
  const bool is_folder = std::filesystem::is_directory(options.file, code);
  if (!is_folder && driver::is_pte(options.file)) {
    return inspect_pte(options.file, options.text ? InspectForm::Text : InspectForm::Summary, output);
  }
  return is_folder ? inspect_artifact(options, output) : inspect_model(options, output);
}

}  // namespace

Action add_inspect(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("inspect", description);
  command->add_option("FILE", options->file, "a .pt2, .tflite or .pte file, or a compiled folder")->required();
  command->add_flag("--text", options->text, "print the whole graph or program");
  return [options](const OutputOptions& output) { return run(*options, output); };
}

}  // namespace pudu::tools

#include "tools/inspect_pte.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "driver/pte_report.hpp"
#include "pte/describe.hpp"
#include "pte/figures.hpp"
#include "pte/operators.hpp"
#include "pte/trace.hpp"

namespace pudu::tools {
namespace {

using nlohmann::ordered_json;

std::string with_thousands_of(std::size_t bytes) {
  return with_thousands(static_cast<std::uint64_t>(bytes));
}

std::map<std::string, int> count_operators(const pte::Plan& plan) {
  std::map<std::string, int> counts;
  for (const pte::KernelCall& call : plan.calls) ++counts[plan.operator_of(call).full_name()];
  return counts;
}

/// What the codes of a port stand for, as a Pudu program records it; null where it does not.
const pte::PortQuantization* recorded(const std::vector<std::optional<pte::PortQuantization>>& ports,
                                      std::size_t index) {
  return index < ports.size() && ports[index] ? &*ports[index] : nullptr;
}

std::string describe_port(const pte::Plan& plan, std::int32_t value) {
  const pte::Tensor* tensor = plan.tensor(value);
  if (tensor == nullptr) return std::string(pte::kind_name(plan.values[static_cast<std::size_t>(value)]));
  std::string text = pte::describe(*tensor);
  if (const auto edge = pte::edge_quantization(plan, value)) {
    text +=
        fmt::format(", as {} with scale {:.9g}, zero point {}", to_string(edge->type), edge->scale, edge->zero_point);
  }
  return text;
}

void print_ports(const pte::Plan& plan, const char* title, const std::vector<std::int32_t>& ports,
                 const std::vector<std::optional<pte::PortQuantization>>& codes) {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    fmt::print("  {:<10}  %{}: {}", fmt::format("{} {}", title, i), ports[i], describe_port(plan, ports[i]));
    const pte::PortQuantization* code = recorded(codes, i);
    fmt::print("{}\n", code ? fmt::format(" with scale {:.9g}, zero point {}", code->scale, code->zero_point) : "");
  }
}

void print_origin(const pte::Program& program) {
  if (program.metadata) {
    const pte::Metadata& made = *program.metadata;
    fmt::print("  written by  Pudu {} for {} (ISA {}), {} kernels, scratch formulas {}, checksum {:08x} holds\n",
               made.pudu_version, made.target, made.isa, made.kernels, made.scratch_formula_version, made.crc32);
    return;
  }
  const std::string isas = pte::isa_names(program);
  fmt::print("  written by  not Pudu: no target is recorded; runs on ISA {}\n", isas.empty() ? "none" : isas);
}

void print_constants(const pte::Plan& plan, const pte::Figures& figures) {
  fmt::print("  constants   {} bytes", with_thousands_of(figures.constant_bytes));
  if (figures.unused_constants.empty()) {
    fmt::print("\n");
    return;
  }
  fmt::print(", {} of them in {} tensors that no instruction uses:\n", with_thousands_of(figures.unused_constant_bytes),
             figures.unused_constants.size());
  for (const pte::UnusedConstant& unused : figures.unused_constants) {
    fmt::print("              %{}: {}, {} bytes\n", unused.value, pte::describe(*plan.tensor(unused.value)),
               with_thousands_of(unused.bytes));
  }
}

void print_memory(const pte::Program& program) {
  const pte::Plan& plan = program.main();
  const pte::Trace trace = pte::trace_memory(program, plan);
  for (std::size_t id = 1; id <= plan.pool_bytes.size(); ++id) {
    fmt::print("  memory {:<4} {} bytes\n", id, with_thousands_of(plan.pool_bytes[id - 1]));
    fmt::print("    {:>12} {:>12}  {:<12} {:<11} {}\n", "offset", "bytes", "steps", "kind", "value");
    for (const pte::TracedBuffer& buffer : trace.buffers) {
      if (buffer.place.memory_id != id) continue;
      fmt::print("    {:>12} {:>12}  {:<12} {:<11} %{}\n", with_thousands_of(buffer.place.offset),
                 with_thousands_of(buffer.bytes), fmt::format("[{}, {})", buffer.begin_step, buffer.end_step),
                 to_string(buffer.kind), buffer.value);
    }
  }
}

void print_summary(const std::string& file, const pte::Program& program) {
  const pte::Plan& plan = program.main();
  const pte::Figures figures = pte::compute_figures(program, plan);
  fmt::print("{}: ExecuTorch program of {} bytes, plan '{}' with {} instructions and {} values\n", file,
             with_thousands_of(program.file_bytes), plan.name, plan.calls.size(), plan.values.size());
  print_origin(program);
  const pte::Metadata made = program.metadata.value_or(pte::Metadata{});
  print_ports(plan, "input", plan.inputs, made.inputs);
  print_ports(plan, "output", plan.outputs, made.outputs);
  for (std::size_t i = 1; i < program.plans.size(); ++i) fmt::print("  plan        '{}'\n", program.plans[i].name);
  fmt::print("  tables      {} bytes\n", with_thousands_of(program.flatbuffer_bytes));
  print_constants(plan, figures);
  for (const pte::NamedData& data : program.named_data) {
    fmt::print("  data        '{}', {} bytes\n", data.key, with_thousands_of(data.data.size()));
  }
  print_memory(program);
  for (const auto& [name, count] : count_operators(plan)) fmt::print("  {:>5} x {}\n", count, name);
}

ordered_json tensor_json(const pte::Plan& plan, std::int32_t value) {
  const pte::Tensor& tensor = *plan.tensor(value);
  ordered_json object = {{"value", value},
                         {"dtype", to_string(tensor.type)},
                         {"shape", tensor.sizes},
                         {"dim_order", tensor.dim_order},
                         {"bytes", tensor.bytes}};
  if (tensor.place) {
    object["memory_id"] = tensor.place->memory_id;
    object["offset"] = tensor.place->offset;
  }
  if (tensor.data_index != 0) object["data_index"] = tensor.data_index;
  return object;
}

ordered_json ports_json(const pte::Plan& plan, const std::vector<std::int32_t>& ports,
                        const std::vector<std::optional<pte::PortQuantization>>& codes) {
  ordered_json array = ordered_json::array();
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::int32_t value = ports[i];
    if (plan.tensor(value) == nullptr) {
      array.push_back({{"value", value}, {"kind", pte::kind_name(plan.values[static_cast<std::size_t>(value)])}});
      continue;
    }
    ordered_json port = tensor_json(plan, value);
    if (const auto edge = pte::edge_quantization(plan, value)) {
      port["quantization"] = {
          {"dtype", to_string(edge->type)}, {"scale", edge->scale}, {"zero_point", edge->zero_point}};
    } else if (const pte::PortQuantization* code = recorded(codes, i)) {
      port["quantization"] = {{"dtype", "int8"}, {"scale", code->scale}, {"zero_point", code->zero_point}};
    }
    array.push_back(std::move(port));
  }
  return array;
}

ordered_json argument_json(const pte::Plan& plan, std::int32_t value) {
  const pte::Value& argument = plan.values[static_cast<std::size_t>(value)];
  if (const auto* number = std::get_if<std::int64_t>(&argument)) return *number;
  if (const auto* real = std::get_if<double>(&argument)) return *real;
  if (const auto* flag = std::get_if<bool>(&argument)) return *flag;
  if (const auto* list = std::get_if<pte::IntList>(&argument)) return plan.integers(*list);
  if (std::holds_alternative<pte::Null>(argument)) return nullptr;
  return pte::describe_argument(plan, value);
}

ordered_json instructions_json(const pte::Plan& plan, const pte::Figures& figures) {
  ordered_json array = ordered_json::array();
  for (std::size_t i = 0; i < plan.calls.size(); ++i) {
    const pte::KernelCall& call = plan.calls[i];
    const pte::Schema* schema = pte::find_schema(plan.operator_of(call));
    ordered_json arguments = ordered_json::object();
    for (std::size_t k = 0; k < call.args.size(); ++k) {
      if (schema != nullptr && k >= schema->arguments.size()) continue;
      const std::string name = schema == nullptr ? fmt::format("{}", k) : std::string(schema->arguments[k].name);
      arguments[name] = argument_json(plan, call.args[k]);
    }
    array.push_back({{"operator", plan.operator_of(call).full_name()},
                     {"arguments", std::move(arguments)},
                     {"macs", figures.calls[i].macs},
                     {"scratch_bytes", figures.calls[i].scratch_bytes}});
  }
  return array;
}

ordered_json memory_json(const pte::Program& program) {
  const pte::Plan& plan = program.main();
  ordered_json pools = ordered_json::array();
  for (std::size_t id = 1; id <= plan.pool_bytes.size(); ++id) {
    pools.push_back({{"memory_id", id}, {"bytes", plan.pool_bytes[id - 1]}, {"buffers", ordered_json::array()}});
  }
  for (const pte::TracedBuffer& buffer : pte::trace_memory(program, plan).buffers) {
    pools[buffer.place.memory_id - 1]["buffers"].push_back({{"value", buffer.value},
                                                            {"kind", to_string(buffer.kind)},
                                                            {"offset", buffer.place.offset},
                                                            {"bytes", buffer.bytes},
                                                            {"begin_step", buffer.begin_step},
                                                            {"end_step", buffer.end_step}});
  }
  return pools;
}

ordered_json constants_json(const pte::Plan& plan, const pte::Figures& figures) {
  ordered_json unused = ordered_json::array();
  for (const pte::UnusedConstant& constant : figures.unused_constants) {
    unused.push_back(tensor_json(plan, constant.value));
  }
  return {{"bytes", figures.constant_bytes}, {"unused_bytes", figures.unused_constant_bytes}, {"unused", unused}};
}

ordered_json metadata_json(const pte::Program& program) {
  if (!program.metadata) return nullptr;
  const pte::Metadata& made = *program.metadata;
  return {{"pudu_version", made.pudu_version},
          {"target", made.target},
          {"isa", made.isa},
          {"kernels", made.kernels},
          {"scratch_formula_version", made.scratch_formula_version},
          {"crc32", fmt::format("{:08x}", made.crc32)}};
}

void print_json(const std::string& file, const pte::Program& program) {
  const pte::Plan& plan = program.main();
  const pte::Figures figures = pte::compute_figures(program, plan);
  const pte::Metadata made = program.metadata.value_or(pte::Metadata{});
  ordered_json plans = ordered_json::array();
  for (const pte::Plan& each : program.plans) plans.push_back(each.name);
  const ordered_json object = {{"model", std::filesystem::path(file).filename().string()},
                               {"file_bytes", program.file_bytes},
                               {"table_bytes", program.flatbuffer_bytes},
                               {"metadata", metadata_json(program)},
                               {"isas", pte::isa_names(program)},
                               {"plans", plans},
                               {"inputs", ports_json(plan, plan.inputs, made.inputs)},
                               {"outputs", ports_json(plan, plan.outputs, made.outputs)},
                               {"constants", constants_json(plan, figures)},
                               {"memory", memory_json(program)},
                               {"operators", count_operators(plan)},
                               {"instructions", instructions_json(plan, figures)}};
  fmt::print("{}\n", object.dump(2, ' ', true, ordered_json::error_handler_t::replace));
}

}  // namespace

Status inspect_pte(const std::string& file, InspectForm form, const OutputOptions& output) {
  PUDU_TRY_ASSIGN(const driver::PteFile pte, driver::read_pte(file));
  if (output.json) {
    print_json(file, pte.program);
  } else if (form == InspectForm::Text) {
    fmt::print("{}", pte::print(pte.program.main()));
  } else {
    print_summary(std::filesystem::path(file).filename().string(), pte.program);
  }
  return {};
}

}  // namespace pudu::tools

#include "driver/pte_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>

#include "base/files.hpp"
#include "driver/version.hpp"
#include "planner/problem.hpp"
#include "pte/figures.hpp"
#include "pte/operators.hpp"
#include "pte/trace.hpp"

namespace pudu::driver {
namespace {

/// "cortex_m::quantized_add" -> "quantized_add"
std::string short_name(const std::string& name) {
  const std::size_t colons = name.rfind("::");
  return colons == std::string::npos ? name : name.substr(colons + 2);
}

/// The names that report and table show: operator and how many of it came before.
std::vector<std::string> call_names(const pte::Plan& plan) {
  std::vector<std::string> names;
  std::map<std::string, int> counts;
  for (const pte::KernelCall& call : plan.calls) {
    const std::string name = short_name(plan.operator_of(call).name);
    names.push_back(fmt::format("{}_{}", name, counts[name]++));
  }
  return names;
}

emitters::ReportPort make_port(const pte::Plan& plan, std::int32_t value, std::string name, std::string direction) {
  emitters::ReportPort port{.name = std::move(name), .direction = std::move(direction)};
  if (const pte::Tensor* tensor = plan.tensor(value)) {
    port.shape.assign(tensor->sizes.begin(), tensor->sizes.end());
    port.dtype = to_string(tensor->type);
  } else {
    port.dtype = pte::kind_name(plan.values[static_cast<std::size_t>(value)]);
  }
  return port;
}

bool works_on_floats(const pte::Plan& plan, const pte::KernelCall& call) {
  const std::string name = short_name(plan.operator_of(call).name);
  if (name == "quantize_per_tensor" || name == "dequantize_per_tensor") return false;
  return std::any_of(call.args.begin(), call.args.end(), [&](std::int32_t value) {
    const pte::Tensor* tensor = plan.tensor(value);
    return tensor != nullptr && tensor->type == pte::ScalarType::Float32 && !tensor->is_constant();
  });
}

/// The order of the dimensions that have more than one element: what tells whether bytes change their places.
std::vector<std::uint8_t> effective_order(const pte::Tensor& tensor) {
  std::vector<std::uint8_t> order;
  std::copy_if(tensor.dim_order.begin(), tensor.dim_order.end(), std::back_inserter(order),
               [&](std::uint8_t dim) { return tensor.sizes[dim] != 1; });
  return order;
}

bool only_moves_data(const pte::Plan& plan, const pte::KernelCall& call) {
  const pte::Schema* schema = pte::find_schema(plan.operator_of(call));
  if (schema == nullptr) return false;
  if (schema->is("transpose")) return true;
  if (!schema->is("_clone_dim_order")) return false;
  const pte::Tensor& from = *plan.tensor(call.args[0]);
  const pte::Tensor& to = *plan.tensor(call.args[schema->position("out")]);
  return effective_order(from) != effective_order(to);
}

void add_layers(const pte::Plan& plan, const pte::Figures& figures, const std::vector<std::string>& names,
                emitters::Report& report) {
  for (std::size_t i = 0; i < plan.calls.size(); ++i) {
    const pte::KernelCall& call = plan.calls[i];
    const pte::CallFigures& cost = figures.calls[i];
    const pte::Operator& op = plan.operator_of(call);
    emitters::ReportLayer layer{.name = names[i],
                                .op = short_name(op.name),
                                .kernel = op.full_name(),
                                .source = fmt::format("instruction {}", i),
                                .macs = cost.macs,
                                .weights_bytes = cost.constant_bytes,
                                .scratch_bytes = cost.scratch_bytes};
    if (cost.output >= 0) {
      const pte::Tensor& output = *plan.tensor(cost.output);
      layer.output_shape.assign(output.sizes.begin(), output.sizes.end());
    }
    if (works_on_floats(plan, call)) report.float_operators.push_back(names[i]);
    if (only_moves_data(plan, call)) {
      report.transposes.push_back(names[i]);
      report.transpose_reasons.emplace_back("the program has it");
    }
    report.layers.push_back(std::move(layer));
  }
}

std::string buffer_name(const pte::TracedBuffer& buffer, const std::vector<std::string>& names) {
  const std::string role = buffer.kind == pte::TracedKind::Scratch ? "scratch" : "out";
  return buffer.writer ? fmt::format("{}.{} (%{})", names[*buffer.writer], role, buffer.value)
                       : fmt::format("{} (%{})", to_string(buffer.kind), buffer.value);
}

void add_buffers(const pte::Program& program, const std::vector<std::string>& names, emitters::Report& report) {
  const pte::Plan& plan = program.main();
  std::vector<std::size_t> pool_begin = {0};
  for (const std::size_t bytes : plan.pool_bytes) pool_begin.push_back(pool_begin.back() + bytes);
  report.arena_bytes = pool_begin.back();
  planner::PlanProblem problem;
  for (const pte::TracedBuffer& buffer : pte::trace_memory(program, plan).buffers) {
    // What lives on from one run to the next has no colour of its own in the chart.
    const bool is_variable = buffer.kind == pte::TracedKind::Variable;
    report.buffers.push_back({.name = buffer_name(buffer, names),
                              .kind = std::string(to_string(is_variable ? pte::TracedKind::Input : buffer.kind)),
                              .offset = pool_begin[buffer.place.memory_id - 1] + buffer.place.offset,
                              .bytes = buffer.bytes,
                              .begin_step = static_cast<int>(buffer.begin_step),
                              .end_step = static_cast<int>(buffer.end_step)});
    problem.buffers.push_back({.name = report.buffers.back().name,
                               .bytes = buffer.bytes,
                               .begin_step = static_cast<int>(buffer.begin_step),
                               .end_step = static_cast<int>(buffer.end_step)});
  }
  report.lower_bound_bytes = std::min(report.arena_bytes, planner::liveness_lower_bound(problem));
}

}  // namespace

bool is_pte(const std::filesystem::path& file) {
  std::error_code code;
  if (std::filesystem::is_directory(file, code)) return false;
  if (file.extension() == ".pte") return true;
  constexpr std::size_t head_bytes = 8;
  std::array<char, head_bytes> head{};
  std::ifstream stream(file, std::ios::binary);
  stream.read(head.data(), head.size());
  return stream.gcount() == head_bytes && pte::is_program(std::as_bytes(std::span(head)));
}

Result<PteFile> read_pte(const std::filesystem::path& file, const pte::ReadOptions& options) {
  PteFile result;
  PUDU_TRY_ASSIGN(result.file, base::read_file(file));
  auto program = pte::read(result.file, options);
  if (!program) return std::move(program).error().in_file(file.string());
  result.program = std::move(program).value();
  return result;
}

emitters::Report report_of(const pte::Program& program, const std::string& model) {
  const pte::Plan& plan = program.main();
  const pte::Figures figures = pte::compute_figures(program, plan);
  const std::vector<std::string> names = call_names(plan);
  emitters::Report report{.pudu_version = std::string(version), .model = model};
  report.cpu = program.metadata ? program.metadata->target : not_recorded;
  report.isa = pte::isa_names(program);
  report.kernels = program.metadata ? program.metadata->kernels : "cmsis-nn";
  for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
    report.io.push_back(make_port(plan, plan.inputs[i], fmt::format("input{}", i), "input"));
  }
  for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
    report.io.push_back(make_port(plan, plan.outputs[i], fmt::format("output{}", i), "output"));
  }
  report.weights_bytes = figures.constant_bytes;
  report.macs = figures.macs;
  report.parameters = figures.parameters;
  report.plan_strategy = "recorded in the file";
  add_layers(plan, figures, names, report);
  add_buffers(program, names, report);
  return report;
}

std::vector<MemoryCounter> memory_counters(const pte::Program& program) {
  MemoryLog log;
  log.program_bytes = log.loaded_program_bytes = program.file_bytes;
  for (const std::size_t bytes : program.main().pool_bytes) log.planned_bytes += bytes;
  const auto all = log.counters();
  std::vector<MemoryCounter> known;
  std::copy_if(all.begin(), all.end(), std::back_inserter(known),
               [](const MemoryCounter& counter) { return counter.bytes > 0; });
  return known;
}

}  // namespace pudu::driver

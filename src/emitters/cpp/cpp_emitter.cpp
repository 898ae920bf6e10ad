#include "emitters/cpp/cpp_emitter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/own_check.hpp"
#include "emitters/cpp/build_checks.hpp"
#include "emitters/cpp/cmake_lists.hpp"
#include "emitters/cpp/cmsis_nn_calls.hpp"
#include "emitters/cpp/constants.hpp"
#include "emitters/cpp/identifiers.hpp"
#include "emitters/cpp/memory_sections.hpp"
#include "emitters/cpp/model_header.hpp"
#include "emitters/cpp/row_code.hpp"
#include "emitters/cpp/row_regions.hpp"
#include "emitters/cpp/states.hpp"
#include "ops/call_check.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"

namespace pudu::emitters {
namespace {

using program::BufferId;
using program::BufferKind;

/// What streamed code calls beside the kernels.
constexpr std::string_view move_rows_header = "kernels/move_rows.hpp";

bool has_regions(const std::vector<Segment>& segments) {
  return std::any_of(segments.begin(), segments.end(),
                     [](const Segment& segment) { return std::holds_alternative<RowRegion>(segment); });
}

/// Writes model.cpp.
class SourceEmitter {
 public:
  SourceEmitter(const program::Program& program, const program::MemoryMap& memory, const CppOrigin& origin,
                const std::vector<Segment>& segments)
      : program_(program),
        memory_(memory),
        origin_(origin),
        segments_(segments),
        signature_(program, identifiers_),
        context_{program, memory, [this](const CallEvent& event, const RowAddress& address) {
                   return invocation(event.call, parameters_name(event.index, event.call), address);
                 }} {}

  std::string emit() {
    const std::string name = cpp_namespace(program_);
    std::string data = constants();
    bool uses_isas = false;
    for_each_call([&](std::size_t index, const program::KernelCall& call) {
      if (ops::runs_on_cmsis_nn(program_, call)) return;
      data += parameters(index, call);
      uses_isas = true;
    });
    std::string text = banner(program_, origin_) + build_checks(program_, origin_) + includes(data);
    text += region_macros(memory_) + fmt::format("namespace {} {{\nnamespace {{\n\n", name);
    text += arena_definition(memory_);
    if (!program_.calls.empty()) {
      text +=
          "template <class T>\nT* at(std::size_t offset) noexcept {\n  return reinterpret_cast<T*>(arena + "
          "offset);\n}\n\n";
    }
    if (uses_isas) text += fmt::format("constexpr pudu::kernels::Isa isas[] = {{{}}};\n\n", isa_list(program_.target));
    text += data + state_definitions(program_, memory_) + region_definitions();
    text += "}  // namespace\n\n" + accessors() + reset_definition(program_, memory_) + run_definitions();
    if (signature_.is_needed()) {
      text += fmt::format("pudu::RunStatus run({}) noexcept {{\n{}}}\n\n", signature_.parameters(),
                          signature_.body(fed_port(program_, memory_)));
    }
    return text + fmt::format("}}  // namespace {}\n", name);
  }

 private:
  std::string includes(const std::string& data) const {
    std::set<std::string_view> headers;
    for_each_call([&](std::size_t, const program::KernelCall& call) {
      if (!ops::runs_on_cmsis_nn(program_, call)) headers.insert(ops::find_kernel(call.kernel)->header);
    });
    if (has_regions(segments_)) headers.insert(move_rows_header);
    std::string text = "#include \"model.hpp\"\n\n#include <cstring>\n";
    if (data.find("std::numeric_limits") != std::string::npos) text += "#include <limits>\n";
    text += "\n";
    if (calls_cmsis_nn(program_)) text += cmsis_nn_includes(cpp_namespace(program_)) + "\n";
    if (!headers.empty()) text += kernel_includes({headers.begin(), headers.end()});
    // Weights are long string literals; see the emitter for why.
    return text + "\n#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n";
  }

  std::set<BufferId> used_buffers() const {
    std::set<BufferId> used;
    for (const program::KernelCall& call : program_.calls) {
      for (const program::Operand& operand : call.operands) used.insert(operand.buffer);
    }
    return used;
  }

  std::string constants() {
    std::string text;
    const std::set<BufferId> used = used_buffers();
    for (const program::Buffer& buffer : program_.buffers) {
      if (buffer.kind != BufferKind::Constant || !used.contains(buffer.id)) continue;
      const std::string identifier = identifiers_.make(buffer.name);
      constant_names_[buffer.id] = identifier;
      text += fmt::format("// {} {} [{}]\n", comment_text(buffer.name), program::to_string(buffer.type),
                          fmt::join(buffer.shape, ", "));
      text += in_region(memory_, buffer.id, constant_definition(identifier, buffer)) + "\n";
    }
    return text;
  }

  static std::string field_value(const program::Parameter& parameter, const ops::ParamField& field) {
    std::vector<std::string> values;
    std::visit(
        [&](const auto& numbers) {
          for (const auto number : numbers) {
            values.push_back(field.type == ops::FieldType::Float
                                 ? float_literal(static_cast<float>(number))
                                 : fmt::format("{}", static_cast<std::int64_t>(number)));
          }
        },
        parameter.values);
    return field.is_array ? fmt::format("{{{}}}", fmt::join(values, ", ")) : values.front();
  }

  /// Visits what is called, each call that differs from the others once: (index, call).
  template <class Visit>
  void for_each_call(const Visit& visit) const {
    std::set<std::string> visited;
    for (const Segment& segment : segments_) {
      if (const auto* index = std::get_if<std::size_t>(&segment)) visit(*index, program_.calls[*index]);
      const auto* region = std::get_if<RowRegion>(&segment);
      for (std::size_t i = 0; region != nullptr && i < region->kinds.size(); ++i) {
        const auto* event = std::get_if<CallEvent>(&region->kinds[i]);
        if (event == nullptr || !visited.insert(parameters_key(event->index, event->call)).second) continue;
        visit(event->index, event->call);
      }
    }
  }

  /// Tells the kinds of rows of a call apart.
  static std::string parameters_key(std::size_t index, const program::KernelCall& call) {
    std::string key = std::to_string(index);
    for (const program::Parameter& parameter : call.parameters) {
      std::visit([&](const auto& values) { key += fmt::format(" {}", fmt::join(values, " ")); }, parameter.values);
    }
    return key;
  }

  /// Empty where CMSIS-NN computes it: its statements bring what they need.
  std::string parameters_name(std::size_t index, const program::KernelCall& call) const {
    const auto found = parameter_names_.find(parameters_key(index, call));
    return found != parameter_names_.end() ? found->second : "";
  }

  std::size_t planned_bytes(std::size_t index, const program::KernelCall& call) const {
    if (call.parameters == program_.calls[index].parameters) return scratch_bytes(program_, call);
    return ops::planned_scratch_bytes(*ops::find_kernel(call.kernel), call.parameters, program_.target);
  }

  std::string parameters(std::size_t index, const program::KernelCall& call) {
    const ops::KernelBinding& kernel = *ops::find_kernel(call.kernel);
    const std::string identifier = identifiers_.make(call.name + "_params");
    parameter_names_[parameters_key(index, call)] = identifier;
    std::string text = fmt::format("constexpr pudu::kernels::{}Params {} = {{\n", kernel.type, identifier);
    for (const ops::ParamField& field : kernel.params) {
      text += fmt::format("    {},  // {}\n", field_value(*call.find_parameter(field.name), field), field.name);
    }
    text += "};\n";
    const std::string message = identifier +
                                ": these kernels want more scratch than was planned: recompile the model or use "
                                "kernels version " +
                                origin_.version;
    text += fmt::format(
        "static_assert(pudu::kernels::largest_scratch_bytes<pudu::kernels::{}>({}, isas) <= {},\n"
        "              {});\n\n",
        kernel.type, identifier, planned_bytes(index, call), string_literal(message));
    return text;
  }

  std::string pointer(const program::KernelCall& call, const ops::OperandField& field, const std::string& name,
                      const RowAddress& address) const {
    const program::Operand* operand = call.find_operand(name);
    if (operand == nullptr) return "nullptr";
    const auto constant = constant_names_.find(operand->buffer);
    if (constant != constant_names_.end()) return constant->second;
    const std::string element = field.is_scratch ? "std::uint8_t" : element_type_name(field.element);
    const bool is_state = program_.buffer(operand->buffer).kind == BufferKind::State;
    const std::string row = address(name);
    return fmt::format("{}<{}{}>({})", is_state ? "state_at" : "at", field.is_written ? "" : "const ", element,
                       row.empty() ? std::to_string(memory_.offset(operand->buffer)) : row);
  }

  std::string operand(const program::KernelCall& call, const ops::OperandField& field,
                      const RowAddress& address) const {
    if (!field.is_array) return pointer(call, field, std::string(field.name), address);
    std::vector<std::string> pointers;
    for (std::size_t i = 0; i < field.count; ++i) {
      pointers.push_back(pointer(call, field, fmt::format("{}.{}", field.name, i), address));
    }
    return fmt::format("{{{}}}", fmt::join(pointers, ", "));
  }

  /// A call with the parameters of that name; `address` of the operands that it takes by rows.
  std::string invocation(const program::KernelCall& call, const std::string& params, const RowAddress& address) const {
    const std::string source = call.source.empty() ? "" : " (" + comment_text(call.source) + ")";
    const std::string comment = fmt::format("  // {}: {}{}\n", comment_text(call.name), comment_text(call.op), source);
    if (ops::runs_on_cmsis_nn(program_, call)) {
      const ops::CmsisNnChoice choice = ops::choose_cmsis_nn(call.kernel, call.parameters, program_.target);
      return comment + cmsis_nn_statements(std::get<ops::CmsisNnCall>(choice), cmsis_nn_operands(call, address));
    }
    const ops::KernelBinding& kernel = *ops::find_kernel(call.kernel);
    std::vector<std::string> operands;
    for (const ops::OperandField& field : kernel.operands) operands.push_back(operand(call, field, address));
    return comment +
           fmt::format("  pudu::kernels::{}::run({}, {{{}}});\n", kernel.type, params, fmt::join(operands, ", "));
  }

  std::string whole_invocation(std::size_t index) const {
    const program::KernelCall& call = program_.calls[index];
    const auto whole = [](std::string_view) { return std::string(); };
    return fmt::format("  PUDU_LAYER({});", index) + invocation(call, parameters_name(index, call), whole);
  }

  CmsisNnOperands cmsis_nn_operands(const program::KernelCall& call, const RowAddress& address) const {
    CmsisNnOperands operands;
    operands.pointer = [this, &call, &address](std::string_view name) {
      const std::string_view field_name = name.substr(0, name.find('.'));
      for (const ops::OperandField& field : ops::find_kernel(call.kernel)->operands) {
        if (field.name == field_name) return pointer(call, field, std::string(name), address);
      }
      return std::string("nullptr");
    };
    const program::Operand* scratch = call.find_operand("scratch");
    // Of a call on rows no more is planned than they need.
    const bool has_rows = !address("output").empty();
    operands.scratch_bytes =
        has_rows && scratch != nullptr
            ? ops::planned_scratch_bytes(*ops::find_kernel(call.kernel), call.parameters, program_.target)
            : scratch_bytes(program_, call);
    operands.scratch =
        scratch != nullptr ? fmt::format("at<std::uint8_t>({})", memory_.offset(scratch->buffer)) : "nullptr";
    return operands;
  }

  /// The regions and their names, in the order of the segments; names are made on the first call.
  std::string region_definitions() {
    std::string text;
    for (const Segment& segment : segments_) {
      const auto* region = std::get_if<RowRegion>(&segment);
      if (region == nullptr) continue;
      const std::string name = fmt::format("region_{}", region_names_.size());
      region_names_.push_back({identifiers_.make(name + "_events"), identifiers_.make(name + "_rows"),
                               identifiers_.make(name), identifiers_.make(name + "_state")});
      text += region_definition(context_, region_names_.back(), *region);
    }
    return text;
  }

  std::string run_definitions() const {
    const std::string end = fmt::format("  PUDU_LAYER({});\n", program_.calls.size());
    const std::string done = end + "  return pudu::RunStatus::Ok;\n}\n\n";
    std::string statements, before_feed;
    const RowRegion* fed = nullptr;
    std::size_t regions = 0, fed_index = 0;
    for (const Segment& segment : segments_) {
      if (const auto* index = std::get_if<std::size_t>(&segment)) {
        statements += whole_invocation(*index);
      } else if (const auto& region = std::get<RowRegion>(segment); region.fed) {
        fed = &region, fed_index = regions++;
        before_feed = std::exchange(statements, "");
      } else {
        statements +=
            fmt::format("  if (const pudu::RunStatus failed = {}(); failed != pudu::RunStatus::Ok) return failed;\n",
                        region_names_[regions++].function);
      }
    }
    if (fed == nullptr) return "pudu::RunStatus run() noexcept {\n" + statements + done;
    return feed_definitions(context_, region_names_[fed_index], *fed, before_feed, statements);
  }

  /// `none`: the index that has no address.
  static std::string accessor(const char* declaration, const std::vector<std::string>& offsets,
                              std::optional<std::size_t> none = std::nullopt) {
    if (offsets.empty()) return fmt::format("{}(std::size_t) noexcept {{\n  return nullptr;\n}}\n\n", declaration);
    return fmt::format(
        "{}(std::size_t index) noexcept {{\n{}  constexpr std::size_t offsets[] = {{{}}};\n  return arena + "
        "offsets[index];\n}}\n\n",
        declaration, none ? fmt::format("  if (index == {}) return nullptr;\n", *none) : "", fmt::join(offsets, ", "));
  }

  std::string accessors() const {
    std::vector<std::string> input_offsets;
    std::vector<std::string> output_offsets;
    const std::optional<std::size_t> fed = fed_port(program_, memory_);
    for (const program::Port& port : program_.inputs) {
      input_offsets.push_back(std::to_string(memory_.offset(port.buffer)));
    }
    for (const program::Port& port : program_.outputs) {
      output_offsets.push_back(std::to_string(memory_.offset(port.buffer)));
    }
    if (fed && input_offsets.size() == 1) input_offsets.clear();
    return accessor("void* input_data", input_offsets, fed) + accessor("const void* output_data", output_offsets);
  }

  const program::Program& program_;
  const program::MemoryMap& memory_;
  const CppOrigin& origin_;
  const std::vector<Segment>& segments_;
  IdentifierPool identifiers_;
  RunSignature signature_;  ///< takes the first identifiers: no constant hides behind a parameter
  std::map<BufferId, std::string> constant_names_;
  std::map<std::string, std::string> parameter_names_;  ///< by parameters_key
  std::vector<RegionNames> region_names_;
  RegionContext context_;
};

/// The program with every kind of call that the code has.
program::Program called_program(program::Program program, const std::vector<Segment>& segments) {
  for (const Segment& segment : segments) {
    const auto* region = std::get_if<RowRegion>(&segment);
    for (std::size_t i = 0; region != nullptr && i < region->kinds.size(); ++i) {
      if (const auto* event = std::get_if<CallEvent>(&region->kinds[i])) program.calls.push_back(event->call);
    }
  }
  return program;
}

Status check_ports(const program::Program& program) {
  for (const auto* ports : {&program.inputs, &program.outputs}) {
    for (const program::Port& port : *ports) {
      if (port.shape.size() <= max_port_rank) continue;
      return unsupported(
          {.where = port.name,
           .found = std::to_string(port.shape.size()) + " dimensions",
           .allowed = "inputs and outputs of a compiled model have at most " + std::to_string(max_port_rank)});
    }
  }
  return {};
}

}  // namespace

std::string cpp_namespace(const program::Program& program) {
  IdentifierPool pool;
  std::string name = pool.make(program.name);
  if (name == program.name && !is_library_name(name)) return name;
  return pool.make(program.name + "_model");
}

std::optional<std::size_t> fed_port(const program::Program& program, const program::MemoryMap& memory) {
  const std::optional<BufferId> fed = fed_input(program, memory);
  for (std::size_t i = 0; fed && i < program.inputs.size(); ++i) {
    if (program.inputs[i].buffer == *fed) return i;
  }
  return std::nullopt;
}

Result<std::vector<base::OutputFile>> kernel_sources(const program::Program& program,
                                                     const program::MemoryMap& memory) {
  PUDU_TRY_ASSIGN(const std::vector<Segment> segments, segments_of(program, memory));
  std::vector<std::string> more_headers;
  if (has_regions(segments)) more_headers.emplace_back(move_rows_header);
  return kernel_sources(called_program(program, segments), more_headers);
}

Result<std::vector<base::OutputFile>> emit_cpp(const program::Program& program, const program::MemoryMap& memory,
                                               const CppOrigin& origin) {
  PUDU_TRY(base::as_own_check(ops::check_calls(program)));
  PUDU_TRY(program::check_map(program, memory));
  PUDU_TRY(check_ports(program));
  PUDU_TRY_ASSIGN(const std::vector<Segment> segments, segments_of(program, memory));
  PUDU_TRY_ASSIGN(std::vector<base::OutputFile> kernels, kernel_sources(program, memory));
  std::vector<base::OutputFile> files;
  files.push_back({"CMakeLists.txt", cmake_lists(program, kernels, banner(program, origin))});
  files.push_back({"model.hpp", emit_header(program, memory, origin)});
  files.push_back({"model.cpp", SourceEmitter(program, memory, origin, segments).emit()});
  for (base::OutputFile& file : kernels) files.push_back(std::move(file));
  return files;
}

}  // namespace pudu::emitters

#include "frontends/pt2/program_importer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "frontends/pt2/assertions.hpp"
#include "frontends/pt2/aten_table.hpp"
#include "frontends/pt2/graph_builder.hpp"
#include "frontends/pt2/integer_nodes.hpp"
#include "frontends/pt2/name_table.hpp"
#include "frontends/pt2/node_results.hpp"
#include "frontends/pt2/node_translator.hpp"
#include "frontends/pt2/stack_trace.hpp"
#include "frontends/pt2/tensor_memory.hpp"
#include "frontends/pt2/tensor_uses.hpp"
#include "frontends/pt2/tensor_views.hpp"

namespace pudu::frontends {

namespace {

constexpr std::size_t max_nodes = 20'000;

class ProgramImporter {
 public:
  ProgramImporter(const ExportedProgram& program, TensorStore& store, const SizeEvaluator& sizes,
                  std::string graph_name)
      : program_(program), store_(store), sizes_(sizes), builder_(std::move(graph_name)) {
    resolver_.tensor = [this](const std::string& name) { return resolve_tensor(name); };
    resolver_.integer = [this](const std::string& name) { return resolve_integer(name); };
  }

  Result<ir::Graph> import() {
    if (program_.nodes.size() > max_nodes) {
      return unsupported({"", "", fmt::format("the model has {} nodes", program_.nodes.size()),
                          fmt::format("at most {}", max_nodes), ""});
    }
    last_use_ = last_uses(program_);
    find_changed_buffers();
    for (const InputSpec& spec : program_.input_specs) PUDU_TRY(import_input(spec));
    for (std::size_t index = 0; index < program_.nodes.size(); ++index) PUDU_TRY(import_node(index));
    for (const OutputSpec& spec : program_.output_specs) PUDU_TRY(import_output(spec));
    PUDU_TRY(keep_states());
    if (!unsupported_.empty()) return Error{ErrorKind::Unsupported, std::move(unsupported_)};
    ir::Graph graph = std::move(builder_).take_graph();
    if (graph.outputs.empty()) return invalid_input({"", "", "the model returns no tensor", "one or more", ""});
    graph.remove_dead_code();
    PUDU_TRY(check_states(graph));
    return graph;
  }

 private:
  // ---- states: the buffers that the model changes

  struct State {
    std::string name;          ///< of the buffer in the exported graph
    std::string becomes = {};  ///< the value that it has behind the run; empty: `name` has it then
    std::optional<ir::ValueId> before = {};
    std::string graph_name = {};
  };

  void find_changed_buffers() {
    for (const InputSpec* spec : changed_buffers(program_)) {
      const std::string& name = std::get<TensorArgument>(spec->argument).name;
      states_.try_emplace(spec->target_name, State{.name = name});
      last_use_.insert_or_assign(name, program_.nodes.size());  // by what the next run finds
    }
  }

  Status import_state(const InputSpec& spec, State& state) {
    PUDU_TRY_ASSIGN(const TensorSource source, store_.locate(spec));
    PUDU_TRY_ASSIGN(const std::vector<float> elements, store_.load(source, spec.target_name));
    Result<ir::ValueId> value = builder_.add_state(spec.target_name, source.sizes, elements);
    if (!value) return std::move(value).error().at(spec.target_name);
    state.before = *value;
    state.graph_name = builder_.graph().value(*value).name;
    names_.bind(state.name, fresh_binding(*value));
    return {};
  }

  Status keep_states() {
    for (const auto& [target, state] : states_) {
      const std::string& name = state.becomes.empty() ? state.name : state.becomes;
      Result<ir::ValueId> after = resolve_tensor(name);
      Status status = after ? builder_.keep(*state.before, *after) : Status(std::move(after).error().at(target));
      if (!status) PUDU_TRY(collect(std::move(status).error(), SourceLine{}));
    }
    return {};
  }

  /// Counters and the like may change as long as no output depends on them.
  Status check_states(const ir::Graph& graph) const {
    for (const auto& [target, state] : states_) {
      const bool is_alive = std::any_of(
          graph.states.begin(), graph.states.end(),
          [&, &name = state.graph_name](const ir::State& each) { return graph.value(each.before).name == name; });
      const auto meta = program_.tensor_values.find(state.name);
      if (!is_alive || meta == program_.tensor_values.end() || is_floating(meta->second.dtype)) continue;
      return unsupported({"", target,
                          fmt::format("the model changes this buffer of type {}", to_string(meta->second.dtype)),
                          "states of a float type", ""});
    }
    return {};
  }

  // ---- inputs

  Status import_input(const InputSpec& spec) {
    switch (spec.kind) {
      case InputKind::Parameter:
      case InputKind::Buffer:
        if (const auto state = states_.find(spec.target_name); state != states_.end()) {
          return import_state(spec, state->second);
        }
        [[fallthrough]];
      case InputKind::TensorConstant:
        names_.bind(std::get<TensorArgument>(spec.argument).name, UnloadedBinding{&spec});
        return {};
      case InputKind::UserInput:
        return import_user_input(spec);
      case InputKind::ConstantInput:
        return {};  // its value stands in the nodes
      case InputKind::Other:
        break;
    }
    unsupported_.push_back(
        {"", "", fmt::format("an input of kind '{}'", spec.kind_name), "tensors, and Python constants", ""});
    return {};
  }

  Status import_user_input(const InputSpec& spec) {
    const auto* tensor = std::get_if<TensorArgument>(&spec.argument);
    if (tensor == nullptr) {
      if (std::holds_alternative<NoneArgument>(spec.argument)) return {};
      unsupported_.push_back({"", "", "an input that is no tensor", "tensors, and Python constants", ""});
      return {};
    }
    const auto meta = program_.tensor_values.find(tensor->name);
    if (meta == program_.tensor_values.end()) {
      return invalid_input({"", tensor->name, "the input's type is missing from tensor_values", "", ""});
    }
    Result<ir::ValueId> value = add_user_input(tensor->name, meta->second);
    if (value) {
      names_.bind(tensor->name, fresh_binding(*value));
      return {};
    }
    names_.bind(tensor->name, UnavailableBinding{});
    return collect(std::move(value).error().at(tensor->name), SourceLine{});
  }

  Result<ir::ValueId> add_user_input(const std::string& name, const TensorMeta& meta) {
    const bool is_integer = meta.dtype == ScalarType::Int64 || meta.dtype == ScalarType::Int32;
    if (!is_floating(meta.dtype) && !is_integer) {
      return unsupported({"", "", fmt::format("the input has type {}", to_string(meta.dtype)),
                          "float types, int64 and int32",
                          "export with the input as float32: the compiled model takes int8 codes of it"});
    }
    PUDU_TRY_ASSIGN(ir::Shape sizes, sizes_.evaluate(meta.sizes));
    const auto strides = sizes_.evaluate(meta.strides);
    // Checked before the layout is computed from the sizes.
    PUDU_TRY(check_shape(sizes));
    const ir::Layout layout =
        strides && is_channels_last(sizes, *strides) ? ir::Layout::ChannelsLast : ir::Layout::Contiguous;
    const ir::DType dtype = is_integer ? ir::DType::Int32 : ir::DType::Float32;
    return builder_.add_input(name, {dtype, std::move(sizes), layout});
  }

  // ---- names

  TensorBinding fresh_binding(ir::ValueId value) { return {value, names_.new_memory(), names_.new_order()}; }

  Result<ir::ValueId> load_weight(const std::string& name, const InputSpec& spec) {
    PUDU_TRY_ASSIGN(const TensorSource source, store_.locate(spec));
    // Tied weights are one constant, but a change of one name's memory must not go unnoticed under the other.
    const auto known = weights_.find(source);
    if (known != weights_.end()) {
      names_.bind(name, known->second);
      return known->second.value;
    }
    PUDU_TRY_ASSIGN(const std::vector<float> elements, store_.load(source, spec.target_name));
    Result<ir::ValueId> value = builder_.add_constant(spec.target_name, source.sizes, elements);
    if (!value) return std::move(value).error().at(spec.target_name);
    const TensorBinding binding = fresh_binding(*value);
    weights_.emplace(source, binding);
    weight_memories_.insert(binding.memory);
    names_.bind(name, binding);
    return *value;
  }

  Result<ir::ValueId> resolve_tensor(const std::string& name) {
    const Binding* binding = names_.find(name);
    if (binding != nullptr) {
      if (const auto* tensor = std::get_if<TensorBinding>(binding)) return tensor->value;
      if (const auto* unloaded = std::get_if<UnloadedBinding>(binding)) return load_weight(name, *unloaded->spec);
      if (const auto* unavailable = std::get_if<UnavailableBinding>(binding)) {
        return unsupported_here(unavailable->reason);
      }
    }
    return invalid_here(fmt::format("'{}' is used, but no input or earlier node defines it", name));
  }

  Result<std::int64_t> resolve_integer(const std::string& name) {
    const Binding* binding = names_.find(name);
    if (binding != nullptr) {
      if (const auto* integer = std::get_if<IntegerBinding>(binding)) return integer->value;
      if (const auto* unavailable = std::get_if<UnavailableBinding>(binding)) {
        return unsupported_here(unavailable->reason);
      }
    }
    return invalid_here(fmt::format("the integer '{}' is used, but no earlier node computes it", name));
  }

  // ---- nodes

  Status import_node(std::size_t index) {
    const ExportedNode& node = program_.nodes[index];
    if (is_assertion(node.target)) return {};
    const SourceLine source = find_source_line(node.stack_trace);
    Status status = reads_reported_value(node) && is_translatable(node) ? Status() : translate_node(index, source);
    // Whatever has no value now is not available to later nodes; the node itself has been reported.
    for (const Argument& output : node.outputs) mark_unavailable(output, "");
    if (status) return status;
    return collect(std::move(status).error().at(node.name), source);
  }

  static bool is_translatable(const ExportedNode& node) {
    return computes_from_sizes(node) || find_aten_operator(node.target).row != nullptr;
  }

  /// A node that reads the result of an unsupported one is no fault of its own.
  bool reads_reported_value(const ExportedNode& node) const {
    const auto is_reported = [&](std::string_view name) {
      const Binding* binding = names_.find(name);
      const auto* unavailable = binding == nullptr ? nullptr : std::get_if<UnavailableBinding>(binding);
      return unavailable != nullptr && unavailable->reason.empty();
    };
    return std::any_of(node.inputs.begin(), node.inputs.end(), [&](const NamedArgument& input) {
      if (const auto* integer = std::get_if<IntArgument>(&input.value)) return is_reported(integer->name);
      if (const auto* list = std::get_if<IntListArgument>(&input.value)) {
        return std::any_of(list->elements.begin(), list->elements.end(),
                           [&](const IntArgument& element) { return is_reported(element.name); });
      }
      const auto names = tensor_names(input.value);
      return std::any_of(names.begin(), names.end(), is_reported);
    });
  }

  /// Binds the tensors of `output` that have no value yet.
  void mark_unavailable(const Argument& output, const std::string& reason) {
    const auto mark = [&](std::string_view name) {
      if (names_.find(name) == nullptr) names_.bind(std::string(name), UnavailableBinding{reason});
    };
    for (const std::string_view name : tensor_names(output)) mark(name);
    if (const auto* integer = std::get_if<IntArgument>(&output)) mark(integer->name);
  }

  Status translate_node(std::size_t index, const SourceLine& source) {
    const ExportedNode& node = program_.nodes[index];
    if (computes_from_sizes(node)) {
      PUDU_TRY_ASSIGN(const auto integer, compute_integer(node, resolver_, builder_.graph()));
      if (integer) names_.bind(std::get<IntArgument>(node.outputs[0]).name, IntegerBinding{*integer});
      return {};
    }
    const AtenMatch match = find_aten_operator(node.target);
    if (match.row == nullptr) {
      return unsupported_here(fmt::format("operator {} is not supported", short_target(node.target)));
    }
    const Schema& schema = schema_of(*match.row);
    PUDU_TRY_ASSIGN(const Arguments arguments, bind_arguments(schema, node, resolver_));
    NodeTranslator translator(builder_, arguments, node.name, source.place);
    const std::string* base = argument_name(node, schema.front().name);
    if (base != nullptr) translator.set_first_dtype(dtype_of(*base));
    for (const NamedArgument& input : node.inputs) {
      const std::vector<std::string_view> tensors = tensor_names(input.value);
      if (!tensors.empty()) translator.set_argument_dtype(input.name, dtype_of(std::string(tensors.front())));
    }
    const std::size_t first_value = builder_.graph().values().size();
    PUDU_TRY_ASSIGN(const std::vector<ir::ValueId> results, run_translator(*match.row, translator));
    PUDU_TRY_ASSIGN(const std::vector<std::string> result_names, name_results(node, *match.row, results));
    for (std::size_t i = 0; i < results.size(); ++i) {
      PUDU_TRY(check_result(result_names[i], results[i]));
      builder_.name_result(results[i], result_names[i], first_value);
    }
    const ResultMemory memory = translator.result_memory().value_or(match.row->memory);
    for (std::size_t i = 0; i < results.size(); ++i) {
      names_.bind(result_names[i], match.is_in_place && base != nullptr
                                       ? same_place(*base, results[i])
                                       : place_result(base, memory, result_names[i], results[i]));
      if (base != nullptr && translator.view_ranges().size() == results.size()) {
        views_.add(result_names[i], {*base, translator.view_ranges()[i]});
      }
    }
    if (match.is_in_place && base != nullptr) PUDU_TRY(change_in_place(index, *base, results[0], translator));
    for (std::size_t i = 1; i < node.outputs.size(); ++i) {
      mark_unavailable(node.outputs[i], fmt::format("result {} of {} is used, which is not supported", i + 1,
                                                    short_target(node.target)));
    }
    return {};
  }

  const Schema& schema_of(const AtenRow& row) {
    const auto [entry, is_new] = schemas_.try_emplace(&row);
    if (is_new) entry->second = parse_schema(row.schema);
    return entry->second;
  }

  ScalarType dtype_of(const std::string& name) const {
    const auto meta = program_.tensor_values.find(name);
    return meta == program_.tensor_values.end() ? ScalarType::Unknown : meta->second.dtype;
  }

  /// The exporter has written down every shape; another one here means that one of both is wrong.
  Status check_result(const std::string& name, ir::ValueId value) const {
    const auto meta = program_.tensor_values.find(name);
    if (meta == program_.tensor_values.end()) return {};
    const Result<std::vector<std::int64_t>> sizes = sizes_.evaluate(meta->second.sizes);
    const ir::Shape& shape = builder_.graph().value(value).type.shape;
    if (!sizes || *sizes == shape) return {};
    return invalid_here(fmt::format("the result has shape {}", ir::to_string(shape)),
                        fmt::format("{}, as the file states", ir::to_string(*sizes)));
  }

  // ---- memory

  TensorBinding same_place(const std::string& base, ir::ValueId value) const {
    const auto* tensor = std::get_if<TensorBinding>(names_.find(base));
    return {value, tensor->memory, tensor->order};
  }

  TensorBinding place_result(const std::string* base, ResultMemory memory, const std::string& name, ir::ValueId value) {
    if (base == nullptr || memory == ResultMemory::Fresh) return fresh_binding(value);
    if (memory == ResultMemory::SameOrder) memory = refine_memory(program_, sizes_, *base, name);
    if (memory == ResultMemory::Fresh) return fresh_binding(value);
    TensorBinding binding = same_place(*base, value);
    if (memory == ResultMemory::View) binding.order = names_.new_order();
    return binding;
  }

  /// After an in-place operator: the names that share the memory of `base` and are used later get the new value. What
  /// `base` is a part of gets it in the place of the part; other parts of the same tensor must not overlap it.
  Status change_in_place(std::size_t index, const std::string& base, ir::ValueId value, NodeTranslator& translator) {
    const TensorBinding changed = *std::get_if<TensorBinding>(names_.find(base));
    if (weight_memories_.contains(changed.memory)) {
      return unsupported_here(fmt::format("'{}' is changed in place, which is a part of a weight or buffer", base),
                              "in-place operators on whole buffers");
    }
    std::map<OrderId, ir::ValueId> renewed = {{changed.order, value}};
    PUDU_TRY(views_.renew_wholes(base, changed.memory, value, names_, translator, renewed));
    for (const std::string& name : names_.names_in(changed.memory)) {
      const auto use = last_use_.find(name);
      if (use == last_use_.end() || use->second <= index) continue;
      const TensorBinding other = *std::get_if<TensorBinding>(names_.find(name));
      const auto newer = renewed.find(other.order);
      if (newer == renewed.end()) {
        if (views_.are_apart(base, name)) continue;
        return unsupported_here(
            fmt::format("'{}' is changed in place, and '{}', which shares its memory, is used later", base, name),
            "in-place operators on whole tensors and on slices of them", "use the operator that returns a new tensor");
      }
      if (other.value == newer->second) continue;
      ir::Shape shape = builder_.graph().value(other.value).type.shape;
      PUDU_TRY_ASSIGN(const ir::ValueId reshaped, translator.reshape(newer->second, std::move(shape)));
      names_.bind(name, TensorBinding{reshaped, other.memory, other.order});
    }
    return {};
  }

  // ---- outputs

  Status import_output(const OutputSpec& spec) {
    switch (spec.kind) {
      case OutputKind::UserOutput:
        return import_user_output(spec);
      case OutputKind::UserInputMutation:
        return {};  // the caller's input buffer is not part of the result
      case OutputKind::BufferMutation:
        return import_mutation(spec);
      case OutputKind::Other:
        break;
    }
    unsupported_.push_back({"", "", fmt::format("an output of kind '{}'", spec.kind_name), "tensors", ""});
    return {};
  }

  Status import_mutation(const OutputSpec& spec) {
    const auto state = states_.find(spec.target_name);
    const auto* tensor = std::get_if<TensorArgument>(&spec.argument);
    if (state == states_.end() || tensor == nullptr) {
      return invalid_input({"", spec.target_name, "the model changes it", "buffers that are among its inputs", ""});
    }
    state->second.becomes = tensor->name;
    return {};
  }

  /// Outputs that are no tensors (None, numbers) are left out.
  Status import_user_output(const OutputSpec& spec) {
    for (const std::string_view name : tensor_names(spec.argument)) {
      const Binding* binding = names_.find(name);
      const auto* unavailable = binding == nullptr ? nullptr : std::get_if<UnavailableBinding>(binding);
      if (unavailable != nullptr && unavailable->reason.empty()) continue;  // reported at its node
      Result<ir::ValueId> value = resolve_tensor(std::string(name));
      if (value) {
        builder_.add_output(*value);
      } else {
        PUDU_TRY(collect(std::move(value).error().at("output " + std::string(name)), SourceLine{}));
      }
    }
    return {};
  }

  /// Keeps the diagnostics of an Unsupported error for the end; passes other errors on.
  Status collect(Error error, const SourceLine& source) {
    if (error.kind != ErrorKind::Unsupported) return error;
    for (Diagnostic& diagnostic : error.diagnostics) {
      unsupported_.push_back(with_source(std::move(diagnostic), source));
    }
    return {};
  }

  const ExportedProgram& program_;
  TensorStore& store_;
  const SizeEvaluator& sizes_;
  GraphBuilder builder_;
  NameTable names_;
  NameResolver resolver_;
  LastUses last_use_;
  std::map<TensorSource, TensorBinding> weights_;
  std::set<MemoryId> weight_memories_;
  std::map<std::string, State, std::less<>> states_;  ///< by the buffer's name in the module
  TensorViews views_;
  std::map<const AtenRow*, Schema> schemas_;
  std::vector<Diagnostic> unsupported_;
};

}  // namespace

Result<ir::Graph> import_program(const ExportedProgram& program, TensorStore& store, const SizeEvaluator& sizes,
                                 std::string graph_name) {
  return ProgramImporter(program, store, sizes, std::move(graph_name)).import();
}

}  // namespace pudu::frontends

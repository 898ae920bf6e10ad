#include "frontends/pt2/model_json.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "frontends/pt2/json.hpp"

namespace pudu::frontends {

namespace {

constexpr std::int64_t supported_schema_major = 8;

template <class T>
using Parser = Result<T> (*)(const JsonValue&);

template <class T>
Result<std::vector<T>> parse_list(const JsonValue& json, Parser<T> parse) {
  PUDU_TRY_ASSIGN(const std::vector<JsonValue> elements, json.elements());
  std::vector<T> result;
  result.reserve(elements.size());
  for (const JsonValue& element : elements) {
    PUDU_TRY_ASSIGN(T parsed, parse(element));
    result.push_back(std::move(parsed));
  }
  return result;
}

template <class T>
Result<std::vector<T>> parse_list_field(const JsonValue& json, std::string_view key, Parser<T> parse) {
  PUDU_TRY_ASSIGN(const JsonValue field, json.field(key));
  return parse_list(field, parse);
}

template <class T>
Result<std::map<std::string, T, std::less<>>> parse_map(const JsonValue& json, Parser<T> parse) {
  PUDU_TRY_ASSIGN(const auto members, json.members());
  std::map<std::string, T, std::less<>> result;
  for (const auto& [key, value] : members) {
    PUDU_TRY_ASSIGN(T parsed, parse(value));
    result.insert_or_assign(key, std::move(parsed));
  }
  return result;
}

Result<double> parse_real(const JsonValue& json) {
  return json.real();
}

Result<std::string> parse_text_field(const JsonValue& json, std::string_view key) {
  PUDU_TRY_ASSIGN(const JsonValue field, json.field(key));
  return field.text();
}

/// Numbers of enumerations: torch has fewer than 256 of each.
Result<int> parse_enumerator(const JsonValue& json) {
  PUDU_TRY_ASSIGN(const std::int64_t number, json.integer());
  if (number < 0 || number > std::numeric_limits<std::uint8_t>::max()) return json.fault("a number of an enumeration");
  return static_cast<int>(number);
}

Result<int> parse_enumerator_field(const JsonValue& json, std::string_view key) {
  PUDU_TRY_ASSIGN(const JsonValue field, json.field(key));
  return parse_enumerator(field);
}

Result<SymInt> parse_sym_int(const JsonValue& json) {
  PUDU_TRY_ASSIGN(const auto member, json.only_member());
  const auto& [kind, content] = member;
  SymInt result;
  if (kind == "as_int") {
    PUDU_TRY_ASSIGN(result.value, content.integer());
    return result;
  }
  if (kind != "as_expr") return json.fault("as_int or as_expr");
  PUDU_TRY_ASSIGN(result.expression, parse_text_field(content, "expr_str"));
  PUDU_TRY_ASSIGN(const std::optional<JsonValue> hint, content.optional_field("hint"));
  if (hint) {
    PUDU_TRY_ASSIGN(const std::optional<JsonValue> number, hint->optional_field("as_int"));
    if (number) {
      PUDU_TRY_ASSIGN(result.hint, number->integer());
    }
  }
  return result;
}

Result<TensorMeta> parse_tensor_meta(const JsonValue& json) {
  TensorMeta meta;
  PUDU_TRY_ASSIGN(const int dtype, parse_enumerator_field(json, "dtype"));
  meta.dtype = static_cast<ScalarType>(dtype);
  PUDU_TRY_ASSIGN(meta.layout, parse_enumerator_field(json, "layout"));
  PUDU_TRY_ASSIGN(meta.sizes, parse_list_field(json, "sizes", parse_sym_int));
  PUDU_TRY_ASSIGN(meta.strides, parse_list_field(json, "strides", parse_sym_int));
  PUDU_TRY_ASSIGN(const JsonValue offset, json.field("storage_offset"));
  PUDU_TRY_ASSIGN(meta.storage_offset, parse_sym_int(offset));
  return meta;
}

/// {"as_name": n}, {"as_int": n} or a plain number.
Result<IntArgument> parse_int_argument(const JsonValue& json) {
  if (const Result<std::int64_t> number = json.integer()) return IntArgument{"", *number};
  const auto member = json.only_member();
  if (!member) return json.fault("an integer of 64 bits");
  const auto& [kind, content] = *member;
  IntArgument result;
  if (kind == "as_name") {
    PUDU_TRY_ASSIGN(result.name, content.text());
    return result;
  }
  if (kind != "as_int") return json.fault("as_name or as_int");
  PUDU_TRY_ASSIGN(result.value, content.integer());
  return result;
}

Result<std::optional<std::string>> parse_tensor_name(const JsonValue& json) {
  PUDU_TRY_ASSIGN(std::string name, parse_text_field(json, "name"));
  return std::optional<std::string>(std::move(name));
}

Result<std::optional<std::string>> parse_optional_tensor(const JsonValue& json) {
  PUDU_TRY_ASSIGN(const auto member, json.only_member());
  const auto& [kind, content] = member;
  if (kind == "as_none") return std::optional<std::string>();
  if (kind != "as_tensor") return json.fault("as_tensor or as_none");
  return parse_tensor_name(content);
}

/// Wraps the result of a parser into an Argument.
template <class Wrapped, class T>
Result<Argument> wrap(Result<T> parsed) {
  if (!parsed) return std::move(parsed).error();
  return Argument(Wrapped{std::move(parsed).value()});
}

Result<Argument> parse_optional_tensor_argument(const JsonValue& json) {
  PUDU_TRY_ASSIGN(std::optional<std::string> name, parse_optional_tensor(json));
  if (!name) return Argument(NoneArgument{});
  return Argument(TensorArgument{*std::move(name)});
}

Result<Argument> parse_scalar_type_argument(const JsonValue& json) {
  PUDU_TRY_ASSIGN(const int number, parse_enumerator(json));
  return Argument(ScalarTypeArgument{static_cast<ScalarType>(number)});
}

Result<Argument> parse_graph_argument(const JsonValue& json);

struct ArgumentKind {
  std::string_view key;
  Result<Argument> (*parse)(const JsonValue& content);
};

constexpr ArgumentKind argument_kinds[] = {
    {"as_none", [](const JsonValue&) -> Result<Argument> { return Argument(NoneArgument{}); }},
    {"as_tensor", [](const JsonValue& json) { return wrap<TensorArgument>(parse_text_field(json, "name")); }},
    {"as_tensors", [](const JsonValue& json) { return wrap<TensorListArgument>(parse_list(json, parse_tensor_name)); }},
    {"as_optional_tensor", parse_optional_tensor_argument},
    {"as_optional_tensors",
     [](const JsonValue& json) { return wrap<TensorListArgument>(parse_list(json, parse_optional_tensor)); }},
    {"as_int", [](const JsonValue& json) { return wrap<IntArgument>(parse_int_argument(json)); }},
    {"as_sym_int", [](const JsonValue& json) { return wrap<IntArgument>(parse_int_argument(json)); }},
    {"as_ints", [](const JsonValue& json) { return wrap<IntListArgument>(parse_list(json, parse_int_argument)); }},
    {"as_sym_ints", [](const JsonValue& json) { return wrap<IntListArgument>(parse_list(json, parse_int_argument)); }},
    {"as_float", [](const JsonValue& json) { return wrap<double>(json.real()); }},
    {"as_floats", [](const JsonValue& json) { return wrap<std::vector<double>>(parse_list(json, parse_real)); }},
    {"as_bool", [](const JsonValue& json) { return wrap<bool>(json.boolean()); }},
    {"as_string", [](const JsonValue& json) { return wrap<std::string>(json.text()); }},
    {"as_scalar_type", parse_scalar_type_argument},
    {"as_memory_format", [](const JsonValue& json) { return wrap<MemoryFormatArgument>(parse_enumerator(json)); }},
    {"as_graph", parse_graph_argument},
};

Result<Argument> parse_argument(const JsonValue& json) {
  PUDU_TRY_ASSIGN(const auto member, json.only_member());
  const auto& [key, content] = member;
  for (const ArgumentKind& kind : argument_kinds) {
    if (kind.key == key) return kind.parse(content);
  }
  return Argument(OtherArgument{key});
}

Result<NamedArgument> parse_named_argument(const JsonValue& json) {
  NamedArgument result;
  PUDU_TRY_ASSIGN(result.name, parse_text_field(json, "name"));
  PUDU_TRY_ASSIGN(const JsonValue argument, json.field("arg"));
  PUDU_TRY_ASSIGN(result.value, parse_argument(argument));
  return result;
}

Result<ExportedNode> parse_node(const JsonValue& json) {
  ExportedNode node;
  PUDU_TRY_ASSIGN(node.target, parse_text_field(json, "target"));
  PUDU_TRY_ASSIGN(node.inputs, parse_list_field(json, "inputs", parse_named_argument));
  PUDU_TRY_ASSIGN(node.outputs, parse_list_field(json, "outputs", parse_argument));
  PUDU_TRY_ASSIGN(const JsonValue metadata, json.field("metadata"));
  PUDU_TRY_ASSIGN(const std::optional<JsonValue> trace, metadata.optional_field("stack_trace"));
  if (trace) {
    PUDU_TRY_ASSIGN(node.stack_trace, trace->text());
  }
  // Absent in files before schema 8.9; the result's name is the node's name in torch.
  PUDU_TRY_ASSIGN(const std::optional<JsonValue> name, json.optional_field("name"));
  if (name) {
    PUDU_TRY_ASSIGN(node.name, name->text());
  } else if (!node.outputs.empty() && std::holds_alternative<TensorArgument>(node.outputs[0])) {
    node.name = std::get<TensorArgument>(node.outputs[0]).name;
  } else {
    node.name = node.target;
  }
  return node;
}

/// {"name": ..., "graph": {...}}; the depth of the document bounds how deep they nest.
Result<Argument> parse_graph_argument(const JsonValue& json) {
  PUDU_TRY_ASSIGN(const JsonValue content, json.field("graph"));
  auto graph = std::make_shared<ExportedGraph>();
  PUDU_TRY_ASSIGN(graph->inputs, parse_list_field(content, "inputs", parse_argument));
  PUDU_TRY_ASSIGN(graph->outputs, parse_list_field(content, "outputs", parse_argument));
  PUDU_TRY_ASSIGN(graph->nodes, parse_list_field(content, "nodes", parse_node));
  PUDU_TRY_ASSIGN(const JsonValue tensor_values, content.field("tensor_values"));
  PUDU_TRY_ASSIGN(graph->tensor_values, parse_map(tensor_values, parse_tensor_meta));
  return Argument(GraphArgument{std::move(graph)});
}

Result<InputSpec> parse_input_spec(const JsonValue& json) {
  PUDU_TRY_ASSIGN(const auto member, json.only_member());
  const auto& [kind, content] = member;
  InputSpec spec;
  spec.kind_name = kind;
  if (kind == "user_input") {
    spec.kind = InputKind::UserInput;
    PUDU_TRY_ASSIGN(const JsonValue argument, content.field("arg"));
    PUDU_TRY_ASSIGN(spec.argument, parse_argument(argument));
    return spec;
  }
  if (kind == "constant_input") {
    spec.kind = InputKind::ConstantInput;
    return spec;
  }
  std::string_view name_key;
  if (kind == "parameter") {
    spec.kind = InputKind::Parameter;
    name_key = "parameter_name";
  } else if (kind == "buffer") {
    spec.kind = InputKind::Buffer;
    name_key = "buffer_name";
    PUDU_TRY_ASSIGN(const JsonValue persistent, content.field("persistent"));
    PUDU_TRY_ASSIGN(spec.persistent, persistent.boolean());
  } else if (kind == "tensor_constant") {
    spec.kind = InputKind::TensorConstant;
    name_key = "tensor_constant_name";
  } else {
    return spec;
  }
  PUDU_TRY_ASSIGN(spec.target_name, parse_text_field(content, name_key));
  PUDU_TRY_ASSIGN(const JsonValue argument, content.field("arg"));
  PUDU_TRY_ASSIGN(std::string name, parse_text_field(argument, "name"));
  spec.argument = TensorArgument{std::move(name)};
  return spec;
}

Result<OutputSpec> parse_output_spec(const JsonValue& json) {
  PUDU_TRY_ASSIGN(const auto member, json.only_member());
  const auto& [kind, content] = member;
  OutputSpec spec;
  spec.kind_name = kind;
  if (kind == "user_output") {
    spec.kind = OutputKind::UserOutput;
    PUDU_TRY_ASSIGN(const JsonValue argument, content.field("arg"));
    PUDU_TRY_ASSIGN(spec.argument, parse_argument(argument));
  } else if (kind == "buffer_mutation") {
    spec.kind = OutputKind::BufferMutation;
    PUDU_TRY_ASSIGN(spec.target_name, parse_text_field(content, "buffer_name"));
    PUDU_TRY_ASSIGN(const JsonValue argument, content.field("arg"));
    PUDU_TRY_ASSIGN(std::string name, parse_text_field(argument, "name"));
    spec.argument = TensorArgument{std::move(name)};
  } else if (kind == "user_input_mutation") {
    spec.kind = OutputKind::UserInputMutation;
    PUDU_TRY_ASSIGN(spec.target_name, parse_text_field(content, "user_input_name"));
  }
  return spec;
}

Result<RangeConstraint> parse_range(const JsonValue& json) {
  RangeConstraint range;
  PUDU_TRY_ASSIGN(const std::optional<JsonValue> min, json.optional_field("min_val"));
  PUDU_TRY_ASSIGN(const std::optional<JsonValue> max, json.optional_field("max_val"));
  if (min) {
    PUDU_TRY_ASSIGN(range.min, min->integer());
  }
  if (max) {
    PUDU_TRY_ASSIGN(range.max, max->integer());
  }
  return range;
}

Result<PayloadMeta> parse_payload(const JsonValue& json) {
  PayloadMeta payload;
  PUDU_TRY_ASSIGN(payload.path_name, parse_text_field(json, "path_name"));
  PUDU_TRY_ASSIGN(const JsonValue use_pickle, json.field("use_pickle"));
  PUDU_TRY_ASSIGN(payload.use_pickle, use_pickle.boolean());
  // Custom objects have no tensor_meta; they are refused where they are used.
  PUDU_TRY_ASSIGN(const std::optional<JsonValue> meta, json.optional_field("tensor_meta"));
  if (meta) {
    PUDU_TRY_ASSIGN(payload.tensor, parse_tensor_meta(*meta));
  } else {
    payload.use_pickle = true;
  }
  return payload;
}

Status check_schema_version(const JsonValue& root, std::string_view entry) {
  PUDU_TRY_ASSIGN(const JsonValue version, root.field("schema_version"));
  PUDU_TRY_ASSIGN(const JsonValue major_field, version.field("major"));
  PUDU_TRY_ASSIGN(const std::int64_t major_number, major_field.integer());
  if (major_number == supported_schema_major) return {};
  return unsupported({"", std::string(entry), fmt::format("the export schema has version {}", major_number),
                      fmt::format("version {}, as torch 2.13 writes it", supported_schema_major), ""});
}

}  // namespace

Result<ExportedProgram> parse_model_json(std::span<const std::byte> text, std::string_view entry) {
  PUDU_TRY_ASSIGN(const JsonDocument document, JsonDocument::parse(text, entry));
  const JsonValue root = document.root();
  PUDU_TRY(check_schema_version(root, entry));
  PUDU_TRY_ASSIGN(const JsonValue module, root.field("graph_module"));
  PUDU_TRY_ASSIGN(const JsonValue graph, module.field("graph"));
  PUDU_TRY_ASSIGN(const JsonValue signature, module.field("signature"));
  ExportedProgram program;
  PUDU_TRY_ASSIGN(program.nodes, parse_list_field(graph, "nodes", parse_node));
  PUDU_TRY_ASSIGN(const JsonValue tensor_values, graph.field("tensor_values"));
  PUDU_TRY_ASSIGN(program.tensor_values, parse_map(tensor_values, parse_tensor_meta));
  PUDU_TRY_ASSIGN(program.input_specs, parse_list_field(signature, "input_specs", parse_input_spec));
  PUDU_TRY_ASSIGN(program.output_specs, parse_list_field(signature, "output_specs", parse_output_spec));
  PUDU_TRY_ASSIGN(const JsonValue ranges, root.field("range_constraints"));
  PUDU_TRY_ASSIGN(program.range_constraints, parse_map(ranges, parse_range));
  return program;
}

Result<PayloadConfig> parse_payload_config(std::span<const std::byte> text, std::string_view entry) {
  PUDU_TRY_ASSIGN(const JsonDocument document, JsonDocument::parse(text, entry));
  PUDU_TRY_ASSIGN(const JsonValue config, document.root().field("config"));
  return parse_map(config, parse_payload);
}

}  // namespace pudu::frontends

#include "quantizer/int16.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/spelling.hpp"
#include "ops/int16_node.hpp"
#include "ops/registry.hpp"

namespace pudu::quantizer {
namespace {

constexpr double largest_code = 32767.0;

ir::QuantParams symmetric16(double scale) {
  return {.scales = {static_cast<float>(scale)},
          .zero_point = 0,
          .axis = std::nullopt,
          .quant_min = INT16_MIN,
          .quant_max = INT16_MAX};
}

/// int16 parameters at which int8 codes keep their values exactly.
ir::QuantParams widened(const ir::QuantParams& params) {
  return symmetric16(params.scale());
}

/// int16 parameters whose range is just that of the int8 codes.
ir::QuantParams covering(const ir::QuantParams& params) {
  const std::int32_t reach = std::max(params.quant_max - params.zero_point, params.zero_point - params.quant_min);
  return symmetric16(static_cast<double>(params.scale()) * reach / largest_code);
}

bool has_int16_form(const ir::Node& node) {
  return ops::operator_of(node).int16_kernels.has_value();
}

bool keeps_parameters(const ir::Node& node) {
  return ops::operator_of(node).quantization.output == ops::OutputQuantization::SameAsInput;
}

/// Does the int16 kernel keep the scale of the operand, although the result may have one of its own?
bool keeps_scale_in_int16(const ir::Node& node) {
  return node.op == "mean";
}

/// Is input `i` an activation, or a constant that is read like one?
bool is_data_input(const ir::Graph& graph, const ir::Node& node, std::size_t i) {
  if (!node.inputs[i] || graph.value(*node.inputs[i]).type.dtype != ir::DType::Float32) return false;
  const ops::QuantizationRule& rule = ops::operator_of(node).quantization;
  return i != rule.weight_input && i != rule.bias_input && !rule.stays_float(i);
}

bool is_float_part(const ir::Node& node, std::span<const FloatPart> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](const FloatPart& part) { return part.node == node.name; });
}

bool contains(std::span<const ir::ValueId> values, ir::ValueId id) {
  return std::find(values.begin(), values.end(), id) != values.end();
}

/// What only hands on its one operand: the result is as wide as the operand.
bool hands_on(const ir::Graph& graph, const ir::Node& node) {
  if (!keeps_parameters(node) || !has_int16_form(node)) return false;
  std::size_t data = 0;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) data += is_data_input(graph, node, i) ? 1 : 0;
  return data == 1 && node.outputs.size() == 1;
}

std::string names_of_operators() {
  std::string names;
  for (const ops::OpDefinition* definition : ops::all_operators()) {
    if (definition->int16_kernels) names += (names.empty() ? "" : ", ") + std::string(definition->name);
  }
  return names;
}

/// Of `all:`, with an operator that no node has.
Error unknown_operator(const ir::Graph& graph, const std::string& op) {
  std::set<std::string_view> operators;
  for (const ir::Node& node : graph.nodes()) {
    if (has_int16_form(node)) operators.insert(node.op);
  }
  const std::vector<std::string_view> known(operators.begin(), operators.end());
  std::string names;
  for (const std::string_view each : known) names += (names.empty() ? "" : ", ") + std::string(each);
  return usage_error({.where = "--int16",
                      .found = "'all:" + op + "': the model has no operator '" + op + "'",
                      .allowed = names.empty() ? "none of the model's operators has an int16 kernel"
                                               : "those of the model with int16 kernels: " + names,
                      .hint = base::did_you_mean(op, known)});
}

Error unknown_name(const ir::Graph& graph, const std::string& name) {
  std::vector<std::string_view> known;
  for (const ir::ValueId id : graph.inputs) known.push_back(graph.value(id).name);
  for (const ir::Node& node : graph.nodes()) known.push_back(node.name);
  const std::string nearest = base::did_you_mean(name, known);
  return usage_error({.where = "--int16",
                      .found = "'" + name + "' is no node and no input of the model",
                      .allowed = "a name of its nodes, as the report has them, or inputs; all:OPERATOR",
                      .hint = nearest.empty() ? "`pudu inspect MODEL` lists the nodes" : nearest});
}

Status mark(const ir::Graph& graph, ir::ValueId id, const std::string& name, std::span<const FloatPart> parts,
            std::vector<bool>& chosen) {
  const std::string reason = why_not_int16(graph, id, parts);
  if (!reason.empty()) {
    return unsupported({.where = name, .found = "--int16 names it, but " + reason, .allowed = names_of_operators()});
  }
  chosen[ir::index_of(id)] = true;
  return {};
}

/// Results that only hand on a chosen value are as wide as it.
void follow(const ir::Graph& graph, std::span<const FloatPart> parts, std::vector<bool>& chosen) {
  for (const ir::Node& node : graph.nodes()) {
    if (!hands_on(graph, node)) continue;
    const ir::ValueId output = node.outputs.front();
    if (!why_not_int16(graph, output, parts).empty()) continue;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (is_data_input(graph, node, i) && chosen[ir::index_of(*node.inputs[i])]) chosen[ir::index_of(output)] = true;
    }
  }
}

/// Walks over the nodes and makes each of one width.
class Converter {
 public:
  Converter(ir::Graph& graph, const Ranges& ranges, std::vector<bool> chosen, Islands& islands)
      : graph_(graph), ranges_(ranges), chosen_(std::move(chosen)), islands_(islands), params_(graph.values().size()) {
    chosen_.resize(params_.size(), false);
    for (std::size_t i = 0; i < params_.size(); ++i) {
      // Behind an island a value of its own stands for the one that was named.
      const std::size_t origin = ir::index_of(islands.origin[i]);
      chosen_[i] = chosen_[origin] && !islands.stays_float[i] && !graph.values()[i].is_constant();
      if (chosen_[i]) params_[i] = int16_params(ranges.magnitudes[origin]);
    }
  }

  Result<std::vector<std::optional<ir::QuantParams>>> run() {
    for (std::size_t position = 0; position < graph_.nodes().size(); ++position) {
      PUDU_TRY_ASSIGN(position, convert(position));
    }
    return std::move(params_);
  }

 private:
  bool is_int16(ir::ValueId id) const { return params_[ir::index_of(id)].has_value(); }
  const ir::QuantParams& int8_params(ir::ValueId id) const {
    return *ranges_.params[ir::index_of(islands_.origin[ir::index_of(id)])];
  }

  /// Returns the position of the last node that stands for the one at `position`.
  Result<std::size_t> convert(std::size_t position) {
    const ir::Node& node = graph_.nodes()[position];
    std::vector<std::size_t> data;
    bool is_wide = false;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (!is_data_input(graph_, node, i) || islands_.stays_float[ir::index_of(*node.inputs[i])]) continue;
      data.push_back(i);
      is_wide = is_wide || is_int16(*node.inputs[i]);
    }
    for (const ir::ValueId output : node.outputs) is_wide = is_wide || is_int16(output);
    if (!is_wide || ops::mixes_widths(ops::operator_of(node))) return position;
    const bool runs_wide = has_int16_form(node);
    const std::optional<ir::QuantParams> common = runs_wide ? common_params(node, data) : std::nullopt;
    for (const std::size_t input : data) {
      PUDU_TRY_ASSIGN(position, runs_wide ? widen_input(position, input, common) : narrow_input(position, input));
    }
    return runs_wide ? convert_outputs(position, common) : position;
  }

  /// What operands and result of a node have that keeps parameters: those of its result, or of its operand.
  std::optional<ir::QuantParams> common_params(const ir::Node& node, std::span<const std::size_t> data) const {
    if (keeps_scale_in_int16(node) && !data.empty() && !graph_.value(*node.inputs[data.front()]).is_constant()) {
      const ir::ValueId input = *node.inputs[data.front()];
      return is_int16(input) ? params_[ir::index_of(input)] : widened(int8_params(input));
    }
    if (!keeps_parameters(node)) return std::nullopt;
    for (const ir::ValueId output : node.outputs) {
      if (is_int16(output)) return params_[ir::index_of(output)];
    }
    for (const std::size_t input : data) {
      if (is_int16(*node.inputs[input])) return params_[ir::index_of(*node.inputs[input])];
    }
    return std::nullopt;
  }

  Result<std::size_t> widen_input(std::size_t position, std::size_t input,
                                  const std::optional<ir::QuantParams>& common) {
    const ir::ValueId id = *graph_.nodes()[position].inputs[input];
    if (graph_.value(id).is_constant()) {
      graph_.nodes()[position].inputs[input] = wide_constant(id, common);
      return position;
    }
    if (is_int16(id) && (!common || params_[ir::index_of(id)] == common)) return position;
    const ir::QuantParams wanted = common ? *common : widened(int8_params(id));
    return convert_input(position, input, wanted, "_int16");
  }

  Result<std::size_t> narrow_input(std::size_t position, std::size_t input) {
    if (!is_int16(*graph_.nodes()[position].inputs[input])) return position;
    return convert_input(position, input, std::nullopt, "_int8");
  }

  /// A constant may be int8 elsewhere.
  ir::ValueId wide_constant(ir::ValueId id, const std::optional<ir::QuantParams>& common) {
    const ir::ConstantData data = graph_.value(id).constant;
    const std::string name = graph_.unique_value_name(graph_.value(id).name + "_int16");
    const ir::ValueId copy = graph_.add_constant(name, graph_.value(id).type, {});
    graph_.value(copy).constant = data;
    float largest = 0;
    for (const float element : graph_.value(copy).data<float>()) largest = std::max(largest, std::abs(element));
    add_value(id, common ? *common : symmetric16(largest > 0 ? static_cast<double>(largest) / largest_code : 1.0));
    return copy;
  }

  /// The value that was added last stands for `origin`.
  void add_value(ir::ValueId origin, std::optional<ir::QuantParams> params) {
    islands_.stays_float.push_back(false);
    islands_.origin.push_back(islands_.origin[ir::index_of(origin)]);
    params_.push_back(std::move(params));
  }

  /// Gives the input the value in the wanted form (none: int8), by a node in front of the one at `position`.
  Result<std::size_t> convert_input(std::size_t position, std::size_t input,
                                    const std::optional<ir::QuantParams>& wanted, std::string_view suffix) {
    const ir::ValueId id = *graph_.nodes()[position].inputs[input];
    const std::pair key{id, wanted ? wanted->scale() : 0.0F};
    if (const auto known = converted_.find(key); known != converted_.end()) {
      graph_.nodes()[position].inputs[input] = known->second;
      return position;
    }
    PUDU_TRY_ASSIGN(const ir::ValueId result, insert_conversion(position, id, wanted, suffix));
    converted_[key] = result;
    graph_.nodes()[position + 1].inputs[input] = result;
    return position + 1;
  }

  /// A requantize node at `position`, which moves what stands there one further.
  Result<ir::ValueId> insert_conversion(std::size_t position, ir::ValueId source,
                                        const std::optional<ir::QuantParams>& wanted, std::string_view suffix) {
    const std::string name = graph_.unique_value_name(graph_.value(source).name + std::string(suffix));
    const ir::Shape shape = graph_.value(source).type.shape;
    ir::Attributes attributes;
    attributes.set("dtype", std::string(wanted ? "i16" : "i8"));
    PUDU_TRY_ASSIGN(const ir::NodeId node, ops::append_node(graph_, graph_.unique_node_name(name), "requantize",
                                                            {source}, std::move(attributes)));
    const ir::ValueId result = graph_.nodes()[ir::index_of(node)].outputs.front();
    graph_.value(result).type = {ir::DType::Float32, shape};
    add_value(source, wanted);
    if (position + 1 < graph_.nodes().size()) graph_.move_node(node, static_cast<ir::NodeId>(position));
    return result;
  }

  /// A result that is to be int8, or to have another scale than the node gives it, is converted behind the node. It
  /// keeps its name; what the node makes gets another.
  Result<std::size_t> convert_outputs(std::size_t position, const std::optional<ir::QuantParams>& common) {
    std::size_t last = position;
    for (std::size_t i = 0; i < graph_.nodes()[position].outputs.size(); ++i) {
      const ir::ValueId output = graph_.nodes()[position].outputs[i];
      if (islands_.stays_float[ir::index_of(output)]) continue;
      const std::optional<ir::QuantParams> wanted = params_[ir::index_of(output)];
      if (wanted && (!common || wanted == common)) continue;
      params_[ir::index_of(output)] = common ? *common : covering(int8_params(output));
      PUDU_TRY_ASSIGN(const ir::ValueId result, insert_conversion(++last, output, wanted, wanted ? "_own" : "_int8"));
      graph_.replace_uses(output, result);
      graph_.nodes()[last].inputs.front() = output;
      const std::string name = graph_.value(output).name;
      graph_.value(output).name = graph_.unique_value_name(name + "_int16");
      graph_.value(result).name = name;
    }
    return last;
  }

  ir::Graph& graph_;
  const Ranges& ranges_;
  std::vector<bool> chosen_;
  Islands& islands_;
  std::vector<std::optional<ir::QuantParams>> params_;  ///< by value; int16 values only
  std::map<std::pair<ir::ValueId, float>, ir::ValueId> converted_;
};

}  // namespace

ir::QuantParams int16_params(float magnitude) {
  constexpr double headroom = 1.5;
  const double scale = headroom * static_cast<double>(magnitude) / largest_code;
  // A tensor of zeros, for every purpose.
  return symmetric16(scale > 1e-30 ? scale : 1.0 / largest_code);
}

std::string why_not_int16(const ir::Graph& graph, ir::ValueId id, std::span<const FloatPart> float_parts) {
  if (graph.value(id).type.dtype != ir::DType::Float32) return "it holds no real numbers";
  for (const ir::State& state : graph.states) {
    if (state.before == id || state.after == id) return "it is kept from run to run";
  }
  const ir::Node* producer = graph.producer(id);
  if (producer == nullptr) return contains(graph.inputs, id) ? "" : "it is a constant";
  if (is_float_part(*producer, float_parts)) return "it stays float32";
  if (!has_int16_form(*producer)) return "operator " + producer->op + " has no int16 kernel";
  return "";
}

Result<std::vector<bool>> find_int16_values(const ir::Graph& graph, std::span<const std::string> names,
                                            std::span<const FloatPart> float_parts) {
  std::vector<bool> chosen(graph.values().size(), false);
  constexpr std::string_view all_of = "all:";
  for (const std::string& name : names) {
    bool found = false;
    // Exporters name the first node of an operator like the operator.
    const std::string op = name.starts_with(all_of) ? name.substr(all_of.size()) : "";
    for (const ir::ValueId id : graph.inputs) {
      if (graph.value(id).name != name) continue;
      found = true;
      PUDU_TRY(mark(graph, id, name, float_parts, chosen));
    }
    for (const ir::Node& node : graph.nodes()) {
      if (node.name != name && (op.empty() || node.op != op)) continue;
      found = true;
      for (const ir::ValueId id : node.outputs) PUDU_TRY(mark(graph, id, node.name, float_parts, chosen));
    }
    if (!found && name.starts_with(all_of)) return unknown_operator(graph, op);
    if (!found) return unknown_name(graph, name);
  }
  follow(graph, float_parts, chosen);
  return chosen;
}

std::vector<Int16Candidate> int16_candidates(const ir::Graph& graph, std::span<const FloatPart> float_parts) {
  std::vector<Int16Candidate> candidates;
  for (const ir::ValueId id : graph.inputs) {
    if (why_not_int16(graph, id, float_parts).empty()) candidates.push_back({id, graph.value(id).name});
  }
  for (const ir::Node& node : graph.nodes()) {
    if (hands_on(graph, node) || node.outputs.size() != 1) continue;
    const ir::ValueId id = node.outputs.front();
    if (why_not_int16(graph, id, float_parts).empty()) candidates.push_back({id, node.name});
  }
  return candidates;
}

Result<std::vector<std::optional<ir::QuantParams>>> add_int16_conversions(ir::Graph& graph, const Ranges& ranges,
                                                                          std::vector<bool> chosen, Islands& islands) {
  return Converter(graph, ranges, std::move(chosen), islands).run();
}

}  // namespace pudu::quantizer

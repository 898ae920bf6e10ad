#include "quantizer/float_islands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/spelling.hpp"
#include "ops/registry.hpp"

namespace pudu::quantizer {
namespace {

constexpr std::size_t nowhere = SIZE_MAX;

bool is_real(const ir::Graph& graph, ir::ValueId id) {
  return graph.value(id).type.dtype == ir::DType::Float32;
}

/// Does the operator copy elements, whatever they are?
bool only_copies(const ops::OpDefinition& definition) {
  constexpr std::string_view names[] = {"concat", "expand", "index_select", "pad", "permute", "reshape", "slice"};
  return std::find(std::begin(names), std::end(names), definition.name) != std::end(names);
}

/// Why the node cannot be int8; empty when it can.
std::string why_not_int8(const ir::Graph& graph, const ir::Node& node) {
  const ops::QuantizationRule& rule = ops::operator_of(node).quantization;
  const auto is_computed = [&](const std::optional<std::size_t>& input) {
    return input && ops::has_input(node, *input) && !graph.value(*node.inputs[*input]).is_constant();
  };
  if (is_computed(rule.weight_input)) {
    return "the weight '" + graph.value(*node.inputs[*rule.weight_input]).name + "' is computed by the model";
  }
  if (is_computed(rule.bias_input)) {
    return "the bias '" + graph.value(*node.inputs[*rule.bias_input]).name + "' is computed by the model";
  }
  return "";
}

std::string operators_with_float_form() {
  std::string names;
  for (const ops::OpDefinition* definition : ops::all_operators()) {
    if (definition->float_kernels) names += (names.empty() ? "" : ", ") + std::string(definition->name);
  }
  return names;
}

Status check_names(const ir::Graph& graph, std::span<const std::string> names) {
  std::vector<std::string_view> known;
  for (const ir::Node& node : graph.nodes()) {
    known.push_back(node.name);
    known.push_back(node.op);
  }
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string nearest = base::did_you_mean(name, known);
    return usage_error({.where = "--keep-float",
                        .found = "'" + name + "' is no node and no operator of the model",
                        .allowed = "a name of its nodes, as the report has them, or of its operators",
                        .hint = nearest.empty() ? "`pudu inspect MODEL` lists the nodes" : nearest});
  }
  return {};
}

class PartFinder {
 public:
  PartFinder(const ir::Graph& graph, std::span<const std::string> names, IoType io)
      : graph_(graph), names_(names), io_(io), reasons_(graph.nodes().size()) {}

  Result<std::vector<FloatPart>> run() {
    PUDU_TRY(check_names(graph_, names_));
    PUDU_TRY(mark_nodes());
    std::vector<FloatPart> parts;
    if (std::all_of(reasons_.begin(), reasons_.end(), [](const std::string& reason) { return reason.empty(); })) {
      return parts;
    }
    join_copies();
    for (const ir::Node& node : graph_.nodes()) {
      const std::string& reason = reasons_[ir::index_of(node.id)];
      if (!reason.empty()) parts.push_back({node.name, node.op, reason});
    }
    return parts;
  }

 private:
  bool is_named(const ir::Node& node) const {
    return std::any_of(names_.begin(), names_.end(),
                       [&](const std::string& name) { return name == node.name || name == node.op; });
  }

  Status mark_nodes() {
    Error refused{ErrorKind::Unsupported, {}};
    for (const ir::Node& node : graph_.nodes()) {
      std::string& reason = reasons_[ir::index_of(node.id)];
      reason = why_not_int8(graph_, node);
      if (reason.empty() && is_named(node)) reason = "--keep-float names it";
      if (reason.empty() || ops::operator_of(node).float_kernels) continue;
      refused.diagnostics.push_back({.where = node.name,
                                     .found = reason + ", and operator " + node.op + " has no float kernel",
                                     .allowed = operators_with_float_form()});
    }
    if (!refused.diagnostics.empty()) return refused;
    return {};
  }

  /// What copies elements from an island into an island is part of it: all such operators at first, then less those
  /// that touch int8.
  void join_copies() {
    std::set<std::size_t> joined;
    for (const ir::Node& node : graph_.nodes()) {
      const bool is_free = reasons_[ir::index_of(node.id)].empty();
      if (is_free && only_copies(ops::operator_of(node))) joined.insert(ir::index_of(node.id));
    }
    const auto is_float = [&](const ir::Node& node) {
      return !reasons_[ir::index_of(node.id)].empty() || joined.contains(ir::index_of(node.id));
    };
    const std::size_t none = joined.size() + 1;
    for (std::size_t before = none; before != joined.size();) {
      before = joined.size();
      std::erase_if(joined, [&](std::size_t index) { return !lies_inside(graph_.nodes()[index], is_float); });
    }
    for (const std::size_t index : joined) reasons_[index] = "it copies elements between float operators";
  }

  template <class IsFloat>
  bool lies_inside(const ir::Node& node, IsFloat is_float) const {
    for (const std::optional<ir::ValueId>& input : node.inputs) {
      if (!input || graph_.value(*input).is_constant()) continue;
      const ir::Node* producer = graph_.producer(*input);
      if (producer == nullptr ? io_ != IoType::Float32 : !is_float(*producer)) return false;
    }
    for (const ir::ValueId output : node.outputs) {
      const bool is_port = std::find(graph_.outputs.begin(), graph_.outputs.end(), output) != graph_.outputs.end();
      if (is_port && io_ != IoType::Float32) return false;
      for (const ir::State& state : graph_.states) {
        if (state.after == output) return false;
      }
      for (const ir::Node& user : graph_.nodes()) {
        const bool uses = std::find(user.inputs.begin(), user.inputs.end(), output) != user.inputs.end();
        if (uses && !is_float(user)) return false;
      }
    }
    return true;
  }

  const ir::Graph& graph_;
  std::span<const std::string> names_;
  IoType io_;
  std::vector<std::string> reasons_;  ///< by node; empty: int8
};

/// Both forms of one value.
struct Forms {
  bool is_float = false;              ///< as it is made
  std::size_t first_float = nowhere;  ///< first node that wants floats
  std::size_t first_int8 = nowhere;   ///< first node that wants codes
  std::size_t producer = nowhere;     ///< none for ports and states
  bool leaves_as_codes = false;       ///< by an int8 port or a state
};

class IslandBuilder {
 public:
  IslandBuilder(ir::Graph& graph, std::span<const FloatPart> parts, IoType io) : graph_(graph), io_(io) {
    for (const FloatPart& part : parts) names_.insert(part.node);
  }

  Result<Islands> run() {
    give_own_constants();
    forms_.resize(graph_.values().size());
    const std::size_t values = forms_.size();
    look_at_values();
    islands_.stays_float.resize(values, false);
    for (std::size_t i = 0; i < values; ++i) {
      islands_.stays_float[i] = forms_[i].is_float || own_constants_.contains(static_cast<ir::ValueId>(i));
      islands_.origin.push_back(static_cast<ir::ValueId>(i));
    }
    PUDU_TRY(insert_boundaries());
    return std::move(islands_);
  }

 private:
  bool is_float(const ir::Node& node) const { return names_.contains(node.name); }
  Forms& forms(ir::ValueId id) { return forms_[ir::index_of(id)]; }

  /// A constant may be int8 elsewhere.
  void give_own_constants() {
    std::map<ir::ValueId, ir::ValueId> copies;
    for (std::size_t n = 0; n < graph_.nodes().size(); ++n) {
      if (!is_float(graph_.nodes()[n])) continue;
      for (std::size_t i = 0; i < graph_.nodes()[n].inputs.size(); ++i) {
        const std::optional<ir::ValueId> input = graph_.nodes()[n].inputs[i];
        if (!input || !graph_.value(*input).is_constant() || !is_real(graph_, *input)) continue;
        const auto [copy, is_new] = copies.try_emplace(*input);
        if (is_new) copy->second = copy_constant(*input);
        graph_.nodes()[n].inputs[i] = copy->second;
      }
    }
  }

  ir::ValueId copy_constant(ir::ValueId id) {
    const ir::Value& value = graph_.value(id);
    const ir::ConstantData data = value.constant;
    const ir::ValueId copy =
        graph_.add_constant(graph_.unique_value_name(value.name + "_f32"), value.type, std::vector<std::byte>(*data));
    graph_.value(copy).constant = data;
    own_constants_.insert(copy);
    return copy;
  }

  void look_at_values() {
    for (const ir::ValueId input : graph_.inputs) {
      forms(input).is_float = io_ == IoType::Float32 && is_real(graph_, input) && feeds_island(input);
    }
    for (std::size_t n = 0; n < graph_.nodes().size(); ++n) {
      const ir::Node& node = graph_.nodes()[n];
      for (const std::optional<ir::ValueId>& input : node.inputs) {
        if (!input || graph_.value(*input).is_constant() || !is_real(graph_, *input)) continue;
        std::size_t& first = is_float(node) ? forms(*input).first_float : forms(*input).first_int8;
        first = std::min(first, n);
      }
      for (const ir::ValueId output : node.outputs) {
        forms(output).producer = n;
        forms(output).is_float = is_float(node) && is_real(graph_, output);
      }
    }
    for (const ir::ValueId output : graph_.outputs) forms(output).leaves_as_codes |= io_ == IoType::Int8;
    for (const ir::State& state : graph_.states) forms(state.after).leaves_as_codes = true;
  }

  bool feeds_island(ir::ValueId id) const {
    return std::any_of(graph_.nodes().begin(), graph_.nodes().end(), [&](const ir::Node& node) {
      return is_float(node) && std::find(node.inputs.begin(), node.inputs.end(), id) != node.inputs.end();
    });
  }

  struct Boundary {
    std::size_t position;  ///< the node that it goes before
    ir::ValueId value;
  };

  Status insert_boundaries() {
    std::vector<Boundary> boundaries;
    for (std::size_t i = 0; i < forms_.size(); ++i) {
      const Forms& form = forms_[i];
      const auto id = static_cast<ir::ValueId>(i);
      const bool wanted_as_codes = form.first_int8 != nowhere || form.leaves_as_codes;
      if (form.is_float && wanted_as_codes) {
        boundaries.push_back({form.producer == nowhere ? form.first_int8 : form.producer + 1, id});
      } else if (!form.is_float && form.first_float != nowhere) {
        boundaries.push_back({form.first_float, id});
      }
    }
    // From the back, so that the positions of the others stay what they are.
    std::stable_sort(boundaries.begin(), boundaries.end(),
                     [](const Boundary& a, const Boundary& b) { return a.position > b.position; });
    for (const Boundary& boundary : boundaries) PUDU_TRY(insert(boundary));
    return {};
  }

  Status insert(const Boundary& boundary) {
    const ir::ValueId value = boundary.value;
    const bool quantizes = forms(value).is_float;
    const std::string name = graph_.value(value).name;
    const std::string hint = name + (quantizes ? "_int8" : "_float");
    PUDU_TRY_ASSIGN(ir::NodeId node, ops::append_node(graph_, unique_node_name(hint),
                                                      quantizes ? "quantize" : "dequantize", {value}, {}));
    const ir::ValueId result = graph_.nodes()[ir::index_of(node)].outputs.front();
    graph_.value(result).type = {ir::DType::Float32, graph_.value(value).type.shape};
    islands_.stays_float.push_back(!quantizes);
    islands_.origin.push_back(value);
    replace_uses(value, result, node, quantizes);
    const auto end = graph_.nodes().size() - 1;
    if (boundary.position < end) graph_.move_node(node, static_cast<ir::NodeId>(boundary.position));
    return {};
  }

  /// `boundary` makes `result` of `value`; what wants that form takes it.
  void replace_uses(ir::ValueId value, ir::ValueId result, ir::NodeId boundary, bool quantizes) {
    for (std::size_t n = 0; n < graph_.nodes().size(); ++n) {
      ir::Node& node = graph_.nodes()[n];
      if (node.id == boundary || is_float(node) == quantizes) continue;
      std::replace(node.inputs.begin(), node.inputs.end(), std::optional(value), std::optional(result));
    }
    if (!quantizes) return;
    for (ir::State& state : graph_.states) {
      if (state.after == value) state.after = result;
    }
    if (io_ == IoType::Float32) return;
    if (std::find(graph_.outputs.begin(), graph_.outputs.end(), value) == graph_.outputs.end()) return;
    std::replace(graph_.outputs.begin(), graph_.outputs.end(), value, result);
    const std::string name = graph_.value(value).name;  // the caller knows the port by this name
    graph_.value(value).name = graph_.unique_value_name(name + "_float");
    graph_.value(result).name = name;
  }

  std::string unique_node_name(const std::string& hint) const {
    const auto is_taken = [&](const std::string& name) {
      return std::any_of(graph_.nodes().begin(), graph_.nodes().end(),
                         [&](const ir::Node& node) { return node.name == name; });
    };
    std::string name = graph_.unique_value_name(hint);
    for (int i = 1; is_taken(name); ++i) name = fmt::format("{}.{}", hint, i);
    return name;
  }

  ir::Graph& graph_;
  IoType io_;
  std::set<std::string> names_;
  std::set<ir::ValueId> own_constants_;
  std::vector<Forms> forms_;
  Islands islands_;
};

}  // namespace

Result<std::vector<FloatPart>> find_float_parts(const ir::Graph& graph, std::span<const std::string> names, IoType io) {
  return PartFinder(graph, names, io).run();
}

Result<Islands> add_islands(ir::Graph& graph, std::span<const FloatPart> parts, IoType io) {
  return IslandBuilder(graph, parts, io).run();
}

}  // namespace pudu::quantizer

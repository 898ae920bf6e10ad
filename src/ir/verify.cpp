// The structural check of a Graph. It reports every fault at once: a reader or pass with a defect usually has it in
// several places, and the list shows the pattern.
#include <cmath>
#include <cstdint>
#include <set>

#include "ir/graph.hpp"

namespace pudu::ir {
namespace {

constexpr std::int64_t max_elements = INT32_MAX;

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph), is_defined_(graph.values().size(), false) {}

  Status run() {
    for (const Value& value : graph_.values()) check_value(value);
    define_inputs_and_constants();
    for (const Node& node : graph_.nodes()) check_node(node);
    for (const ValueId id : graph_.outputs) check_use("graph '" + graph_.name + "'", "output", id);
    for (const State& state : graph_.states) check_state(state);
    if (error_.diagnostics.empty()) return {};
    return std::move(error_);
  }

 private:
  void fault(std::string where, std::string found, std::string allowed) {
    error_.diagnostics.push_back(
        {.file = "", .where = std::move(where), .found = std::move(found), .allowed = std::move(allowed), .hint = ""});
  }

  void check_value(const Value& value) {
    const std::size_t position = next_value_++;
    where_ = "value '" + value.name + "'";
    if (index_of(value.id) != position) {
      fault(where_, "id " + std::to_string(index_of(value.id)),
            "a value's id is its position, here " + std::to_string(position));
    }
    if (value.name.empty()) fault(where_, "empty name", "every value has a name");
    if (!value_names_.insert(value.name).second) fault(where_, "name used twice", "names of values are unique");
    if (!check_shape(value.type.shape)) return;
    if (value.is_constant() && value.constant->size() != value.type.bytes()) {
      fault(where_, "constant of " + std::to_string(value.constant->size()) + " bytes",
            std::string(to_string(value.type.dtype)) + to_string(value.type.shape) + " takes " +
                std::to_string(value.type.bytes()));
    }
    if (value.quant) check_quant(value.type.shape, *value.quant);
  }

  bool check_shape(const Shape& shape) {
    std::int64_t elements = 1;
    for (const std::int64_t size : shape) {
      if (size <= 0) {
        fault(where_, "shape " + to_string(shape), "sizes are positive");
        return false;
      }
      if (size > max_elements / elements) {
        fault(where_, "shape " + to_string(shape), "at most " + std::to_string(max_elements) + " elements");
        return false;
      }
      elements *= size;
    }
    return true;
  }

  void check_quant(const Shape& shape, const QuantParams& quant) {
    for (const float scale : quant.scales) {
      if (!std::isfinite(scale) || scale <= 0) {
        fault(where_, "quantization scale " + std::to_string(scale), "scales are positive and finite");
        break;
      }
    }
    if (quant.quant_min >= quant.quant_max || quant.zero_point < quant.quant_min ||
        quant.zero_point > quant.quant_max) {
      fault(where_,
            "zero point " + std::to_string(quant.zero_point) + " in the range [" + std::to_string(quant.quant_min) +
                ", " + std::to_string(quant.quant_max) + "]",
            "the zero point lies within a range of at least two codes");
    }
    const std::string scales = std::to_string(quant.scales.size()) + " quantization scales";
    if (!quant.per_channel()) {
      if (quant.scales.size() != 1) fault(where_, scales, "quantization per tensor has one");
      return;
    }
    if (*quant.axis < 0 || static_cast<std::size_t>(*quant.axis) >= shape.size()) {
      fault(where_, "quantization axis " + std::to_string(*quant.axis), "an axis of " + to_string(shape));
      return;
    }
    const std::int64_t channels = shape[static_cast<std::size_t>(*quant.axis)];
    if (static_cast<std::int64_t>(quant.scales.size()) != channels) {
      fault(where_, scales,
            "axis " + std::to_string(*quant.axis) + " of " + to_string(shape) + " has " + std::to_string(channels));
    }
    if (quant.zero_point != 0) {
      fault(where_, "zero point " + std::to_string(quant.zero_point) + " per channel", "it is 0 per channel");
    }
  }

  /// Behind the nodes, when all values are defined.
  void check_state(const State& state) {
    if (index_of(state.before) >= is_defined_.size()) return;  // reported by define()
    const Value& before = graph_.value(state.before);
    const std::string where = "state '" + before.name + "'";
    const std::size_t initial_bytes = state.initial == nullptr ? 0 : state.initial->size();
    if (initial_bytes != before.type.bytes()) {
      fault(where, "initial value of " + std::to_string(initial_bytes) + " bytes",
            std::string(to_string(before.type.dtype)) + to_string(before.type.shape) + " takes " +
                std::to_string(before.type.bytes()));
    }
    check_use(where, "kept value", state.after);
    if (index_of(state.after) >= is_defined_.size()) return;
    const Value& after = graph_.value(state.after);
    if (after.type.dtype != before.type.dtype || after.type.shape != before.type.shape) {
      fault(where,
            "becomes '" + after.name + "' of " + std::string(to_string(after.type.dtype)) + to_string(after.type.shape),
            "a value of " + std::string(to_string(before.type.dtype)) + to_string(before.type.shape));
    } else if (after.quant != before.quant) {
      fault(where, "becomes '" + after.name + "' of other quantization parameters", "those of the state");
    }
  }

  void define_inputs_and_constants() {
    for (const Value& value : graph_.values()) {
      if (value.is_constant() && index_of(value.id) < is_defined_.size()) is_defined_[index_of(value.id)] = true;
    }
    for (const ValueId id : graph_.inputs) define("graph '" + graph_.name + "'", "input", id);
    for (const State& state : graph_.states) define("graph '" + graph_.name + "'", "state", state.before);
  }

  /// Marks `id` as defined here; it must not have been before.
  void define(const std::string& where, const std::string& role, ValueId id) {
    if (!check_range(where, role, id)) return;
    if (is_defined_[index_of(id)]) {
      fault(where, role + " '" + graph_.value(id).name + "' that is defined already",
            "a value is one input, one state, one constant or one node's result");
    }
    is_defined_[index_of(id)] = true;
  }

  void check_use(const std::string& where, const std::string& role, ValueId id) {
    if (!check_range(where, role, id) || is_defined_[index_of(id)]) return;
    fault(where, role + " '" + graph_.value(id).name + "' that is not defined before", "definitions precede uses");
  }

  bool check_range(const std::string& where, const std::string& role, ValueId id) {
    if (index_of(id) < is_defined_.size()) return true;
    fault(where, role + " with value id " + std::to_string(index_of(id)),
          "ids below " + std::to_string(is_defined_.size()));
    return false;
  }

  void check_node(const Node& node) {
    const std::size_t position = next_node_++;
    const std::string where = "node '" + node.name + "'";
    if (index_of(node.id) != position) {
      fault(where, "id " + std::to_string(index_of(node.id)),
            "a node's id is its position, here " + std::to_string(position) + " (Graph::renumber_nodes)");
    }
    if (node.name.empty()) fault(where, "empty name", "every node has a name");
    if (!node_names_.insert(node.name).second) fault(where, "name used twice", "names of nodes are unique");
    if (node.op.empty()) fault(where, "no operator", "every node has one");
    if (node.outputs.empty()) fault(where, "no results", "at least one");
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i]) check_use(where, "input " + std::to_string(i), *node.inputs[i]);
    }
    for (const ValueId id : node.outputs) define(where, "result", id);
  }

  const Graph& graph_;
  std::vector<bool> is_defined_;
  std::set<std::string_view> value_names_, node_names_;
  std::size_t next_value_ = 0, next_node_ = 0;
  std::string where_;  ///< the value being checked
  Error error_{ErrorKind::InvalidInput, {}};
};

}  // namespace

Status verify(const Graph& graph) {
  return Verifier(graph).run();
}

}  // namespace pudu::ir

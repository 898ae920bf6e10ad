// The text form of a Graph: a line for each value that no node makes, then a line for each node with its results.
//
//   graph tiny {
//     input %x : f32[1, 3, 8, 8] channels_last
//     state %hidden : i8[1, 4] quant(scale = 0.1) = @108+4
//     constant %weight : i8[4, 3, 3, 3] quant(scales = [0.5, 0.25, 0.5, 1.0], axis = 0) = @0+108
//     value %unused : f32[2]
//     %conv : i8[1, 4, 8, 8] quant(scale = 0.1, zero_point = -3) = conv2d(%x, %weight, _) {padding = [1, 1, 1, 1],
//         activation_min = -inf} name "conv_1" from "model.py:26 in forward"
//     keep %hidden = %next
//     output %conv
//   }
//
// (A node stands on one line; it is broken here only.) `_` is an absent optional input. The node's name is left out
// where it is that of its first result. `graph tiny arithmetic tflite {` begins a graph of that arithmetic. Values have
// the ids 0, 1, 2, ... in the order of their lines; a value that is out of this order says so: `%late#7`, and the count
// goes on from there. An empty list of reals is `reals[]`.
#include "base/constant_pool.hpp"
#include "base/text_format.hpp"
#include "ir/graph.hpp"

namespace pudu::ir {
namespace {

class Printer {
 public:
  explicit Printer(const Graph& graph) : graph_(graph) {}

  GraphText run() {
    out_.text = "graph " + base::format_name(graph_.name) +
                (graph_.arithmetic == Arithmetic::TfLite ? " arithmetic tflite" : "") + " {\n";
    for (const ValueId id : graph_.inputs) value_line("input", id);
    for (const State& state : graph_.states) state_line(state);
    std::vector<bool> is_placed(graph_.values().size(), false);
    const auto place = [&](ValueId id) {
      if (index_of(id) < is_placed.size()) is_placed[index_of(id)] = true;
    };
    for (const ValueId id : graph_.inputs) place(id);
    for (const State& state : graph_.states) place(state.before);
    for (const Node& node : graph_.nodes()) {
      for (const ValueId id : node.outputs) place(id);
    }
    for (std::size_t i = 0; i < is_placed.size(); ++i) {
      if (!is_placed[i]) value_line(graph_.values()[i].is_constant() ? "constant" : "value", static_cast<ValueId>(i));
    }
    for (const Node& node : graph_.nodes()) node_line(node);
    for (const State& state : graph_.states) {
      out_.text += "  keep " + reference(state.before) + " = " + reference(state.after) + "\n";
    }
    for (const ValueId id : graph_.outputs) out_.text += "  output " + reference(id) + "\n";
    out_.text += "}\n";
    out_.constants = constants_.take_bytes();
    return std::move(out_);
  }

 private:
  void state_line(const State& state) {
    out_.text += "  state " + definition(state.before);
    if (state.initial != nullptr) out_.text += " = " + constants_.add(state.initial);
    out_.text += "\n";
  }

  void value_line(std::string_view keyword, ValueId id) {
    out_.text += "  " + std::string(keyword) + " " + definition(id);
    if (index_of(id) < graph_.values().size() && graph_.value(id).is_constant()) {
      out_.text += " = " + constants_.add(graph_.value(id).constant);
    }
    out_.text += "\n";
  }

  void node_line(const Node& node) {
    std::string line = "  ";
    for (const ValueId id : node.outputs) {
      if (line.size() > 2) line += ", ";
      line += definition(id);
    }
    line += " = " + base::format_name(node.op) + "(";
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (i > 0) line += ", ";
      line += node.inputs[i] ? reference(*node.inputs[i]) : "_";
    }
    line += ")" + attributes(node.attributes);
    const bool is_named_as_result = !node.outputs.empty() && index_of(node.outputs[0]) < graph_.values().size() &&
                                    graph_.value(node.outputs[0]).name == node.name;
    if (!is_named_as_result) line += " name " + base::quote(node.name);
    if (!node.source.empty()) line += " from " + base::quote(node.source);
    out_.text += line + "\n";
  }

  /// `%name`; ids that no value has print as `%?7`, which does not parse.
  std::string reference(ValueId id) const {
    if (index_of(id) >= graph_.values().size()) return "%?" + std::to_string(index_of(id));
    return "%" + base::format_name(graph_.value(id).name);
  }

  std::string definition(ValueId id) {
    std::string text = reference(id);
    if (index_of(id) != next_id_) text += "#" + std::to_string(index_of(id));
    next_id_ = index_of(id) + 1;
    if (index_of(id) >= graph_.values().size()) return text;
    const Value& value = graph_.value(id);
    text += " : " + std::string(to_string(value.type.dtype)) + to_string(value.type.shape);
    if (value.type.layout == Layout::ChannelsLast) text += " channels_last";
    if (value.quant) text += " " + quantization(*value.quant);
    return text;
  }

  static std::string quantization(const QuantParams& quant) {
    std::string text = "quant(";
    if (quant.scales.size() == 1 && !quant.axis) {
      text += "scale = " + base::format_real(quant.scales[0]);
    } else {
      text += "scales = [";
      for (std::size_t i = 0; i < quant.scales.size(); ++i) {
        text += (i > 0 ? ", " : "") + base::format_real(quant.scales[i]);
      }
      text += "]";
    }
    if (quant.zero_point != 0) text += ", zero_point = " + std::to_string(quant.zero_point);
    if (quant.axis) text += ", axis = " + std::to_string(*quant.axis);
    const QuantParams defaults;
    if (quant.quant_min != defaults.quant_min || quant.quant_max != defaults.quant_max) {
      text += ", range = [" + std::to_string(quant.quant_min) + ", " + std::to_string(quant.quant_max) + "]";
    }
    return text + ")";
  }

  static std::string format(std::int64_t value) { return std::to_string(value); }
  static std::string format(double value) { return base::format_real(value); }
  static std::string format(const std::string& value) { return base::quote(value); }
  template <class T>
  static std::string format(const std::vector<T>& values) {
    if (values.empty()) return std::is_same_v<T, double> ? "reals[]" : "[]";
    std::string text = "[";
    for (const T& value : values) text += (text.size() > 1 ? ", " : "") + format(value);
    return text + "]";
  }

  static std::string attributes(const Attributes& attributes) {
    if (attributes.empty()) return "";
    std::string text;
    for (const auto& [name, value] : attributes) {
      text += text.empty() ? " {" : ", ";
      text += base::format_name(name) + " = " + std::visit([](const auto& held) { return format(held); }, value);
    }
    return text + "}";
  }

  const Graph& graph_;
  GraphText out_;
  std::size_t next_id_ = 0;
  base::ConstantWriter constants_;
};

}  // namespace

GraphText print(const Graph& graph) {
  return Printer(graph).run();
}

}  // namespace pudu::ir

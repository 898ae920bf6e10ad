// The inverse of print.cpp, which shows the form. Text may come from a file that somebody edited: whatever it holds,
// the result is a graph that verify() accepts or an error that names the line.
#include <algorithm>
#include <map>

#include "base/constant_pool.hpp"
#include "base/text_cursor.hpp"
#include "ir/graph.hpp"

namespace pudu::ir {
namespace {

class Parser {
 public:
  Parser(std::string_view text, std::span<const std::byte> constants) : cursor_(text), constants_(constants) {}

  Result<Graph> run() {
    cursor_.skip_blank_lines();
    PUDU_TRY(cursor_.expect("graph"));
    PUDU_TRY_ASSIGN(std::string graph_name, cursor_.name("the graph's name"));
    Arithmetic arithmetic = Arithmetic::ExecuTorch;
    if (cursor_.accept("arithmetic")) {
      PUDU_TRY(cursor_.expect("tflite"));
      arithmetic = Arithmetic::TfLite;
    }
    PUDU_TRY(cursor_.expect("{"));
    PUDU_TRY(cursor_.expect_line_end());
    while (!cursor_.accept("}")) {
      PUDU_TRY(statement());
      PUDU_TRY(cursor_.expect_line_end());
    }
    PUDU_TRY(cursor_.expect_line_end());
    if (!cursor_.at_end()) return cursor_.unexpected("the end of the text");
    PUDU_TRY_ASSIGN(std::vector<Value> values, values_by_id());
    Graph graph = Graph::assemble(std::move(graph_name), std::move(values), std::move(nodes_));
    graph.arithmetic = arithmetic;
    graph.inputs = std::move(inputs_);
    graph.outputs = std::move(outputs_);
    graph.states = std::move(states_);
    PUDU_TRY(verify(graph));
    PUDU_TRY(constants_.expect_all_read());
    return graph;
  }

 private:
  Status statement() {
    if (cursor_.accept("input")) {
      PUDU_TRY_ASSIGN(inputs_.emplace_back(), definition());
      return {};
    }
    if (cursor_.accept("constant")) {
      PUDU_TRY_ASSIGN(const ValueId id, definition());
      PUDU_TRY(cursor_.expect("="));
      PUDU_TRY_ASSIGN(values_.at(id).constant, constants_.read(cursor_));
      return {};
    }
    if (cursor_.accept("state")) {
      PUDU_TRY_ASSIGN(const ValueId id, definition());
      PUDU_TRY(cursor_.expect("="));
      PUDU_TRY_ASSIGN(base::SharedBytes initial, constants_.read(cursor_));
      states_.push_back({id, id, std::move(initial)});
      return {};
    }
    if (cursor_.accept("keep")) return keep();
    if (cursor_.accept("value")) {
      PUDU_TRY_ASSIGN([[maybe_unused]] const ValueId id, definition());
      return {};
    }
    if (cursor_.accept("output")) {
      PUDU_TRY_ASSIGN(outputs_.emplace_back(), reference());
      return {};
    }
    if (cursor_.peek("%")) return node();
    return cursor_.unexpected("'input', 'state', 'constant', 'value', 'keep', 'output', a node's result '%...' or '}'");
  }

  /// `keep %state = %value`.
  Status keep() {
    const base::TextCursor at_state = cursor_;
    PUDU_TRY_ASSIGN(const ValueId id, reference());
    const auto state =
        std::find_if(states_.begin(), states_.end(), [id](const State& each) { return each.before == id; });
    if (state == states_.end()) return at_state.unexpected("a state that an earlier line defines");
    PUDU_TRY(cursor_.expect("="));
    PUDU_TRY_ASSIGN(state->after, reference());
    return {};
  }

  Result<ValueId> reference() {
    PUDU_TRY(cursor_.expect("%"));
    const base::TextCursor at_name = cursor_;
    PUDU_TRY_ASSIGN(const std::string name, cursor_.name("a value's name"));
    const auto found = ids_.find(name);
    if (found == ids_.end()) return at_name.unexpected("a value that an earlier line defines");
    return found->second;
  }

  /// `%name#id : f32[1, 2] channels_last quant(...)`; `#id` is optional.
  Result<ValueId> definition() {
    PUDU_TRY(cursor_.expect("%"));
    const base::TextCursor at_name = cursor_;
    Value value;
    PUDU_TRY_ASSIGN(value.name, cursor_.name("a value's name"));
    if (ids_.contains(value.name)) return at_name.unexpected("a name that no earlier value has");
    if (cursor_.accept("#")) {
      PUDU_TRY_ASSIGN(next_id_, cursor_.integer("a value's id", 0, INT32_MAX - 1));
    }
    value.id = static_cast<ValueId>(next_id_);
    if (values_.contains(value.id))
      return cursor_.fault("a second value with id " + std::to_string(next_id_), "ids are unique");
    ++next_id_;
    PUDU_TRY(cursor_.expect(":"));
    PUDU_TRY_ASSIGN(value.type, type());
    if (cursor_.accept("quant")) {
      PUDU_TRY_ASSIGN(value.quant, quantization());
    }
    const ValueId id = value.id;
    ids_.emplace(value.name, id);
    values_.emplace(id, std::move(value));
    return id;
  }

  Result<TensorType> type() {
    constexpr std::string_view expected = "an element type: f32, i8, u8, i16, i32, i64 or bool";
    const base::TextCursor at_type = cursor_;
    PUDU_TRY_ASSIGN(const std::string name, cursor_.name(expected));
    const std::optional<DType> dtype = parse_dtype(name);
    if (!dtype) return at_type.unexpected(expected);
    TensorType type{*dtype, {}, Layout::Contiguous};
    PUDU_TRY_ASSIGN(type.shape, cursor_.integers("a size", 1, INT32_MAX));
    if (cursor_.accept("channels_last")) type.layout = Layout::ChannelsLast;
    return type;
  }

  Result<QuantParams> quantization() {
    PUDU_TRY(cursor_.expect("("));
    QuantParams quant;
    if (cursor_.accept("scale")) {
      PUDU_TRY(cursor_.expect("="));
      PUDU_TRY_ASSIGN(quant.scales.emplace_back(), cursor_.real32("a scale"));
    } else if (cursor_.accept("scales")) {
      PUDU_TRY(cursor_.expect("="));
      PUDU_TRY(scales(quant.scales));
    } else {
      return cursor_.unexpected("'scale' or 'scales'");
    }
    while (cursor_.accept(",")) {
      PUDU_TRY(quantization_field(quant));
    }
    if (!cursor_.accept(")")) return cursor_.unexpected("',' or ')'");
    return quant;
  }

  Status scales(std::vector<float>& scales) {
    PUDU_TRY(cursor_.expect("["));
    if (cursor_.accept("]")) return {};
    do {
      PUDU_TRY_ASSIGN(scales.emplace_back(), cursor_.real32("a scale"));
    } while (cursor_.accept(","));
    if (!cursor_.accept("]")) return cursor_.unexpected("',' or ']'");
    return {};
  }

  Status quantization_field(QuantParams& quant) {
    if (cursor_.accept("zero_point")) {
      PUDU_TRY(cursor_.expect("="));
      PUDU_TRY_ASSIGN(quant.zero_point, integer32("a zero point"));
    } else if (cursor_.accept("axis")) {
      PUDU_TRY(cursor_.expect("="));
      PUDU_TRY_ASSIGN(quant.axis, integer32("an axis"));
    } else if (cursor_.accept("range")) {
      PUDU_TRY(cursor_.expect("="));
      PUDU_TRY(cursor_.expect("["));
      PUDU_TRY_ASSIGN(quant.quant_min, integer32("the smallest code"));
      PUDU_TRY(cursor_.expect(","));
      PUDU_TRY_ASSIGN(quant.quant_max, integer32("the largest code"));
      PUDU_TRY(cursor_.expect("]"));
    } else {
      return cursor_.unexpected("'zero_point', 'axis' or 'range'");
    }
    return {};
  }

  Result<std::int32_t> integer32(std::string_view what) {
    PUDU_TRY_ASSIGN(const std::int64_t value, cursor_.integer(what, INT32_MIN, INT32_MAX));
    return static_cast<std::int32_t>(value);
  }

  /// `%a : f32[1], %b : f32[2] = op(%x, _) {attributes} name "node" from "source"`
  Status node() {
    Node node;
    do {
      PUDU_TRY_ASSIGN(node.outputs.emplace_back(), definition());
    } while (cursor_.accept(","));
    PUDU_TRY(cursor_.expect("="));
    PUDU_TRY_ASSIGN(node.op, cursor_.name("an operator's name"));
    PUDU_TRY(operands(node));
    if (cursor_.accept("{")) {
      PUDU_TRY(attributes(node.attributes));
    }
    node.name = values_.at(node.outputs.front()).name;
    if (cursor_.accept("name")) {
      PUDU_TRY_ASSIGN(node.name, cursor_.quoted("the node's name in quotes"));
    }
    if (cursor_.accept("from")) {
      PUDU_TRY_ASSIGN(node.source, cursor_.quoted("the node's source in quotes"));
    }
    nodes_.push_back(std::move(node));
    return {};
  }

  Status operands(Node& node) {
    PUDU_TRY(cursor_.expect("("));
    if (cursor_.accept(")")) return {};
    do {
      if (cursor_.accept("_")) {
        node.inputs.emplace_back();
      } else if (cursor_.peek("%")) {
        PUDU_TRY_ASSIGN(node.inputs.emplace_back(), reference());
      } else {
        return cursor_.unexpected("a value '%...' or '_'");
      }
    } while (cursor_.accept(","));
    if (!cursor_.accept(")")) return cursor_.unexpected("',' or ')'");
    return {};
  }

  Status attributes(Attributes& attributes) {
    do {
      const base::TextCursor at_name = cursor_;
      PUDU_TRY_ASSIGN(std::string name, cursor_.name("an attribute's name"));
      if (attributes.has(name)) return at_name.unexpected("an attribute that is not yet set");
      PUDU_TRY(cursor_.expect("="));
      PUDU_TRY_ASSIGN(AttributeValue value, attribute_value());
      attributes.set(std::move(name), std::move(value));
    } while (cursor_.accept(","));
    if (!cursor_.accept("}")) return cursor_.unexpected("',' or '}'");
    return {};
  }

  Result<AttributeValue> attribute_value() {
    if (cursor_.peek_string()) {
      PUDU_TRY_ASSIGN(std::string text, cursor_.quoted("a text"));
      return AttributeValue(std::move(text));
    }
    if (cursor_.accept("reals")) {
      PUDU_TRY(cursor_.expect("["));
      PUDU_TRY(cursor_.expect("]"));
      return AttributeValue(std::vector<double>());
    }
    if (cursor_.accept("[")) return attribute_list();
    PUDU_TRY_ASSIGN(const base::Number number, cursor_.number("a number, a text in quotes or a list of numbers"));
    if (number.kind == base::Number::Kind::Integer) return AttributeValue(number.integer);
    return AttributeValue(number.real);
  }

  Result<AttributeValue> attribute_list() {
    std::vector<std::int64_t> integers;
    std::vector<double> reals;
    if (cursor_.accept("]")) return AttributeValue(std::move(integers));
    do {
      const base::TextCursor at_number = cursor_;
      PUDU_TRY_ASSIGN(const base::Number number, cursor_.number("a number"));
      const bool is_integer = number.kind == base::Number::Kind::Integer;
      if (is_integer ? !reals.empty() : !integers.empty()) {
        return at_number.unexpected(is_integer ? "a real, as before" : "an integer, as before");
      }
      if (is_integer) {
        integers.push_back(number.integer);
      } else {
        reals.push_back(number.real);
      }
    } while (cursor_.accept(","));
    if (!cursor_.accept("]")) return cursor_.unexpected("',' or ']'");
    if (reals.empty()) return AttributeValue(std::move(integers));
    return AttributeValue(std::move(reals));
  }

  /// The values at the positions that their ids name: without gaps.
  Result<std::vector<Value>> values_by_id() {
    std::vector<Value> values;
    for (auto& [id, value] : values_) {
      if (index_of(id) != values.size()) {
        return invalid_input({.file = "",
                              .where = "value '" + value.name + "'",
                              .found = "id " + std::to_string(index_of(id)),
                              .allowed = "ids have no gaps, and none is " + std::to_string(values.size()),
                              .hint = ""});
      }
      values.push_back(std::move(value));
    }
    return values;
  }

  base::TextCursor cursor_;
  base::ConstantReader constants_;
  std::map<ValueId, Value> values_;
  std::map<std::string, ValueId, std::less<>> ids_;
  std::int64_t next_id_ = 0;
  std::vector<ValueId> inputs_, outputs_;
  std::vector<State> states_;
  std::vector<Node> nodes_;
};

}  // namespace

Result<Graph> parse(std::string_view text, std::span<const std::byte> constants) {
  return Parser(text, constants).run();
}

}  // namespace pudu::ir

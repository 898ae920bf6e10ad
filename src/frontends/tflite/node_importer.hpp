// What the function of an operator row works with: the operator's side of the file, and the graph under construction.
//
// A row's function reads options and operands, emits nodes of the graph and sets the operator's outputs:
//
//   Status import_reshape(NodeImporter& node) {
//     PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
//     PUDU_TRY_ASSIGN(const ir::ValueId result, node.reshape(input, node.output_tensor(0).shape));
//     return node.set_output(0, result);
//   }
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "frontends/tflite/file.hpp"
#include "ir/graph.hpp"

namespace pudu::frontends::tflite {

/// How the elements of a value stand for numbers.
struct Format {
  ir::DType dtype = ir::DType::Float32;
  std::optional<ir::QuantParams> quant;  ///< of int8 and int16 values
  friend bool operator==(const Format&, const Format&) = default;
};

/// What a model keeps from run to run: see states.hpp.
struct VariableTable {
  std::map<std::string, const Tensor*> initial_values;    ///< by variable: constants of initialization subgraphs
  std::map<std::string, std::size_t> states_by_variable;  ///< positions in Graph::states
  std::map<std::int32_t, std::size_t> states_by_tensor;   ///< of tensors that are variables themselves
};

/// The graph under construction and what is known of the tensors of its subgraph.
struct ImportState {
  explicit ImportState(const File& model, const Subgraph& main)
      : file(model),
        subgraph(main),
        values(main.tensors.size()),
        integers(main.tensors.size()),
        resources(main.tensors.size()) {}

  const File& file;
  const Subgraph& subgraph;
  ir::Graph graph;
  std::vector<std::optional<ir::ValueId>> values;  ///< by tensor
  /// By tensor: results that the compiler knows (shapes), which only operands like a reshape's shape may use.
  std::vector<std::optional<std::vector<std::int64_t>>> integers;
  std::set<std::string, std::less<>> names;  ///< of values and nodes
  /// By tensor: the variable that a RESOURCE tensor stands for.
  std::vector<std::optional<std::string>> resources;
  VariableTable variables;
};

/// InvalidInput or Unsupported for what an operator has; the importer fills in which operator.
Error invalid_here(std::string found, std::string allowed = "");
Error unsupported_here(std::string found, std::string allowed = "");

class NodeImporter {
 public:
  NodeImporter(ImportState& state, const Operator& op) : state_(state), op_(op) {}

  // The file's side.

  const Operator& op() const { return op_; }
  bool has_input(std::size_t index) const;
  /// A scalar of FLOAT32 without a name where there is none: see check_operands.
  const Tensor& input_tensor(std::size_t index) const;
  const Tensor& output_tensor(std::size_t index) const;
  const Tensor& intermediate_tensor(std::size_t index) const;
  /// InvalidInput unless the operator has between `least` and `most` inputs, the first `least` of them present, and
  /// `outputs` outputs.
  Status check_operands(std::size_t least, std::size_t most, std::size_t outputs = 1) const;
  /// The options of the operator; InvalidInput when the file has none, or another operator's.
  template <class Options>
  Result<const Options*> options() const;

  // The graph's side.

  ImportState& state() { return state_; }
  ir::Graph& graph() { return state_.graph; }
  const ir::Value& value(ir::ValueId id) const { return state_.graph.value(id); }
  const ir::Shape& shape(ir::ValueId id) const { return value(id).type.shape; }
  Format format(ir::ValueId id) const { return {value(id).type.dtype, value(id).quant}; }
  /// InvalidInput when an INT8 or INT16 tensor has no quantization parameters, or one scale a channel where the
  /// operator takes one; Unsupported for other types.
  Result<Format> output_format(std::size_t index = 0) const;

  /// The value of an operand; a constant comes into the graph as it stands in the file. INT8 and INT16 constants must
  /// have one scale here; weights have functions of their own.
  Result<ir::ValueId> input(std::size_t index);
  /// An operand that the compiler must know: a constant of INT32 or INT64, or a shape.
  Result<std::vector<std::int64_t>> integers(std::size_t index) const;
  /// The one integer of such an operand.
  Result<std::int64_t> integer(std::size_t index) const;
  /// Constant weights with their dimensions rearranged: dims[i] is the file's dimension that becomes dimension i, and
  /// `shape` what they are seen as then. INT8 weights get a scale for each index of `channel_axis` (of `shape`), or,
  /// where `channel_axis` is none, keep their one scale. Float weights stay float; INT8 weights of a float layer, which
  /// are codes to save space only, become float.
  Result<ir::ValueId> weights(std::size_t index, const std::vector<std::int64_t>& dims, const ir::Shape& shape,
                              std::optional<std::int32_t> channel_axis);
  /// The constant bias, INT32 or FLOAT32, as it stands in the file; none when the operator has none. One of INT64,
  /// which INT16 results have, becomes int32 when its values allow.
  Result<std::optional<ir::ValueId>> bias(std::size_t index);
  /// A new constant of the graph.
  ir::ValueId add_constant(std::string_view name, ir::TensorType type, std::vector<std::byte> data,
                           std::optional<ir::QuantParams> quant = std::nullopt);

  /// Appends a node of one result, which has this format; its shape is inferred.
  Result<ir::ValueId> emit(std::string_view op, std::vector<std::optional<ir::ValueId>> inputs,
                           ir::Attributes attributes, const Format& format);
  /// The same elements otherwise; constants are rearranged at once.
  Result<ir::ValueId> permute(ir::ValueId value, const std::vector<std::int64_t>& dims);
  Result<ir::ValueId> reshape(ir::ValueId value, ir::Shape shape);
  /// The value within the bounds that set_activation has put into the attributes.
  Result<ir::ValueId> clamp(ir::ValueId value, const ir::Attributes& bounds);
  /// An image batch [N, H, W, C] as [N, C, H, W] and back.
  Result<ir::ValueId> to_nchw(ir::ValueId value);
  Result<ir::ValueId> to_nhwc(ir::ValueId value);

  /// The value is the operator's result; InvalidInput when the file states another shape or format for it.
  Status set_output(std::size_t index, ir::ValueId value);
  /// The result is known to the compiler and not computed on the device.
  void set_integers(std::size_t index, std::vector<std::int64_t> integers);

 private:
  Result<std::optional<ir::ValueId>> wide_bias(const Tensor& tensor);
  const Tensor& tensor_at(const std::vector<std::int32_t>& tensors, std::size_t index) const;
  std::string unique_name(std::string_view hint);
  /// The node that computes the result has the tensor's name, not the permute behind it.
  void name_result(ir::ValueId value, std::int32_t tensor, const std::string& hint);
  Result<ir::ValueId> add_tensor(const Tensor& tensor, std::int32_t index);

  ImportState& state_;
  const Operator& op_;
  std::size_t first_value_ = state_.graph.values().size();  ///< values from here on were made for this operator
};

/// Format of a tensor with one scale, or none: see NodeImporter::output_format.
Result<Format> format_of(const Tensor& tensor);
/// What a tensor is called in the graph: the first of the names that a converter has joined, as an identifier.
std::string graph_name_of(std::string_view tensor_name);

}  // namespace pudu::frontends::tflite

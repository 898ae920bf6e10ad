// Decomposed graphs and hand-written layers multiply by constant matrices. As linear layers they get int8 weights with
// a scale per output channel. What addmm adds is an add node here, which fold_affine makes the bias.
#include "passes/matmul_to_linear.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "passes/graph_editor.hpp"

namespace pudu::passes {
namespace {

/// Rows and columns of a constant that is one matrix, whatever leading dimensions of size 1 it has; a vector counts as
/// one column. Zero rows for anything else.
struct MatrixSize {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

MatrixSize matrix_size(const GraphEditor& editor, ir::ValueId constant) {
  if (editor.floats(constant).empty()) return {};
  const ir::Shape& shape = editor.shape(constant);
  if (shape.size() == 1) return {shape[0], 1};
  if (shape.size() < 2 || std::any_of(shape.begin(), shape.end() - 2, [](std::int64_t size) { return size != 1; })) {
    return {};
  }
  return {shape[shape.size() - 2], shape.back()};
}

std::vector<float> transposed(std::span<const float> matrix, MatrixSize size) {
  const auto rows = static_cast<std::size_t>(size.rows);
  const auto columns = static_cast<std::size_t>(size.columns);
  std::vector<float> result(matrix.size());
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      result[column * rows + row] = matrix[row * columns + column];
    }
  }
  return result;
}

ir::Attributes swap_of_last_two(std::size_t rank) {
  std::vector<std::int64_t> dims(rank);
  std::iota(dims.begin(), dims.end(), 0);
  std::swap(dims[rank - 1], dims[rank - 2]);
  ir::Attributes attributes;
  attributes.set("dims", std::move(dims));
  return attributes;
}

/// `id` becomes `last` applied to `input`, or a reshape of that where ranks differ: the matmul of a matrix with leading
/// ones has more dimensions than the other operand, that of a vector fewer than the layer.
Status replace_with(GraphEditor& editor, ir::NodeId id, std::string_view last, NodeInputs inputs,
                    ir::Attributes attributes, const ir::Shape& layer_shape) {
  const ir::Node node = editor.node(id);
  const ir::Shape shape = editor.shape(node.outputs[0]);
  if (shape == layer_shape) return editor.replace(id, last, std::move(inputs), std::move(attributes));
  PUDU_TRY_ASSIGN(const ir::ValueId result, editor.insert(node.name + "." + std::string(last), last, std::move(inputs),
                                                          std::move(attributes), node.source));
  ir::Attributes reshape;
  reshape.set("shape", shape);
  return editor.replace(id, "reshape", {result}, reshape);
}

/// a x constant [K, N].
Status rewrite_constant_right(GraphEditor& editor, ir::NodeId id, MatrixSize size) {
  const ir::Node node = editor.node(id);
  const std::vector<float> data = transposed(editor.floats(*node.inputs[1]), size);
  const std::string name = editor.value(*node.inputs[1]).name;
  const ir::ValueId weight = editor.add_constant(name + ".transposed", {size.columns, size.rows}, data);
  ir::Shape layer_shape = editor.shape(*node.inputs[0]);
  layer_shape.back() = size.columns;
  return replace_with(editor, id, "linear", {node.inputs[0], weight}, {}, layer_shape);
}

/// constant [M, K] x b.
Status rewrite_constant_left(GraphEditor& editor, ir::NodeId id, MatrixSize size) {
  const ir::Node node = editor.node(id);
  const std::span<const float> constant = editor.floats(*node.inputs[0]);
  const std::vector<float> data(constant.begin(), constant.end());
  const std::string name = editor.value(*node.inputs[0]).name;
  const ir::ValueId weight = editor.add_constant(name + ".matrix", {size.rows, size.columns}, data);
  ir::ValueId input = *node.inputs[1];
  ir::Shape layer_shape = editor.shape(input);
  const std::size_t rank = layer_shape.size();
  if (rank == 1) {
    layer_shape.back() = size.rows;
    return replace_with(editor, id, "linear", {input, weight}, {}, layer_shape);
  }
  PUDU_TRY_ASSIGN(input,
                  editor.insert(node.name + ".transposed", "permute", {input}, swap_of_last_two(rank), node.source));
  PUDU_TRY_ASSIGN(input, editor.insert(node.name + ".linear", "linear", {input, weight}, {}, node.source));
  layer_shape[rank - 2] = size.rows;
  return replace_with(editor, id, "permute", {input}, swap_of_last_two(rank), layer_shape);
}

}  // namespace

Status matmul_to_linear(ir::Graph& graph) {
  return rewrite_until_stable(graph, [](GraphEditor& editor, ir::NodeId id) -> Status {
    const ir::Node& node = editor.node(id);
    if (node.op != "matmul") return {};
    if (const MatrixSize right = matrix_size(editor, *node.inputs[1]); right.rows > 0) {
      return rewrite_constant_right(editor, id, right);
    }
    MatrixSize left = matrix_size(editor, *node.inputs[0]);
    if (left.rows == 0) return {};
    if (editor.shape(*node.inputs[0]).size() == 1) std::swap(left.rows, left.columns);  // a vector on the left is a row
    return rewrite_constant_left(editor, id, left);
  });
}

}  // namespace pudu::passes

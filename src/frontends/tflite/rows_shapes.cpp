// The same elements in another shape or order. Results have the shape that the file states; what the operands and
// options say must agree with it.
#include <fmt/format.h>

#include <array>

#include "frontends/tflite/operator_table.hpp"
#include "frontends/tflite/options.hpp"

namespace pudu::frontends::tflite {
namespace {

using Sizes = std::vector<std::int64_t>;

/// Sizes as a reshape states them: -1 is whatever is left.
bool fits(const Sizes& stated, const ir::Shape& shape) {
  if (stated.size() != shape.size()) return false;
  for (std::size_t i = 0; i < stated.size(); ++i) {
    if (stated[i] != -1 && stated[i] != shape[i]) return false;
  }
  return true;
}

Status take_shape_of_file(NodeImporter& node) {
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.reshape(input, node.output_tensor(0).shape));
  return node.set_output(0, result);
}

/// The new shape is an operand, or an option in older files.
Status import_reshape(NodeImporter& node) {
  PUDU_TRY(node.check_operands(1, 2));
  std::optional<Sizes> stated;
  if (node.has_input(1)) {
    PUDU_TRY_ASSIGN(stated, node.integers(1));
  } else if (const auto options = node.options<wire::ReshapeOptions>(); options && (*options)->new_shape() != nullptr) {
    stated = Sizes((*options)->new_shape()->begin(), (*options)->new_shape()->end());
  }
  const ir::Shape& shape = node.output_tensor(0).shape;
  if (stated && !fits(*stated, shape)) {
    return invalid_here(fmt::format("a result of shape {}", ir::to_string(shape)),
                        fmt::format("shape {}, as the operator has it", ir::to_string(*stated)));
  }
  return take_shape_of_file(node);
}

ir::Shape without_ones(const ir::Shape& shape) {
  ir::Shape result;
  for (const std::int64_t size : shape) {
    if (size != 1) result.push_back(size);
  }
  return result;
}

/// SQUEEZE and EXPAND_DIMS: only sizes of 1 come and go.
Status import_ones(NodeImporter& node) {
  PUDU_TRY(node.check_operands(1, 2));
  const ir::Shape& from = node.input_tensor(0).shape;
  const ir::Shape& to = node.output_tensor(0).shape;
  if (without_ones(from) != without_ones(to)) {
    return invalid_here(fmt::format("shape {} becomes {}", ir::to_string(from), ir::to_string(to)),
                        "sizes of 1 come or go, the others stay");
  }
  return take_shape_of_file(node);
}

Status import_transpose(NodeImporter& node) {
  PUDU_TRY(node.check_operands(2, 2));
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(Sizes dims, node.integers(1));
  const std::size_t rank = node.shape(input).size();
  std::vector<bool> is_taken(rank, false);
  bool is_permutation = dims.size() == rank;
  for (std::size_t i = 0; is_permutation && i < rank; ++i) {
    if (dims[i] < 0) dims[i] += static_cast<std::int64_t>(rank);
    is_permutation =
        dims[i] >= 0 && dims[i] < static_cast<std::int64_t>(rank) && !is_taken[static_cast<std::size_t>(dims[i])];
    if (is_permutation) is_taken[static_cast<std::size_t>(dims[i])] = true;
  }
  if (!is_permutation) {
    return invalid_here(fmt::format("permutation {} of {} dimensions", ir::to_string(dims), rank),
                        "every dimension once");
  }
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.permute(input, dims));
  return node.set_output(0, result);
}

/// Known to the compiler: sizes are fixed.
Status import_shape(NodeImporter& node) {
  PUDU_TRY(node.check_operands(1, 1));
  node.set_integers(0, node.input_tensor(0).shape);
  return {};
}

}  // namespace

std::span<const OperatorRow> shape_rows() {
  static constexpr std::array rows = {
      OperatorRow{"RESHAPE", 1, import_reshape, "a constant shape"},
      OperatorRow{"SQUEEZE", 2, import_ones, ""},
      OperatorRow{"EXPAND_DIMS", 1, import_ones, ""},
      OperatorRow{"TRANSPOSE", 6, import_transpose, "a constant permutation"},
      OperatorRow{"SHAPE", 1, import_shape, "for operands that the compiler must know"},
  };
  return rows;
}

}  // namespace pudu::frontends::tflite

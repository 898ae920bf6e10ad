// The table of TensorFlow Lite's operators that the reader translates: one row each, in the file of its family. A new
// operator is a new row and its function; nothing else names operators.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace pudu::frontends::tflite {

class NodeImporter;

struct OperatorRow {
  std::string_view name;  ///< "CONV_2D", as in builtin_operators.def
  std::int32_t newest_version;
  /// Gives every output of the operator a value (NodeImporter::set_output). Errors need no `where`.
  Status (*import)(NodeImporter& node) = nullptr;
  std::string_view limits;  ///< for docs/tflite.md: what is refused; empty when nothing is
};

std::span<const OperatorRow> convolution_rows();  ///< convolutions, fully connected layers
std::span<const OperatorRow> pooling_rows();
std::span<const OperatorRow> shape_rows();       ///< the same elements in another shape or order
std::span<const OperatorRow> selection_rows();   ///< slices, splits, gathers
std::span<const OperatorRow> image_rows();       ///< interpolation, blocks of pixels
std::span<const OperatorRow> part_rows();        ///< concatenation, padding
std::span<const OperatorRow> arithmetic_rows();  ///< operators of two operands, reductions
std::span<const OperatorRow> activation_rows();  ///< functions of one element, softmax
std::span<const OperatorRow> state_rows();       ///< variables, and what sets them before the first run
std::span<const OperatorRow> recurrent_rows();   ///< layers that remember
std::span<const OperatorRow> boundary_rows();    ///< quantize, dequantize

/// The row of that name, or null.
const OperatorRow* find_operator_row(std::string_view name);

/// Every row, by name.
std::vector<const OperatorRow*> all_operator_rows();

}  // namespace pudu::frontends::tflite

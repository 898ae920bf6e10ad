// Parts of tensors and tensors of parts: slices, splits, concatenation, padding.
#include "frontends/tflite/operator_table.hpp"

namespace pudu::frontends::tflite {

std::span<const OperatorRow> part_rows() {
  return {};
}

}  // namespace pudu::frontends::tflite

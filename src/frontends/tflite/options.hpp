// Reads of an operator's options that several families share. Includes the generated wire format, so only the rows'
// files include it.
#pragma once

#include <pudu_tflite_wire/schema_generated.h>

#include <cstdint>

#include "base/result.hpp"
#include "frontends/tflite/node_importer.hpp"
#include "ir/attributes.hpp"

namespace pudu::frontends::tflite {

template <class Options>
Result<const Options*> NodeImporter::options() const {
  if (const auto* options = op_.wire->builtin_options_as<Options>()) return options;
  return invalid_here("no options of its kind", "the options that its operator needs");
}

/// Adds activation_min and activation_max for a fused activation function; Unsupported for those that are no bounds.
Status set_activation(std::int8_t function, ir::Attributes& attributes);

/// Padding before and after one dimension, as TensorFlow Lite computes it.
struct Padding {
  std::int64_t before = 0;
  std::int64_t after = 0;
};
/// SAME or VALID, for a window of `extent` (dilation counted in) and `stride`. InvalidInput for other padding codes.
Result<Padding> padding_of(std::int8_t padding, std::int64_t size, std::int64_t extent, std::int64_t stride);

/// InvalidInput unless the value is positive and not too large to compute with.
Status check_positive(const char* what, std::int64_t value);

}  // namespace pudu::frontends::tflite

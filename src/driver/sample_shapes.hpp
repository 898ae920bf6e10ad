// Which shapes of arrays are samples of an input, and what is said of the others: images whose channels stand on the
// other side, and axes of one element that are missing or too many, are recognized and told how to convert.
#pragma once

#include <cstdint>
#include <string>

#include "ir/types.hpp"

namespace pudu::driver {

using ir::Shape;

/// "[1, 3, 96, 96]"
std::string shape_text(const Shape& shape);

/// How many samples of `model` an array of shape `found` holds; -1 when it does not hold samples of it. An array may
/// have the model's shape (one sample), a sample axis in front of it, or a first axis that is a multiple of its batch.
std::int64_t sample_count(const Shape& found, const Shape& model);

/// The shapes that sample_count accepts, for messages: "[N, 1, 3, 96, 96] or [N, 3, 96, 96]".
std::string allowed_shapes(const Shape& model);

/// How NumPy makes samples of an array that holds none as it is; empty where no one conversion suggests itself.
std::string shape_hint(const Shape& found, const Shape& model);

}  // namespace pudu::driver

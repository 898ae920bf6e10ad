// Reads int8 and float models of TensorFlow Lite (.tflite) into a Graph.
//
// The graph of an int8 model is a quantized one, as the quantizer would leave it: int8 values with their parameters,
// int8 weights, int32 biases, just as they stand in the file; its arithmetic is TensorFlow Lite's. The graph of a float
// model is a float one, for Pudu to quantize. Shapes of inputs and outputs are the file's (NHWC); operators that the
// graph has in NCHW stand between permutes, which the lowering makes cost nothing.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::frontends {

/// The graph of the model, named after the file. Diagnostics have the file filled in.
/// InvalidInput: missing, truncated, foreign or inconsistent file. Unsupported: one diagnostic for each operator that
/// is.
Result<ir::Graph> read_tflite(const std::filesystem::path& file);

/// The same for a file in memory; `file_name` names it in errors and gives the graph its name.
Result<ir::Graph> read_tflite(std::span<const std::byte> bytes, const std::string& file_name);

}  // namespace pudu::frontends

// Model files by extension.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::driver {

/// Reads a model with the frontend of its extension. InvalidInput for an extension that no frontend has.
Result<ir::Graph> read_model(const std::filesystem::path& file, std::optional<std::int64_t> batch);

/// Do values of the graph have quantization parameters, so that it needs no calibration?
bool is_quantized(const ir::Graph& graph);

/// The same of a model file. Reads it only if its kind may be either; errors are those of read_model.
Result<bool> is_quantized_model(const std::filesystem::path& file);

/// Is it a kind of file whose images have their channels innermost as they are? Then there is no layout to choose.
bool is_nhwc_model(const std::filesystem::path& file);

}  // namespace pudu::driver

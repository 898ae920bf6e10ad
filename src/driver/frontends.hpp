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

}  // namespace pudu::driver

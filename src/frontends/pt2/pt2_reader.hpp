// Reads a .pt2 file, as torch.export.save writes it, into a float graph. No Python is involved. docs/pt2.md says which
// operators are translated and what the limits are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::frontends {

struct Pt2Options {
  /// Size of the batch for models with a dynamic one; without it, the batch that the model was exported with.
  std::optional<std::int64_t> batch;
};

/// The graph of the model, named after the file. Diagnostics have the file filled in.
/// InvalidInput: missing, truncated, foreign or inconsistent file, weights that are not finite, a batch that does not
/// suit. Unsupported: one diagnostic for each node that is, with the user's line of code.
Result<ir::Graph> read_pt2(const std::filesystem::path& file, const Pt2Options& options);

/// The same for a file in memory; `file_name` names it in errors and gives the graph its name.
Result<ir::Graph> read_pt2(std::span<const std::byte> bytes, const std::string& file_name, const Pt2Options& options);

}  // namespace pudu::frontends

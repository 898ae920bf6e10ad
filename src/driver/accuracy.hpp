// Classification accuracy and agreement of outputs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/npy.hpp"
#include "base/result.hpp"

namespace pudu::driver {

/// Integer class labels, one per sample, from a .npy file. InvalidInput when their number is not `samples`.
Result<std::vector<std::int64_t>> load_labels(const std::filesystem::path& file, std::size_t samples);

/// Index of the largest element; the first of equals.
std::int64_t top1(const base::Array& scores);

/// How many samples' largest score is at the label.
std::size_t count_correct(const std::vector<std::vector<base::Array>>& outputs,
                          const std::vector<std::int64_t>& labels);

}  // namespace pudu::driver

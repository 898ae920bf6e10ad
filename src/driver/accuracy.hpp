// Classification accuracy and agreement of outputs. A model tells a class by one axis of scores, or by its number.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/npy.hpp"
#include "base/result.hpp"
#include "driver/samples.hpp"
#include "program/program.hpp"

namespace pudu::driver {

/// Integer class labels, one per sample, from a .npy file, for what the model's first output says. InvalidInput when
/// their number is not `samples`, for a label that is none of its classes, and for an output that tells no class: one
/// with scores along several axes, with a single score, or with several numbers.
Result<std::vector<std::int64_t>> load_labels(const std::filesystem::path& file, std::size_t samples,
                                              const PortShape& output);

/// The first output as load_labels() takes it.
PortShape first_output(const program::Program& program);
PortShape first_output(const ir::Graph& graph);

/// Index of the largest score, the first of equals; a single element is the class itself.
std::int64_t class_of(std::span<const float> scores);

/// How many samples' largest score is at the label.
std::size_t count_correct(const std::vector<std::vector<base::Array>>& outputs,
                          const std::vector<std::int64_t>& labels);

}  // namespace pudu::driver

// Calibration, input and output data: .npy and .npz files as samples of a model's inputs.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/npy.hpp"
#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::driver {

/// What the elements of a port stand for.
enum class PortContent : std::uint8_t {
  Numbers,    ///< real numbers, quantized or not
  Positions,  ///< integers that choose, as of words in a vocabulary: int32
};

/// What a model takes or returns at one port.
struct PortShape {
  std::string name;
  std::vector<std::int64_t> shape;  ///< with the model's own batch dimension
  PortContent content = PortContent::Numbers;
};

/// Which element types a set of samples may have.
enum class SampleTypes : std::uint8_t {
  Float,       ///< float32
  FloatOrRaw,  ///< float32, or int8 taken as it is
};

/// Positions where the graph's input is of an integer type.
PortContent content_of(const ir::Value& input);

/// samples[s][i]: sample s of input i, with exactly that input's shape.
using Samples = std::vector<std::vector<base::Array>>;

/// Reads samples from one .npz (arrays named after the inputs, or in0, in1, ...) or from one .npy per input.
/// An array may have the model's shape (one sample), a sample axis in front of it, or a first axis that is a multiple
/// of the model's batch. Positions may be int64 or int32 and become int32. InvalidInput, naming file, input, what was
/// found and what is allowed.
Result<Samples> load_samples(std::span<const std::filesystem::path> files, std::span<const PortShape> inputs,
                             SampleTypes types);

/// Stacks equally shaped results on a new first axis, or, when their own first axis is 1, on that axis.
base::Array stack(std::span<const base::Array> samples);

}  // namespace pudu::driver

// What the samples of an input go from and to, beside what its codes can say, or the table has rows: inputs that are
// prepared otherwise than the calibration data (0 to 255 instead of 0 to 1, words of another vocabulary) give results
// that are wrong, but no error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/npy.hpp"
#include "program/program.hpp"

namespace pudu::driver {

/// What an input's values are, and how many of them no code says.
struct InputExtent {
  double least = 0, most = 0;
  std::size_t elements = 0, outside = 0;  ///< of float samples of int8 and int16 inputs, and of positions

  void add(const InputExtent& other);
};

InputExtent extent_of(std::span<const float> values, const program::Buffer& input);

/// The same of positions in a table; those outside are not of its `rows`.
InputExtent extent_of(std::span<const std::int32_t> positions, std::int64_t rows);

/// "... % of the positions of input 'x' ...", of positions some of which are outside.
std::string positions_warning(const std::string& input, const InputExtent& positions, std::int64_t rows);

/// Of every input of a program; empty ones where the sample has codes.
std::vector<InputExtent> extents_of(const std::vector<base::Array>& sample, const program::Program& program);

/// Adds a sample's extents to those of the samples before it.
void add_extents(std::vector<InputExtent>& sums, const std::vector<InputExtent>& sample);

/// Samples that do not look like the calibration data.
std::vector<std::string> input_warnings(const program::Program& program, std::span<const InputExtent> inputs);

}  // namespace pudu::driver

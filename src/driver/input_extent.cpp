#include "driver/input_extent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "driver/layer_quality.hpp"

namespace pudu::driver {

void InputExtent::add(const InputExtent& other) {
  if (other.elements == 0) return;
  if (elements == 0) least = other.least, most = other.most;
  least = std::min(least, other.least), most = std::max(most, other.most);
  elements += other.elements, outside += other.outside;
}

InputExtent extent_of(std::span<const float> values, const program::Buffer& input) {
  InputExtent extent;
  if (!input.quantization || values.empty()) return extent;
  const CodeRange range = code_range(input);
  extent.least = extent.most = static_cast<double>(values[0]);
  for (const float element : values) {
    const double value = static_cast<double>(element);
    extent.least = std::min(extent.least, value), extent.most = std::max(extent.most, value);
    extent.outside += value < range.low || value > range.high ? 1 : 0;
  }
  extent.elements = values.size();
  return extent;
}

std::vector<InputExtent> extents_of(const std::vector<base::Array>& sample, const program::Program& program) {
  std::vector<InputExtent> extents(sample.size());
  for (std::size_t i = 0; i < sample.size(); ++i) {
    if (sample[i].dtype != base::ArrayType::Float32) continue;
    extents[i] = extent_of(sample[i].data<float>(), program.buffer(program.inputs[i].buffer));
  }
  return extents;
}

void add_extents(std::vector<InputExtent>& sums, const std::vector<InputExtent>& sample) {
  sums.resize(sample.size());
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i].add(sample[i]);
}

std::vector<std::string> input_warnings(const program::Program& program, std::span<const InputExtent> inputs) {
  constexpr double most_outside = 0.01, most_times_smaller = 32;
  std::vector<std::string> warnings;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const InputExtent& input = inputs[i];
    const auto elements = static_cast<double>(input.elements), outside = static_cast<double>(input.outside);
    if (elements == 0) continue;
    const std::string& name = program.inputs[i].name;
    const CodeRange range = code_range(program.buffer(program.inputs[i].buffer));
    const double largest = std::max(std::abs(input.least), std::abs(input.most));
    const double largest_code = std::max(std::abs(range.low), std::abs(range.high));
    if (largest * most_times_smaller < largest_code) {
      warnings.push_back(
          fmt::format("the values of input '{}' go from {:.6g} to {:.6g}, what calibration saw from {:.6g} to {:.6g}, "
                      "over {:.0f} times as far; are both prepared as in training?",
                      name, input.least, input.most, range.low, range.high, most_times_smaller));
    }
    if (!(outside > most_outside * elements)) continue;
    warnings.push_back(fmt::format(
        "{:.1f} % of the values of input '{}' are outside of what calibration saw: they go from {:.6g} to {:.6g}, "
        "codes from {:.6g} to {:.6g}; are both prepared as in training?",
        100 * outside / elements, name, input.least, input.most, range.low, range.high));
  }
  return warnings;
}

}  // namespace pudu::driver

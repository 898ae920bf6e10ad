#include "driver/input_extent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <variant>

#include "driver/layer_quality.hpp"

namespace pudu::driver {
namespace {

/// Of the smallest table that is read at these positions; none where no call does so.
std::optional<std::int64_t> rows_read_at(const program::Program& program, program::BufferId positions) {
  std::optional<std::int64_t> fewest;
  for (const program::KernelCall& call : program.calls) {
    const program::Operand* indices = call.find_operand("indices");
    const program::Parameter* parameter = call.find_parameter("rows");
    if (indices == nullptr || parameter == nullptr || indices->buffer != positions) continue;
    const auto* rows = std::get_if<std::vector<std::int64_t>>(&parameter->values);
    if (rows != nullptr && (!fewest || rows->front() < *fewest)) fewest = rows->front();
  }
  return fewest;
}

}  // namespace

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

InputExtent extent_of(std::span<const std::int32_t> positions, std::int64_t rows) {
  InputExtent extent;
  if (positions.empty()) return extent;
  const auto [least, most] = std::minmax_element(positions.begin(), positions.end());
  extent.least = *least, extent.most = *most;
  extent.elements = positions.size();
  extent.outside = static_cast<std::size_t>(std::count_if(
      positions.begin(), positions.end(), [rows](std::int32_t each) { return each < 0 || each >= rows; }));
  return extent;
}

std::string positions_warning(const std::string& input, const InputExtent& positions, std::int64_t rows) {
  return fmt::format(
      "{:.3g} % of the positions of input '{}' are outside of the embedding, which has {} rows: they go from {:.0f} to "
      "{:.0f}; PyTorch refuses them, compiled models take the first or the last row",
      100 * static_cast<double>(positions.outside) / static_cast<double>(positions.elements), input, rows,
      positions.least, positions.most);
}

std::vector<InputExtent> extents_of(const std::vector<base::Array>& sample, const program::Program& program) {
  std::vector<InputExtent> extents(sample.size());
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const program::BufferId buffer = program.inputs[i].buffer;
    if (sample[i].dtype == base::ArrayType::Float32) {
      extents[i] = extent_of(sample[i].data<float>(), program.buffer(buffer));
    } else if (sample[i].dtype == base::ArrayType::Int32) {
      if (const auto rows = rows_read_at(program, buffer))
        extents[i] = extent_of(sample[i].data<std::int32_t>(), *rows);
    }
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
    if (const auto rows = rows_read_at(program, program.inputs[i].buffer)) {
      if (input.outside > 0) warnings.push_back(positions_warning(name, input, *rows));
      continue;
    }
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

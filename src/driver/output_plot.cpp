#include "driver/output_plot.hpp"

#include <algorithm>
#include <cmath>

namespace pudu::driver {
namespace {

constexpr std::size_t most_points = 1500;
/// Bins of half a step, from -8 steps up to 8, and one beyond each end.
constexpr double bin_steps = 0.5;
constexpr std::size_t bins = 34;
constexpr double begin_steps = -bin_steps * bins / 2;

}  // namespace

OutputPlot::OutputPlot(const program::Buffer& buffer) {
  if (!buffer.quantization || buffer.type == program::ElementType::Float32) return;
  errors_ = {static_cast<double>(buffer.quantization->scale), begin_steps, bin_steps,
             std::vector<std::size_t>(bins, 0)};
}

void OutputPlot::add(std::size_t sample, std::span<const float> expected, std::span<const float> actual) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const emitters::ReportPoint point{static_cast<double>(expected[i]), static_cast<double>(actual[i]), sample};
    if (errors_) {
      const double steps = (point.actual - point.expected) / errors_->step;
      const double bin = std::floor((steps - begin_steps) / bin_steps);
      ++errors_->counts[static_cast<std::size_t>(std::clamp(bin, 0.0, static_cast<double>(bins - 1)))];
    }
    ++seen_;
    if (points_.size() < most_points) {
      points_.push_back(point);
      continue;
    }
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;  // Knuth's MMIX
    const std::uint64_t place = (random_ >> 16) % seen_;
    if (place < most_points) points_[static_cast<std::size_t>(place)] = point;
  }
}

std::vector<emitters::ReportPoint> OutputPlot::points() const {
  std::vector<emitters::ReportPoint> sorted = points_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.sample < b.sample; });
  return sorted;
}

}  // namespace pudu::driver

// What the report's plots of output 0 show: some elements, float against int8, and how many errors are how large. Sums
// over samples, so that memory does not grow with them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "emitters/report/validation.hpp"
#include "program/program.hpp"

namespace pudu::driver {

class OutputPlot {
 public:
  /// Of the output that lies in `buffer`.
  explicit OutputPlot(const program::Buffer& buffer);

  /// Adds a sample's elements, float's and int8's.
  void add(std::size_t sample, std::span<const float> expected, std::span<const float> actual);

  /// At most 1500 elements, each with the same chance (Vitter's algorithm R, with fixed pseudo-random numbers), in the
  /// samples' order.
  std::vector<emitters::ReportPoint> points() const;
  /// Nothing of an output of floats, which has no steps.
  const std::optional<emitters::ReportErrors>& errors() const { return errors_; }

 private:
  std::vector<emitters::ReportPoint> points_;
  std::optional<emitters::ReportErrors> errors_;
  std::uint64_t seen_ = 0;
  std::uint64_t random_ = 1;
};

}  // namespace pudu::driver

// Peaks of int8 heat maps, NHWC: an element that is the largest of the window around it stays, every other becomes
// zero. Elements beyond the image take no part. Of equal neighbours all stay.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct KeepPeaksS8Params {
  std::int32_t batches, height, width, channels;
  std::int32_t radius;      ///< the window has 2 * radius + 1 rows and columns
  std::int32_t zero_point;  ///< the code of 0, of input and output alike

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("height", self.height);
    visitor("width", self.width);
    visitor("channels", self.channels);
    visitor("radius", self.radius);
    visitor("zero_point", self.zero_point);
  }
};

struct KeepPeaksS8Operands {
  const std::int8_t* input;  ///< [batches, height, width, channels]
  std::int8_t* output;       ///< the same shape

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct KeepPeaksS8 {
  static constexpr const char* name = "keep_peaks_s8";
  static constexpr const char* header = "kernels/keep_peaks/keep_peaks_s8.hpp";
  using Params = KeepPeaksS8Params;
  using Operands = KeepPeaksS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels

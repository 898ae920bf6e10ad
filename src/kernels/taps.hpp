// Which taps of a window lie inside of an image: shared by convolutions and pools. No division, which a Cortex-M0
// lacks.
#pragma once

#include <cstdint>

namespace pudu::kernels {

/// Half-open range of tap indices along one axis; empty when begin == end.
struct TapRange {
  std::int32_t begin;
  std::int32_t end;

  constexpr std::int32_t size() const noexcept { return end - begin; }
};

/// Taps t in [0, taps) with 0 <= origin + t * dilation < extent.
constexpr TapRange valid_taps(std::int32_t origin, std::int32_t dilation, std::int32_t taps,
                              std::int32_t extent) noexcept {
  TapRange range{0, taps};
  while (range.begin < range.end && origin + range.begin * dilation < 0) ++range.begin;
  while (range.end > range.begin && origin + (range.end - 1) * dilation >= extent) --range.end;
  return range;
}

}  // namespace pudu::kernels

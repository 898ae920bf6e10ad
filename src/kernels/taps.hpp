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

/// Output columns whose whole window lies inside of the image: those with 0 <= column * stride - pad and
/// column * stride - pad + reach < input_w, where `reach` is from a window's first tap to its last.
constexpr TapRange inner_columns(std::int32_t output_w, std::int32_t stride, std::int32_t pad, std::int32_t reach,
                                 std::int32_t input_w) noexcept {
  TapRange columns{0, output_w};
  while (columns.begin < columns.end && columns.begin * stride < pad) ++columns.begin;
  while (columns.end > columns.begin && (columns.end - 1) * stride - pad + reach >= input_w) --columns.end;
  return columns;
}

}  // namespace pudu::kernels

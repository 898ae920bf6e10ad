// Rounding of the weights of small windows, those of depthwise convolutions and of first layers, for layers whose
// biases are corrected.
//
// The bias takes back what rounding does to the mean of a channel. What stays is how the error of the sums varies from
// position to position: with e the errors of the weights and C the covariance of the taps of a window, e^T C e. Pixels
// next to each other are alike, so errors of one sign in a window add up, and errors of different signs cancel: that is
// worth more than each error being small. C is measured on the codes that the layer really gets, and the weights are
// rounded to the nearest plane of it (nearest_plane.hpp).
//
// A sum of few products has few errors to average over, and its covariance is measured in little time. Windows that are
// larger, or of one pixel, stay as they are; rounding those takes `--effort max` (adaptive_rounding.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "quantizer/layer_windows.hpp"

namespace pudu::quantizer {

/// Of the largest window that is rounded so: the time for its covariance grows with the square.
inline constexpr std::size_t most_window_taps = 49;

/// What a layer's weights are to become.
struct WindowedWeights {
  std::span<const float> floats;       ///< of the float graph
  std::span<const std::int8_t> codes;  ///< each rounded by itself, as the kernel has them; codes of 4 bits stay such
  std::span<const double> scales;      ///< what 1 in a code stands for, by output channel
};

/// Codes in the place of `weights.codes`; the same where little would be gained. Empty when
/// windows are of one pixel, or larger than most_window_taps. `codes` gives the layer's input in the quantized network,
/// in bytes.
std::vector<std::int8_t> round_windows(const LayerWindows& windows, const WindowedWeights& weights, std::size_t samples,
                                       const std::function<std::span<const std::byte>(std::size_t sample)>& codes);

}  // namespace pudu::quantizer

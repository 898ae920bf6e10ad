#include "quantizer/window_rounding.hpp"

#include <algorithm>
#include <optional>

#include "base/parallel.hpp"
#include "quantizer/int4.hpp"
#include "quantizer/nearest_plane.hpp"

namespace pudu::quantizer {
namespace {

/// Positions of all samples together that the covariance is measured at: as many as a layer's products allow.
constexpr std::size_t fewest_positions = 128, most_positions = 2048, wanted_products = 1 << 24;
/// Pull towards independent rounding, relative to the mean variance of a tap.
constexpr double damping = 0.1;
/// Share of the error's variance that must be gone, or a channel keeps its codes: inputs whose pixels are not alike
/// have nothing to cancel, and what a few samples of them seem to gain is luck.
constexpr double least_gain = 0.1;
/// Groups whose windows are gathered together: channels of a pixel stand side by side.
constexpr std::size_t groups_together = 16;

/// Of inputs [positions, taps], times the square of the positions: exact for int8 codes.
std::vector<double> covariance(std::span<const std::int16_t> inputs, std::size_t taps) {
  const std::size_t positions = inputs.size() / taps;
  std::vector<double> sums(taps, 0.0);
  for (std::size_t position = 0; position < positions; ++position) {
    for (std::size_t i = 0; i < taps; ++i) sums[i] += inputs[position * taps + i];
  }
  std::vector<double> result = gram_matrix(inputs, taps);
  for (std::size_t i = 0; i < taps; ++i) {
    for (std::size_t j = 0; j < taps; ++j) {
      double& element = result[i * taps + j];
      element = element * static_cast<double>(positions) - sums[i] * sums[j];
    }
  }
  return result;
}

/// e^T C e of the codes of one output channel, whose weights are `wanted` in steps.
double error_variance(std::span<const double> covariances, std::span<const double> wanted,
                      std::span<const std::int8_t> codes) {
  double variance = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    double product = 0;
    for (std::size_t j = 0; j < wanted.size(); ++j)
      product += covariances[i * wanted.size() + j] * (wanted[j] - codes[j]);
    variance += (wanted[i] - codes[i]) * product;
  }
  return variance;
}

}  // namespace

std::vector<std::int8_t> round_windows(const LayerWindows& windows, const WindowedWeights& weights, std::size_t samples,
                                       const std::function<std::span<const std::byte>(std::size_t sample)>& codes) {
  const std::size_t taps = windows.taps(), outputs = windows.group_outputs();
  if (windows.window_pixels() == 1 || taps > most_window_taps) return {};
  const std::size_t wanted_positions =
      std::clamp(wanted_products / (windows.groups() * taps * taps), fewest_positions, most_positions);
  const std::vector<std::size_t> positions = scattered_positions(samples * windows.positions(), wanted_positions);
  const std::int32_t largest_code = largest_code_of(weights.codes);
  std::vector<std::int8_t> result(weights.codes.begin(), weights.codes.end());

  const auto round_group = [&](std::size_t group, std::span<const std::int16_t> inputs) {
    const std::vector<double> covariances = covariance(inputs, taps);
    const std::optional<Factor> factor = factorize(covariances, taps, damping);
    if (!factor) return;
    std::vector<double> wanted(taps);
    std::vector<std::int8_t> nearest(taps);
    for (std::size_t o = group * outputs; o < (group + 1) * outputs; ++o) {
      if (!(weights.scales[o] > 0)) continue;  // a channel whose factor is too small for a multiplier
      for (std::size_t k = 0; k < taps; ++k) {
        wanted[k] = static_cast<double>(weights.floats[windows.float_weight_index(o, k)]) / weights.scales[o];
        nearest[k] = weights.codes[windows.weight_index(o, k)];
      }
      const std::vector<std::int8_t> rounded = round_to_nearest_plane(*factor, wanted, largest_code);
      const double before = error_variance(covariances, wanted, nearest);
      if (!(error_variance(covariances, wanted, rounded) < (1 - least_gain) * before)) continue;
      for (std::size_t k = 0; k < taps; ++k) result[windows.weight_index(o, k)] = rounded[k];
    }
  };

  const std::size_t blocks = (windows.groups() + groups_together - 1) / groups_together;
  base::parallel_for(blocks, [&](std::size_t block) {
    const std::size_t first = block * groups_together;
    const std::size_t count = std::min(groups_together, windows.groups() - first);
    const std::size_t pitch = positions.size() * taps;
    std::vector<std::int16_t> inputs(count * pitch);
    for (std::size_t n = 0; n < positions.size(); ++n) {
      windows.gather_groups(codes(positions[n] / windows.positions()), positions[n] % windows.positions(),
                            {.first = first, .count = count, .pitch = pitch}, inputs.data() + n * taps);
    }
    for (std::size_t i = 0; i < count; ++i) round_group(first + i, std::span(inputs).subspan(i * pitch, pitch));
  });
  return result;
}

}  // namespace pudu::quantizer

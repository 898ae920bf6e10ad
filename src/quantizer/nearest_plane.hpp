// Rounding of weights that minimizes the error of a layer's output instead of that of each weight.
//
// With inputs X (a row a position) and H = X^T X + damping, a row w of weights rounded to q gives an output error of
// (w - q)^T H (w - q) = |U (w - q)|^2, where H = U^T U and U is upper triangular. Going from the last weight to the
// first, each is rounded after the errors of those behind it are taken into account: Babai's nearest plane. (Known as
// GPTQ: Frantar et al., Accurate Post-Training Quantization for Generative Pre-trained Transformers, 2022, which does
// the same from the inverse of H; the equality is shown in Chen et al., The Geometry of LLM Quantization, 2025.)
//
// All loops add in a fixed order, whatever the number of threads or the width of the host's vectors: the same model
// gives the same bytes everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pudu::quantizer {

/// A symmetric positive definite matrix as U^T U; rows of U one behind the other, `size` elements each.
struct Factor {
  std::size_t size = 0;
  std::vector<double> upper;
};

/// X^T X of integer inputs [positions, taps] of at most 2^22 positions: exact, since 53 bits hold the sums.
std::vector<double> gram_matrix(std::span<const std::int16_t> inputs, std::size_t taps);

/// Factor of `gram` plus `damping` times the mean of its diagonal on the diagonal. Nothing when all inputs are 0.
std::optional<Factor> factorize(std::span<const double> gram, std::size_t taps, double damping);

/// Solves (U^T U) x = b for every row b of `rows`, [rows, size], in place.
void solve(const Factor& factor, std::span<double> rows);

/// Codes in [-largest_code, largest_code] of the rows of `weights`, [rows, size], in units of each row's step.
std::vector<std::int8_t> round_to_nearest_plane(const Factor& factor, std::span<const double> weights,
                                                std::int32_t largest_code = 127);

}  // namespace pudu::quantizer

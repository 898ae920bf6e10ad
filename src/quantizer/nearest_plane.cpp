#include "quantizer/nearest_plane.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "base/parallel.hpp"

namespace pudu::quantizer {
namespace {

/// Rows that go together: one element of the factor then serves that many.
constexpr std::size_t block_rows = 32;

/// Rows [begin, begin + count) of `rows`, transposed: [size, block_rows], zeros beyond.
std::vector<double> transposed_block(std::span<const double> rows, std::size_t size, std::size_t begin,
                                     std::size_t count) {
  std::vector<double> block(size * block_rows, 0.0);
  for (std::size_t row = 0; row < count; ++row) {
    for (std::size_t i = 0; i < size; ++i) block[i * block_rows + row] = rows[(begin + row) * size + i];
  }
  return block;
}

/// target[r] += factor * source[r] for a block of rows.
void add_scaled(double* target, double factor, const double* source) {
  for (std::size_t row = 0; row < block_rows; ++row) target[row] += factor * source[row];
}

/// Below this many taps a piece of work is too small for a thread.
constexpr std::size_t parallel_taps = 64;

/// In parallel when the matrix is large: layers of many groups have many small ones, and those run side by side.
template <class Body>
void for_each_piece(std::size_t count, std::size_t taps, const Body& body) {
  if (taps >= parallel_taps) {
    base::parallel_for(count, body);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) body(i);
}

/// Calls body(first row, rows) for blocks of rows.
template <class Body>
void for_each_block(std::size_t rows, std::size_t taps, const Body& body) {
  for_each_piece((rows + block_rows - 1) / block_rows, taps, [&](std::size_t block) {
    const std::size_t begin = block * block_rows;
    body(begin, std::min(block_rows, rows - begin));
  });
}

}  // namespace

namespace {

/// The sums in integers of a type that holds them.
template <class Sum>
std::vector<double> exact_gram_matrix(std::span<const std::int16_t> inputs, std::size_t taps) {
  std::vector<Sum> gram(taps * taps, 0);
  const std::size_t positions = taps > 0 ? inputs.size() / taps : 0;
  for_each_piece(taps, taps, [&](std::size_t i) {
    Sum* sums = gram.data() + i * taps;
    for (std::size_t position = 0; position < positions; ++position) {
      const std::int16_t* x = inputs.data() + position * taps;
      const std::int32_t value = x[i];
      if (value == 0) continue;
      for (std::size_t j = i; j < taps; ++j) sums[j] += value * x[j];
    }
  });
  for (std::size_t i = 0; i < taps; ++i) {
    for (std::size_t j = 0; j < i; ++j) gram[i * taps + j] = gram[j * taps + i];
  }
  return {gram.begin(), gram.end()};
}

}  // namespace

std::vector<double> gram_matrix(std::span<const std::int16_t> inputs, std::size_t taps) {
  std::int64_t largest = 0;
  for (const std::int16_t x : inputs) largest = std::max<std::int64_t>(largest, std::abs(std::int32_t{x}));
  const auto positions = static_cast<std::int64_t>(taps > 0 ? inputs.size() / taps : 0);
  if (largest * largest * positions <= INT32_MAX) return exact_gram_matrix<std::int32_t>(inputs, taps);
  return exact_gram_matrix<std::int64_t>(inputs, taps);
}

std::optional<Factor> factorize(std::span<const double> gram, std::size_t taps, double damping) {
  double trace = 0;
  for (std::size_t i = 0; i < taps; ++i) trace += gram[i * taps + i];
  if (!(trace > 0)) return std::nullopt;
  Factor factor{taps, std::vector<double>(gram.begin(), gram.end())};
  for (std::size_t i = 0; i < taps; ++i) factor.upper[i * taps + i] += damping * trace / static_cast<double>(taps);
  for (std::size_t k = 0; k < taps; ++k) {
    double* row = factor.upper.data() + k * taps;
    if (!(row[k] > 0)) return std::nullopt;  // rounding errors ate a direction without inputs and damping
    const double inverse = 1.0 / std::sqrt(row[k]);
    for (std::size_t j = k; j < taps; ++j) row[j] *= inverse;
    for (std::size_t i = k + 1; i < taps; ++i) {
      const double scale = row[i];
      if (scale == 0.0) continue;
      double* other = factor.upper.data() + i * taps;
      for (std::size_t j = i; j < taps; ++j) other[j] -= scale * row[j];
    }
  }
  return factor;
}

void solve(const Factor& factor, std::span<double> rows) {
  const std::size_t size = factor.size;
  for_each_block(rows.size() / size, size, [&](std::size_t begin, std::size_t count) {
    std::vector<double> x = transposed_block(rows, size, begin, count);
    for (std::size_t k = 0; k < size; ++k) {  // U^T y = b
      const double* upper = factor.upper.data() + k * size;
      for (std::size_t row = 0; row < block_rows; ++row) x[k * block_rows + row] /= upper[k];
      for (std::size_t j = k + 1; j < size; ++j) add_scaled(&x[j * block_rows], -upper[j], &x[k * block_rows]);
    }
    for (std::size_t k = size; k-- > 0;) {  // U x = y
      const double* upper = factor.upper.data() + k * size;
      for (std::size_t j = k + 1; j < size; ++j) add_scaled(&x[k * block_rows], -upper[j], &x[j * block_rows]);
      for (std::size_t row = 0; row < block_rows; ++row) x[k * block_rows + row] /= upper[k];
    }
    for (std::size_t row = 0; row < count; ++row) {
      for (std::size_t i = 0; i < size; ++i) rows[(begin + row) * size + i] = x[i * block_rows + row];
    }
  });
}

std::vector<std::int8_t> round_to_nearest_plane(const Factor& factor, std::span<const double> weights,
                                                std::int32_t largest_code) {
  const auto largest = static_cast<double>(largest_code);
  const std::size_t size = factor.size;
  std::vector<std::int8_t> codes(weights.size());
  for_each_block(weights.size() / size, size, [&](std::size_t begin, std::size_t count) {
    const std::vector<double> wanted = transposed_block(weights, size, begin, count);
    std::vector<double> errors(size * block_rows, 0.0);
    for (std::size_t k = size; k-- > 0;) {
      const double* upper = factor.upper.data() + k * size;
      double sums[block_rows] = {};
      for (std::size_t j = k + 1; j < size; ++j) add_scaled(sums, upper[j], &errors[j * block_rows]);
      for (std::size_t row = 0; row < count; ++row) {
        const double target = wanted[k * block_rows + row];
        const double code = std::clamp(std::nearbyint(target + sums[row] / upper[k]), -largest, largest);
        codes[(begin + row) * size + k] = static_cast<std::int8_t>(code);
        errors[k * block_rows + row] = target - code;
      }
    }
  });
  return codes;
}

}  // namespace pudu::quantizer

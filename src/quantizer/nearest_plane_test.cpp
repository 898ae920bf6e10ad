// Factors, solutions and roundings against their definitions.
#include "quantizer/nearest_plane.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace pudu::quantizer {
namespace {

/// Positions whose taps follow each other, as those of images do.
std::vector<std::int16_t> correlated_inputs(std::size_t positions, std::size_t taps, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<std::int16_t> inputs;
  for (std::size_t n = 0; n < positions; ++n) {
    std::int32_t value = static_cast<std::int32_t>(generator() % 200) - 60;
    for (std::size_t k = 0; k < taps; ++k) {
      value = std::clamp(value + static_cast<std::int32_t>(generator() % 41) - 20, -255, 255);
      inputs.push_back(static_cast<std::int16_t>(value));
    }
  }
  return inputs;
}

std::vector<double> random_weights(std::size_t count, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<double> weights(count);
  for (double& weight : weights) weight = static_cast<double>(generator() % 20001) / 100.0 - 100.0;
  return weights;
}

/// Sum over positions of the squared error of the output.
double output_error(const std::vector<std::int16_t>& inputs, std::span<const double> weights,
                    std::span<const std::int8_t> codes) {
  const std::size_t taps = weights.size();
  double error = 0;
  for (std::size_t n = 0; n < inputs.size() / taps; ++n) {
    double sum = 0;
    for (std::size_t k = 0; k < taps; ++k) sum += (weights[k] - codes[k]) * inputs[n * taps + k];
    error += sum * sum;
  }
  return error;
}

TEST(NearestPlane, TheFactorsProductIsTheDampedGramMatrix) {
  constexpr std::size_t taps = 7;
  const std::vector<std::int16_t> inputs = correlated_inputs(40, taps, 1);
  const std::vector<double> gram = gram_matrix(inputs, taps);
  double trace = 0;
  for (std::size_t i = 0; i < taps; ++i) trace += gram[i * taps + i];
  const auto factor = factorize(gram, taps, 0.25);
  ASSERT_TRUE(factor.has_value());
  for (std::size_t i = 0; i < taps; ++i) {
    for (std::size_t j = i; j < taps; ++j) {
      std::int64_t expected = 0;
      for (std::size_t n = 0; n < 40; ++n) expected += inputs[n * taps + i] * inputs[n * taps + j];
      EXPECT_EQ(gram[i * taps + j], expected);
      EXPECT_EQ(gram[j * taps + i], expected);
      double product = 0;
      for (std::size_t k = 0; k <= i; ++k) product += factor->upper[k * taps + i] * factor->upper[k * taps + j];
      EXPECT_NEAR(product, static_cast<double>(expected) + (i == j ? 0.25 * trace / taps : 0.0), 1e-6 * trace);
    }
  }
}

TEST(NearestPlane, SolutionsSolve) {
  // More rows than a block, and more taps than are done by one thread.
  constexpr std::size_t taps = 70, rows = 37;
  const std::vector<double> gram = gram_matrix(correlated_inputs(300, taps, 2), taps);
  const auto factor = factorize(gram, taps, 0.5);
  ASSERT_TRUE(factor.has_value());
  double trace = 0;
  for (std::size_t i = 0; i < taps; ++i) trace += gram[i * taps + i];
  const std::vector<double> wanted = random_weights(rows * taps, 3);
  std::vector<double> solved = wanted;
  solve(*factor, solved);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < taps; ++i) {
      double product = 0.5 * trace / taps * solved[row * taps + i];
      for (std::size_t j = 0; j < taps; ++j) product += gram[i * taps + j] * solved[row * taps + j];
      EXPECT_NEAR(product, wanted[row * taps + i], 1e-6);
    }
  }
}

TEST(NearestPlane, RoundsToTheNearestWhereInputsAreIndependent) {
  constexpr std::size_t taps = 5;
  std::vector<std::int16_t> inputs(taps * taps, 0);
  for (std::size_t i = 0; i < taps; ++i) inputs[i * taps + i] = static_cast<std::int16_t>(10 + 20 * i);
  const auto factor = factorize(gram_matrix(inputs, taps), taps, 0.1);
  ASSERT_TRUE(factor.has_value());
  const std::vector<double> weights = {0.4, -0.6, 126.7, -300.0, 3.0};
  EXPECT_EQ(round_to_nearest_plane(*factor, weights), (std::vector<std::int8_t>{0, -1, 127, -127, 3}));
}

TEST(NearestPlane, DisturbsOutputsLessThanRoundingEachWeight) {
  for (const std::size_t taps : {9U, 27U, 96U}) {
    constexpr std::size_t rows = 40;
    const std::vector<std::int16_t> inputs = correlated_inputs(400, taps, static_cast<std::uint32_t>(taps));
    const auto factor = factorize(gram_matrix(inputs, taps), taps, 0.01);
    ASSERT_TRUE(factor.has_value());
    const std::vector<double> weights = random_weights(rows * taps, 5);
    const std::vector<std::int8_t> planes = round_to_nearest_plane(*factor, weights);
    std::vector<std::int8_t> nearest;
    for (const double weight : weights) nearest.push_back(static_cast<std::int8_t>(std::nearbyint(weight)));
    double plane_error = 0, nearest_error = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      const std::span<const double> wanted(weights.data() + row * taps, taps);
      plane_error += output_error(inputs, wanted, {planes.data() + row * taps, taps});
      nearest_error += output_error(inputs, wanted, {nearest.data() + row * taps, taps});
    }
    EXPECT_LT(plane_error, 0.5 * nearest_error) << taps << " taps";
  }
}

TEST(NearestPlane, HasNoFactorWithoutInputs) {
  EXPECT_FALSE(factorize(gram_matrix(std::vector<std::int16_t>(12, 0), 3), 3, 0.1).has_value());
  EXPECT_FALSE(factorize({}, 0, 0.1).has_value());
  // A tap that is always 0, and nothing on the diagonal instead.
  const std::vector<std::int16_t> one_dead = {1, 0, 2, 0};
  EXPECT_FALSE(factorize(gram_matrix(one_dead, 2), 2, 0.0).has_value());
  EXPECT_TRUE(factorize(gram_matrix(one_dead, 2), 2, 0.1).has_value());
}

}  // namespace
}  // namespace pudu::quantizer

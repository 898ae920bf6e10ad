// For tests: do two float graphs compute the same? Limits: random inputs from a normal distribution of standard
// deviation 2, so that both ends of the usual clamps are met.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ir/graph.hpp"
#include "ops/float_executor.hpp"
#include "ops/tensor.hpp"

namespace pudu::passes::testing {

inline std::vector<ops::Tensor> random_inputs(const ir::Graph& graph, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0F, 2.0F);
  std::vector<ops::Tensor> inputs;
  for (const ir::ValueId id : graph.inputs) {
    const ir::Shape& shape = graph.value(id).type.shape;
    std::vector<float> data(static_cast<std::size_t>(ir::element_count(shape)));
    std::generate(data.begin(), data.end(), [&] { return normal(generator); });
    inputs.emplace_back(shape, std::move(data));
  }
  return inputs;
}

/// Differences are relative to the largest element of the output.
inline ::testing::AssertionResult are_close(const ops::Tensor& expected, const ops::Tensor& found, double tolerance) {
  if (expected.shape() != found.shape()) {
    return ::testing::AssertionFailure() << "shape " << ir::to_string(found.shape()) << " instead of "
                                         << ir::to_string(expected.shape());
  }
  double largest = 0.0;
  for (const float element : expected.data()) largest = std::max(largest, static_cast<double>(std::abs(element)));
  for (std::size_t i = 0; i < expected.data().size(); ++i) {
    const auto wanted = static_cast<double>(expected.data()[i]);
    const auto have = static_cast<double>(found.data()[i]);
    if (wanted == have || (std::isnan(wanted) && std::isnan(have))) continue;
    if (std::abs(wanted - have) <= tolerance * largest) continue;
    return ::testing::AssertionFailure() << "element " << i << " is " << have << " instead of " << wanted;
  }
  return ::testing::AssertionSuccess();
}

/// Runs both graphs on the same random inputs. The default tolerance is what another order of summation may cost, which
/// passes and versions of oneDNN change; a wrong weight costs far more.
inline ::testing::AssertionResult have_same_results(const ir::Graph& before, const ir::Graph& after,
                                                    double tolerance = 1e-4) {
  const std::vector<ops::Tensor> inputs = random_inputs(before, 1);
  const auto expected = ops::FloatExecutor(before).run(inputs);
  const auto found = ops::FloatExecutor(after).run(inputs);
  if (!expected) return ::testing::AssertionFailure() << "before: " << to_string(expected.error());
  if (!found) return ::testing::AssertionFailure() << "after: " << to_string(found.error());
  if (expected->size() != found->size()) {
    return ::testing::AssertionFailure() << found->size() << " outputs instead of " << expected->size();
  }
  for (std::size_t i = 0; i < expected->size(); ++i) {
    const auto close = are_close((*expected)[i], (*found)[i], tolerance);
    if (!close) return ::testing::AssertionFailure() << "output " << i << ": " << close.message();
  }
  return ::testing::AssertionSuccess();
}

}  // namespace pudu::passes::testing

// Ranges by other rules than the squared error, and the choice among them by what they do to the operators behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "ops/registry.hpp"
#include "quantizer/calibrate.hpp"
#include "quantizer/histogram.hpp"
#include "quantizer/range_choice.hpp"

namespace pudu::quantizer {
namespace {

Histogram histogram_of(const std::vector<float>& data) {
  const auto [low, high] = std::minmax_element(data.begin(), data.end());
  Histogram histogram(*low, *high);
  histogram.add(data);
  return histogram;
}

double highest(const ir::QuantParams& params) {
  return (params.quant_max - params.zero_point) * static_cast<double>(params.scale());
}

/// A bell of deviation 1, and one element far away.
std::vector<float> bell_with_outlier(float outlier) {
  std::mt19937 generator(5);
  std::normal_distribution<float> normal;
  std::vector<float> data(50000);
  for (float& value : data) value = normal(generator);
  data.push_back(outlier);
  return data;
}

TEST(Histogram, APercentileLeavesOutWhatIsRare) {
  const Histogram histogram = histogram_of(bell_with_outlier(40.0F));
  EXPECT_LT(highest(histogram.percentile_params(0.9999)), 5.0);
  EXPECT_GT(highest(histogram.percentile_params(0.9999)), 3.0);
  EXPECT_NEAR(highest(histogram.percentile_params(1.0)), 40.0, 0.5);
  EXPECT_NEAR(highest(histogram.occupied_params()), 40.0, 0.5);
}

TEST(Histogram, LeastDivergenceClipsATailAndKeepsAUniformRange) {
  EXPECT_LT(highest(histogram_of(bell_with_outlier(12.0F)).least_divergence_params()), 8.0);
  std::vector<float> uniform(40960);
  for (std::size_t i = 0; i < uniform.size(); ++i) uniform[i] = static_cast<float>(i) / 40959.0F;
  EXPECT_GT(highest(histogram_of(uniform).least_divergence_params()), 0.97);
}

TEST(Histogram, EveryRuleTakesDataWithoutWidth) {
  const Histogram zeros = histogram_of({0.0F, 0.0F});
  const Histogram constant = histogram_of({3.0F, 3.0F});
  for (const Histogram* histogram : {&zeros, &constant}) {
    for (const ir::QuantParams& params : {histogram->best_params(), histogram->percentile_params(0.9999),
                                          histogram->least_divergence_params(), histogram->occupied_params()}) {
      EXPECT_TRUE(std::isfinite(params.scale()));
      EXPECT_GT(params.scale(), 0.0F);
    }
  }
  EXPECT_NEAR(highest(constant.percentile_params(0.9999)), 3.0, 0.02);
}

ir::ValueId append(ir::Graph& graph, const std::string& name, std::string_view op,
                   std::vector<std::optional<ir::ValueId>> inputs, ir::Attributes attributes = {}) {
  auto node = ops::append_node(graph, name, op, std::move(inputs), std::move(attributes));
  EXPECT_TRUE(node.ok()) << to_string(node.error());
  return graph.nodes()[ir::index_of(*node)].outputs.front();
}

/// x [1, 4000] -> function -> y: 0.0005 apart from -1 to 1, and 8 in the first sample and in the third.
struct OneFunction {
  OneFunction(std::string function, std::vector<double> parameters) {
    graph.name = "one";
    const ir::ValueId x = graph.add_value("x", {ir::DType::Float32, {1, 4000}});
    graph.inputs = {x};
    ir::Attributes attributes;
    attributes.set("function", std::move(function));
    attributes.set("params", std::move(parameters));
    graph.outputs = {append(graph, "y", "unary", {x}, attributes)};
    std::vector<float> data(4000);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(i) / 2000.0F - 1.0F;
    for (std::size_t i = 0; i < 12; ++i) {
      data.back() = i == 0 || i == 2 ? 8.0F : 0.5F;
      samples.push_back({ops::Tensor({1, 4000}, data)});
    }
  }

  double range_of_input(RangeMethod method) const {
    const auto ranges = calibrate(graph, samples, {.range_method = method});
    EXPECT_TRUE(ranges.ok()) << to_string(ranges.error());
    return highest(*ranges->params[ir::index_of(graph.inputs.front())]);
  }

  ir::Graph graph;
  std::vector<Sample> samples;
};

TEST(RangeChoice, AFunctionThatForgetsLargeNumbersMayLoseThem) {
  const OneFunction bounded("clamp", {-1.0, 1.0});
  EXPECT_LT(bounded.range_of_input(RangeMethod::Auto), bounded.range_of_input(RangeMethod::MinMax) / 2);
}

TEST(RangeChoice, AFunctionOfLargeNumbersKeepsThem) {
  const OneFunction exponential("exp", {});
  EXPECT_NEAR(exponential.range_of_input(RangeMethod::Auto), 8.0, 0.1);
}

TEST(RangeChoice, FewSamplesGetTheSquaredError) {
  OneFunction bounded("clamp", {-1.0, 1.0});
  bounded.samples.resize(5);
  EXPECT_EQ(bounded.range_of_input(RangeMethod::Auto), bounded.range_of_input(RangeMethod::Histogram));
}

TEST(RangeChoice, TakesTheFirstOfEquals) {
  const OneFunction bounded("clamp", {-1.0, 1.0});
  const SharingGroups groups(bounded.graph);
  RangeCandidates candidates(bounded.graph.values().size());
  const std::size_t input = groups.group_of(bounded.graph.inputs.front());
  candidates[input] = {ir::per_tensor(1.0F / 64.0F, 0), ir::per_tensor(1.0F / 128.0F, 0),
                       ir::per_tensor(1.0F / 128.0F, 0)};
  const auto choices = choose_ranges(bounded.graph, groups, candidates, bounded.samples);
  ASSERT_TRUE(choices.ok()) << to_string(choices.error());
  EXPECT_EQ((*choices)[input], 1U);
}

}  // namespace
}  // namespace pudu::quantizer

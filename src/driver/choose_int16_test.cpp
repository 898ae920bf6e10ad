// Which values the search gives 16 bits, on a network with one value that 8 bits cannot hold.
#include "driver/choose_int16.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "ops/registry.hpp"

namespace pudu::driver {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<float> random_floats(std::size_t count, std::uint32_t seed, float low, float high) {
  std::mt19937 generator(seed);
  std::vector<float> values(count);
  for (float& value : values) value = low + (high - low) * static_cast<float>(generator() % 65536) / 65536.0F;
  return values;
}

constexpr std::int64_t features = 16;

/// x -> first -> spread -> gathered -> last: `spread` multiplies its first feature by 300, `gathered` divides it again,
/// so that the codes of `spread` say little about the others.
struct Network {
  Network() {
    graph.name = "test";
    const auto x = graph.add_value("x", {ir::DType::Float32, {1, features}});
    graph.inputs = {x};
    const auto first = linear("first", x, random_matrix(1));
    const auto spread = linear("spread", first, diagonal(300.0F));
    const auto gathered = linear("gathered", spread, diagonal(1.0F / 300.0F));
    graph.outputs = {linear("last", gathered, random_matrix(2))};
    for (std::uint32_t seed = 10; seed < 26; ++seed) {
      samples.push_back({ops::Tensor({1, features}, random_floats(features, seed, -1.0F, 1.0F))});
    }
  }

  static std::vector<float> random_matrix(std::uint32_t seed) {
    return random_floats(static_cast<std::size_t>(features * features), seed, -0.5F, 0.5F);
  }
  static std::vector<float> diagonal(float first) {
    std::vector<float> weights(static_cast<std::size_t>(features * features), 0.0F);
    for (std::int64_t i = 0; i < features; ++i) {
      weights[static_cast<std::size_t>(i * features + i)] = i == 0 ? first : 1.0F;
    }
    return weights;
  }
  ir::ValueId linear(const std::string& name, ir::ValueId input, const std::vector<float>& weights) {
    const auto w = graph.add_constant_f32(name + ".w", {features, features}, weights);
    auto node = ops::append_node(graph, name, "linear", {input, w}, {});
    EXPECT_TRUE(node.ok()) << to_string(node.error());
    return graph.nodes()[ir::index_of(*node)].outputs.front();
  }

  Result<quantizer::Int16Choice> choose(const quantizer::Int16Search& search, std::vector<std::string> named = {},
                                        std::optional<std::size_t> ram_bytes = {}) const {
    Int16Request request;
    request.target = targets::make_target("cortex-m4", "").value();
    request.quantizer.int16_search = search;
    request.quantizer.int16 = std::move(named);
    request.quantizer.linear_weights = quantizer::LinearWeights::PerChannel;
    request.plan.ram_bytes = ram_bytes;
    base::SilentProgress progress;
    return choose_int16(graph, samples, request, progress);
  }

  ir::Graph graph;
  std::vector<quantizer::Sample> samples;
};

TEST(ChooseInt16, RanksTheValueThat8BitsCannotHoldFirst) {
  const Network network;
  const auto ranges = quantizer::calibrate(network.graph, network.samples, {});
  const auto ranked = rank_values(network.graph, *ranges, network.samples, {}, {});
  ASSERT_TRUE(ranked.ok()) << to_string(ranked.error());
  ASSERT_EQ(ranked->size(), 5U);
  EXPECT_EQ(ranked->front().name, "spread");
  for (std::size_t i = 1; i < ranked->size(); ++i) EXPECT_GE((*ranked)[i].sqnr_db, (*ranked)[i - 1].sqnr_db);
  EXPECT_LT(ranked->front().sqnr_db, (*ranked)[1].sqnr_db - 10);
}

TEST(ChooseInt16, ByNumberTakesTheWorst) {
  const auto choice = Network().choose({.most = 1});
  ASSERT_TRUE(choice.ok()) << to_string(choice.error());
  EXPECT_THAT(choice->names, ElementsAre("spread"));
  EXPECT_EQ(choice->held_out, 4U);
  EXPECT_GT(choice->sqnr_db, choice->int8_sqnr_db + 10);
}

TEST(ChooseInt16, ByAccuracyTakesNoMoreThanItNeeds) {
  const Network network;
  const auto one = network.choose({.most = 1});
  const auto all = network.choose({.most = 5});
  ASSERT_TRUE(one.ok() && all.ok());
  ASSERT_GT(all->sqnr_db, one->sqnr_db);
  const auto none = network.choose({.accuracy_db = one->int8_sqnr_db - 0.1});
  ASSERT_TRUE(none.ok());
  EXPECT_THAT(none->names, IsEmpty());
  const auto few = network.choose({.accuracy_db = one->sqnr_db - 0.1});
  ASSERT_TRUE(few.ok());
  EXPECT_THAT(few->names, ElementsAre("spread"));
  const auto more = network.choose({.accuracy_db = one->sqnr_db + 0.1});
  ASSERT_TRUE(more.ok()) << to_string(more.error());
  EXPECT_GT(more->names.size(), 1U);
  EXPECT_GE(more->sqnr_db, one->sqnr_db + 0.1);
}

TEST(ChooseInt16, WhatCannotBeReachedIsALimit) {
  const auto choice = Network().choose({.most = 1, .accuracy_db = 95.0});
  ASSERT_FALSE(choice.ok());
  EXPECT_EQ(choice.error().kind, ErrorKind::LimitExceeded);
  EXPECT_EQ(choice.error().diagnostics.front().where, "--accuracy");
  EXPECT_THAT(choice.error().diagnostics.front().found, HasSubstr("with 1 of the model's values int16"));
}

TEST(ChooseInt16, NamedValuesComeFirstAndAreNotChosenAgain) {
  const auto choice = Network().choose({.most = 2}, {"last"});
  ASSERT_TRUE(choice.ok()) << to_string(choice.error());
  ASSERT_EQ(choice->names.size(), 3U);
  EXPECT_EQ(choice->names[0], "last");
  EXPECT_EQ(choice->names[1], "spread");
  EXPECT_NE(choice->names[2], "last");
}

TEST(ChooseInt16, WhatDoesNotFitTheMemoryIsPassedOver) {
  // int8: 2 * 16 bytes. `spread` in 16 bits makes both of its layers read or write 32.
  const auto choice = Network().choose({.most = 2}, {}, 40);
  ASSERT_TRUE(choice.ok()) << to_string(choice.error());
  EXPECT_THAT(choice->names, Each(Not("spread")));
}

TEST(ChooseInt16, NeedsSamplesToMeasureOn) {
  Network network;
  network.samples.resize(3);
  const auto choice = network.choose({.most = 1});
  ASSERT_FALSE(choice.ok());
  EXPECT_EQ(choice.error().kind, ErrorKind::InvalidInput);
  EXPECT_THAT(choice.error().diagnostics.front().found, HasSubstr("3 samples"));
}

}  // namespace
}  // namespace pudu::driver

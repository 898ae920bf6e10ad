// Unary: every function of functions.def at values known from PyTorch, its table for all 256 codes, and its document.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include "ops/testing/single_node.hpp"
#include "ops/unary/functions.hpp"

namespace pudu::ops {
namespace {

using testing::Codes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using testing::SingleNode;

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Point {
  std::vector<double> parameters;
  float x;
  float value;
};

/// Values of the functions of torch.nn.functional and torch, in double, rounded to seven digits.
const std::multimap<std::string, Point>& known_values() {
  static const std::multimap<std::string, Point> values = {
      {"identity", {{}, -1.5F, -1.5F}},
      {"clamp", {{0, infinity}, -3, 0}},
      {"clamp", {{0, infinity}, 3, 3}},
      {"clamp", {{0, 6}, 7, 6}},
      {"clamp", {{-1, 1}, -7, -1}},
      {"sigmoid", {{}, 0, 0.5F}},
      {"sigmoid", {{}, 2, 0.8807971F}},
      {"sigmoid", {{}, -2, 0.1192029F}},
      {"sigmoid", {{}, -1000, 0}},
      {"tanh", {{}, 0.5F, 0.4621172F}},
      {"tanh", {{}, -3, -0.9950548F}},
      {"hardswish", {{}, -4, 0}},
      {"hardswish", {{}, 1, 0.6666667F}},
      {"hardswish", {{}, 5, 5}},
      {"hardsigmoid", {{}, -4, 0}},
      {"hardsigmoid", {{}, 1, 0.6666667F}},
      {"hardsigmoid", {{}, 3.5F, 1}},
      {"silu", {{}, 1, 0.7310586F}},
      {"silu", {{}, -2, -0.2384058F}},
      {"gelu", {{}, 1, 0.8413447F}},
      {"gelu", {{}, -1, -0.1586553F}},
      {"gelu_tanh", {{}, 1, 0.8411920F}},
      {"gelu_tanh", {{}, -1, -0.1588080F}},
      {"elu", {{1, 1, 1}, -1, -0.6321206F}},
      {"elu", {{1, 1, 1}, 2, 2}},
      {"elu", {{2, 3, 0.5}, -1, -2.3608160F}},
      {"elu", {{2, 3, 0.5}, 1, 3}},
      {"leaky_relu", {{0.01}, -2, -0.02F}},
      {"leaky_relu", {{0.01}, 2, 2}},
      {"mish", {{}, 1, 0.8650984F}},
      {"mish", {{}, -2, -0.2525015F}},
      {"softplus", {{1, 20}, 1, 1.3132617F}},
      {"softplus", {{2, 20}, -1, 0.0634640F}},
      {"softplus", {{1, 20}, 21, 21}},
      {"exp", {{}, 1, 2.7182818F}},
      {"log", {{}, 2, 0.6931472F}},
      {"sqrt", {{}, 2, 1.4142136F}},
      {"rsqrt", {{}, 4, 0.5F}},
      {"neg", {{}, 2, -2}},
      {"abs", {{}, -2, 2}},
      {"reciprocal", {{}, -4, -0.25F}},
      {"pow", {{2}, -3, 9}},
      {"pow", {{0.5}, 2, 1.4142136F}},
      {"scale_shift", {{2, -1}, 3, 5}},
      {"sin", {{}, 2, 0.9092974F}},
      {"cos", {{}, 2, -0.4161468F}},
      {"floor", {{}, -1.5F, -2}},
      {"round", {{}, 2.5F, 2}},
      {"round", {{}, -1.5F, -2}},
      {"sign", {{}, -0.1F, -1}},
      {"sign", {{}, 0, 0}},
      {"greater", {{1}, 1, 0}},
      {"greater", {{1}, 1.5F, 1}},
      {"greater_equal", {{1}, 1, 1}},
      {"greater_equal", {{1}, 0.5F, 0}},
      {"less", {{1}, 1, 0}},
      {"less", {{1}, 0.5F, 1}},
      {"less_equal", {{1}, 1, 1}},
      {"less_equal", {{1}, 1.5F, 0}},
      {"equal", {{1}, 1, 1}},
      {"equal", {{1}, 2, 0}},
      {"not_equal", {{1}, 1, 0}},
      {"not_equal", {{1}, 2, 1}},
      {"power_of", {{3}, 2, 9}},
      {"power_of", {{0.5}, -1, 2}},
  };
  return values;
}

ir::Attributes function(std::string_view name, std::vector<double> parameters = {}) {
  ir::Attributes attributes;
  attributes.set("function", std::string(name));
  attributes.set("params", std::move(parameters));
  return attributes;
}

TEST(Unary, EveryFunctionHasTheValuesOfPyTorch) {
  for (const UnaryFunction& known : unary_functions()) {
    const auto [begin, end] = known_values().equal_range(std::string(known.name));
    ASSERT_NE(begin, end) << "no known value of " << known.name;
    for (auto it = begin; it != end; ++it) {
      const Point& point = it->second;
      SingleNode node("unary", function(known.name, point.parameters));
      node.float_input({1});
      const float value = node.reference({{point.x}}).front();
      EXPECT_NEAR(value, point.value, 2e-7F * std::max(1.0F, std::abs(point.value))) << known.name << ' ' << point.x;
    }
  }
}

Codes every_code() {
  Codes codes(256);
  for (int i = 0; i < 256; ++i) codes[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(i - 128);
  return codes;
}

TEST(Unary, TablesAreTheFormulaRoundedTiesAwayFromZero) {
  constexpr testing::Scale input{0.05F, 10};
  constexpr testing::Scale output{0.03F, -20};
  for (const auto& [name, point] : known_values()) {
    SingleNode node("unary", function(name, point.parameters));
    node.input({256}, input).output(output);
    const Codes actual = node.run({every_code()});
    const UnaryFunction& known = *find_unary_function(name);
    for (int code = -128; code <= 127; ++code) {
      const double y = known.evaluate((code - 10) * static_cast<double>(input.scale), point.parameters);
      const double exact =
          std::isnan(y) ? -20.0 : std::clamp(y / static_cast<double>(output.scale) - 20.0, -128.0, 127.0);
      ASSERT_EQ(actual[static_cast<std::size_t>(code + 128)], std::round(exact)) << name << " of code " << code;
    }
  }
}

TEST(Unary, RoundsTiesAwayFromZero) {
  SingleNode node("unary", function("scale_shift", {0.5, 0.0}));
  node.input({4}, {1.0F, 0}).output({1.0F, 0});
  EXPECT_THAT(node.run({{1, 3, -1, -3}}), ElementsAre(1, 2, -1, -2));
}

TEST(Unary, KeepsAnyOrderOfMemory) {
  const Codes codes = testing::Random(1).codes(1 * 3 * 2 * 2);
  SingleNode contiguous("unary", function("sigmoid"));
  contiguous.input({1, 3, 2, 2}, {0.1F, 3}).output({1.0F / 256.0F, -128});
  SingleNode channels_last("unary", function("sigmoid"));
  channels_last.input({1, 3, 2, 2}, {0.1F, 3}, {0, 2, 3, 1}).output({1.0F / 256.0F, -128});
  EXPECT_EQ(channels_last.run({codes}), contiguous.run({codes}));
  EXPECT_EQ(channels_last.lower()->transposes, 0U);
  EXPECT_THAT(channels_last.lower()->kernels, ElementsAre("lut_s8"));
  channels_last.expect_matches_reference(0.51);
}

TEST(Unary, CostsNothingWhereItChangesNothing) {
  SingleNode relu("unary", function("clamp", {0.0, infinity}));
  relu.input({4}, {0.1F, -128}).output({0.1F, -128});
  EXPECT_THAT(relu.lower()->kernels, IsEmpty());
  EXPECT_THAT(relu.run({{-128, 0, 5, 127}}), ElementsAre(-128, 0, 5, 127));
  SingleNode rescale("unary", function("identity"));
  rescale.input({3}, {0.1F, 0}).output({0.2F, 0});
  EXPECT_THAT(rescale.run({{-128, 3, 100}}), ElementsAre(-64, 2, 50));
}

std::string infer_message(const ir::Attributes& attributes) {
  SingleNode node("unary", attributes);
  node.float_input({2});
  return message_of(node.infer());
}

TEST(Unary, SaysWhatItCannotDo) {
  EXPECT_EQ(infer_message(function("sinc")), "error: node: function 'sinc'; " + unary_function_names());
  EXPECT_EQ(infer_message(function("clamp", {1.0})),
            "error: node: function clamp with 1 parameters; 2 parameters: min, max");
  EXPECT_EQ(infer_message(function("tanh", {1.0})), "error: node: function tanh with 1 parameters; 0 parameters");
  EXPECT_EQ(infer_message({}),
            "error: node: operator unary without its attribute function; a text: one of " + unary_function_names());
}

TEST(Unary, DocumentListsEveryFunction) {
  std::ifstream file(PUDU_SOURCE_DIR "/src/ops/unary/unary.md");
  std::stringstream document;
  document << file.rdbuf();
  for (const UnaryFunction& known : unary_functions()) {
    std::string parameters;
    for (const std::string_view name : known.parameters)
      parameters += (parameters.empty() ? "" : ", ") + std::string(name);
    EXPECT_THAT(document.str(), HasSubstr("| `" + std::string(known.name) + "` | " + parameters + " | " +
                                          std::string(known.formula) + " |"));
  }
}

}  // namespace
}  // namespace pudu::ops

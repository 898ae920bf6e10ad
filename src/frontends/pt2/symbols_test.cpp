#include "frontends/pt2/symbols.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace pudu::frontends {
namespace {

using ::testing::HasSubstr;

const SymbolValues values = {{"s77", 4}, {"s1", -7}};

std::int64_t evaluate(std::string_view expression) {
  const Result<std::int64_t> value = evaluate_expression(expression, values);
  if (!value) {
    ADD_FAILURE() << to_string(value.error());
    return 0;
  }
  return *value;
}

std::string error_of(std::string_view expression) {
  const Result<std::int64_t> value = evaluate_expression(expression, values);
  return value ? "no error" : to_string(value.error());
}

TEST(Symbols, EvaluatesEveryForm) {
  EXPECT_EQ(evaluate("Integer(12)"), 12);
  EXPECT_EQ(evaluate("Integer(-3)"), -3);
  EXPECT_EQ(evaluate("Symbol('s77', positive=True, integer=True)"), 4);
  EXPECT_EQ(evaluate("Mul(Integer(2), Symbol('s77', positive=True, integer=True))"), 8);
  EXPECT_EQ(evaluate("Add(Symbol('s77'), Mul(Integer(3), Symbol('s77')), Integer(1))"), 17);
  EXPECT_EQ(evaluate("Pow(Symbol('s77'), Integer(3))"), 64);
  EXPECT_EQ(evaluate("FloorDiv(Symbol('s1'), Integer(2))"), -4);
  EXPECT_EQ(evaluate("PythonMod(Symbol('s1'), Integer(4))"), 1);
  EXPECT_EQ(evaluate("Mod(Symbol('s77'), Integer(3))"), 1);
  EXPECT_EQ(evaluate("Max(Integer(1), Symbol('s77'), Integer(3))"), 4);
  EXPECT_EQ(evaluate("Min(Integer(9), Symbol('s77'))"), 4);
}

TEST(Symbols, RefusesWhatItDoesNotUnderstand) {
  EXPECT_THAT(error_of(""), HasSubstr("malformed"));
  EXPECT_THAT(error_of("Integer(1"), HasSubstr("malformed"));
  EXPECT_THAT(error_of("Integer(1) Integer(2)"), HasSubstr("malformed"));
  EXPECT_THAT(error_of("Mod(Integer(1))"), HasSubstr("malformed"));
  EXPECT_THAT(error_of("Symbol('s77"), HasSubstr("malformed"));
  EXPECT_THAT(error_of("Where(Integer(1))"), HasSubstr("function 'Where' in the expression of a size is not known"));
  EXPECT_THAT(error_of("Symbol('s5')"), HasSubstr("symbol 's5' is not the size of an input"));
}

TEST(Symbols, RefusesOverflowAndDivisionByZero) {
  constexpr std::string_view fault = "overflows or divides by zero";
  EXPECT_THAT(error_of("Mul(Integer(4611686018427387904), Integer(2))"), HasSubstr(fault));
  EXPECT_THAT(error_of("Add(Integer(9223372036854775807), Integer(1))"), HasSubstr(fault));
  EXPECT_THAT(error_of("Pow(Integer(3), Integer(41))"), HasSubstr(fault));
  EXPECT_THAT(error_of("Pow(Integer(3), Integer(-1))"), HasSubstr(fault));
  EXPECT_THAT(error_of("Mod(Integer(3), Integer(0))"), HasSubstr(fault));
  EXPECT_THAT(error_of("FloorDiv(Integer(-9223372036854775808), Integer(-1))"), HasSubstr(fault));
  EXPECT_THAT(error_of("Integer(9223372036854775808)"), HasSubstr("malformed"));
}

TEST(Symbols, RefusesDeepNesting) {
  std::string expression = "Integer(1)";
  for (int i = 0; i < 1000; ++i) expression = "Add(" + expression + ", Integer(1))";
  EXPECT_THAT(error_of(expression), HasSubstr("nested too deeply"));
}

TEST(Symbols, PowersOfSmallBasesTakeNoTime) {
  EXPECT_EQ(checked_pow(1, INT64_MAX), 1);
  EXPECT_EQ(checked_pow(-1, INT64_MAX), -1);
  EXPECT_EQ(checked_pow(0, INT64_MAX), 0);
  EXPECT_EQ(checked_pow(0, 0), 1);
  EXPECT_EQ(checked_pow(2, 62), std::int64_t{1} << 62);
  EXPECT_EQ(checked_pow(2, INT64_MAX), std::nullopt);
}

TEST(Symbols, ASizeFallsBackOnItsHintOnlyWithoutABatch) {
  const SymInt unknown{{}, "Where(Integer(1))", 6};
  EXPECT_EQ(*SizeEvaluator(values, std::nullopt).evaluate(unknown), 6);
  EXPECT_FALSE(SizeEvaluator(values, 4).evaluate(unknown).ok());
}

}  // namespace
}  // namespace pudu::frontends

// How errors print, which exit codes they have, and how the macros hand them on.
#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "base/own_check.hpp"

namespace pudu {
namespace {

TEST(Diagnostic, LeavesOutWhatIsEmpty) {
  EXPECT_EQ(to_string(Diagnostic{"a.pt2", "conv", "5 groups", "1 or 2", "retrain"}),
            "error: a.pt2: conv: 5 groups; 1 or 2\nhint: retrain");
  EXPECT_EQ(to_string(Diagnostic{"", "conv", "5 groups", "", ""}), "error: conv: 5 groups");
  EXPECT_EQ(to_string(Diagnostic{"a.pt2", "", "no such file", "", ""}), "error: a.pt2: no such file");
  EXPECT_EQ(to_string(Diagnostic{"", "", "nothing", "something", ""}), "error: nothing; something");
}

TEST(Error, PrintsALineForEachDiagnostic) {
  const Error error{ErrorKind::Unsupported, {{.where = "a", .found = "x"}, {.where = "b", .found = "y"}}};
  EXPECT_EQ(to_string(error), "error: a: x\nerror: b: y");
}

TEST(Error, KeepsTheExitCodesOfTheProduct) {
  EXPECT_EQ(exit_code(usage_error({}).kind), 1);
  EXPECT_EQ(exit_code(invalid_input({}).kind), 2);
  EXPECT_EQ(exit_code(unsupported({}).kind), 3);
  EXPECT_EQ(exit_code(limit_exceeded({}).kind), 4);
  EXPECT_EQ(exit_code(internal_error({}).kind), 70);
}

TEST(Error, FillsInOnlyWhatIsEmpty) {
  Error error{ErrorKind::InvalidInput, {{.found = "x"}, {.file = "b.npy", .where = "y", .found = "z"}}};
  error = std::move(error).in_file("a.pt2").at("node");
  EXPECT_EQ(to_string(error), "error: a.pt2: node: x\nerror: b.npy: y: z");
}

Result<int> half(int value) {
  if (value % 2 != 0) return invalid_input({.found = std::to_string(value)});
  return value / 2;
}

Result<int> quarter(int value) {
  PUDU_TRY_ASSIGN(const int once, half(value));
  PUDU_TRY_ASSIGN(const int twice, half(once));
  return twice;
}

Status is_even(int value) {
  PUDU_TRY(half(value));
  return {};
}

Result<std::unique_ptr<int>> boxed(int value) {
  PUDU_TRY(is_even(value));
  return std::make_unique<int>(value);
}

TEST(Result, HandsErrorsOn) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(to_string(quarter(7).error()), "error: 7");
  EXPECT_EQ(to_string(quarter(6).error()), "error: 3");
  EXPECT_TRUE(is_even(2).ok());
  EXPECT_FALSE(is_even(3));
}

TEST(Result, HoldsWhatCanOnlyMove) {
  Result<std::unique_ptr<int>> result = boxed(4);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(**result, 4);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 4);
  EXPECT_FALSE(boxed(5));
}

TEST(OwnCheck, MakesAFaultOursAndKeepsItsText) {
  EXPECT_TRUE(base::as_own_check(Status()).ok());
  const Status status = base::as_own_check(invalid_input({.where = "a", .found = "x"}));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::Internal);
  EXPECT_EQ(to_string(status.error()), "error: a: x");
}

}  // namespace
}  // namespace pudu

#include "driver/accuracy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/temp_directory.hpp"

namespace pudu::driver {
namespace {

using ::testing::ElementsAre;

/// A network that tells a class by its number, and one with a score for each of four.
const PortShape number = {"argmax", {1}, PortContent::Positions};
const PortShape four_scores = {"linear", {1, 4}};

class Labels : public ::testing::Test {
 protected:
  template <class T>
  Result<std::vector<std::int64_t>> load(base::ArrayType type, const std::vector<T>& values, std::size_t samples,
                                         std::vector<std::int64_t> shape = {}, const PortShape& output = number) {
    base::Array array{type, std::move(shape), std::vector<std::byte>(values.size() * sizeof(T))};
    if (array.shape.empty()) array.shape = {static_cast<std::int64_t>(values.size())};
    std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
    file_ = folder_->path() / "labels.npy";
    EXPECT_TRUE(base::write_npy(file_, array).ok());
    return load_labels(file_, samples, output);
  }
  std::string prefix() const { return "error: " + file_.string() + ": labels: "; }

  Result<base::TempDirectory> folder_ = base::TempDirectory::create("pudu-labels");
  std::filesystem::path file_;
};

TEST_F(Labels, AreReadExactly) {
  EXPECT_THAT(*load<std::int64_t>(base::ArrayType::Int64, {3, -1, INT64_MAX, 16777217}, 4),
              ElementsAre(3, -1, INT64_MAX, 16777217));
  EXPECT_THAT(*load<std::int32_t>(base::ArrayType::Int32, {3, INT32_MAX}, 2), ElementsAre(3, INT32_MAX));
  EXPECT_THAT(*load<std::int8_t>(base::ArrayType::Int8, {3, -1}, 2), ElementsAre(3, -1));
  EXPECT_THAT(*load<std::uint8_t>(base::ArrayType::UInt8, {3, 200}, 2), ElementsAre(3, 200));
}

TEST_F(Labels, MayStandInAColumn) {
  EXPECT_THAT(*load<std::int64_t>(base::ArrayType::Int64, {1, 2, 3}, 3, {3, 1}), ElementsAre(1, 2, 3));
}

TEST_F(Labels, OfOtherTypesAreRefused) {
  const auto labels = load<float>(base::ArrayType::Float32, {1.0F}, 1);
  ASSERT_FALSE(labels.ok());
  EXPECT_EQ(to_string(labels.error()), prefix() +
                                           "data type float32; int64, int32, int8 or uint8 class numbers\n"
                                           "hint: convert with array.astype(\"int64\"), where they are class numbers");
  EXPECT_EQ(labels.error().kind, ErrorKind::InvalidInput);
}

TEST_F(Labels, AreAsManyAsTheSamples) {
  const auto labels = load<std::int64_t>(base::ArrayType::Int64, {1, 2}, 3);
  ASSERT_FALSE(labels.ok());
  EXPECT_EQ(to_string(labels.error()), prefix() + "2 labels; one for each of the 3 samples");
}

TEST_F(Labels, AreClassesOfTheModel) {
  EXPECT_THAT(*load<std::int64_t>(base::ArrayType::Int64, {0, 3}, 2, {}, four_scores), ElementsAre(0, 3));
  const auto beyond = load<std::int64_t>(base::ArrayType::Int64, {3, 4}, 2, {}, four_scores);
  ASSERT_FALSE(beyond.ok());
  EXPECT_EQ(to_string(beyond.error()), prefix() + "class 4 of sample 1; 0 to 3: the model has 4 classes");
  const auto negative = load<std::int8_t>(base::ArrayType::Int8, {-1}, 1, {}, four_scores);
  ASSERT_FALSE(negative.ok());
  EXPECT_EQ(to_string(negative.error()), prefix() + "class -1 of sample 0; 0 to 3: the model has 4 classes");
}

TEST_F(Labels, NeedAnOutputThatTellsAClass) {
  const auto refused = [&](const PortShape& output) {
    const auto labels = load<std::int64_t>(base::ArrayType::Int64, {0}, 1, {}, output);
    EXPECT_FALSE(labels.ok());
    return labels.ok() ? "" : to_string(labels.error());
  };
  const std::string mask = refused({"mask", {1, 2, 8, 8}}), sigmoid = refused({"sigmoid", {1, 1}});
  EXPECT_EQ(mask, prefix() +
                      "output 'mask' has the shape [1, 2, 8, 8]; the scores of two or more classes, along one "
                      "axis");
  EXPECT_EQ(sigmoid, prefix() +
                         "output 'sigmoid' has the shape [1, 1]; the scores of two or more classes, along one "
                         "axis");
  EXPECT_EQ(refused({"argmax", {1, 8, 8}, PortContent::Positions}),
            prefix() + "output 'argmax' has the shape [1, 8, 8]; one class number a sample");
}

TEST_F(Labels, OfOneHotArraysSayHowToConvert) {
  const auto integers = load<std::int64_t>(base::ArrayType::Int64, {0, 1, 1, 0}, 2, {2, 2}, four_scores);
  ASSERT_FALSE(integers.ok());
  EXPECT_EQ(to_string(integers.error()),
            prefix() + "4 labels; one for each of the 2 samples\nhint: convert with array.argmax(1)");
  const auto floats = load<float>(base::ArrayType::Float32, {0, 1, 1, 0}, 2, {2, 2}, four_scores);
  ASSERT_FALSE(floats.ok());
  EXPECT_EQ(to_string(floats.error()), prefix() +
                                           "data type float32; int64, int32, int8 or uint8 class numbers\n"
                                           "hint: convert with array.argmax(1)");
}

TEST_F(Labels, OfOneColumnAreNoScores) {
  const auto column = load<float>(base::ArrayType::Float32, {3, 1}, 2, {2, 1}, four_scores);
  ASSERT_FALSE(column.ok());
  EXPECT_EQ(to_string(column.error()), prefix() +
                                           "data type float32; int64, int32, int8 or uint8 class numbers\n"
                                           "hint: convert with array.astype(\"int64\"), where they are class numbers");
  EXPECT_THAT(*load<std::int64_t>(base::ArrayType::Int64, {3, 1}, 2, {2, 1}, four_scores), ElementsAre(3, 1));
}

base::Array scores(const std::vector<float>& values) {
  return base::make_array({1, static_cast<std::int64_t>(values.size())}, values);
}

TEST(ClassOf, IsTheFirstOfTheLargest) {
  EXPECT_EQ(class_of(std::vector{0.1F, 0.7F, 0.2F}), 1);
  EXPECT_EQ(class_of(std::vector{0.5F, 0.1F, 0.5F}), 0);
  EXPECT_EQ(class_of(std::vector{-3.0F, -1.0F, -2.0F}), 1);
}

TEST(ClassOf, OfASingleElementIsItsValue) {
  EXPECT_EQ(class_of(std::vector{7.0F}), 7);
}

TEST(CountCorrect, TakesClassNumbers) {
  EXPECT_EQ(count_correct({{scores({3})}, {scores({0})}, {scores({2})}}, {3, 1, 2}), 2U);
}

TEST(CountCorrect, LooksAtTheFirstOutput) {
  const std::vector<std::vector<base::Array>> outputs = {{scores({0, 1, 0}), scores({9, 0, 0})},
                                                         {scores({1, 0, 0}), scores({0, 0, 9})},
                                                         {scores({0, 0, 1}), scores({0, 0, 9})}};
  EXPECT_EQ(count_correct(outputs, {1, 0, 2}), 3U);
  EXPECT_EQ(count_correct(outputs, {1, 2, 0}), 1U);
  EXPECT_EQ(count_correct(outputs, {-1, 3, 7}), 0U);
}

}  // namespace
}  // namespace pudu::driver

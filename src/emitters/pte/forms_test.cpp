// Recognized forms, against what the kernels themselves do with the same parameters.
#include "emitters/pte/forms.hpp"

#include <gmock/gmock.h>

#include <numeric>

namespace pudu::emitters {
namespace {

using ::testing::ElementsAre;

std::vector<std::int8_t> counting(std::size_t count) {
  std::vector<std::int8_t> data(count);
  std::iota(data.begin(), data.end(), std::int8_t{0});
  return data;
}

std::int64_t product(const std::vector<std::int64_t>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

/// aten::permute of contiguous data.
std::vector<std::int8_t> permuted(const Permutation& permutation, const std::vector<std::int8_t>& input) {
  std::vector<std::int64_t> strides(permutation.input_sizes.size(), 1);
  for (std::size_t i = strides.size() - 1; i-- > 0;) strides[i] = strides[i + 1] * permutation.input_sizes[i + 1];
  const std::vector<std::int64_t> sizes = permutation.output_sizes();
  std::vector<std::int8_t> output;
  for (std::int64_t element = 0; element < product(sizes); ++element) {
    std::int64_t rest = element, position = 0;
    for (std::size_t dim = sizes.size(); dim-- > 0;) {
      position += rest % sizes[dim] * strides[static_cast<std::size_t>(permutation.perm[dim])];
      rest /= sizes[dim];
    }
    output.push_back(input[static_cast<std::size_t>(position)]);
  }
  return output;
}

void expect_same_transpose(const kernels::TransposeS8Params& params, std::size_t elements) {
  const std::vector<std::int8_t> input = counting(elements);
  std::vector<std::int8_t> expected(elements);
  kernels::TransposeS8::run(params, {input.data(), expected.data()});
  const auto permutation = as_permutation(params);
  ASSERT_TRUE(permutation.has_value());
  EXPECT_EQ(permuted(*permutation, input), expected);
}

TEST(Permutations, AreThoseOfTheStrides) {
  expect_same_transpose({3, {4, 5, 3}, {5, 1, 20}}, 60);          // [3, 4, 5] to [4, 5, 3]
  expect_same_transpose({4, {2, 4, 3, 5}, {60, 5, 20, 1}}, 120);  // [2, 3, 4, 5] to [2, 4, 3, 5]
  expect_same_transpose({4, {5, 4, 3, 2}, {1, 5, 20, 60}}, 120);  // reversed
  expect_same_transpose({4, {1, 7, 1, 3}, {21, 1, 21, 7}}, 21);   // dimensions of one element
  expect_same_transpose({1, {1}, {1}}, 1);
}

TEST(Permutations, MergeWhatStaysTogether) {
  const auto permutation = as_permutation({4, {1, 32, 32, 3}, {3072, 32, 1, 1024}});  // NCHW to NHWC
  ASSERT_TRUE(permutation.has_value());
  EXPECT_THAT(permutation->input_sizes, ElementsAre(3, 1024));
  EXPECT_THAT(permutation->perm, ElementsAre(1, 0));
}

TEST(Permutations, OfLongRowsLoopInsteadOfGathering) {
  const auto permutation = as_permutation({3, {224, 224, 3}, {224, 1, 50176}});
  ASSERT_TRUE(permutation.has_value());
  EXPECT_THAT(permutation->input_sizes, ElementsAre(3, 50176, 1));
  EXPECT_THAT(permutation->perm, ElementsAre(1, 2, 0));
  EXPECT_THAT(permutation->output_sizes(), ElementsAre(50176, 1, 3));
}

TEST(Permutations, ReadEveryElementOnce) {
  EXPECT_FALSE(as_permutation({2, {3, 4}, {0, 1}}).has_value());
  EXPECT_FALSE(as_permutation({2, {3, 4}, {8, 1}}).has_value());
}

void expect_same_slice(const kernels::StridedSliceS8Params& params, std::size_t elements) {
  const std::vector<std::int8_t> input = counting(elements);
  const auto slice = as_slice(params, static_cast<std::int64_t>(elements));
  ASSERT_TRUE(slice.has_value());
  EXPECT_EQ(product(slice->input_sizes), static_cast<std::int64_t>(elements));
  std::vector<std::int8_t> expected(static_cast<std::size_t>(product(slice->output_sizes)));
  kernels::StridedSliceS8::run(params, {input.data(), expected.data()});
  const std::int64_t inner = slice->input_sizes.size() > 2 ? slice->input_sizes[2] : 1;
  std::vector<std::int8_t> actual;
  for (std::int64_t outer = 0; outer < slice->input_sizes[0]; ++outer) {
    for (std::int64_t i = slice->start; i < slice->end; i += slice->step) {
      for (std::int64_t k = 0; k < inner; ++k) {
        actual.push_back(input[static_cast<std::size_t>((outer * slice->input_sizes[1] + i) * inner + k)]);
      }
    }
  }
  EXPECT_EQ(actual, expected);
}

TEST(Slices, OfOneDimension) {
  expect_same_slice({1, {5}, {1}, 3}, 10);                // [3:8]
  expect_same_slice({1, {4}, {2}, 1}, 10);                // [1:8:2]
  expect_same_slice({2, {4, 3}, {6, 1}, 2}, 24);          // [:, 2:5] of [4, 6]
  expect_same_slice({2, {2, 6}, {12, 1}, 6}, 24);         // [1:4:2] of [4, 6]
  expect_same_slice({2, {4, 3}, {6, 2}, 1}, 24);          // [:, 1:6:2]
  expect_same_slice({3, {2, 2, 5}, {20, 10, 1}, 5}, 40);  // [:, 1:4:2] of [2, 4, 5]
  expect_same_slice({3, {2, 1, 5}, {20, 5, 1}, 15}, 40);  // [:, 3] of [2, 4, 5]
  expect_same_slice({0, {}, {}, 7}, 10);                  // one element
}

TEST(Slices, OfSeveralDimensionsAreNone) {
  EXPECT_FALSE(as_slice({2, {2, 2}, {6, 1}, 7}, 24).has_value());         // [1:3, 1:3] of [4, 6]
  EXPECT_FALSE(as_slice({2, {3, 4}, {0, 1}, 0}, 4).has_value());          // repeated
  EXPECT_FALSE(as_slice({1, {4}, {-1}, 3}, 4).has_value());               // backwards
  EXPECT_FALSE(as_slice({3, {2, 2, 2}, {16, 3, 1}, 0}, 32).has_value());  // no whole rows
}

TEST(Paddings, HaveAsFewDimensionsAsTheyCan) {
  const auto image = as_padding({4, {1, 8, 8, 16}, {0, 1, 2, 0}, {0, 1, 0, 0}, 5});
  ASSERT_TRUE(image.has_value());
  EXPECT_THAT(image->input_sizes, ElementsAre(8, 128));
  EXPECT_THAT(image->before, ElementsAre(1, 32));
  EXPECT_THAT(image->after, ElementsAre(1, 0));
  EXPECT_THAT(image->output_sizes(), ElementsAre(10, 160));
  const auto batch = as_padding({4, {2, 8, 8, 16}, {0, 1, 2, 0}, {0, 1, 0, 0}, 5});
  ASSERT_TRUE(batch.has_value());
  EXPECT_THAT(batch->input_sizes, ElementsAre(2, 8, 128));
}

TEST(Paddings, ThatTheOperatorDoesNotTakeAreNone) {
  EXPECT_FALSE(as_padding({2, {4, 4}, {-1, 0}, {0, 0}, 0}).has_value());
  EXPECT_FALSE(as_padding({5, {2, 2, 2, 2, 2}, {1, 1, 1, 1, 1}, {0, 0, 0, 0, 0}, 0}).has_value());
  // Taken for an image of one channel, whose pads are read in another order.
  EXPECT_FALSE(as_padding({4, {2, 1, 4, 4}, {1, 1, 1, 1}, {0, 0, 0, 0}, 0}).has_value());
}

}  // namespace
}  // namespace pudu::emitters

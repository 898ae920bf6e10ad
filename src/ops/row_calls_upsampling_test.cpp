// Nearest upsampling, selections within rows, slices and transposed convolutions by rows (testing/row_call_cases.hpp).
#include <gtest/gtest.h>

#include "kernels/index_select/index_select_s8.hpp"
#include "kernels/strided_slice/strided_slice_s8.hpp"
#include "kernels/transpose_conv2d/transpose_conv2d_s8.hpp"
#include "ops/testing/row_call_cases.hpp"

namespace pudu::ops {
namespace {

using namespace testing;

using Indices = std::vector<std::int32_t>;

/// Each of `count` positions is one of the input's, `repeats` of which follow each other.
Indices repeated(std::int32_t count, std::int32_t repeats) {
  Indices indices;
  for (std::int32_t i = 0; i < count; ++i) indices.push_back(i / repeats);
  return indices;
}

Indices random_positions(Random& random, std::int32_t count, std::int32_t size) {
  return random_numbers(random, count, 0, size - 1);
}

/// Rows are repeated, columns are taken as it comes.
void make_upsampling(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 7), w = random.between(1, 5), c = random.between(1, 9);
  const std::int32_t repeats = random.between(1, 4), columns = random.between(1, 9);
  // The last row of the input may be repeated less often, or not at all.
  const std::int32_t rows = random.between(1, h * repeats);
  const kernels::IndexSelectS8Params p{1, h, rows, 1, w, columns, c};
  one.image("input", image(h, w, c)).numbers("indices1", repeated(rows, repeats));
  one.numbers("indices2", random_positions(random, columns, w));
  one.output(image(rows, columns, c)).kernel<kernels::IndexSelectS8>(p);
}

/// The same without columns, by a kernel that sees one dimension.
void make_upsampling_of_rows(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 7), w = random.between(1, 5), c = random.between(1, 9);
  const std::int32_t repeats = random.between(1, 4), rows = h * repeats;
  const kernels::IndexSelectS8Params p{1, h, rows, 1, 1, 1, w * c};
  one.image("input", image(h, w, c)).numbers("indices1", repeated(rows, repeats)).numbers("indices2", {0});
  one.output(image(rows, w, c)).kernel<kernels::IndexSelectS8>(p);
}

void make_selection_of_columns(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(1, 5), c = random.between(1, 5);
  const std::int32_t columns = random.between(1, 7);
  const kernels::IndexSelectS8Params p{h, w, columns, 1, 1, 1, c};
  one.image("input", image(h, w, c)).numbers("indices1", random_positions(random, columns, w));
  one.numbers("indices2", {0}).output(image(h, columns, c)).kernel<kernels::IndexSelectS8>(p);
}

void make_selection_of_channels(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(1, 5), c = random.between(1, 5);
  const std::int32_t columns = random.between(1, 7), channels = random.between(1, 7);
  const kernels::IndexSelectS8Params p{h, w, columns, 1, c, channels, 1};
  one.image("input", image(h, w, c)).numbers("indices1", random_positions(random, columns, w));
  one.numbers("indices2", random_positions(random, channels, c));
  one.output(image(h, columns, channels)).kernel<kernels::IndexSelectS8>(p);
}

/// Some of the rows, columns and channels, in steps.
void make_slice(OneCall& one, Random& random) {
  const std::int32_t sizes[] = {random.between(2, 12), random.between(1, 5), random.between(1, 6)};
  const std::int32_t strides[] = {sizes[1] * sizes[2], sizes[2], 1};
  kernels::StridedSliceS8Params p{};
  p.rank = 3;
  for (int dim = 0; dim < 3; ++dim) {
    const std::int32_t step = random.between(1, 3), first = random.between(0, sizes[dim] - 1);
    p.output_shape[dim] = random.between(1, (sizes[dim] - 1 - first) / step + 1);
    p.input_strides[dim] = strides[dim] * step;
    p.input_start_offset += strides[dim] * first;
  }
  if (p.output_shape[0] < 2) return make_slice(one, random);
  one.image("input", image(sizes[0], sizes[1], sizes[2]));
  one.output(image(p.output_shape[0], p.output_shape[1], p.output_shape[2])).kernel<kernels::StridedSliceS8>(p);
}

/// Some of the channels of every position, by a kernel that sees all positions behind each other.
void make_slice_of_channels(OneCall& one, Random& random) {
  const std::int32_t h = random.between(2, 9), w = random.between(1, 5), c = random.between(2, 9);
  const std::int32_t first = random.between(0, c - 1), channels = random.between(1, c - first);
  kernels::StridedSliceS8Params p{};
  p.rank = 2, p.input_start_offset = first;
  p.output_shape[0] = h * w, p.output_shape[1] = channels, p.input_strides[0] = c, p.input_strides[1] = 1;
  one.image("input", image(h, w, c)).output(image(h, w, channels)).kernel<kernels::StridedSliceS8>(p);
}

kernels::TransposeConv2dS8Params random_scattered(Random& random) {
  kernels::TransposeConv2dS8Params p{};
  p.batches = 1, p.input_channels = random.between(1, 5), p.output_channels = random.between(1, 6);
  p.kernel_h = random.between(1, 5), p.kernel_w = random.between(1, 3);
  p.stride_h = random.between(1, p.kernel_h), p.stride_w = random.between(1, 2);
  p.dilation_h = random.one_in(4) ? 2 : 1, p.dilation_w = 1;
  p.pad_top = random.between(0, p.kernel_h - 1), p.pad_left = random.between(0, p.kernel_w - 1);
  p.input_offset = 13, p.output_offset = -7, p.activation_min = -100, p.activation_max = 120;
  return p;
}

std::int32_t scattered_extent(Random& random, std::int32_t size, std::int32_t stride, std::int32_t reach,
                              std::int32_t pad) {
  const std::int32_t extent = (size - 1) * stride - 2 * pad + reach + 1;
  return std::max(1, extent + (random.one_in(3) ? random.between(0, stride - 1) : 0));
}

void make_scattered(OneCall& one, Random& random) {
  auto p = random_scattered(random);
  p.input_h = random.between(1, 8), p.input_w = random.between(1, 5);
  p.output_h = scattered_extent(random, p.input_h, p.stride_h, (p.kernel_h - 1) * p.dilation_h, p.pad_top);
  p.output_w = scattered_extent(random, p.input_w, p.stride_w, p.kernel_w - 1, p.pad_left);
  one.image("input", image(p.input_h, p.input_w, p.input_channels));
  one.codes("weights", static_cast<std::size_t>(p.output_channels * p.kernel_h * p.kernel_w * p.input_channels));
  add_channels(one, random, p.output_channels);
  one.output(image(p.output_h, p.output_w, p.output_channels)).kernel<kernels::TransposeConv2dS8>(p);
}

/// Over a sequence, [1, L, 1, C] in memory, by a kernel that sees one row of L positions.
void make_scattered_sequence(OneCall& one, Random& random) {
  auto p = random_scattered(random);
  p.kernel_w = p.kernel_h, p.stride_w = p.stride_h, p.dilation_w = p.dilation_h, p.pad_left = p.pad_top;
  p.kernel_h = p.stride_h = p.dilation_h = p.input_h = p.output_h = 1, p.pad_top = 0;
  p.input_w = random.between(1, 8);
  p.output_w = scattered_extent(random, p.input_w, p.stride_w, (p.kernel_w - 1) * p.dilation_w, p.pad_left);
  one.image("input", image(p.input_w, 1, p.input_channels));
  one.codes("weights", static_cast<std::size_t>(p.output_channels * p.kernel_w * p.input_channels));
  add_channels(one, random, p.output_channels);
  one.output(image(p.output_w, 1, p.output_channels)).kernel<kernels::TransposeConv2dS8>(p);
}

class RowCallsOfUpsampling : public ::testing::TestWithParam<RowCallCase> {};

TEST_P(RowCallsOfUpsampling, GiveTheBytesOfTheWholeCall) {
  expect_random_calls_by_rows(GetParam().make);
}

INSTANTIATE_TEST_SUITE_P(Kernels, RowCallsOfUpsampling,
                         ::testing::Values(RowCallCase{"nearest", make_upsampling},
                                           RowCallCase{"nearest_rows", make_upsampling_of_rows},
                                           RowCallCase{"columns", make_selection_of_columns},
                                           RowCallCase{"channels", make_selection_of_channels},
                                           RowCallCase{"slice", make_slice},
                                           RowCallCase{"slice_of_channels", make_slice_of_channels},
                                           RowCallCase{"transposed", make_scattered},
                                           RowCallCase{"transposed_sequence", make_scattered_sequence}),
                         [](const auto& each) { return std::string(each.param.name); });

std::optional<RowForm> form_of_rows(const Indices& indices, std::int32_t rows) {
  Random random(1);
  OneCall one(random);
  const auto count = static_cast<std::int32_t>(indices.size());
  one.image("input", image(rows, 2, 3)).numbers("indices1", indices).numbers("indices2", {0, 1});
  one.output(image(count, 2, 3)).kernel<kernels::IndexSelectS8>({1, rows, count, 1, 2, 2, 3});
  return row_form(one.program(), one.call());
}

TEST(RowsOfUpsampling, AreThoseOfTheirGroup) {
  const RowForm form = form_of_rows({0, 0, 0, 1, 1, 1, 2, 2}, 3).value();
  EXPECT_EQ(form.group_rows, 3);
  EXPECT_EQ(form.inputs[0].rows_read({0, 3}), (RowRange{0, 1}));
  EXPECT_EQ(form.inputs[0].rows_read({2, 4}), (RowRange{0, 2}));
  EXPECT_EQ(form.inputs[0].rows_read({7, 8}), (RowRange{2, 3}));
  EXPECT_EQ(form.first_step({0, 8}), (RowRange{0, 8}));
  EXPECT_EQ(form.first_step({1, 8}), (RowRange{1, 3}));
  EXPECT_EQ(form.first_step({4, 5}), (RowRange{4, 5}));
  EXPECT_EQ(form.last_step({1, 8}), (RowRange{3, 8}));
  EXPECT_EQ(form.last_step({4, 6}), (RowRange{4, 6}));
  EXPECT_EQ(form.last_step({6, 8}), (RowRange{6, 8}));
}

TEST(RowsOfUpsampling, AreNoneWhereRowsAreNotRepeatedAlike) {
  EXPECT_TRUE(form_of_rows({0, 1, 2}, 3));
  EXPECT_FALSE(form_of_rows({0, 0, 1, 2, 2}, 3));
  EXPECT_FALSE(form_of_rows({1, 1, 2, 2}, 3));
  EXPECT_FALSE(form_of_rows({1, 1, 0, 0}, 3));
}

std::optional<RowForm> form_of_slice(std::int32_t row_stride, std::int32_t start, std::int32_t column_stride = 3) {
  Random random(1);
  OneCall one(random);
  kernels::StridedSliceS8Params p{};
  p.rank = 3, p.input_start_offset = start;
  const std::int32_t shape[] = {2, 2, 3}, strides[] = {row_stride, column_stride, 1};
  std::copy(std::begin(shape), std::end(shape), p.output_shape);
  std::copy(std::begin(strides), std::end(strides), p.input_strides);
  one.image("input", image(5, 4, 3)).output(image(2, 2, 3)).kernel<kernels::StridedSliceS8>(p);
  return row_form(one.program(), one.call());
}

TEST(RowsOfSlices, AreTakenInSteps) {
  const RowInput input = form_of_slice(24, 12 + 3).value().inputs.at(0);
  EXPECT_EQ(input.rows_read({0, 1}), (RowRange{1, 2}));
  EXPECT_EQ(input.rows_read({1, 2}), (RowRange{3, 4}));
}

TEST(RowsOfSlices, AreNoneOfSlicesThatAreNoRows) {
  EXPECT_TRUE(form_of_slice(12, 0));
  EXPECT_FALSE(form_of_slice(-12, 12));    // from the bottom to the top
  EXPECT_FALSE(form_of_slice(6, 0));       // half of a row
  EXPECT_FALSE(form_of_slice(12, 9));      // across the end of a row
  EXPECT_FALSE(form_of_slice(12, 6, -3));  // from the right to the left
}

TEST(RowsOfTransposedConvolutions, AreNoneWhereRowsAreMadeOfNone) {
  Random random(1);
  OneCall one(random);
  auto p = random_scattered(random);
  p.kernel_h = 1, p.stride_h = 2, p.pad_top = 0, p.dilation_h = 1, p.input_h = 4, p.output_h = 7;
  p.input_w = 1, p.output_w = 1, p.kernel_w = 1, p.stride_w = 1, p.pad_left = 0;
  one.image("input", image(4, 1, p.input_channels));
  one.codes("weights", static_cast<std::size_t>(p.output_channels * p.input_channels));
  add_channels(one, random, p.output_channels);
  one.output(image(7, 1, p.output_channels)).kernel<kernels::TransposeConv2dS8>(p);
  EXPECT_FALSE(row_form(one.program(), one.call()));
}

}  // namespace
}  // namespace pudu::ops

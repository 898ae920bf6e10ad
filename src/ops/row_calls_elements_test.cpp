// Pools, elementwise kernels, concatenation and padding by rows (testing/row_call_cases.hpp).
#include <gtest/gtest.h>

#include "kernels/add/add_s8.hpp"
#include "kernels/add_dsp/add_dsp_s8.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/maximum/maximum_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "kernels/pad/pad_s8.hpp"
#include "ops/testing/row_call_cases.hpp"

namespace pudu::ops {
namespace {

using namespace testing;

void make_max_pool(OneCall& one, Random& random) {
  const Window s = random_window(random);
  kernels::MaxPool2dS8Params p{};
  set_window(p, s);
  p.channels = 5;
  one.image("input", image(s.h, s.w, 5)).output(image(p.output_h, p.output_w, 5)).kernel<kernels::MaxPool2dS8>(p);
}

void make_avg_pool(OneCall& one, Random& random) {
  Window s = random_window(random);
  s.dh = s.dw = 1;
  while (s.output_h() < 1 || s.output_w() < 1) s = random_window(random), s.dh = s.dw = 1;
  kernels::AvgPool2dS8Params p{};
  set_window(p, s);
  // One row more as in ceil_mode, when it begins within the image.
  if (random.one_in(3) && p.output_h * s.sh < s.h + s.top) ++p.output_h;
  p.channels = 5, p.pad_bottom = s.bottom, p.pad_right = s.right;
  p.count_include_pad = random.between(0, 1), p.divisor_override = random.one_in(4) ? 7 : 0;
  one.image("input", image(s.h, s.w, 5)).output(image(p.output_h, p.output_w, 5)).kernel<kernels::AvgPool2dS8>(p);
}

/// An average over a sequence, [1, L, 1, C] in memory, by a kernel that sees one row of L positions.
void make_avg_pool_of_sequence(OneCall& one, Random& random) {
  Window s = random_window(random);
  while (s.left >= s.kw || s.right >= s.kw) s = random_window(random);
  s.h = s.kh = s.sh = s.dh = s.dw = 1, s.top = s.bottom = 0;
  kernels::AvgPool2dS8Params p{};
  set_window(p, s);
  p.channels = 5, p.pad_right = s.right, p.count_include_pad = random.between(0, 1);
  if (p.output_w < 1) return make_avg_pool_of_sequence(one, random);
  one.image("input", image(s.w, 1, 5)).output(image(p.output_w, 1, 5)).kernel<kernels::AvgPool2dS8>(p);
}

void make_add(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(1, 5), c = random.between(1, 7);
  kernels::AddS8Params p{};
  set_loop(p, {h * w * c}, {1}, {1});
  p.input1_multiplier = p.input2_multiplier = p.output_multiplier = 1 << 30, p.output_shift = -17;
  p.activation_min = -128, p.activation_max = 127;
  one.image("input1", image(h, w, c)).image("input2", image(h, w, c));
  one.output(image(h, w, c)).kernel<kernels::AddS8>(p);
}

/// Squeeze and excite: one factor a channel.
void make_mul(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(2, 5), c = random.between(2, 7);
  kernels::MulS8Params p{};
  set_loop(p, {h * w, c}, {c, 1}, {0, 1});
  p.output_multiplier = 1 << 30, p.output_shift = -6, p.activation_min = -128, p.activation_max = 127;
  one.image("input1", image(h, w, c)).image("input2", image(1, 1, c));
  one.output(image(h, w, c)).kernel<kernels::MulS8>(p);
}

/// One value a position against the image.
void make_maximum(OneCall& one, Random& random) {
  const std::int32_t h = random.between(2, 9), w = random.between(2, 5), c = random.between(2, 7);
  kernels::MaximumS8Params p{};
  set_loop(p, {h * w, c}, {1, 0}, {c, 1});
  one.image("input1", image(h, w, 1)).image("input2", image(h, w, c));
  one.output(image(h, w, c)).kernel<kernels::MaximumS8>(p);
}

void make_add_dsp(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(1, 5), c = random.between(1, 7);
  one.image("input1", image(h, w, c)).image("input2", image(h, w, c));
  one.output(image(h, w, c)).kernel<kernels::AddDspS8>({h * w * c, 20000, -30000, 99, 16});
}

void make_lut(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(1, 5), c = random.between(1, 7);
  one.image("input", image(h, w, c)).codes("table", 256);
  one.output(image(h, w, c)).kernel<kernels::LutS8>({h * w * c});
}

void make_concat(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(1, 5);
  kernels::ConcatS8Params p{};
  p.outer_count = h * w, p.input_count = 2, p.input_bytes[0] = 3, p.input_bytes[1] = 4, p.output_stride = 7;
  one.image("inputs.0", image(h, w, 3)).image("inputs.1", image(h, w, 4));
  one.output(image(h, w, 7)).kernel<kernels::ConcatS8>(p);
}

void make_pad(OneCall& one, Random& random) {
  const std::int32_t h = random.between(2, 7), w = random.between(1, 5), c = random.between(1, 4);
  const std::int32_t before = random.between(-1, 3), after = random.between(0, 3);
  kernels::PadS8Params p{};
  const std::int32_t first = random.between(0, 1);
  p.rank = 4 - first, p.pad_value = -5;
  const std::int32_t shape[] = {1, h, w, c};
  for (std::int32_t dim = 0; dim < p.rank; ++dim) p.input_shape[dim] = shape[first + dim];
  p.pad_before[1 - first] = before, p.pad_after[1 - first] = after, p.pad_before[2 - first] = 2;
  one.image("input", image(h, w, c)).output(image(before + h + after, w + 2, c)).kernel<kernels::PadS8>(p);
}

/// A sequence that the parameters give without or with dimensions of one element, before and behind the positions.
void make_pad_of_sequence(OneCall& one, Random& random) {
  const std::int32_t length = random.between(2, 9), c = random.between(2, 4);
  const std::int32_t before = random.between(0, 3), after = random.between(0, 3);
  const int ones_before = random.between(0, 2), ones_behind = random.between(0, 2 - ones_before);
  std::vector<std::int32_t> shape(static_cast<std::size_t>(ones_before), 1);
  shape.push_back(length);
  shape.insert(shape.end(), static_cast<std::size_t>(ones_behind), 1);
  shape.push_back(c);
  kernels::PadS8Params p{};
  p.rank = static_cast<std::int32_t>(shape.size()), p.pad_value = -5;
  std::copy(shape.begin(), shape.end(), p.input_shape);
  p.pad_before[ones_before] = before, p.pad_after[ones_before] = after;
  one.image("input", image(length, 1, c)).output(image(before + length + after, 1, c)).kernel<kernels::PadS8>(p);
}

class RowCallsOfElements : public ::testing::TestWithParam<RowCallCase> {};

TEST_P(RowCallsOfElements, GiveTheBytesOfTheWholeCall) {
  expect_random_calls_by_rows(GetParam().make);
}

INSTANTIATE_TEST_SUITE_P(Kernels, RowCallsOfElements,
                         ::testing::Values(RowCallCase{"max_pool", make_max_pool},
                                           RowCallCase{"avg_pool", make_avg_pool}, RowCallCase{"add", make_add},
                                           RowCallCase{"mul", make_mul}, RowCallCase{"maximum", make_maximum},
                                           RowCallCase{"add_dsp", make_add_dsp}, RowCallCase{"lut", make_lut},
                                           RowCallCase{"concat", make_concat}, RowCallCase{"pad", make_pad},
                                           RowCallCase{"avg_pool_of_sequence", make_avg_pool_of_sequence},
                                           RowCallCase{"pad_of_sequence", make_pad_of_sequence}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace pudu::ops

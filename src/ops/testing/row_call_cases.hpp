// Random calls of a kernel for the tests of ops/row_calls.hpp: the whole call's bytes are those of calls of random
// numbers of rows, from copies of just the rows that the form says are read.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/testing/reference.hpp"
#include "ops/call_check.hpp"
#include "ops/row_calls.hpp"
#include "ops/testing/one_call.hpp"

namespace pudu::ops::testing {

using kernels::testing::Random;
using program::ElementType;
using program::RowRange;

/// Computes the output by ranges of rows of random lengths, compares it with the whole call's.
inline void expect_rows_equal_whole(OneCall& one, Random& random) {
  const std::optional<RowForm> form = row_form(one.program(), one.call());
  ASSERT_TRUE(form) << one.call().kernel;
  const Bytes whole = one.run_whole();
  Bytes parts;
  for (std::int32_t row = 0; row < form->output_rows;) {
    const std::int32_t longest = random.one_in(2) ? 1 : form->output_rows - row;
    const RowRange wanted{row, row + random.between(1, std::min(longest, form->output_rows - row))};
    const RowRange rows = form->first_step(wanted);
    const Bytes part = one.run_rows(*form, rows);
    parts.insert(parts.end(), part.begin(), part.end());
    row = rows.end;
  }
  EXPECT_EQ(parts, whole) << one.call().kernel;
}

struct Window {
  std::int32_t h, w, kh, kw, sh, sw, dh, dw, top, left, bottom, right;
  std::int32_t output_h() const { return kernels::testing::output_extent(h, top + bottom, kh, dh, sh); }
  std::int32_t output_w() const { return kernels::testing::output_extent(w, left + right, kw, dw, sw); }
};

inline Window random_window(Random& random) {
  for (;;) {
    Window s{};
    s.h = random.between(1, 15), s.w = random.between(1, 9);
    s.kh = random.between(1, 6), s.kw = random.between(1, 4);
    s.sh = random.between(1, 3), s.sw = random.between(1, 3);
    s.dh = random.one_in(4) ? 2 : 1, s.dw = random.one_in(4) ? 2 : 1;
    s.top = random.between(0, (s.kh - 1) / 2 + 1), s.bottom = random.between(0, (s.kh - 1) / 2 + 1);
    s.left = random.between(0, 2), s.right = random.between(0, 2);
    if (s.top >= s.kh) s.top = s.kh - 1;
    if (s.bottom >= s.kh) s.bottom = s.kh - 1;
    if (s.output_h() > 0 && s.output_w() > 0) return s;
  }
}

template <class Params>
void set_window(Params& p, const Window& s) {
  p.batches = 1, p.input_h = s.h, p.input_w = s.w, p.output_h = s.output_h(), p.output_w = s.output_w();
  p.pad_top = s.top, p.pad_left = s.left;
  if constexpr (requires { p.stride_h; }) p.stride_h = s.sh, p.stride_w = s.sw;
  if constexpr (requires { p.kernel_h; }) p.kernel_h = s.kh, p.kernel_w = s.kw;
  if constexpr (requires { p.dilation_h; }) p.dilation_h = s.dh, p.dilation_w = s.dw;
  if constexpr (requires { p.activation_min; }) p.activation_min = -100, p.activation_max = 120;
  if constexpr (requires { p.output_min; }) p.output_min = -30000, p.output_max = 32000;
  if constexpr (requires { p.output_offset; }) p.output_offset = -7;
  if constexpr (requires { p.input_offset; }) p.input_offset = 13;
  if constexpr (requires { p.pad_value; }) p.pad_value = -13;
}

inline Window random_depthwise_3x3(Random& random) {
  for (;;) {
    Window s = random_window(random);
    s.kh = s.kw = 3, s.dh = s.dw = 1, s.sh = s.sw = random.between(1, 2);
    s.top = random.between(0, 1), s.left = random.between(0, 1);
    s.bottom = random.between(0, 1), s.right = random.between(0, 1);
    if (s.output_h() > 0 && s.output_w() > 0) return s;
  }
}

inline std::vector<std::int32_t> random_numbers(Random& random, std::int32_t count, std::int32_t low,
                                                std::int32_t high) {
  std::vector<std::int32_t> values;
  for (std::int32_t i = 0; i < count; ++i) values.push_back(random.between(low, high));
  return values;
}

inline void add_channels(OneCall& one, Random& random, std::int32_t channels) {
  one.numbers("bias", random_numbers(random, channels, -3000, 3000));
  one.numbers("multipliers", random_numbers(random, channels, 1 << 30, INT32_MAX));
  one.numbers("shifts", random_numbers(random, channels, -9, -4));
}

/// Constants of prepared kernels: [channels, 4], the last a shift.
inline std::vector<std::int32_t> prepared_constants(Random& random, std::int32_t channels, std::int32_t low,
                                                    std::int32_t high) {
  std::vector<std::int32_t> words;
  for (std::int32_t i = 0; i < channels; ++i) {
    words.push_back(random.between(-3000, 3000)), words.push_back(random.between(1 << 30, INT32_MAX));
    words.push_back(0), words.push_back(random.between(low, high));
  }
  return words;
}

inline Shape image(std::int64_t h, std::int64_t w, std::int64_t c) {
  return {1, h, w, c};
}

template <class Params>
void set_loop(Params& p, const std::vector<std::int32_t>& shape, const std::vector<std::int32_t>& strides1,
              const std::vector<std::int32_t>& strides2) {
  p.rank = static_cast<std::int32_t>(shape.size());
  std::copy(shape.begin(), shape.end(), p.output_shape);
  std::copy(strides1.begin(), strides1.end(), p.input1_strides);
  std::copy(strides2.begin(), strides2.end(), p.input2_strides);
}

/// Writes a call of a kernel, with its operands.
using Maker = void (*)(OneCall&, Random&);

struct RowCallCase {
  const char* name;
  Maker make;
};

inline void expect_random_calls_by_rows(Maker make) {
  Random random(7);
  int made = 0;
  for (int round = 0; round < 400 && !::testing::Test::HasFailure(); ++round) {
    OneCall one(random);
    make(one, random);
    ASSERT_TRUE(check_calls(one.program())) << to_string(check_calls(one.program()).error());
    // Windows that see padding alone have no rows to read; that is rare.
    if (!row_form(one.program(), one.call())) continue;
    ++made;
    expect_rows_equal_whole(one, random);
  }
  EXPECT_GT(made, 300);
}

}  // namespace pudu::ops::testing

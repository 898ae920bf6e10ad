// Tests only: convolutions by Winograd's transforms against conv2d_s8: every small image and padding, every number of
// input channels, the largest codes. `Way` describes a kernel: Kernel, channel_step (input channels come in multiples
// of it), least_outputs (channels), and prepare(params, form, random), the kernel's parameters of a convolution.
#pragma once

#include <algorithm>
#include <vector>

#include "kernels/testing/form_checks.hpp"

namespace pudu::kernels::testing {

template <class Way>
void expect_winograd(Conv2dShape shape, Random& random, Forms& ran) {
  shape.kh = shape.kw = 3;
  const Conv2dS8Params sizes = params_of(shape);
  if (sizes.output_h == 0 || sizes.output_w < 4) return;
  const auto layer = random_conv2d(shape, random);
  const auto prepare = [&](RequantizeForm form) { return Way::prepare(layer.p, form, random); };
  expect_every_form<typename Way::Kernel>(layer, prepare, ran);
}

template <class Way>
void expect_every_small_image() {
  Random random(1);
  Forms ran;
  for (std::int32_t h = 1; h <= 6; ++h)
    for (std::int32_t w = 2; w <= 11; ++w)
      for (std::int32_t top = 0; top <= 2; ++top)
        for (std::int32_t left = 0; left <= 2; ++left) {
          const Conv2dShape shape{.batches = random.between(1, 2),
                                  .h = h,
                                  .w = w,
                                  .in = 8 + Way::channel_step * random.between(0, 1),
                                  .out = Way::least_outputs + random.between(0, 5),
                                  .kh = 3,
                                  .kw = 3,
                                  .top = top,
                                  .left = left,
                                  .bottom = random.between(0, 2),
                                  .right = random.between(0, 3)};
          expect_winograd<Way>(shape, random, ran);
        }
  EXPECT_EQ(ran.size(), std::size(all_forms)) << "every form has to be met";
}

template <class Way>
void expect_every_number_of_channels() {
  Random random(2);
  Forms ran;
  for (std::int32_t in = 8; in <= 128; in += Way::channel_step) {
    const Conv2dShape shape{.h = random.between(3, 6),
                            .w = random.between(4, 9),
                            .in = in,
                            .out = random.between(Way::least_outputs, 9),
                            .kh = 3,
                            .kw = 3,
                            .top = 1,
                            .left = 1,
                            .bottom = 1,
                            .right = 1};
    expect_winograd<Way>(shape, random, ran);
  }
}

/// The largest transformed values and weights there can be.
template <class Way>
void expect_extreme_codes() {
  Random random(3);
  constexpr auto outputs = static_cast<std::size_t>(Way::least_outputs);
  Conv2dS8Params p = params_of({.h = 6, .w = 6, .in = 128, .out = Way::least_outputs, .kh = 3, .kw = 3});
  p.input_offset = 128, p.activation_min = -128, p.activation_max = 127;
  PreparedChannels channels{{0, 1000, -70000, 5}, {}, {}, 0, -128, 127};
  channels.bias.resize(outputs), channels.multipliers.resize(outputs, INT32_MAX), channels.shifts.resize(outputs, -20);
  for (int i = 0; i < 20; ++i) {
    LayerCase<Conv2dS8Params> layer{p, channels, {}, {}, {}};
    layer.input.resize(6 * 6 * 128), layer.weights.resize(outputs * 9 * 128), layer.expected.resize(4 * 4 * outputs);
    for (std::int8_t& code : layer.input) code = random.one_in(2) ? 127 : -128;
    for (std::int8_t& code : layer.weights) code = i < 10 || random.one_in(2) ? -128 : 127;
    compute_expected(layer);
    Forms ran;
    const auto prepare = [&](RequantizeForm form) { return Way::prepare(layer.p, form, random); };
    expect_every_form<typename Way::Kernel>(layer, prepare, ran);
    EXPECT_EQ(ran.count(RequantizeForm::Rounded), 1U);
  }
}

}  // namespace pudu::kernels::testing

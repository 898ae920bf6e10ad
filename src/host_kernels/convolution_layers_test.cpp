// The host's convolutions against conv2d_s8, which its own test proves against the plain sum: small windows, random
// larger shapes, all forms of requantization, all kernels that they were prepared for.
#include <gtest/gtest.h>

#include "host_kernels/testing/one_call.hpp"
#include "kernels/conv2d_dsp/prepare.hpp"
#include "kernels/conv2d_lanes/prepare.hpp"
#include "kernels/conv2d_mve/prepare.hpp"
#include "kernels/conv2d_winograd_dsp/prepare.hpp"
#include "kernels/conv2d_winograd_rows_dsp/prepare.hpp"
#include "kernels/testing/layer_case.hpp"

namespace pudu::host_kernels {
namespace {

using namespace kernels;
using namespace host_kernels::testing;

int check_mve(const LayerCase<Conv2dS8Params>& layer) {
  int checked = 0;
  if (!conv2d_mve::applies(layer.p)) return checked;
  const Conv2dS8Operands base = constants_of<Conv2dS8>(layer);
  for (const auto sharing : {Conv2dSharing::None, Conv2dSharing::Columns, Conv2dSharing::Rows}) {
    if (!conv2d_mve::may_share(layer.p, sharing)) continue;
    const Conv2dMveS8Params q = conv2d_mve::params_of(layer.p, sharing);
    std::vector<std::int32_t> constants(conv2d_mve::constant_words(q));
    if (!conv2d_mve::pack_constants(q, base, constants.data())) break;
    std::vector<std::int8_t> packed(conv2d_mve::packed_weight_bytes(q));
    conv2d_mve::pack_weights(q, layer.weights.data(), packed.data());
    check_prepared<Conv2dMveS8>(layer, q, packed, constants);
    ++checked;
  }
  return checked;
}

void check_dsp(const LayerCase<Conv2dS8Params>& layer, Random& random, Forms& forms) {
  if (layer.p.output_channels < 2) return;
  const auto prepare = [&](RequantizeForm form) {
    return prepared_params(layer.p, form, random.one_in(2) ? 8 : 16, 2 * random.between(1, 9));
  };
  check_forms<Conv2dDspS8>(layer, prepare, forms);
}

void check_winograd(const LayerCase<Conv2dS8Params>& layer, Random& random, Forms& forms) {
  for (const std::int32_t bits : {8, 16}) {
    const auto prepare = [&](RequantizeForm form) {
      return winograd_params(layer.p, form, bits, random.between(1, 5));
    };
    check_forms<Conv2dWinogradDspS8>(layer, prepare, forms);
  }
}

void check_winograd_rows(const LayerCase<Conv2dS8Params>& layer, Forms& forms) {
  const auto prepare = [&](RequantizeForm form) { return winograd_rows_params(layer.p, form); };
  check_forms<Conv2dWinogradRowsDspS8>(layer, prepare, forms);
}

void check_lanes(const LayerCase<Conv2dS8Params>& layer, Random& random, Forms& steps) {
  const conv2d_lanes::Layer constant{layer.weights.data(), layer.channels.bias.data(),
                                     layer.channels.multipliers.data(), layer.channels.shifts.data()};
  Conv2dLanesS8Params q = conv2d_lanes::params_of(layer.p);
  const auto prepared = conv2d_lanes::prepare_channels(q, constant);
  for (const auto& channel : prepared) steps.insert(static_cast<std::int32_t>(channel.fitted.step));
  const std::vector<std::uint8_t> streams =
      random.one_in(2) ? conv2d_lanes::make_streams(q, constant, prepared)
                       : conv2d_lanes::make_records(q, constant, prepared, random.between(1, 5));
  OneCall<Conv2dLanesS8>(q).input("input", layer.input).constant("weights", streams).expect(layer.expected, q);
}

TEST(HostLayers, EverySmallWindowOfEveryConvolution) {
  Random random(1);
  Forms forms, steps;
  int of_mve = 0;
  for (std::int32_t kh = 1; kh <= 3; ++kh)
    for (std::int32_t kw = 1; kw <= 3; ++kw)
      for (std::int32_t stride = 1; stride <= 2; ++stride)
        for (std::int32_t top = 0; top <= 2; ++top)
          for (std::int32_t bottom = 0; bottom <= 2; ++bottom) {
            const Conv2dShape shape{.batches = random.between(1, 2),
                                    .h = random.between(1, 5),
                                    .w = random.between(1, 6),
                                    .in = random.between(1, 5),
                                    .out = random.between(1, 35),
                                    .kh = kh,
                                    .kw = kw,
                                    .sh = stride,
                                    .sw = random.between(1, 3),
                                    .top = top,
                                    .left = random.between(0, 2),
                                    .bottom = bottom,
                                    .right = random.between(0, 2)};
            const Conv2dS8Params sizes = params_of(shape);
            if (sizes.output_h == 0 || sizes.output_w == 0) continue;
            const auto layer = random_conv2d(shape, random, 1 << random.between(0, 7));
            check_plain<Conv2dS8>(layer);
            of_mve += check_mve(layer);
            check_dsp(layer, random, forms);
            check_lanes(layer, random, steps);
          }
  EXPECT_EQ(forms.size(), std::size(all_forms)) << "every form has to be met";
  EXPECT_EQ(steps.size(), 6U) << "every form has to be met";
  EXPECT_GT(of_mve, 20);
}

TEST(HostLayers, LargerConvolutions) {
  Random random(2);
  Forms forms, steps;
  int of_mve = 0;
  for (int i = 0; i < 40; ++i) {
    const bool is_pointwise = random.one_in(2);
    const Conv2dShape shape{.h = random.between(3, 14),
                            .w = random.between(4, 14),
                            .in = random.between(1, 70),
                            .out = random.between(1, 70),
                            .kh = is_pointwise ? 1 : random.between(1, 3),
                            .kw = is_pointwise ? 1 : 3,
                            .top = is_pointwise ? 0 : 1,
                            .left = is_pointwise ? 0 : 1};
    if (params_of(shape).output_h == 0) continue;
    const auto layer = random_conv2d(shape, random, 1 << random.between(0, 7));
    check_plain<Conv2dS8>(layer);
    of_mve += check_mve(layer);
    check_dsp(layer, random, forms);
    check_lanes(layer, random, steps);
  }
  EXPECT_GT(of_mve, 10);
}

/// A small image with the channels of `channels` and a window of 3x3.
Conv2dShape winograd_shape(Conv2dShape channels, Random& random) {
  Conv2dShape shape = channels;
  shape.h = random.between(2, 6), shape.w = random.between(4, 9);
  shape.kh = shape.kw = 3;
  shape.top = shape.bottom = shape.right = 1, shape.left = random.between(0, 1);
  return shape;
}

TEST(HostLayers, WinogradConvolutions) {
  Random random(3);
  Forms forms;
  for (int i = 0; i < 12; ++i) {
    const Conv2dShape shape = winograd_shape({.in = 4 * random.between(2, 9), .out = random.between(2, 19)}, random);
    check_winograd(random_conv2d(shape, random), random, forms);
  }
  EXPECT_EQ(forms.size(), std::size(all_forms));
}

TEST(HostLayers, WinogradConvolutionsAlongRows) {
  Random random(7);
  Forms forms;
  for (int i = 0; i < 12; ++i) {
    const Conv2dShape shape = winograd_shape({.in = 8 * random.between(1, 4), .out = random.between(4, 19)}, random);
    check_winograd_rows(random_conv2d(shape, random), forms);
  }
  EXPECT_EQ(forms.size(), std::size(all_forms));
}

TEST(HostLayers, DilatedConvolutions) {
  Random random(4);
  for (int i = 0; i < 40; ++i) {
    Conv2dShape shape{.h = random.between(1, 9),
                      .w = random.between(1, 9),
                      .in = random.between(1, 9),
                      .out = random.between(1, 20),
                      .kh = random.between(1, 3),
                      .kw = random.between(1, 3),
                      .top = random.between(0, 2),
                      .left = random.between(0, 2)};
    Conv2dS8Params p = params_of(shape);
    p.dilation_h = random.between(1, 3), p.dilation_w = random.between(1, 3);
    p.output_h = output_extent(shape.h, shape.top, shape.kh, p.dilation_h, 1);
    p.output_w = output_extent(shape.w, shape.left, shape.kw, p.dilation_w, 1);
    if (p.output_h == 0 || p.output_w == 0) continue;
    auto layer = random_case(p, p.kernel_h * p.kernel_w * p.input_channels, random);
    std::vector<std::uint8_t> patch(Conv2dS8::scratch_bytes(p, Isa::Scalar));
    Conv2dS8::run(layer.p, {layer.input.data(), layer.weights.data(), layer.channels.bias.data(),
                            layer.channels.multipliers.data(), layer.channels.shifts.data(), layer.expected.data(),
                            patch.data()});
    check_plain<Conv2dS8>(layer);
  }
}

}  // namespace
}  // namespace pudu::host_kernels

// The host's depthwise convolutions against depthwise_conv2d_s8, which its own test proves against the plain sum.
#include <gtest/gtest.h>

#include "host_kernels/testing/one_call.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/prepare.hpp"
#include "kernels/depthwise_conv2d_dsp/prepare.hpp"
#include "kernels/depthwise_conv2d_lanes/prepare.hpp"
#include "kernels/depthwise_conv2d_mve/prepare.hpp"
#include "kernels/testing/layer_case.hpp"

namespace pudu::host_kernels {
namespace {

using namespace kernels;
using namespace host_kernels::testing;

using DepthwiseCase = LayerCase<DepthwiseConv2dS8Params>;

int check_mve(const DepthwiseCase& layer) {
  int checked = 0;
  if (!depthwise_conv2d_mve::applies(layer.p)) return checked;
  for (const std::int32_t slide_down : {0, 1}) {
    const DepthwiseConv2dMveS8Params q = depthwise_conv2d_mve::params_of(layer.p, slide_down);
    std::vector<std::int32_t> constants(4 * size_of(q.channels));
    if (!depthwise_conv2d_mve::pack_constants(q, constants_of<DepthwiseConv2dS8>(layer), constants.data())) break;
    std::vector<std::int8_t> packed(depthwise_conv2d_mve::packed_weight_bytes(q));
    depthwise_conv2d_mve::pack_weights(q, layer.weights.data(), packed.data());
    check_prepared<DepthwiseConv2dMveS8>(layer, q, packed, constants);
    ++checked;
  }
  return checked;
}

void check_dsp(const DepthwiseCase& layer, Forms& forms) {
  if (layer.p.output_channels < 4) return;
  for (const std::int32_t kind : {0, 1, 2, 3}) {
    const auto prepare = [&](RequantizeForm form) {
      return prepared_params(layer.p, form, kind % 2 == 1, kind < 2 ? 8 : 16);
    };
    check_forms<DepthwiseConv2dDspS8>(layer, prepare, forms);
  }
}

void check_5x5_dsp(const DepthwiseCase& layer, Forms& forms) {
  if (layer.p.output_channels < 4) return;
  const auto prepare = [&](RequantizeForm form) { return prepared_5x5_params(layer.p, form); };
  check_forms<DepthwiseConv2d5x5DspS8>(layer, prepare, forms);
}

void expect_lanes(const DepthwiseCase& layer, const DepthwiseConv2dLanesS8Params& q,
                  const std::vector<std::int8_t>& packed, const std::vector<std::int32_t>& constants) {
  check_prepared<DepthwiseConv2dLanesS8>(layer, q, packed, constants);
}

void check_lanes(const DepthwiseCase& layer, Forms& forms) {
  const depthwise_conv2d_lanes::Layer constant{layer.weights.data(), layer.channels.bias.data(),
                                               layer.channels.multipliers.data(), layer.channels.shifts.data()};
  for (const std::int32_t slide_down : {0, 1}) {
    DepthwiseConv2dLanesS8Params q = depthwise_conv2d_lanes::params_of(layer.p, slide_down, 0);
    std::vector<std::int8_t> packed(12 * size_of(q.channels));
    double runs = 0;
    if (!depthwise_conv2d_lanes::pack_weights(q, layer.weights.data(), packed.data(), runs)) return;
    std::vector<std::int32_t> seven(7 * size_of(q.channels)), wanted(7 * size_of(q.channels));
    std::int32_t general = 0;
    if (depthwise_conv2d_lanes::fit_lanes_constants(constant, q, seven.data(), general)) {
      depthwise_conv2d_lanes::copy_constants(q, seven.data(), wanted.data());
      wanted.resize(size_of(q.channel_words) * size_of(q.channels));
      expect_lanes(layer, q, packed, wanted);
      forms.insert(100 + q.channel_words);
    }
    for (const RequantizeForm form : all_forms) {
      q.form = static_cast<std::int32_t>(form);
      std::vector<ChannelConstants> constants(size_of(q.channels));
      std::int32_t rounded = 0;
      if (!depthwise_conv2d_lanes::fit_form_constants(constant, q, constants.data(), rounded)) continue;
      expect_lanes(layer, q, packed, words_of(constants));
      forms.insert(q.form);
    }
  }
}

TEST(HostLayers, DepthwiseConvolutions) {
  Random random(5);
  Forms forms, forms_5x5, lanes;
  int of_mve = 0;
  for (int i = 0; i < 120; ++i) {
    const std::int32_t kernel = random.one_in(2) ? 3 : 5;
    const DepthwiseShape shape{.batches = random.between(1, 2),
                               .h = random.between(1, 9),
                               .w = random.between(3, 12),
                               .channels = random.between(1, 37),
                               .stride = random.between(1, 2),
                               .top = random.between(0, 2),
                               .left = random.between(0, 2),
                               .bottom = random.between(0, 2),
                               .right = random.between(0, 2)};
    const DepthwiseConv2dS8Params sizes = params_of(shape, kernel);
    if (sizes.output_h == 0 || sizes.output_w == 0) continue;
    const DepthwiseCase layer = random_depthwise(shape, kernel, random);
    check_plain<DepthwiseConv2dS8>(layer);
    of_mve += check_mve(layer);
    if (kernel == 3) {
      check_dsp(layer, forms);
      check_lanes(layer, lanes);
    } else if (sizes.output_w >= 4) {
      check_5x5_dsp(layer, forms_5x5);
    }
  }
  EXPECT_EQ(forms.size(), std::size(all_forms) - 1) << "every form but General has to be met";
  EXPECT_EQ(forms_5x5.size(), std::size(all_forms) - 1);
  EXPECT_EQ(lanes.size(), std::size(all_forms) + 2) << "with five words a channel and with seven";
  EXPECT_GT(of_mve, 20);
}

}  // namespace
}  // namespace pudu::host_kernels

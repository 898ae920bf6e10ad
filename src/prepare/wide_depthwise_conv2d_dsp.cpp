// depthwise_conv2d_s16, depthwise_conv2d_s16_s8 and depthwise_conv2d_s8_s16 as their kernels for the DSP extension: the
// slide goes in the direction that costs less.
#include <fmt/format.h>

#include <optional>

#include "kernels/depthwise_conv2d_dsp_s16/depthwise_conv2d_dsp_s16.hpp"
#include "kernels/depthwise_conv2d_dsp_s16/prepare.hpp"
#include "kernels/depthwise_conv2d_dsp_s16_s8/depthwise_conv2d_dsp_s16_s8.hpp"
#include "kernels/depthwise_conv2d_dsp_s8_s16/depthwise_conv2d_dsp_s8_s16.hpp"
#include "kernels/wide_layers.hpp"
#include "prepare/layer.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::DepthwiseConv2dDspS8;

template <class Kernel>
using BaseParams = kernels::WideDepthwiseConv2dParams<typename Kernel::Input, typename Kernel::Output>;

template <class Params>
bool applies(const Params& p) {
  const bool has_stride = p.stride_h == p.stride_w && p.stride_h <= 2;
  return p.kernel_h == 3 && p.kernel_w == 3 && has_stride && p.dilation_h == 1 && p.dilation_w == 1 &&
         p.depth_multiplier == 1 && p.input_channels >= 4;
}

template <class Kernel>
typename Kernel::Params params_of(const BaseParams<Kernel>& p) {
  typename Kernel::Params result{};
  result.batches = p.batches;
  result.input_h = p.input_h, result.input_w = p.input_w, result.channels = p.input_channels;
  result.output_h = p.output_h, result.output_w = p.output_w;
  result.stride_h = p.stride_h, result.stride_w = p.stride_w;
  result.pad_top = p.pad_top, result.pad_left = p.pad_left;
  result.pad_value = -p.input_offset;
  return result;
}

/// Fitted on counts of kernel_device_test, as those of depthwise_conv2d_dsp_s8.
template <class Kernel>
double instructions_of(const typename Kernel::Params& p) {
  constexpr bool is_wide = sizeof(typename Kernel::Input) == 2;
  const double along = p.slide_down != 0 ? p.output_h : p.output_w;
  const double across = p.slide_down != 0 ? p.output_w : p.output_h;
  const double groups = DepthwiseConv2dDspS8::groups(Kernel::windows(p));
  const double clamping = p.form == 3 ? 5 : (sizeof(typename Kernel::Output) == 1 ? 1 : 0);
  const double gather =
      p.stride_h == 1 ? (is_wide ? 23 : 26) * (along + 2) + 220 : (is_wide ? 35 : 37) * (along + 1) + 350;
  const double one_row = gather + 4 * ((14.5 + clamping) * along + 35);
  const double widening = p.weight_bits == 16 ? 50 : 250;
  if (p.stride_h == 2) return p.batches * groups * (widening + across * one_row);
  const double pairs = p.slide_down != 0 ? p.output_w / 2 : p.output_h / 2;
  const double two_rows = gather + 4 * ((27 + clamping) * along + 35);
  const double last_row = p.weight_bits == 16 ? two_rows : one_row + 200;
  return p.batches * groups * (widening + pairs * two_rows + (across - 2 * pairs) * last_row);
}

}  // namespace

template <class Kernel>
std::vector<Candidate> wide_depthwise_conv2d_dsp_candidates(const SourceCall& call, Optimize) {
  const auto base = call.params<BaseParams<Kernel>>();
  if (!applies(base)) return {};
  const std::optional<LayerConstants> source = all_layer_constants(call);
  if (!source) return {};
  const kernels::wide_depthwise_conv2d_dsp::Layer layer{source->weights.data(), source->bias_or_null(),
                                                        source->multipliers.data(), source->shifts.data()};
  typename Kernel::Params params = params_of<Kernel>(base);
  std::vector<kernels::WideConstants> constants(
      static_cast<std::size_t>(4 * DepthwiseConv2dDspS8::groups(Kernel::windows(params))));
  const kernels::WideRange range{base.input_offset, base.output_offset, base.output_min, base.output_max};
  if (!kernels::wide_depthwise_conv2d_dsp::fit_constants<Kernel>(layer, range, params, constants.data())) return {};
  const std::span<const std::int32_t> words(&constants.front().bias, constants.size() * 4);
  std::vector<Candidate> candidates;
  for (const std::int32_t bits : {8, 16}) {
    for (const std::int32_t down : {0, 1}) {
      params.slide_down = down, params.weight_bits = bits;
      const kernels::DepthwiseConv2dDspS8Params windows = Kernel::windows(params);
      std::vector<std::int8_t> packed(kernels::depthwise_conv2d_dsp::packed_weight_bytes(windows));
      kernels::depthwise_conv2d_dsp::pack_weights(windows, source->weights.data(), packed.data());
      candidates.push_back(layer_candidate<Kernel>(
          params, fmt::format("slides {}{}", down != 0 ? "down" : "along rows", bits == 16 ? ", int16 weights" : ""),
          packed, words, instructions_of<Kernel>(params)));
    }
  }
  return candidates;
}

template <class Kernel>
double wide_depthwise_conv2d_dsp_instructions(std::span<const program::Parameter> parameters) {
  return instructions_of<Kernel>(ops::detail::to_params<typename Kernel::Params>(parameters));
}

// clang-format off
#define PUDU_PREPARE_WIDE_DEPTHWISE(KERNEL)                                                                          \
  template std::vector<Candidate> wide_depthwise_conv2d_dsp_candidates<kernels::KERNEL>(const SourceCall&, Optimize); \
  template double wide_depthwise_conv2d_dsp_instructions<kernels::KERNEL>(std::span<const program::Parameter>);
// clang-format on
PUDU_PREPARE_WIDE_DEPTHWISE(DepthwiseConv2dDspS16)
PUDU_PREPARE_WIDE_DEPTHWISE(DepthwiseConv2dDspS16S8)
PUDU_PREPARE_WIDE_DEPTHWISE(DepthwiseConv2dDspS8S16)

}  // namespace pudu::prepare

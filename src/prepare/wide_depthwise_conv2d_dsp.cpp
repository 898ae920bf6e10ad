// depthwise_conv2d_s16, depthwise_conv2d_s16_s8 and depthwise_conv2d_s8_s16 as their kernels for the DSP extension: the
// slide goes in the direction that costs less.
#include <fmt/format.h>

#include <optional>

#include "kernels/depthwise_conv2d_dsp_s16/depthwise_conv2d_dsp_s16.hpp"
#include "kernels/depthwise_conv2d_dsp_s16/prepare.hpp"
#include "kernels/depthwise_conv2d_dsp_s16_s8/depthwise_conv2d_dsp_s16_s8.hpp"
#include "kernels/depthwise_conv2d_dsp_s8_s16/depthwise_conv2d_dsp_s8_s16.hpp"
#include "kernels/wide_layers.hpp"
#include "prepare/depthwise_layer.hpp"
#include "prepare/layer.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::DepthwiseConv2dDspS8;

template <class Kernel>
using BaseParams = kernels::WideDepthwiseConv2dParams<typename Kernel::Input, typename Kernel::Output>;

/// Fitted on counts of kernel_device_test, as those of depthwise_conv2d_dsp_s8.
template <class Kernel>
double instructions_of(const typename Kernel::Params& p) {
  constexpr bool is_wide = sizeof(typename Kernel::Input) == 2;
  const double clamping = p.form == 3 ? 5 : (sizeof(typename Kernel::Output) == 1 ? 1 : 0);
  const SlideCosts costs{.column = is_wide ? 23.0 : 26.0,
                         .column_pair = is_wide ? 35.0 : 37.0,
                         .one_row = 14.5 + clamping,
                         .two_rows = 27 + clamping};
  return slide_instructions(p, DepthwiseConv2dDspS8::groups(Kernel::windows(p)), costs);
}

}  // namespace

template <class Kernel>
std::vector<Candidate> wide_depthwise_conv2d_dsp_candidates(const SourceCall& call, Optimize) {
  const auto base = call.params<BaseParams<Kernel>>();
  if (!is_depthwise_of(base, 3)) return {};
  const std::optional<LayerConstants> source = all_layer_constants(call);
  if (!source) return {};
  const kernels::wide_depthwise_conv2d_dsp::Layer layer{source->weights.data(), source->bias_or_null(),
                                                        source->multipliers.data(), source->shifts.data()};
  typename Kernel::Params params = depthwise_params<typename Kernel::Params>(base);
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

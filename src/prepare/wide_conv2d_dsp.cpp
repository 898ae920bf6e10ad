// conv2d_s16, conv2d_s16_s8 and conv2d_s8_s16 as their kernels for the DSP extension: widened or narrow weights.
#include <fmt/format.h>

#include "kernels/conv2d_dsp_s16/conv2d_dsp_s16.hpp"
#include "kernels/conv2d_dsp_s16/prepare.hpp"
#include "kernels/conv2d_dsp_s16_s8/conv2d_dsp_s16_s8.hpp"
#include "kernels/conv2d_dsp_s8_s16/conv2d_dsp_s8_s16.hpp"
#include "kernels/wide_layers.hpp"
#include "prepare/conv2d_dsp_form.hpp"
#include "prepare/layer.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::Conv2dDspS8;

template <class Kernel>
using BaseParams = kernels::WideConv2dParams<typename Kernel::Input, typename Kernel::Output>;

template <class Kernel>
typename Kernel::Params params_of(const BaseParams<Kernel>& p, Optimize optimize) {
  typename Kernel::Params result{};
  result.batches = p.batches;
  result.input_h = p.input_h, result.input_w = p.input_w, result.input_channels = p.input_channels;
  result.output_h = p.output_h, result.output_w = p.output_w, result.output_channels = p.output_channels;
  result.kernel_h = p.kernel_h, result.kernel_w = p.kernel_w;
  result.stride_h = p.stride_h, result.stride_w = p.stride_w;
  result.pad_top = p.pad_top, result.pad_left = p.pad_left;
  result.pad_value = -p.input_offset;
  const kernels::Conv2dDspS8Params windows = Kernel::windows(result);
  result.pads_image = Conv2dDspS8::is_better_padded(windows) ? 1 : 0;
  result.strip_positions = strip_positions(windows, optimize);
  return result;
}

/// Fitted on counts of kernel_device_test, as those of conv2d_dsp_s8.
template <class Kernel>
double instructions_of(const typename Kernel::Params& params) {
  const kernels::Conv2dDspS8Params p = Kernel::windows(params);
  const double units = Conv2dDspS8::units(p), pairs = Conv2dDspS8::channel_pairs(p);
  const double positions = static_cast<double>(p.output_h) * p.output_w;
  const double strips = positions / p.strip_positions, blocks = positions / 2 * pairs;
  const double block_end = sizeof(typename Kernel::Output) == 1 ? 25 : (params.form == 3 ? 27 : 23);
  const double unit = sizeof(typename Kernel::Input) == 1 ? 8 : (p.input_channels % 2 == 0 ? 5 : 7);
  const double pack_block =
      Conv2dDspS8::reads_positions_in_order(p) ? unit * units + 10 : unit * units + 12 * p.kernel_h + 30;
  const double widen_pair = p.weight_bits == 16 ? 0 : 9 * units;
  const double total = blocks * (10 * units + (units > 16 ? 0.4 * units : 0) + block_end) + positions / 2 * pack_block +
                       strips * (pairs * (60 + widen_pair) + 60);
  return p.batches * total;
}

}  // namespace

template <class Kernel>
std::vector<Candidate> wide_conv2d_dsp_candidates(const SourceCall& call, Optimize optimize) {
  const auto base = call.params<BaseParams<Kernel>>();
  if (base.groups != 1 || base.dilation_h != 1 || base.dilation_w != 1 || base.output_channels < 2) return {};
  const std::optional<LayerConstants> source = all_layer_constants(call);
  if (!source) return {};
  const kernels::conv2d_dsp::Layer layer{source->weights.data(), source->bias_or_null(), source->multipliers.data(),
                                         source->shifts.data()};
  typename Kernel::Params params = params_of<Kernel>(base, optimize);
  std::vector<kernels::WideConstants> constants(
      static_cast<std::size_t>(2 * Conv2dDspS8::channel_pairs(Kernel::windows(params))));
  const kernels::WideRange range{base.input_offset, base.output_offset, base.output_min, base.output_max};
  if (!kernels::wide_conv2d_dsp::fit_constants<Kernel>(layer, range, params, constants.data())) return {};
  const std::span<const std::int32_t> words(&constants.front().bias, constants.size() * 4);
  std::vector<Candidate> candidates;
  for (const std::int32_t bits : {16, 8}) {
    params.weight_bits = bits;
    std::vector<std::uint8_t> packed(kernels::conv2d_dsp::packed_weight_bytes(Kernel::windows(params)));
    kernels::wide_conv2d_dsp::pack_weights<Kernel>(params, source->weights.data(), packed.data());
    candidates.push_back(layer_candidate<Kernel>(
        params, fmt::format("int{} weights, strips of {} positions", bits, params.strip_positions), packed, words,
        instructions_of<Kernel>(params)));
  }
  return candidates;
}

template <class Kernel>
double wide_conv2d_dsp_instructions(std::span<const program::Parameter> parameters) {
  return instructions_of<Kernel>(ops::detail::to_params<typename Kernel::Params>(parameters));
}

// clang-format off
#define PUDU_PREPARE_WIDE_CONV2D(KERNEL)                                                                          \
  template std::vector<Candidate> wide_conv2d_dsp_candidates<kernels::KERNEL>(const SourceCall&, Optimize);       \
  template double wide_conv2d_dsp_instructions<kernels::KERNEL>(std::span<const program::Parameter>);
// clang-format on
PUDU_PREPARE_WIDE_CONV2D(Conv2dDspS16)
PUDU_PREPARE_WIDE_CONV2D(Conv2dDspS16S8)
PUDU_PREPARE_WIDE_CONV2D(Conv2dDspS8S16)

}  // namespace pudu::prepare

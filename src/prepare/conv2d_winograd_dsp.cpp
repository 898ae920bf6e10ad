// conv2d_s8 as conv2d_winograd_dsp_s8: weights transformed ahead of time, which are 3.6 times as many bytes, or as they
// are, transformed for every strip of tiles.
#include <fmt/format.h>

#include <algorithm>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_winograd_dsp/prepare.hpp"
#include "prepare/conv2d_dsp_form.hpp"
#include "prepare/layer.hpp"
#include "prepare/pieces.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::Conv2dS8Params;
using kernels::Conv2dWinogradDspS8;
using kernels::Conv2dWinogradDspS8Params;

bool applies(const Conv2dS8Params& p) {
  const bool is_3x3 = p.kernel_h == 3 && p.kernel_w == 3 && p.stride_h == 1 && p.stride_w == 1;
  const bool has_channels =
      p.input_channels % 4 == 0 && p.input_channels >= 8 && p.input_channels <= 128 && p.output_channels >= 2;
  return is_3x3 && has_channels && p.groups == 1 && p.dilation_h == 1 && p.dilation_w == 1 && p.output_w >= 4 &&
         p.output_h >= 2;
}

Conv2dWinogradDspS8Params params_of(const Conv2dS8Params& p) {
  Conv2dWinogradDspS8Params result{};
  result.batches = p.batches;
  result.input_h = p.input_h, result.input_w = p.input_w, result.input_channels = p.input_channels;
  result.output_h = p.output_h, result.output_w = p.output_w, result.output_channels = p.output_channels;
  result.pad_top = p.pad_top, result.pad_left = p.pad_left;
  result.pad_value = -p.input_offset;
  result.output_offset = p.output_offset;
  result.activation_min = p.activation_min, result.activation_max = p.activation_max;
  return result;
}

double tile_pairs(const Conv2dWinogradDspS8Params& p) {
  return pieces_of(p.output_h, 2) * pieces_of(p.output_w, 4);
}

/// Fitted on counts of kernel_device_test: 10 a unit of the inner loop, the transforms of outputs and values, and those
/// of weights.
double instructions_of(const Conv2dWinogradDspS8Params& p) {
  const double pairs = Conv2dWinogradDspS8::channel_pairs(p), quads = Conv2dWinogradDspS8::quads(p);
  const double block = 160 * Conv2dWinogradDspS8::units(p) + (p.form == 0 ? 700 : (p.form == 1 ? 232 : 194));
  const double tiles = tile_pairs(p);
  const double strips = (tiles + p.strip_pairs - 1) / p.strip_pairs;
  const double weights = p.weight_bits == 16 ? 0 : strips * pairs * (2 * 151 * quads + 150);
  return p.batches * (tiles * (pairs * block + 235 * quads + 330) + weights);
}

/// Pairs of tiles of which a strip takes at most `bytes`; more than eight gain little.
std::int32_t strip_pairs(const Conv2dWinogradDspS8Params& p, std::size_t bytes) {
  const auto most = std::min(static_cast<std::int32_t>(tile_pairs(p)), 8);
  return std::clamp(static_cast<std::int32_t>(bytes / Conv2dWinogradDspS8::pair_bytes(p)), 1, most);
}

}  // namespace

std::vector<Candidate> conv2d_winograd_dsp_candidates(const SourceCall& call, Optimize optimize) {
  const auto base = call.params<Conv2dS8Params>();
  if (!applies(base)) return {};
  const std::optional<LayerConstants> source = layer_constants(call);
  if (!source) return {};
  namespace winograd = kernels::conv2d_winograd_dsp;
  Conv2dWinogradDspS8Params params = params_of(base);
  const auto fitted = fit_form_of(winograd::direct_params(params), {source->weights.data(), source->bias_or_null(),
                                                                    source->multipliers.data(), source->shifts.data()});
  params.form = fitted.params.form, params.rounded_pairs = fitted.params.rounded_pairs;
  const std::span<const std::int32_t> words(&fitted.constants.front().bias, fitted.constants.size() * 4);
  std::vector<std::uint8_t> codes(winograd::code_bytes(params));
  winograd::pack_codes(params, source->weights.data(), codes.data());

  std::vector<Candidate> candidates;
  const std::string_view form = form_name(params.form);
  params.weight_bits = 16, params.strip_pairs = 1;
  std::vector<std::int16_t> transformed(winograd::packed_weight_bytes(params) / sizeof(std::int16_t));
  winograd::transform_codes(params, codes.data(), transformed.data());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(transformed.data());
  candidates.push_back(layer_candidate<Conv2dWinogradDspS8>(
      params, fmt::format("Winograd F(2x2, 3x3), transformed weights, {} requantization", form),
      std::vector<std::uint8_t>(bytes, bytes + transformed.size() * sizeof transformed[0]), words,
      instructions_of(params)));
  params.weight_bits = 8, params.strip_pairs = strip_pairs(params, optimize == Optimize::Size ? 2048 : 16384);
  candidates.push_back(layer_candidate<Conv2dWinogradDspS8>(
      params,
      fmt::format("Winograd F(2x2, 3x3), weights transformed for strips of {} tiles, {} requantization",
                  2 * params.strip_pairs, form),
      codes, words, instructions_of(params)));
  return candidates;
}

double conv2d_winograd_dsp_instructions(std::span<const program::Parameter> parameters) {
  return instructions_of(ops::detail::to_params<Conv2dWinogradDspS8Params>(parameters));
}

}  // namespace pudu::prepare

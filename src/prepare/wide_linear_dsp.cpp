// linear_s16, linear_s16_s8 and linear_s8_s16 as their kernels for the DSP extension: widened or narrow weights.
#include <fmt/format.h>

#include <optional>

#include "kernels/linear_dsp_s16/linear_dsp_s16.hpp"
#include "kernels/linear_dsp_s16/prepare.hpp"
#include "kernels/linear_dsp_s16_s8/linear_dsp_s16_s8.hpp"
#include "kernels/linear_dsp_s8_s16/linear_dsp_s8_s16.hpp"
#include "kernels/wide_layers.hpp"
#include "prepare/layer.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

/// Fitted on counts of kernel_device_test, as those of linear_dsp_s8.
template <class Kernel>
double instructions_of(const typename Kernel::Params& p) {
  const double units = Kernel::units(p), groups = Kernel::groups(p);
  const double unit = p.weight_bits == 16 ? 11.5 : 18.5;
  const double fill = sizeof(typename Kernel::Input) == 1 ? 6 : (Kernel::reads_in_place(p) ? 0 : 3);
  return p.batches * (90 + fill * units + groups * (unit * units + 42));
}

}  // namespace

template <class Kernel>
std::vector<Candidate> wide_linear_dsp_candidates(const SourceCall& call, Optimize) {
  const auto base = call.params<kernels::WideLinearParams<typename Kernel::Input, typename Kernel::Output>>();
  const std::optional<LayerConstants> source = all_layer_constants(call);
  if (!source) return {};
  const kernels::wide_linear_dsp::Layer layer{source->weights.data(), source->bias_or_null(),
                                              source->multipliers.data(), source->shifts.data()};
  typename Kernel::Params params{base.batches, base.input_features, base.output_features, 8, 1};
  std::vector<std::int32_t> words(kernels::wide_linear_dsp::constant_words(base.output_features));
  const kernels::WideRange range{base.input_offset, base.output_offset, base.output_min, base.output_max};
  if (!kernels::wide_linear_dsp::fit_constants<Kernel>(layer, range, params, words.data())) return {};
  std::vector<Candidate> candidates;
  for (const std::int32_t bits : {16, 8}) {
    params.weight_bits = bits;
    std::vector<std::uint8_t> packed(kernels::wide_linear_dsp::packed_weight_bytes<Kernel>(params));
    kernels::wide_linear_dsp::pack_weights<Kernel>(params, source->weights.data(), packed.data());
    candidates.push_back(layer_candidate<Kernel>(params, fmt::format("int{} weights", bits), packed, words,
                                                 instructions_of<Kernel>(params)));
  }
  return candidates;
}

// clang-format off
#define PUDU_PREPARE_WIDE_LINEAR(KERNEL)                                                                          \
  template std::vector<Candidate> wide_linear_dsp_candidates<kernels::KERNEL>(const SourceCall&, Optimize);
// clang-format on
PUDU_PREPARE_WIDE_LINEAR(LinearDspS16)
PUDU_PREPARE_WIDE_LINEAR(LinearDspS16S8)
PUDU_PREPARE_WIDE_LINEAR(LinearDspS8S16)

}  // namespace pudu::prepare

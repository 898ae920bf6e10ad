// What the variants of convolutions and linear layers have in common: where their constants come from, and the call
// that the prepared ones make.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/pointwise_s4/prepare.hpp"
#include "kernels/requantize_form.hpp"
#include "prepare/variant.hpp"

namespace pudu::prepare {

/// The constants of a layer with requantization per output channel.
struct LayerConstants {
  std::vector<std::int8_t> weights;
  std::vector<std::int32_t> bias;  ///< empty: zeros
  std::vector<std::int32_t> multipliers, shifts;

  const std::int32_t* bias_or_null() const { return bias.empty() ? nullptr : bias.data(); }

  /// As constant operands of the layer's kernel; the others stay null.
  template <class Operands>
  Operands operands() const {
    Operands result{};
    result.weights = weights.data(), result.bias = bias_or_null();
    result.multipliers = multipliers.data(), result.shifts = shifts.data();
    return result;
  }
};

/// None where an operand but the bias is computed by the model: there is nothing to prepare.
inline std::optional<LayerConstants> all_layer_constants(const SourceCall& call) {
  LayerConstants layer{call.constant<std::int8_t>("weights"), call.constant<std::int32_t>("bias"),
                       call.constant<std::int32_t>("multipliers"), call.constant<std::int32_t>("shifts")};
  if (layer.weights.empty() || layer.multipliers.empty() || layer.shifts.empty()) return std::nullopt;
  return layer;
}

/// A layer whose weights are codes of 4 bits, because the user wants them stored so (quantizer/int4.hpp).
inline bool has_int4_weights(const SourceCall& call, const LayerConstants& layer) {
  namespace kernel = kernels::pointwise_s4;
  const std::string_view name = call.call().kernel;
  const bool applies = (name == kernels::Conv2dS8::name && kernel::applies(call.params<kernels::Conv2dS8Params>())) ||
                       (name == kernels::LinearS8::name && kernel::applies(call.params<kernels::LinearS8Params>()));
  return applies && kernel::fits(layer.weights.data(), layer.weights.size());
}

/// The constants of a layer that is prepared with weights of 8 bits or more.
inline std::optional<LayerConstants> layer_constants(const SourceCall& call) {
  std::optional<LayerConstants> layer = all_layer_constants(call);
  if (layer && has_int4_weights(call, *layer)) return std::nullopt;
  return layer;
}

/// A call of Kernel with the operands `weights` and `constants`.
template <class Kernel, class Weight>
Candidate layer_candidate(const typename Kernel::Params& params, std::string description,
                          const std::vector<Weight>& weights, std::span<const std::int32_t> constants,
                          double instructions) {
  Candidate candidate;
  candidate.kernel = Kernel::name;
  candidate.description = std::move(description);
  candidate.parameters = ops::to_parameters(params);
  candidate.constants = {prepared_constant<Weight>("weights", weights),
                         prepared_constant<std::int32_t>("constants", constants)};
  candidate.cost = {instructions, weights.size() + constants.size_bytes()};
  return candidate;
}

/// The word of the form that a candidate's description has.
inline std::string_view form_name(std::int32_t form) {
  switch (static_cast<kernels::RequantizeForm>(form)) {
    case kernels::RequantizeForm::General:
      return "general";
    case kernels::RequantizeForm::Rounded:
      return "rounded";
    default:
      return "line";
  }
}

}  // namespace pudu::prepare

#include "quantizer/adaptive_rounding.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/parallel.hpp"
#include "ops/float_executor.hpp"
#include "ops/registry.hpp"
#include "quantizer/int4.hpp"
#include "quantizer/nearest_plane.hpp"

namespace pudu::quantizer {
namespace {

/// Positions of all samples together that a layer is fitted to.
constexpr std::size_t wanted_positions = 2048;
/// Pull towards the trained weights, and towards independent rounding, relative to the mean power of an input.
constexpr double regression_damping = 1.0;
constexpr double rounding_damping = 0.1;

/// What a group's rounding works on. Weights and residuals are in units of a step of each output channel's sum.
struct GroupFit {
  std::size_t taps = 0, outputs = 0, positions = 0;
  std::vector<std::int16_t> inputs;  ///< [position, tap]
  std::vector<double> weights;       ///< [output, tap]
  std::vector<double> wanted;        ///< [position, output]

  /// Wanted sums minus those of the float weights on the quantized inputs.
  std::vector<double> residuals() const {
    std::vector<double> by_tap(weights.size());
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t k = 0; k < taps; ++k) by_tap[k * outputs + o] = weights[o * taps + k];
    }
    std::vector<double> result = wanted;
    for (std::size_t n = 0; n < positions; ++n) {
      double* row = result.data() + n * outputs;
      for (std::size_t k = 0; k < taps; ++k) {
        const double x = inputs[n * taps + k];
        if (x == 0.0) continue;
        const double* column = by_tap.data() + k * outputs;
        for (std::size_t o = 0; o < outputs; ++o) row[o] -= x * column[o];
      }
    }
    return result;
  }

  /// Moves the weights to the ridge regression of the residuals on the inputs.
  void move_weights(const Factor& factor) {
    const std::vector<double> rest = residuals();
    double rest_power = 0, power = 0;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      rest_power += rest[i] * rest[i];
      power += wanted[i] * wanted[i];
    }
    // Not the outputs of this layer, or a network so wrong that a fit would only follow its errors.
    if (!(rest_power <= 0.5 * power)) return;
    std::vector<double> by_tap(weights.size(), 0.0);
    for (std::size_t n = 0; n < positions; ++n) {
      const double* row = rest.data() + n * outputs;
      for (std::size_t k = 0; k < taps; ++k) {
        const double x = inputs[n * taps + k];
        if (x == 0.0) continue;
        double* column = by_tap.data() + k * outputs;
        for (std::size_t o = 0; o < outputs; ++o) column[o] += x * row[o];
      }
    }
    std::vector<double> moves(weights.size());
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t k = 0; k < taps; ++k) moves[o * taps + k] = by_tap[k * outputs + o];
    }
    solve(factor, moves);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] += moves[i];
  }
};

}  // namespace

AdaptiveRounding::Layer AdaptiveRounding::make_layer(const LayerWindows& windows, std::span<const float> weights,
                                                     std::size_t samples) {
  Layer layer{
      windows, {}, scattered_positions(windows.positions(), std::max<std::size_t>(wanted_positions / samples, 1)), {}};
  for (std::size_t o = 0; o < windows.output_channels(); ++o) {
    for (std::size_t k = 0; k < windows.taps(); ++k) {
      layer.weights.push_back(weights[windows.float_weight_index(o, k)]);
    }
  }
  layer.outputs.resize(samples * layer.positions.size() * windows.output_channels());
  return layer;
}

void AdaptiveRounding::record(Layer& layer, std::size_t sample, std::span<const float> input) {
  const LayerWindows& windows = layer.windows;
  const std::size_t taps = windows.taps(), outputs = windows.group_outputs();
  std::vector<float> window(taps);
  float* row = layer.outputs.data() + sample * layer.positions.size() * windows.output_channels();
  for (const std::size_t position : layer.positions) {
    for (std::size_t group = 0; group < windows.groups(); ++group) {
      windows.gather(input, position, group, window.data());
      for (std::size_t o = 0; o < outputs; ++o) {
        const double* weights = layer.weights.data() + (group * outputs + o) * taps;
        double sum = 0;
        for (std::size_t k = 0; k < taps; ++k) sum += weights[k] * window[k];
        *row++ = static_cast<float>(sum);
      }
    }
  }
}

Result<AdaptiveRounding> AdaptiveRounding::prepare(const program::Program& program, const ir::Graph& float_graph,
                                                   std::span<const Sample> samples) {
  AdaptiveRounding result;
  result.samples_ = samples.size();
  std::multimap<ir::ValueId, Layer*> readers;
  for (const ir::Node& node : float_graph.nodes()) {
    const ops::QuantizationRule& rule = ops::operator_of(node).quantization;
    const auto call = std::find_if(program.calls.begin(), program.calls.end(),
                                   [&](const program::KernelCall& candidate) { return candidate.name == node.name; });
    if (!rule.weight_input || rule.weight_axis != 0 || call == program.calls.end()) continue;
    const std::optional<LayerWindows> windows = LayerWindows::of(*call);
    const ir::Value& weight = float_graph.value(*node.inputs[*rule.weight_input]);
    const ir::Value& input = float_graph.value(*node.inputs.front());
    if (!windows || !weight.is_constant() ||
        weight.data<float>().size() != windows->output_channels() * windows->taps() ||
        static_cast<std::size_t>(ir::element_count(input.type.shape)) != windows->input_elements()) {
      continue;
    }
    const auto entry = result.layers_.emplace(node.name, make_layer(*windows, weight.data<float>(), samples.size()));
    readers.emplace(input.id, &entry.first->second);
  }
  const ops::FloatExecutor executor(float_graph);
  std::vector<Status> statuses(samples.size());
  base::parallel_for(samples.size(), [&](std::size_t sample) {
    const auto see = [&](ir::ValueId id, const ops::Tensor& tensor) {
      const auto [begin, end] = readers.equal_range(id);
      for (auto reader = begin; reader != end; ++reader) record(*reader->second, sample, tensor.data());
    };
    auto outputs = executor.run(samples[sample], see);
    if (!outputs) statuses[sample] = std::move(outputs).error();
  });
  for (Status& status : statuses) PUDU_TRY(std::move(status));
  return result;
}

void AdaptiveRounding::round_group(const Layer& layer, std::size_t group, float input_scale,
                                   std::span<const double> weight_scales, std::int32_t largest_code,
                                   const CodesOfSample& codes, std::span<std::int8_t> rounded) const {
  const LayerWindows& windows = layer.windows;
  GroupFit fit{windows.taps(), windows.group_outputs(), samples_ * layer.positions.size(), {}, {}, {}};
  fit.inputs.resize(fit.positions * fit.taps);
  fit.wanted.resize(fit.positions * fit.outputs);
  const std::size_t first = group * fit.outputs;
  for (std::size_t n = 0; n < fit.positions; ++n) {
    windows.gather_groups(codes(n / layer.positions.size()), layer.positions[n % layer.positions.size()],
                          {.first = group}, fit.inputs.data() + n * fit.taps);
    for (std::size_t o = 0; o < fit.outputs; ++o) {
      fit.wanted[n * fit.outputs + o] =
          layer.outputs[n * windows.output_channels() + first + o] / (weight_scales[first + o] * input_scale);
    }
  }
  for (std::size_t o = first; o < first + fit.outputs; ++o) {
    for (std::size_t k = 0; k < fit.taps; ++k) {
      fit.weights.push_back(layer.weights[o * fit.taps + k] / weight_scales[o]);
    }
  }
  const std::vector<double> gram = gram_matrix(fit.inputs, fit.taps);
  if (const auto regression = factorize(gram, fit.taps, regression_damping)) fit.move_weights(*regression);
  const std::optional<Factor> factor = factorize(gram, fit.taps, rounding_damping);
  if (!factor) return;
  const std::vector<std::int8_t> group_codes = round_to_nearest_plane(*factor, fit.weights, largest_code);
  for (std::size_t o = 0; o < fit.outputs; ++o) {
    for (std::size_t k = 0; k < fit.taps; ++k) {
      rounded[windows.weight_index(first + o, k)] = group_codes[o * fit.taps + k];
    }
  }
}

std::vector<std::int8_t> AdaptiveRounding::round(const program::KernelCall& call, std::span<const std::int8_t> weights,
                                                 float input_scale, std::span<const double> weight_scales,
                                                 const CodesOfSample& codes) const {
  const auto found = layers_.find(call.name);
  if (found == layers_.end()) return {};
  const Layer& layer = found->second;
  std::vector<std::int8_t> rounded(weights.begin(), weights.end());
  const std::int32_t largest_code = largest_code_of(weights);
  const auto round_one = [&](std::size_t group) {
    round_group(layer, group, input_scale, weight_scales, largest_code, codes, rounded);
  };
  if (layer.windows.groups() == 1) {
    round_one(0);
  } else {
    base::parallel_for(layer.windows.groups(), round_one);
  }
  return rounded;
}

}  // namespace pudu::quantizer

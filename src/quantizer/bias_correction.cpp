#include "quantizer/bias_correction.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/own_check.hpp"
#include "base/parallel.hpp"
#include "host_kernels/layers.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"
#include "kernels/quantize_s16/quantize_f32_s16.hpp"
#include "ops/registry.hpp"
#include "program/memory_map.hpp"
#include "quantizer/adaptive_rounding.hpp"
#include "quantizer/layer_windows.hpp"
#include "quantizer/window_rounding.hpp"

namespace pudu::quantizer {
namespace {

using program::BufferId;
using Means = std::vector<double>;  ///< by channel

/// Mean of each channel of codes with channels innermost, as real numbers.
template <class Code>
Means channel_means(std::span<const Code> codes, std::size_t channels, const program::Quantization& quantization) {
  std::vector<std::int64_t> sums(channels, 0);
  for (std::size_t begin = 0; begin < codes.size(); begin += channels) {
    for (std::size_t channel = 0; channel < channels; ++channel) sums[channel] += codes[begin + channel];
  }
  const auto count = static_cast<double>(codes.size()) / static_cast<double>(channels);
  Means means(channels);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    means[channel] = (static_cast<double>(sums[channel]) / count - quantization.zero_point) * quantization.scale;
  }
  return means;
}

template <class Code>
std::span<const Code> as_codes(const std::byte* bytes, const program::Buffer& buffer) {
  return {reinterpret_cast<const Code*>(bytes), buffer.bytes() / sizeof(Code)};
}

/// The same of a buffer's codes, int8 or int16.
Means channel_means(const std::byte* bytes, const program::Buffer& buffer, std::size_t channels) {
  if (buffer.type == program::ElementType::Int16) {
    return channel_means(as_codes<std::int16_t>(bytes, buffer), channels, *buffer.quantization);
  }
  return channel_means(as_codes<std::int8_t>(bytes, buffer), channels, *buffer.quantization);
}

/// Float channel means by node name, one entry per sample, of the nodes that have weights.
using FloatMeans = std::map<std::string, std::vector<Means>>;

FloatMeans means_by_node(const ir::Graph& graph, const Ranges& ranges) {
  FloatMeans means;
  for (const ir::Node& node : graph.nodes()) {
    const std::vector<Means>& of_result = ranges.channel_means[ir::index_of(node.outputs.front())];
    if (!of_result.empty()) means[node.name] = of_result;
  }
  return means;
}

/// Weights of the float graph by node name, of layers whose first weights are those of the first output channel.
using FloatWeights = std::map<std::string, std::span<const float>>;

FloatWeights weights_by_node(const ir::Graph& graph) {
  FloatWeights weights;
  for (const ir::Node& node : graph.nodes()) {
    const ops::QuantizationRule& rule = ops::operator_of(node).quantization;
    if (!rule.weight_input || rule.weight_axis != 0) continue;
    const ir::Value& weight = graph.value(*node.inputs[*rule.weight_input]);
    if (weight.is_constant()) weights[node.name] = weight.data<float>();
  }
  return weights;
}

/// The activations of one sample while the program runs; each buffer has memory of its own from first to last use.
class SampleMemory {
 public:
  explicit SampleMemory(const program::Program& program) : program_(program), memory_(program.buffers.size()) {}

  std::byte* address(BufferId id) {
    const program::Buffer& buffer = program_.buffer(id);
    if (buffer.data) return const_cast<std::byte*>(buffer.data->data());  // kernels only read constants
    std::vector<std::byte>& bytes = memory_[program::index_of(id)];
    if (bytes.empty()) bytes.resize(buffer.bytes());
    return bytes.data();
  }
  void release(BufferId id) { memory_[program::index_of(id)] = {}; }

  void fill_input(const ops::Tensor& tensor, ir::Layout layout, BufferId id) {
    const program::Buffer& buffer = program_.buffer(id);
    const std::vector<float> data = in_memory_order(tensor, layout);
    if (buffer.type == program::ElementType::Float32) {
      std::memcpy(address(id), data.data(), data.size() * sizeof(float));
      return;
    }
    if (buffer.type == program::ElementType::Int32) {
      const std::vector<std::int32_t> positions(data.begin(), data.end());
      std::memcpy(address(id), positions.data(), positions.size() * sizeof(std::int32_t));
      return;
    }
    if (buffer.type == program::ElementType::Int16) {
      kernels::QuantizeF32S16::run({static_cast<std::int32_t>(data.size()), buffer.quantization->scale,
                                    buffer.quantization->zero_point, INT16_MIN, INT16_MAX},
                                   {data.data(), reinterpret_cast<std::int16_t*>(address(id))});
      return;
    }
    const kernels::QuantizeF32S8Params params{static_cast<std::int32_t>(data.size()), buffer.quantization->scale,
                                              buffer.quantization->zero_point, -128, 127};
    kernels::QuantizeF32S8::run(params, {data.data(), reinterpret_cast<std::int8_t*>(address(id))});
  }

 private:
  /// The input may be wanted as NHWC; the sample is NCHW.
  static std::vector<float> in_memory_order(const ops::Tensor& tensor, ir::Layout layout) {
    std::vector<float> data(tensor.data().begin(), tensor.data().end());
    if (layout != ir::Layout::ChannelsLast || tensor.rank() < 3 || data.empty()) return data;
    const auto channels = static_cast<std::size_t>(tensor.dim(1));
    const std::size_t pixels = data.size() / static_cast<std::size_t>(tensor.dim(0)) / channels;
    for (std::size_t i = 0; i < data.size(); ++i) {
      const std::size_t image = i / (channels * pixels);
      const std::size_t channel = i / pixels % channels;
      data[(image * pixels + i % pixels) * channels + channel] = tensor.data()[i];
    }
    return data;
  }

  const program::Program& program_;
  std::vector<std::vector<std::byte>> memory_;
};

/// Real correction of each channel: mean difference over the samples, shrunk by how uncertain it is.
Means wanted_shift(const std::vector<Means>& expected, const std::vector<Means>& actual) {
  const auto count = static_cast<double>(expected.size());
  Means shifts(expected.front().size());
  for (std::size_t channel = 0; channel < shifts.size(); ++channel) {
    double sum = 0;
    double squares = 0;
    for (std::size_t sample = 0; sample < expected.size(); ++sample) {
      const double difference = expected[sample][channel] - actual[sample][channel];
      sum += difference;
      squares += difference * difference;
    }
    const double mean = sum / count;
    if (count < 2 || mean == 0.0) continue;  // one sample cannot tell a shift from noise
    const double variance_of_mean = std::max(0.0, squares / count - mean * mean) / (count - 1);
    shifts[channel] = mean * std::max(0.0, 1.0 - variance_of_mean / (mean * mean));
  }
  return shifts;
}

class Correction {
 public:
  Correction(program::Program& program, const ir::Graph& graph, FloatMeans means, std::span<const Sample> samples)
      : program_(program),
        means_(std::move(means)),
        weights_(weights_by_node(graph)),
        lifetimes_(program::lifetimes(program)) {
    for (const Sample& sample : samples) {
      memory_.emplace_back(program);
      for (std::size_t i = 0; i < sample.size(); ++i) {
        const ir::Layout layout = graph.value(graph.inputs[i]).type.layout;
        memory_.back().fill_input(sample[i], layout, program.inputs[i].buffer);
      }
    }
  }

  void run_step(std::size_t step, const AdaptiveRounding* rounding, BiasCorrection biases) {
    if (rounding != nullptr) {
      round_weights(program_.calls[step], *rounding);
    } else if (biases == BiasCorrection::Sequential && memory_.size() > 1) {  // of one sample there is no correction
      round_small_windows(program_.calls[step]);
    }
    run_call(program_.calls[step]);
    if (biases == BiasCorrection::Sequential && correct(program_.calls[step])) run_call(program_.calls[step]);
    release_dead_buffers(step);
  }

 private:
  void run_call(const program::KernelCall& call) {
    const ops::KernelBinding& kernel = *ops::find_kernel(call.kernel);
    const std::unique_ptr<const host_kernels::Layer> layer =
        host_kernels::make_layer(program_, call, host_kernels::best_loops());
    base::parallel_for(memory_.size(), [&](std::size_t sample) {
      const auto address = [&](std::string_view name) -> void* {
        const program::Operand* operand = call.find_operand(name);
        return operand != nullptr ? memory_[sample].address(operand->buffer) : nullptr;
      };
      if (layer == nullptr || !layer->run(call.parameters, address)) kernel.run(call.parameters, address);
    });
  }

  /// What rounding a layer's weights starts from.
  struct RoundedLayer {
    LayerWindows windows;
    std::vector<std::int8_t> codes;
    double input_scale;
    std::vector<double> scales;  ///< by output channel
    std::function<std::span<const std::byte>(std::size_t sample)> inputs;
  };

  /// Nothing when the call is no layer with weights of its own.
  std::optional<RoundedLayer> rounded_layer(const program::KernelCall& call) {
    const std::optional<LayerWindows> windows = LayerWindows::of(call);
    if (!windows || call.find_operand("multipliers") == nullptr) return std::nullopt;
    if (program_.buffer(call.find_operand("weights")->buffer).data == nullptr) return std::nullopt;
    const program::Buffer& input = program_.buffer(call.find_operand("input")->buffer);
    const program::Buffer& output = program_.buffer(call.find_operand("output")->buffer);
    std::vector<double> scales = accumulator_steps(call, output.quantization->scale);
    for (double& scale : scales) scale /= input.quantization->scale;
    return RoundedLayer{*windows, constant<std::int8_t>(call, "weights"), input.quantization->scale, std::move(scales),
                        [this, id = input.id, bytes = input.bytes()](std::size_t sample) {
                          return std::span<const std::byte>(memory_[sample].address(id), bytes);
                        }};
  }

  /// Gives a layer weights that fit the inputs it gets.
  void round_weights(program::KernelCall& call, const AdaptiveRounding& rounding) {
    const std::optional<RoundedLayer> layer = rounded_layer(call);
    if (!layer) return;
    const std::vector<std::int8_t> rounded =
        rounding.round(call, layer->codes, static_cast<float>(layer->input_scale), layer->scales, layer->inputs);
    if (!rounded.empty()) give_own_constant(call, "weights", rounded);
  }

  /// Gives small windows weights whose errors cancel, up to what the bias takes back afterwards.
  void round_small_windows(program::KernelCall& call) {
    const auto floats = weights_.find(call.name);
    if (floats == weights_.end() || !means_.contains(call.name)) return;
    const std::optional<RoundedLayer> layer = rounded_layer(call);
    if (!layer || floats->second.size() != layer->codes.size()) return;
    const std::vector<std::int8_t> rounded =
        round_windows(layer->windows, {.floats = floats->second, .codes = layer->codes, .scales = layer->scales},
                      memory_.size(), layer->inputs);
    if (!rounded.empty()) give_own_constant(call, "weights", rounded);
  }

  /// Moves the bias of a call that has one; false when there is nothing to correct.
  bool correct(program::KernelCall& call) {
    const auto expected = means_.find(call.name);
    if (expected == means_.end() || call.find_operand("multipliers") == nullptr) return false;  // none, or float
    const program::Buffer& output = program_.buffer(call.find_operand("output")->buffer);
    const std::size_t channels = expected->second.front().size();
    std::vector<Means> actual;
    for (SampleMemory& memory : memory_) {
      actual.push_back(channel_means(memory.address(output.id), output, channels));
    }
    shift_bias(call, wanted_shift(expected->second, actual), output.quantization->scale);
    return true;
  }

  template <class T>
  std::vector<T> constant(const program::KernelCall& call, std::string_view operand) const {
    const std::vector<std::byte>& data = *program_.buffer(call.find_operand(operand)->buffer).data;
    std::vector<T> values(data.size() / sizeof(T));
    std::memcpy(values.data(), data.data(), data.size());
    return values;
  }

  /// What 1 in the sum of each output channel stands for: output_scale * multiplier * 2^(shift - 31).
  std::vector<double> accumulator_steps(const program::KernelCall& call, double output_scale) const {
    const std::vector<std::int32_t> multipliers = constant<std::int32_t>(call, "multipliers");
    const std::vector<std::int32_t> exponents = constant<std::int32_t>(call, "shifts");
    std::vector<double> steps;
    for (std::size_t channel = 0; channel < multipliers.size(); ++channel) {
      steps.push_back(output_scale * std::ldexp(static_cast<double>(multipliers[channel]), exponents[channel] - 31));
    }
    return steps;
  }

  void shift_bias(program::KernelCall& call, const Means& shifts, double output_scale) {
    const std::vector<double> steps = accumulator_steps(call, output_scale);
    std::vector<std::int32_t> bias = constant<std::int32_t>(call, "bias");
    for (std::size_t channel = 0; channel < bias.size(); ++channel) {
      const double step = steps[channel];
      if (!(step > 0)) continue;
      const double limit = 1 << 30;
      bias[channel] =
          static_cast<std::int32_t>(std::clamp(bias[channel] + std::nearbyint(shifts[channel] / step), -limit, limit));
    }
    give_own_constant(call, "bias", bias);
  }

  /// Operands bound to a buffer, in all calls.
  std::ptrdiff_t count_uses(BufferId id) const {
    std::ptrdiff_t uses = 0;
    for (const program::KernelCall& call : program_.calls) {
      uses += std::count_if(call.operands.begin(), call.operands.end(),
                            [&](const program::Operand& operand) { return operand.buffer == id; });
    }
    return uses;
  }

  /// Equal constants are stored once, be they biases of two calls or bias and shifts of one: a constant that changes
  /// gets a buffer of its own unless nothing else uses it.
  template <class T>
  void give_own_constant(program::KernelCall& call, std::string_view name, const std::vector<T>& values) {
    const auto operand = std::find_if(call.operands.begin(), call.operands.end(),
                                      [&](const program::Operand& candidate) { return candidate.name == name; });
    const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
    auto shared_data = std::make_shared<const std::vector<std::byte>>(bytes, bytes + values.size() * sizeof(T));
    if (count_uses(operand->buffer) == 1) {
      program_.buffer(operand->buffer).data = std::move(shared_data);
      return;
    }
    program::Buffer copy = program_.buffer(operand->buffer);
    copy.name = call.name + ".corrected_" + std::string(name);
    copy.data = std::move(shared_data);
    operand->buffer = program_.add_buffer(std::move(copy));
    lifetimes_.emplace_back();
  }

  void release_dead_buffers(std::size_t step) {
    for (const program::Buffer& buffer : program_.buffers) {
      const std::optional<program::Lifetime>& lifetime = lifetimes_[program::index_of(buffer.id)];
      if (!lifetime || lifetime->end_step != static_cast<int>(step) + 1) continue;
      for (SampleMemory& memory : memory_) memory.release(buffer.id);
    }
  }

  program::Program& program_;
  FloatMeans means_;
  FloatWeights weights_;
  std::vector<std::optional<program::Lifetime>> lifetimes_;
  std::vector<SampleMemory> memory_;
};

}  // namespace

Status correct_biases(program::Program& program, const ir::Graph& float_graph, const Ranges& ranges,
                      std::span<const Sample> samples, const CorrectionOptions& options,
                      const CalibrationProgress& progress) {
  // Layers are corrected one by one over all samples at once, but here a sample's states follow from the sample before.
  if (!float_graph.states.empty()) return {};
  std::optional<AdaptiveRounding> rounding;
  if (options.weights == WeightRounding::Adaptive) {
    PUDU_TRY_ASSIGN(rounding, AdaptiveRounding::prepare(program, float_graph, samples));
  }
  Correction correction(program, float_graph, means_by_node(float_graph, ranges), samples);
  for (std::size_t step = 0; step < program.calls.size(); ++step) {
    correction.run_step(step, rounding ? &*rounding : nullptr, options.biases);
    if (progress) progress(step + 1, program.calls.size());
  }
  return base::as_own_check(program::verify(program));
}

}  // namespace pudu::quantizer

#include "passes/channel_flow.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <limits>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "numerics/requantize.hpp"
#include "ops/kernel_binding.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"

namespace pudu::passes {
namespace {

using program::Buffer;
using program::BufferId;
using program::BufferKind;
using program::index_of;
using program::KernelCall;
using program::Program;

std::vector<std::int64_t> integers(const KernelCall& call, std::string_view name) {
  const program::Parameter* parameter = call.find_parameter(name);
  const auto* values = parameter != nullptr ? std::get_if<std::vector<std::int64_t>>(&parameter->values) : nullptr;
  return values != nullptr ? *values : std::vector<std::int64_t>{};
}

std::int64_t integer(const KernelCall& call, std::string_view name) {
  const std::vector<std::int64_t> values = integers(call, name);
  return values.empty() ? 0 : values.front();
}

/// Do windows of the layer reach over the border of its input?
template <class Params>
bool reaches_over_border(const Params& params) {
  const auto last = [](std::int32_t output, std::int32_t stride, std::int32_t kernel, std::int32_t dilation,
                       std::int32_t pad) {
    return static_cast<std::int64_t>(output - 1) * stride + static_cast<std::int64_t>(kernel - 1) * dilation - pad;
  };
  return params.pad_top > 0 || params.pad_left > 0 ||
         last(params.output_h, params.stride_h, params.kernel_h, params.dilation_h, params.pad_top) >= params.input_h ||
         last(params.output_w, params.stride_w, params.kernel_w, params.dilation_w, params.pad_left) >= params.input_w;
}

template <class Params>
LayerGeometry geometry_of(const Params& params, std::int64_t input_channels, std::int64_t output_channels) {
  return {.input_channels = input_channels,
          .output_channels = output_channels,
          .input_offset = params.input_offset,
          .output_offset = params.output_offset,
          .activation_min = params.activation_min,
          .activation_max = params.activation_max};
}

template <class Params>
LayerGeometry window_geometry(const Params& params) {
  LayerGeometry geometry = geometry_of(params, params.input_channels, params.output_channels);
  geometry.taps = static_cast<std::int64_t>(params.kernel_h) * params.kernel_w;
  geometry.has_padding = reaches_over_border(params);
  return geometry;
}

/// Are the layer's operands constants of the sizes that the geometry says?
bool has_layer_constants(const Program& program, const KernelCall& call, const LayerGeometry& geometry,
                         ChannelRole role) {
  const std::int64_t per_output = geometry.taps * (role == ChannelRole::Mixing ? geometry.input_channels : 1);
  const std::pair<std::string_view, std::int64_t> wanted[] = {{"weights", geometry.output_channels * per_output},
                                                              {"bias", geometry.output_channels * 4},
                                                              {"multipliers", geometry.output_channels * 4},
                                                              {"shifts", geometry.output_channels * 4}};
  return std::all_of(std::begin(wanted), std::end(wanted), [&](const auto& operand) {
    const program::Operand* found = call.find_operand(operand.first);
    return found != nullptr && program.buffer(found->buffer).data != nullptr &&
           static_cast<std::int64_t>(program.buffer(found->buffer).data->size()) == operand.second;
  });
}

/// Do the operand's elements of an elementwise kernel belong to the channels of the results that they go into?
bool walks_along_channels(const KernelCall& call, std::string_view strides_name, std::int64_t channels) {
  const auto last = static_cast<std::size_t>(integer(call, "rank")) - 1;
  const std::vector<std::int64_t> strides = integers(call, strides_name);
  return strides[last] == 1 && std::all_of(strides.begin(), strides.begin() + static_cast<std::ptrdiff_t>(last),
                                           [channels](std::int64_t stride) { return stride % channels == 0; });
}

bool both_walk_along_channels(const KernelCall& call, std::int64_t channels) {
  const std::int64_t rank = integer(call, "rank");
  if (rank < 1 || integers(call, "output_shape")[static_cast<std::size_t>(rank) - 1] % channels != 0) return false;
  return walks_along_channels(call, "input1_strides", channels) &&
         walks_along_channels(call, "input2_strides", channels);
}

bool is_pair_kernel(std::string_view kernel) {
  return kernel == "add_s8" || kernel == "mul_s8" || kernel == "minimum_s8" || kernel == "maximum_s8";
}

/// The name of the parameter that counts the channels of a kernel with one input, empty for other kernels; "count" for
/// those that do not care how elements lie.
std::string_view channel_parameter(std::string_view kernel) {
  if (kernel == "max_pool2d_s8" || kernel == "avg_pool2d_s8" || kernel == "adaptive_avg_pool2d_s8") return "channels";
  if (kernel == "sum_s8") return "inner_count";
  return kernel == "lut_s8" ? "count" : std::string_view();
}

/// The code of an accumulator, where requantization does not wrap for it.
std::optional<std::int32_t> code_of(std::int64_t accumulator, std::int32_t multiplier, std::int32_t shift,
                                    const LayerGeometry& geometry) {
  const std::int64_t shifted = accumulator * (std::int64_t{1} << std::max(shift, 0));
  for (const std::int64_t value : {accumulator, shifted}) {
    if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max()) {
      return std::nullopt;
    }
  }
  return numerics::requantize_to_int8(static_cast<std::int32_t>(accumulator), multiplier, shift, geometry.output_offset,
                                      geometry.activation_min, geometry.activation_max);
}

/// Codes between those of the bounds: requantization is monotonous for a multiplier that is not negative.
CodeInterval codes_between(AccumulatorInterval bounds, std::int32_t multiplier, std::int32_t shift,
                           const LayerGeometry& geometry) {
  const CodeInterval any = {geometry.activation_min, geometry.activation_max};
  // Shifts left of 31 bits would overflow the products below, and no requantization has them.
  if (multiplier < 0 || shift > 30 || std::abs(bounds.low) > (std::int64_t{1} << 32) ||
      std::abs(bounds.high) > (std::int64_t{1} << 32)) {
    return any;
  }
  const std::optional<std::int32_t> low = code_of(bounds.low, multiplier, shift, geometry);
  const std::optional<std::int32_t> high = code_of(bounds.high, multiplier, shift, geometry);
  return low && high ? CodeInterval{*low, *high} : any;
}

/// Adds the sum over a tap's inputs; a tap over the border contributes nothing.
void add_tap(AccumulatorInterval tap, bool has_padding, AccumulatorInterval& sum) {
  sum.low += has_padding ? std::min<std::int64_t>(tap.low, 0) : tap.low;
  sum.high += has_padding ? std::max<std::int64_t>(tap.high, 0) : tap.high;
}

void add_product(std::int32_t weight, CodeInterval code, std::int32_t input_offset, AccumulatorInterval& tap) {
  const std::int64_t first = static_cast<std::int64_t>(weight) * (code.low + input_offset);
  const std::int64_t last = static_cast<std::int64_t>(weight) * (code.high + input_offset);
  tap.low += std::min(first, last);
  tap.high += std::max(first, last);
}

}  // namespace

ChannelFlow::ChannelFlow(const Program& program) : program_(program) {
  find_channels();
  link_classes();
  pin_classes();
  find_codes();
}

ChannelClass ChannelFlow::class_of(BufferId buffer, std::int64_t channel) const {
  ChannelClass id = first_class_[index_of(buffer)] + static_cast<std::size_t>(channel);
  while (parents_[id] != id) id = parents_[id];
  return id;
}

/// A layer with weights, as far as its parameters tell; Opaque for all others.
ChannelCall ChannelFlow::layer_call(const KernelCall& call) const {
  ChannelCall flow{ChannelRole::Opaque, {}, {"input"}};
  if (call.kernel == "conv2d_s8") {
    const auto params = ops::detail::to_params<kernels::Conv2dS8Params>(call.parameters);
    if (params.groups == 1) flow.role = ChannelRole::Mixing;
    flow.geometry = window_geometry(params);
  } else if (call.kernel == "depthwise_conv2d_s8") {
    const auto params = ops::detail::to_params<kernels::DepthwiseConv2dS8Params>(call.parameters);
    flow.role = ChannelRole::Depthwise;
    flow.geometry = window_geometry(params);
    flow.geometry.multiplier = params.depth_multiplier;
  } else if (call.kernel == "linear_s8") {
    const auto params = ops::detail::to_params<kernels::LinearS8Params>(call.parameters);
    const std::int64_t known = channels(call.find_operand("input")->buffer);
    const bool holds_pixels = known > 0 && params.input_features % known == 0;
    flow.role = ChannelRole::Mixing;
    flow.geometry = geometry_of(params, holds_pixels ? known : params.input_features, params.output_features);
    flow.geometry.taps = params.input_features / flow.geometry.input_channels;
  }
  if (flow.role == ChannelRole::Opaque || !has_layer_constants(program_, call, flow.geometry, flow.role)) return {};
  flow.knows_input = channels(call.find_operand("input")->buffer) == flow.geometry.input_channels;
  return flow;
}

/// A call that leaves channels apart, with as many as its inputs have; Opaque for all others.
ChannelCall ChannelFlow::separate_call(const KernelCall& call) const {
  ChannelCall flow{ChannelRole::Separate, {}, {"input"}};
  const std::string_view parameter = channel_parameter(call.kernel);
  if (is_pair_kernel(call.kernel)) flow.data = {"input1", "input2"};
  if (parameter.empty() && flow.data.size() == 1) return {};
  std::int64_t count = 0;
  for (const std::string_view operand : flow.data)
    count = std::max(count, channels(call.find_operand(operand)->buffer));
  if (count == 0) return {};
  for (const std::string_view operand : flow.data) {
    const Buffer& buffer = program_.buffer(call.find_operand(operand)->buffer);
    const bool fits = buffer.kind == BufferKind::Constant ? static_cast<std::int64_t>(buffer.bytes()) % count == 0
                                                          : channels(buffer.id) == count;
    if (!fits) return {};
  }
  if (flow.data.size() == 2 && !both_walk_along_channels(call, count)) return {};
  if (parameter != "count" && !parameter.empty() && integer(call, parameter) != count) return {};
  flow.geometry.output_channels = count;
  flow.knows_input = true;
  return flow;
}

void ChannelFlow::find_channels() {
  channels_.assign(program_.buffers.size(), 0);
  for (const KernelCall& call : program_.calls) {
    ChannelCall& flow = calls_.emplace_back();
    const program::Operand* output = call.find_operand("output");
    if (output == nullptr || program_.buffer(output->buffer).kind != BufferKind::Activation) continue;
    ChannelCall candidate = layer_call(call);
    if (candidate.role == ChannelRole::Opaque) candidate = separate_call(call);
    const std::int64_t count = candidate.geometry.output_channels;
    const Buffer& result = program_.buffer(output->buffer);
    if (count == 0 || result.shape.empty() || result.shape.back() != count) continue;
    flow = std::move(candidate);
    channels_[index_of(output->buffer)] = count;
  }
}

void ChannelFlow::link(ChannelClass a, ChannelClass b) {
  while (parents_[a] != a) a = parents_[a];
  while (parents_[b] != b) b = parents_[b];
  parents_[std::max(a, b)] = std::min(a, b);
}

void ChannelFlow::link_classes() {
  std::size_t count = 0;
  for (const std::int64_t channels : channels_) {
    first_class_.push_back(count);
    count += static_cast<std::size_t>(channels);
  }
  parents_.resize(count);
  for (std::size_t i = 0; i < count; ++i) parents_[i] = i;
  is_pinned_.assign(count, false);
  for (std::size_t step = 0; step < calls_.size(); ++step) {
    const ChannelCall& flow = calls_[step];
    if (!flow.knows_input || (flow.role != ChannelRole::Depthwise && flow.role != ChannelRole::Separate)) continue;
    const BufferId output = program_.calls[step].find_operand("output")->buffer;
    for (const std::string_view operand : flow.data) {
      const BufferId input = program_.calls[step].find_operand(operand)->buffer;
      if (channels(input) == 0) continue;
      for (std::int64_t channel = 0; channel < channels(output); ++channel) {
        link(first_class_[index_of(output)] + static_cast<std::size_t>(channel),
             first_class_[index_of(input)] + static_cast<std::size_t>(channel / flow.geometry.multiplier));
      }
    }
  }
}

void ChannelFlow::pin(BufferId buffer) {
  for (std::int64_t channel = 0; channel < channels(buffer); ++channel) is_pinned_[class_of(buffer, channel)] = true;
}

void ChannelFlow::pin_classes() {
  std::vector<int> writers(program_.buffers.size(), 0);
  for (std::size_t step = 0; step < calls_.size(); ++step) {
    const ChannelCall& flow = calls_[step];
    for (const program::Operand& operand : program_.calls[step].operands) {
      const bool carries = std::find(flow.data.begin(), flow.data.end(), operand.name) != flow.data.end();
      if (program::is_written(operand.name)) ++writers[index_of(operand.buffer)];
      // A depthwise layer cannot drop a channel of its result and read it all the same.
      const bool result_is_free = operand.name == "output" && (flow.knows_input || flow.role == ChannelRole::Mixing);
      const bool is_understood = flow.role != ChannelRole::Opaque && ((carries && flow.knows_input) || result_is_free);
      if (!is_understood) pin(operand.buffer);
    }
  }
  for (const Buffer& buffer : program_.buffers) {
    if (writers[index_of(buffer.id)] != 1) pin(buffer.id);
  }
  for (const program::Port& port : program_.outputs) pin(port.buffer);
}

LayerConstants ChannelFlow::constants(std::size_t step) const {
  const KernelCall& call = program_.calls[step];
  return {constant_elements<std::int8_t>(program_, call, "weights"),
          constant_elements<std::int32_t>(program_, call, "bias"),
          constant_elements<std::int32_t>(program_, call, "multipliers"),
          constant_elements<std::int32_t>(program_, call, "shifts")};
}

AccumulatorInterval ChannelFlow::accumulator(std::size_t step, std::int64_t channel) const {
  const LayerGeometry& geometry = calls_[step].geometry;
  const KernelCall& call = program_.calls[step];
  const BufferId input = call.find_operand("input")->buffer;
  const auto* weights =
      reinterpret_cast<const std::int8_t*>(program_.buffer(call.find_operand("weights")->buffer).data->data());
  const auto* bias =
      reinterpret_cast<const std::int32_t*>(program_.buffer(call.find_operand("bias")->buffer).data->data());
  const auto codes_of = [&](std::int64_t of) { return calls_[step].knows_input ? codes(input, of) : CodeInterval{}; };
  AccumulatorInterval sum{bias[channel], bias[channel]};
  for (std::int64_t tap = 0; tap < geometry.taps; ++tap) {
    AccumulatorInterval products;
    if (calls_[step].role == ChannelRole::Depthwise) {
      add_product(weights[tap * geometry.output_channels + channel], codes_of(channel / geometry.multiplier),
                  geometry.input_offset, products);
    } else {
      const std::int8_t* row = weights + (channel * geometry.taps + tap) * geometry.input_channels;
      for (std::int64_t i = 0; i < geometry.input_channels; ++i) {
        if (row[i] != 0) add_product(row[i], codes_of(i), geometry.input_offset, products);
      }
    }
    add_tap(products, geometry.has_padding, sum);
  }
  return sum;
}

void ChannelFlow::find_codes() {
  for (const Buffer& buffer : program_.buffers) {
    codes_.emplace_back(static_cast<std::size_t>(channels(buffer.id)));
  }
  for (std::size_t step = 0; step < calls_.size(); ++step) {
    const ChannelCall& flow = calls_[step];
    if (flow.role == ChannelRole::Separate) find_separate_codes(step);
    if (flow.role != ChannelRole::Mixing && flow.role != ChannelRole::Depthwise) continue;
    const std::vector<std::int32_t> multipliers =
        constant_elements<std::int32_t>(program_, program_.calls[step], "multipliers");
    const std::vector<std::int32_t> shifts = constant_elements<std::int32_t>(program_, program_.calls[step], "shifts");
    std::vector<CodeInterval>& codes = codes_[index_of(program_.calls[step].find_operand("output")->buffer)];
    for (std::size_t channel = 0; channel < codes.size(); ++channel) {
      codes[channel] = codes_between(accumulator(step, static_cast<std::int64_t>(channel)), multipliers[channel],
                                     shifts[channel], flow.geometry);
    }
  }
}

/// Runs the kernel itself on the known codes: where all inputs of a channel are constant, its output is what comes out,
/// if that is the same everywhere (borders may differ).
void ChannelFlow::find_separate_codes(std::size_t step) {
  const KernelCall& call = program_.calls[step];
  const BufferId output = call.find_operand("output")->buffer;
  const auto count = static_cast<std::size_t>(channels(output));
  std::vector<bool> is_known(count, true);
  std::vector<std::pair<std::string_view, std::vector<std::byte>>> inputs;
  for (const std::string_view operand : calls_[step].data) {
    const Buffer& buffer = program_.buffer(call.find_operand(operand)->buffer);
    if (buffer.data) continue;
    std::vector<std::byte>& bytes = inputs.emplace_back(operand, buffer.bytes()).second;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const CodeInterval& code = codes_[index_of(buffer.id)][i % count];
      is_known[i % count] = is_known[i % count] && code.is_constant();
      bytes[i] = static_cast<std::byte>(code.low);
    }
  }
  if (std::none_of(is_known.begin(), is_known.end(), [](bool known) { return known; })) return;
  std::vector<std::byte> result(program_.buffer(output).bytes());
  const ops::KernelBinding& kernel = *ops::find_kernel(call.kernel);
  std::vector<std::byte> scratch(ops::planned_scratch_bytes(kernel, call.parameters, program_.target) + 16);
  kernel.run(call.parameters, [&](std::string_view name) -> void* {
    if (name == "output") return result.data();
    if (name == "scratch") return scratch.data();
    for (auto& [operand, bytes] : inputs) {
      if (operand == name) return bytes.data();
    }
    const program::Operand* operand = call.find_operand(name);
    if (operand == nullptr) return nullptr;
    // Kernels only read constants.
    return const_cast<std::byte*>(program_.buffer(operand->buffer).data->data());
  });
  std::vector<CodeInterval>& codes = codes_[index_of(output)];
  for (std::size_t i = 0; i < result.size(); ++i)
    is_known[i % count] = is_known[i % count] && result[i] == result[i % count];
  for (std::size_t channel = 0; channel < count; ++channel) {
    const auto code = static_cast<std::int32_t>(static_cast<std::int8_t>(result[channel]));
    if (is_known[channel]) codes[channel] = {code, code};
  }
}

}  // namespace pudu::passes

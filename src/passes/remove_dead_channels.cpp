#include "passes/remove_dead_channels.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <utility>

#include "base/own_check.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "passes/channel_flow.hpp"
#include "program/unused_buffers.hpp"

namespace pudu::passes {
namespace {

using program::Buffer;
using program::BufferId;
using program::BufferKind;
using program::index_of;
using program::KernelCall;
using program::Program;

constexpr std::int64_t channels_at_once = 4;

bool has_weights(const ChannelCall& flow) {
  return flow.role == ChannelRole::Mixing || flow.role == ChannelRole::Depthwise;
}

/// Which channels go. Begins with all that may, and takes back those that something needs until nothing changes.
class RemovalPlan {
 public:
  RemovalPlan(const Program& program, const ChannelFlow& flow) : program_(program), flow_(flow) {
    for (ChannelClass id = 0; id < flow.class_count(); ++id) is_removed_.push_back(!flow.is_pinned(id));
    for (std::size_t step = 0; step < program.calls.size(); ++step) weights_.push_back(flow.constants(step).weights);
    do {
      while (keep_what_is_read()) {
      }
    } while (keep_multiples());
  }

  bool is_removed(BufferId buffer, std::int64_t channel) const { return is_removed_[flow_.class_of(buffer, channel)]; }

  std::vector<std::int64_t> kept(BufferId buffer) const {
    std::vector<std::int64_t> channels;
    for (std::int64_t channel = 0; channel < flow_.channels(buffer); ++channel) {
      if (!is_removed(buffer, channel)) channels.push_back(channel);
    }
    return channels;
  }

 private:
  BufferId operand(std::size_t step, std::string_view name) const {
    return program_.calls[step].find_operand(name)->buffer;
  }

  /// Is the weighted sum of this output channel needed? A constant one is replaced by its bias.
  bool is_live(std::size_t step, std::int64_t channel) const {
    const BufferId output = operand(step, "output");
    return !is_removed(output, channel) && !flow_.codes(output, channel).is_constant();
  }

  /// Can the layer do without the input channel, given which of its outputs are live?
  bool can_drop_input(std::size_t step, std::int64_t input) const {
    const LayerGeometry& geometry = flow_.call(step).geometry;
    const CodeInterval& code = flow_.codes(operand(step, "input"), input);
    const bool is_foldable = code.is_constant() && (!geometry.has_padding || code.low + geometry.input_offset == 0);
    if (is_foldable) return true;
    for (std::int64_t output = 0; output < geometry.output_channels; ++output) {
      if (!is_live(step, output)) continue;
      for (std::int64_t tap = 0; tap < geometry.taps; ++tap) {
        const std::int64_t index = (output * geometry.taps + tap) * geometry.input_channels + input;
        if (weights_[step][static_cast<std::size_t>(index)] != 0) return false;
      }
    }
    return true;
  }

  /// Last call first, since what a call needs depends on what follows it. True when a channel came back.
  bool keep_what_is_read() {
    bool changed = false;
    for (std::size_t step = program_.calls.size(); step-- > 0;) {
      const ChannelCall& call = flow_.call(step);
      if (call.role != ChannelRole::Mixing || !call.knows_input) continue;
      const BufferId input = operand(step, "input");
      for (std::int64_t channel = 0; channel < flow_.channels(input); ++channel) {
        if (!is_removed(input, channel) || can_drop_input(step, channel)) continue;
        is_removed_[flow_.class_of(input, channel)] = false;
        changed = true;
      }
    }
    return changed;
  }

  /// A buffer keeps at least one channel, and a multiple of four where it had one. True when a channel came back.
  bool keep_multiples() {
    for (const Buffer& buffer : program_.buffers) {
      const std::int64_t channels = flow_.channels(buffer.id);
      const auto count = static_cast<std::int64_t>(kept(buffer.id).size());
      if (count == channels) continue;
      const bool is_whole = channels % channels_at_once != 0 || count % channels_at_once == 0;
      if (count > 0 && is_whole) continue;
      is_removed_[flow_.class_of(buffer.id, cheapest_removed(buffer.id))] = false;
      return true;
    }
    return false;
  }

  /// A constant channel costs its row of weights, others more.
  std::int64_t cheapest_removed(BufferId buffer) const {
    std::int64_t first = -1;
    for (std::int64_t channel = 0; channel < flow_.channels(buffer); ++channel) {
      if (!is_removed(buffer, channel)) continue;
      if (flow_.codes(buffer, channel).is_constant()) return channel;
      if (first < 0) first = channel;
    }
    return first;
  }

  const Program& program_;
  const ChannelFlow& flow_;
  std::vector<bool> is_removed_;                   ///< by class
  std::vector<std::vector<std::int8_t>> weights_;  ///< by step
};

std::int64_t clamp_to_int32(std::int64_t value) {
  return std::clamp<std::int64_t>(value, std::numeric_limits<std::int32_t>::min(),
                                  std::numeric_limits<std::int32_t>::max());
}

/// The integers of a layer without the channels that go.
class LayerSlicer {
 public:
  LayerSlicer(const ChannelFlow& flow, std::size_t step, BufferId input, BufferId output, const RemovalPlan& plan)
      : call_(flow.call(step)),
        all_(flow.constants(step)),
        input_(call_.knows_input ? plan.kept(input) : std::vector<std::int64_t>{}),
        output_(plan.kept(output)) {
    const LayerGeometry& geometry = call_.geometry;
    if (!call_.knows_input) {
      for (std::int64_t channel = 0; channel < geometry.input_channels; ++channel) input_.push_back(channel);
    }
    for (const std::int64_t channel : output_) {
      const auto index = static_cast<std::size_t>(channel);
      sliced_.multipliers.push_back(all_.multipliers[index]);
      sliced_.shifts.push_back(all_.shifts[index]);
      sliced_.bias.push_back(all_.bias[index]);
    }
    if (call_.role == ChannelRole::Depthwise) {
      slice_depthwise();
    } else {
      slice_mixing(flow, step, input, output, plan);
    }
  }

  /// Does every bias fit 32 bits?
  bool fits() const { return fits_; }
  const LayerConstants& constants() const { return sliced_; }
  std::int64_t input_channels() const { return static_cast<std::int64_t>(input_.size()); }
  std::int64_t output_channels() const { return static_cast<std::int64_t>(output_.size()); }

 private:
  void slice_depthwise() {
    for (std::int64_t tap = 0; tap < call_.geometry.taps; ++tap) {
      for (const std::int64_t channel : output_) {
        sliced_.weights.push_back(
            all_.weights[static_cast<std::size_t>(tap * call_.geometry.output_channels + channel)]);
      }
    }
  }

  void slice_mixing(const ChannelFlow& flow, std::size_t step, BufferId input, BufferId output,
                    const RemovalPlan& plan) {
    const LayerGeometry& geometry = call_.geometry;
    const bool drops_input = input_channels() < geometry.input_channels;
    for (std::size_t row = 0; row < output_.size(); ++row) {
      const bool becomes_bias = drops_input && flow.codes(output, output_[row]).is_constant();
      // Where the bounds do not fit, the code is constant because there is but one in the activation's range.
      std::int64_t bias = becomes_bias ? clamp_to_int32(flow.accumulator(step, output_[row]).low) : sliced_.bias[row];
      for (std::int64_t tap = 0; tap < geometry.taps; ++tap) {
        const std::int64_t begin = (output_[row] * geometry.taps + tap) * geometry.input_channels;
        for (const std::int64_t channel : input_) {
          const std::int8_t weight = all_.weights[static_cast<std::size_t>(begin + channel)];
          sliced_.weights.push_back(becomes_bias ? std::int8_t{0} : weight);
        }
        if (becomes_bias || !drops_input) continue;
        for (std::int64_t channel = 0; channel < geometry.input_channels; ++channel) {
          const std::int8_t weight = all_.weights[static_cast<std::size_t>(begin + channel)];
          // What is not constant has no weight here.
          if (weight == 0 || !plan.is_removed(input, channel)) continue;
          bias += static_cast<std::int64_t>(weight) * (flow.codes(input, channel).low + geometry.input_offset);
        }
      }
      fits_ = fits_ && bias == clamp_to_int32(bias);
      sliced_.bias[row] = static_cast<std::int32_t>(clamp_to_int32(bias));
    }
  }

  const ChannelCall& call_;
  LayerConstants all_;
  std::vector<std::int64_t> input_;   ///< channels that stay
  std::vector<std::int64_t> output_;  ///< channels that stay
  LayerConstants sliced_;
  bool fits_ = true;
};

void set_integer(KernelCall& call, std::string_view name, const std::vector<std::int64_t>& values) {
  for (program::Parameter& parameter : call.parameters) {
    if (parameter.name == name) parameter.values = values;
  }
}

std::vector<std::int64_t> integers_of(const KernelCall& call, std::string_view name) {
  return std::get<std::vector<std::int64_t>>(call.find_parameter(name)->values);
}

/// `count` elements in `from` channels, in `to` channels.
std::int64_t scaled(std::int64_t count, std::int64_t from, std::int64_t to) {
  return count / from * to;
}

/// Rewrites a program after a plan.
class Rewriter {
 public:
  Rewriter(Program& program, const ChannelFlow& flow, const RemovalPlan& plan)
      : program_(program), flow_(flow), plan_(plan) {}

  /// False, and nothing is changed, where a bias does not fit.
  bool slice_layers() {
    for (std::size_t step = 0; step < program_.calls.size(); ++step) {
      if (!is_touched(step) || !has_weights(flow_.call(step))) continue;
      const KernelCall& call = program_.calls[step];
      LayerSlicer slicer(flow_, step, call.find_operand("input")->buffer, call.find_operand("output")->buffer, plan_);
      if (!slicer.fits()) return false;
      layers_.emplace(step, std::move(slicer));
    }
    return true;
  }

  DeadChannelReport rewrite() {
    DeadChannelReport report;
    const std::int64_t before = constant_bytes();
    for (std::size_t step = 0; step < program_.calls.size(); ++step) {
      if (!is_touched(step)) continue;
      if (has_weights(flow_.call(step))) {
        rewrite_layer(step, report);
      } else {
        rewrite_separate(step);
      }
    }
    rewrite_buffers(report);
    program::drop_unused_buffers(program_);
    report.constant_bytes = before - constant_bytes();
    return report;
  }

 private:
  bool loses_channels(BufferId buffer) const {
    return static_cast<std::int64_t>(plan_.kept(buffer).size()) < flow_.channels(buffer);
  }

  bool is_touched(std::size_t step) const {
    const std::vector<program::Operand>& operands = program_.calls[step].operands;
    return std::any_of(operands.begin(), operands.end(),
                       [this](const program::Operand& operand) { return loses_channels(operand.buffer); });
  }

  template <class T>
  void bind_constant(std::size_t step, std::string_view operand, const std::vector<T>& elements,
                     std::vector<std::int64_t> shape) {
    std::vector<std::byte> data(elements.size() * sizeof(T));
    std::memcpy(data.data(), elements.data(), data.size());
    KernelCall& call = program_.calls[step];
    const auto bound = std::find_if(call.operands.begin(), call.operands.end(),
                                    [&](const program::Operand& candidate) { return candidate.name == operand; });
    Buffer buffer = program_.buffer(bound->buffer);
    buffer.name = call.name + ".live_" + std::string(operand);
    buffer.shape = std::move(shape);
    buffer.data = std::make_shared<const std::vector<std::byte>>(std::move(data));
    bound->buffer = add_constant(std::move(buffer));
  }

  /// Equal constants are stored once.
  BufferId add_constant(Buffer buffer) {
    for (const BufferId id : new_constants_) {
      const Buffer& other = program_.buffer(id);
      if (other.type == buffer.type && other.shape == buffer.shape && *other.data == *buffer.data) return id;
    }
    return new_constants_.emplace_back(program_.add_buffer(std::move(buffer)));
  }

  void rewrite_layer(std::size_t step, DeadChannelReport& report) {
    const LayerSlicer& layer = layers_.at(step);
    const LayerGeometry& geometry = flow_.call(step).geometry;
    const LayerConstants& constants = layer.constants();
    const std::int64_t outputs = layer.output_channels();
    KernelCall& call = program_.calls[step];
    std::vector<std::int64_t> shape = program_.buffer(call.find_operand("weights")->buffer).shape;
    const bool is_linear = call.kernel == "linear_s8";
    const bool is_depthwise = flow_.call(step).role == ChannelRole::Depthwise;
    const std::int64_t inputs = layer.input_channels();
    shape.back() = is_depthwise ? outputs : is_linear ? inputs * geometry.taps : inputs;
    if (!is_depthwise) shape.front() = outputs;
    bind_constant(step, "weights", constants.weights, shape);
    bind_constant(step, "bias", constants.bias, {outputs});
    bind_constant(step, "multipliers", constants.multipliers, {outputs});
    bind_constant(step, "shifts", constants.shifts, {outputs});
    set_integer(call, is_linear ? "input_features" : "input_channels", {is_linear ? inputs * geometry.taps : inputs});
    set_integer(call, is_linear ? "output_features" : "output_channels", {outputs});
    resize_scratch(step);

    const std::int64_t per_output = is_depthwise ? 1 : geometry.input_channels;
    const std::int64_t live_per_output = is_depthwise ? 1 : inputs;
    const std::int64_t live_macs = call.macs / (geometry.output_channels * per_output) * (outputs * live_per_output);
    report.macs += call.macs - live_macs;
    call.macs = live_macs;
    if (outputs < geometry.output_channels) {
      report.layers.push_back({call.name, geometry.output_channels - outputs, geometry.output_channels});
    }
  }

  /// Tables, pools and elementwise arithmetic.
  void rewrite_separate(std::size_t step) {
    KernelCall& call = program_.calls[step];
    const BufferId output = call.find_operand("output")->buffer;
    const std::int64_t from = flow_.channels(output);
    const auto to = static_cast<std::int64_t>(plan_.kept(output).size());
    for (const std::string_view name : {"channels", "inner_count", "count"}) {
      if (call.find_parameter(name) != nullptr) {
        set_integer(call, name, {scaled(integers_of(call, name).front(), from, to)});
      }
    }
    if (call.find_parameter("input1_strides") != nullptr) {
      const auto last = static_cast<std::size_t>(integers_of(call, "rank").front()) - 1;
      std::vector<std::int64_t> shape = integers_of(call, "output_shape");
      shape[last] = scaled(shape[last], from, to);
      set_integer(call, "output_shape", shape);
      for (const char* name : {"input1_strides", "input2_strides"}) {
        std::vector<std::int64_t> strides = integers_of(call, name);
        for (std::size_t i = 0; i < last; ++i) strides[i] = scaled(strides[i], from, to);
        set_integer(call, name, strides);
      }
    }
    for (const std::string_view operand : flow_.call(step).data) slice_constant(step, operand, output);
    call.macs = scaled(call.macs, from, to);
    resize_scratch(step);
  }

  void slice_constant(std::size_t step, std::string_view operand, BufferId output) {
    const Buffer& buffer = program_.buffer(program_.calls[step].find_operand(operand)->buffer);
    if (buffer.data == nullptr) return;
    const std::vector<std::int64_t> kept = plan_.kept(output);
    const auto channels = static_cast<std::size_t>(flow_.channels(output));
    std::vector<std::byte> elements;
    for (std::size_t begin = 0; begin < buffer.data->size(); begin += channels) {
      for (const std::int64_t channel : kept)
        elements.push_back((*buffer.data)[begin + static_cast<std::size_t>(channel)]);
    }
    std::vector<std::int64_t> shape = {static_cast<std::int64_t>(elements.size())};
    bind_constant(step, operand, elements, std::move(shape));
  }

  void resize_scratch(std::size_t step) {
    KernelCall& call = program_.calls[step];
    const std::size_t bytes =
        ops::planned_scratch_bytes(*ops::find_kernel(call.kernel), call.parameters, program_.target);
    const auto bound = std::find_if(call.operands.begin(), call.operands.end(),
                                    [](const program::Operand& operand) { return operand.name == "scratch"; });
    if (bound != call.operands.end() && bytes == 0) {
      call.operands.erase(bound);
    } else if (bound != call.operands.end()) {
      program_.buffer(bound->buffer).shape = {static_cast<std::int64_t>(bytes)};
    } else if (bytes > 0) {
      Buffer scratch;
      scratch.name = call.name + ".live_scratch";
      scratch.kind = BufferKind::Scratch;
      scratch.type = program::ElementType::UInt8;
      scratch.shape = {static_cast<std::int64_t>(bytes)};
      call.operands.push_back({"scratch", program_.add_buffer(std::move(scratch))});
    }
  }

  void rewrite_buffers(DeadChannelReport& report) {
    const std::size_t analysed = flow_.buffer_count();
    for (std::size_t i = 0; i < analysed; ++i) {
      Buffer& buffer = program_.buffers[i];
      if (flow_.channels(buffer.id) == 0 || !loses_channels(buffer.id)) continue;
      const std::size_t before = buffer.bytes();
      buffer.shape.back() = static_cast<std::int64_t>(plan_.kept(buffer.id).size());
      report.activation_bytes += static_cast<std::int64_t>(before - buffer.bytes());
    }
  }

  std::int64_t constant_bytes() const {
    std::int64_t bytes = 0;
    for (const Buffer& buffer : program_.buffers) {
      if (buffer.kind == BufferKind::Constant) bytes += static_cast<std::int64_t>(buffer.bytes());
    }
    return bytes;
  }

  Program& program_;
  const ChannelFlow& flow_;
  const RemovalPlan& plan_;
  std::map<std::size_t, LayerSlicer> layers_;  ///< by step
  std::vector<BufferId> new_constants_;
};

}  // namespace

std::int64_t DeadChannelReport::channels() const {
  std::int64_t sum = 0;
  for (const DeadChannels& layer : layers) sum += layer.removed;
  return sum;
}

Result<DeadChannelReport> remove_dead_channels(Program& program) {
  Program result = program;
  const ChannelFlow flow(program);
  const RemovalPlan plan(program, flow);
  Rewriter rewriter(result, flow, plan);
  if (!rewriter.slice_layers()) return DeadChannelReport{};
  DeadChannelReport report = rewriter.rewrite();
  PUDU_TRY(base::as_own_check(program::verify(result)));
  program = std::move(result);
  return report;
}

}  // namespace pudu::passes

// A Program of the size of a MobileNetV2 (68 calls, 121 buffers in the arena) with a simple plan, for the tests of the
// report. Its constants are zeros: a report only counts them.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "emitters/report/report.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::emitters::testing {

using program::Buffer;
using program::BufferId;
using program::BufferKind;
using program::ElementType;
using Shape = std::vector<std::int64_t>;

class ProgramBuilder {
 public:
  explicit ProgramBuilder(std::string name) {
    program_.name = std::move(name);
    program_.target = {targets::Cpu::M55, targets::Isa::Mve};
  }

  BufferId add_input(std::string name, ElementType type, Shape shape) {
    const BufferId id = add_buffer(name, BufferKind::Input, type, shape);
    program_.inputs.push_back({std::move(name), id, std::move(shape)});
    return id;
  }

  void add_output(std::string name, BufferId id) {
    program_.outputs.push_back({std::move(name), id, program_.buffer(id).shape});
  }

  /// A call of one data input and no constants.
  BufferId add_call(const std::string& name, const std::string& op, const std::string& kernel, BufferId input,
                    ElementType type, Shape shape) {
    program::KernelCall call = make_call(name, op, kernel);
    call.operands = {{"input", input}};
    return finish(std::move(call), type, std::move(shape));
  }

  BufferId add_sum(const std::string& name, BufferId a, BufferId b) {
    program::KernelCall call = make_call(name, "add", "add_s8");
    call.operands = {{"a", a}, {"b", b}};
    return finish(std::move(call), ElementType::Int8, program_.buffer(a).shape);
  }

  /// 1x1 or depthwise 3x3, as conv2d_s8 and depthwise_conv2d_s8 take them.
  BufferId add_conv(const std::string& name, BufferId input, std::int64_t channels, std::int64_t kernel_size,
                    std::int64_t stride, bool depthwise = false) {
    const Shape in = program_.buffer(input).shape;
    const Shape out = {1, in[1] / stride, in[2] / stride, channels};
    program::KernelCall call = make_call(name, "conv2d", depthwise ? "depthwise_conv2d_s8" : "conv2d_s8");
    const std::int64_t taps = kernel_size * kernel_size * (depthwise ? 1 : in[3]);
    call.macs = out[1] * out[2] * channels * taps;
    call.operands = {{"input", input}};
    add_weights(call, channels, taps);
    const BufferId output = finish_operands(call, ElementType::Int8, out);
    if (taps > 1) {
      call.operands.push_back(
          {"scratch", add_buffer(name + ".scratch", BufferKind::Scratch, ElementType::UInt8, {4 * taps * 2})});
    }
    program_.calls.push_back(std::move(call));
    return output;
  }

  BufferId add_linear(const std::string& name, BufferId input, std::int64_t features) {
    program::KernelCall call = make_call(name, "linear", "linear_s8");
    const std::int64_t in_features = static_cast<std::int64_t>(program_.buffer(input).bytes());
    call.macs = in_features * features;
    call.operands = {{"input", input}};
    add_weights(call, features, in_features);
    return finish(std::move(call), ElementType::Int8, {1, features});
  }

  program::Program& program() { return program_; }

 private:
  BufferId add_buffer(std::string name, BufferKind kind, ElementType type, Shape shape) {
    Buffer buffer;
    buffer.name = std::move(name);
    buffer.kind = kind;
    buffer.type = type;
    buffer.shape = std::move(shape);
    if (type == ElementType::Int8 && kind != BufferKind::Constant) buffer.quantization = {0.023529412F, -128};
    if (kind == BufferKind::Constant) buffer.data = std::make_shared<const std::vector<std::byte>>(buffer.bytes());
    return program_.add_buffer(std::move(buffer));
  }

  program::KernelCall make_call(const std::string& name, const std::string& op, const std::string& kernel) const {
    program::KernelCall call;
    call.name = name;
    call.op = op;
    call.kernel = kernel;
    call.source = "mobilenet.py:" + std::to_string(40 + program_.calls.size()) + " in forward";
    return call;
  }

  void add_weights(program::KernelCall& call, std::int64_t channels, std::int64_t taps) {
    const auto add = [&](const std::string& operand, ElementType type, Shape shape) {
      call.operands.push_back(
          {operand, add_buffer(call.name + "." + operand, BufferKind::Constant, type, std::move(shape))});
    };
    add("weights", ElementType::Int8, {channels, taps});
    add("bias", ElementType::Int32, {channels});
    add("multipliers", ElementType::Int32, {channels});
    add("shifts", ElementType::Int32, {channels});
  }

  BufferId finish_operands(program::KernelCall& call, ElementType type, Shape shape) {
    const BufferId output = add_buffer(call.name + ".output", BufferKind::Activation, type, std::move(shape));
    call.operands.push_back({"output", output});
    return output;
  }

  BufferId finish(program::KernelCall call, ElementType type, Shape shape) {
    const BufferId output = finish_operands(call, type, std::move(shape));
    program_.calls.push_back(std::move(call));
    return output;
  }

  program::Program program_;
};

inline program::Program make_mobilenet() {
  ProgramBuilder builder("mobilenet_v2");
  BufferId value = builder.add_input("image", ElementType::Float32, {1, 3, 96, 96});
  value = builder.add_call("quantize_image", "quantize", "quantize_f32_s8", value, ElementType::Int8, {1, 3, 96, 96});
  value = builder.add_call("to_nhwc", "transpose", "transpose_s8", value, ElementType::Int8, {1, 96, 96, 3});
  value = builder.add_conv("features_0", value, 32, 3, 2);
  struct Stage {
    std::int64_t expansion, channels, repeats, stride;
  };
  int block = 0;
  for (const Stage& stage : {Stage{1, 16, 1, 1}, Stage{6, 24, 2, 2}, Stage{6, 32, 3, 2}, Stage{6, 64, 4, 2},
                             Stage{6, 96, 3, 1}, Stage{6, 160, 3, 2}, Stage{6, 320, 1, 1}}) {
    for (std::int64_t repeat = 0; repeat < stage.repeats; ++repeat) {
      const std::string prefix = "features_" + std::to_string(++block);
      const BufferId start = value;
      const std::int64_t expanded = builder.program().buffer(start).shape[3] * stage.expansion;
      if (stage.expansion > 1) value = builder.add_conv(prefix + "_expand", value, expanded, 1, 1);
      value = builder.add_conv(prefix + "_depthwise", value, expanded, 3, repeat == 0 ? stage.stride : 1, true);
      value = builder.add_conv(prefix + "_project", value, stage.channels, 1, 1);
      if (repeat > 0) value = builder.add_sum(prefix + "_add", start, value);
    }
  }
  value = builder.add_conv("features_18", value, 1280, 1, 1);
  value = builder.add_call("pool", "mean", "adaptive_avg_pool2d_s8", value, ElementType::Int8, {1, 1, 1, 1280});
  value = builder.add_linear("classifier", value, 1000);
  value = builder.add_call("softmax", "softmax", "softmax_s8", value, ElementType::Int8, {1, 1000});
  value = builder.add_call("dequantize", "dequantize", "dequantize_s8_f32", value, ElementType::Float32, {1, 1000});
  builder.add_output("probabilities", value);
  return std::move(builder.program());
}

/// Largest buffer first, each at the lowest address that is free during its life.
inline program::MemoryMap make_plan(const program::Program& program) {
  constexpr std::size_t alignment = 16;
  program::MemoryMap map;
  map.strategy = "largest first";
  map.lifetimes = program::lifetimes(program);
  map.offsets.resize(program.buffers.size());
  std::vector<const Buffer*> order;
  for (const Buffer& buffer : program.buffers) {
    if (map.lifetimes[index_of(buffer.id)]) order.push_back(&buffer);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const Buffer* a, const Buffer* b) { return a->bytes() > b->bytes(); });
  const auto lifetime = [&](const Buffer& buffer) { return *map.lifetimes[index_of(buffer.id)]; };
  for (const Buffer* buffer : order) {
    std::vector<std::pair<std::size_t, std::size_t>> taken;
    for (const Buffer* other : order) {
      const auto& offset = map.offsets[index_of(other->id)];
      if (offset && lifetime(*other).begin_step < lifetime(*buffer).end_step &&
          lifetime(*buffer).begin_step < lifetime(*other).end_step) {
        taken.emplace_back(*offset, *offset + other->bytes());
      }
    }
    std::sort(taken.begin(), taken.end());
    std::size_t offset = 0;
    for (const auto& [begin, end] : taken) {
      if (offset + buffer->bytes() <= begin) break;
      offset = std::max(offset, (end + alignment - 1) / alignment * alignment);
    }
    map.offsets[index_of(buffer->id)] = offset;
    map.arena_bytes = std::max(map.arena_bytes, offset + buffer->bytes());
  }
  for (int step = 0; step < static_cast<int>(program.calls.size()); ++step) {
    std::size_t live_bytes = 0;
    for (const Buffer* buffer : order) {
      if (lifetime(*buffer).begin_step <= step && step < lifetime(*buffer).end_step) live_bytes += buffer->bytes();
    }
    map.lower_bound_bytes = std::max(map.lower_bound_bytes, live_bytes);
  }
  return map;
}

/// Convolutions of 8 x 8 pixels with 4 channels, each a row behind the one before; what lies between two of them is a
/// window of three rows.
struct StreamedProgram {
  program::Program program;
  program::MemoryMap memory;
  std::vector<BufferExtents> extents;
};

inline StreamedProgram make_streamed(int layers = 2, int rows = 8) {
  constexpr std::size_t row_bytes = 8 * 4;
  constexpr std::size_t window_rows = 3;
  ProgramBuilder builder("streamed");
  std::vector<BufferId> tensors = {builder.add_input("x", ElementType::Int8, {1, rows, 8, 4})};
  for (int layer = 0; layer < layers; ++layer) {
    const std::string name = layer == 0 ? "first" : layer == 1 ? "second" : "layer_" + std::to_string(layer);
    tensors.push_back(builder.add_conv(name, tensors.back(), 4, layer == 0 ? 1 : 3, 1, true));
  }
  builder.add_output("y", tensors.back());
  StreamedProgram streamed{std::move(builder.program()), {}, {}};
  program::Program& program = streamed.program;
  program::Schedule schedule{{}, std::vector<std::int32_t>(program.buffers.size(), 0), {}};
  schedule.shared.resize(program.buffers.size());
  for (int layer = 1; layer < layers; ++layer) schedule.window_rows[index_of(tensors[layer])] = window_rows;
  for (int time = 0; time < rows + layers - 1; ++time) {
    for (int layer = 0; layer < layers; ++layer) {
      const int row = time - layer;
      if (row < 0 || row >= rows) continue;
      schedule.steps.push_back(
          {.kind = program::StepKind::Rows, .call = static_cast<std::size_t>(layer), .rows = {row, row + 1}});
      if (layer == 0 || row == 0 || row + 1 >= rows) continue;
      schedule.steps.push_back({.kind = program::StepKind::Slide, .buffer = tensors[layer], .rows = {row, row + 2}});
    }
  }
  const int steps = static_cast<int>(schedule.steps.size());
  streamed.memory = make_plan(program);
  streamed.extents.resize(program.buffers.size());
  const auto extents_of = [&](BufferId id) -> std::vector<program::LiveExtent>& {
    return streamed.extents[index_of(id)].extents;
  };
  // Rows of the input leave when the first layer has read them, rows of the output come one by one.
  for (int step = 0; step < steps; ++step) {
    const program::Step& now = schedule.steps[static_cast<std::size_t>(step)];
    const auto begin_byte = static_cast<std::size_t>(now.rows.begin) * row_bytes;
    if (now.kind != program::StepKind::Rows) continue;
    if (now.call == 0) extents_of(tensors.front()).push_back({0, step + 1, begin_byte, begin_byte + row_bytes});
    const BufferId output = tensors[now.call + 1];
    if (output == tensors.back()) {
      extents_of(output).push_back({step, steps, begin_byte, begin_byte + row_bytes});
    } else if (extents_of(output).empty()) {
      extents_of(output).push_back({step, steps, 0, window_rows * row_bytes});
    }
  }
  std::size_t next = 0;
  for (const Buffer& buffer : program.buffers) {
    if (buffer.kind == BufferKind::Constant) continue;
    const bool is_window = schedule.window_rows[index_of(buffer.id)] > 0;
    streamed.memory.lifetimes[index_of(buffer.id)] = program::Lifetime{0, steps};
    streamed.memory.offsets[index_of(buffer.id)] = next;
    streamed.extents[index_of(buffer.id)].bytes = is_window ? window_rows * row_bytes : buffer.bytes();
    next += streamed.extents[index_of(buffer.id)].bytes;
  }
  streamed.memory.arena_bytes = next;
  streamed.memory.lower_bound_bytes = next;
  streamed.memory.strategy = "rows";
  streamed.memory.schedule = std::move(schedule);
  return streamed;
}

}  // namespace pudu::emitters::testing

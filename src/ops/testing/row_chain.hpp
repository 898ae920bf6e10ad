// Tests only: a chain of convolutions with random weights, and schedules of it that run row by row, written out by the
// simplest rule there is: the last call asks for its next row, each call asks for the rows that it lacks.
//   input [1, 8, 6, 3] -> 3x3 -> [1, 8, 6, 4] -> depthwise 3x3, stride 2 -> [1, 4, 3, 4] -> 1x1 -> [1, 4, 3, 5]
#pragma once

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "ops/kernel_binding.hpp"
#include "ops/registry.hpp"
#include "ops/row_calls.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::ops::testing {

/// How the input gets to the chain.
enum class ChainInput { Whole, Fed };

class RowChain {
 public:
  explicit RowChain(std::uint32_t seed = 1) : random_(seed) {
    program.name = "chain";
    program.target = {targets::Cpu::M4, targets::Isa::Dsp};
    input = add("input", program::BufferKind::Input, program::ElementType::Int8, {1, 8, 6, 3});
    kernels::Conv2dS8Params wide = convolution<kernels::Conv2dS8Params>(8, 6, 8, 6, 3, 1, 1);
    wide.input_channels = 3, wide.output_channels = 4, wide.groups = 1;
    first = call<kernels::Conv2dS8>("wide", wide, input, 27 * 4, {1, 8, 6, 4});
    auto deep = convolution<kernels::DepthwiseConv2dS8Params>(8, 6, 4, 3, 3, 2, 1);
    deep.input_channels = deep.output_channels = 4, deep.depth_multiplier = 1;
    second = call<kernels::DepthwiseConv2dS8>("deep", deep, first, 9 * 4, {1, 4, 3, 4});
    kernels::Conv2dS8Params point = convolution<kernels::Conv2dS8Params>(4, 3, 4, 3, 1, 1, 0);
    point.input_channels = 4, point.output_channels = 5, point.groups = 1;
    output = call<kernels::Conv2dS8>("point", point, second, 20, {1, 4, 3, 5});
    program.inputs.push_back({"input", input, {1, 8, 6, 3}});
    program.outputs.push_back({"output", output, {1, 4, 3, 5}});
  }

  /// Every buffer whole, one behind the other.
  program::MemoryMap layerwise() const {
    program::MemoryMap map;
    map.lifetimes = program::lifetimes(program);
    place(map);
    return map;
  }

  /// In windows of three rows, of one row in front of the 1x1 convolution, and of three rows of a fed input.
  program::MemoryMap streamed(ChainInput form = ChainInput::Whole) {
    program::MemoryMap map;
    map.lifetimes = program::lifetimes(program);
    schedule_ = program::layerwise_schedule(program);
    schedule_.steps.clear();
    schedule_.window_rows[program::index_of(first)] = 3;
    schedule_.window_rows[program::index_of(second)] = 1;
    if (form == ChainInput::Fed) schedule_.window_rows[program::index_of(input)] = 3;
    made_.assign(program.buffers.size(), 0), begin_.assign(program.buffers.size(), 0);
    if (form == ChainInput::Whole) made_[program::index_of(input)] = 8;
    for (std::int32_t row = 0; row < 4; ++row) make_row(output, row);
    map.schedule = schedule_;
    place(map);
    return map;
  }

  std::vector<std::byte> random_input() { return bytes(8 * 6 * 3); }

  program::Program program;
  program::BufferId input{}, first{}, second{}, output{};

 private:
  void place(program::MemoryMap& map) const {
    map.offsets.resize(program.buffers.size());
    for (const program::Buffer& buffer : program.buffers) {
      if (buffer.kind == program::BufferKind::Constant) continue;
      const std::size_t index = program::index_of(buffer.id);
      map.offsets[index] = map.arena_bytes;
      const std::int32_t rows = map.schedule ? map.schedule->window_rows[index] : 0;
      const std::size_t held =
          rows == 0 ? buffer.bytes()
                    : buffer.bytes() * static_cast<std::size_t>(rows) / static_cast<std::size_t>(buffer.shape[1]);
      map.arena_bytes += (held + 15) / 16 * 16;
    }
  }

  /// Appends the steps that make the next row of a buffer; `low` rows of what it reads are needed no more behind it.
  void make_row(program::BufferId id, std::int32_t row) {
    const std::size_t index = program::index_of(id);
    std::size_t writer = program.calls.size();
    for (std::size_t i = 0; i < program.calls.size(); ++i) {
      if (program::output_of(program.calls[i]) == id) writer = i;
    }
    std::int32_t keep = row;
    if (writer < program.calls.size()) {
      const RowInput from = row_form(program, program.calls[writer])->inputs.front();
      const program::BufferId source = program.calls[writer].find_operand("input")->buffer;
      const program::RowRange read = from.rows_read({row, row + 1});
      while (made_[program::index_of(source)] < read.end) make_row(source, made_[program::index_of(source)]);
    }
    // What the one reader of this buffer still needs: the rows under its next window.
    for (const program::KernelCall& reader : program.calls) {
      if (reader.find_operand("input")->buffer != id) continue;
      const RowInput from = row_form(program, reader)->inputs.front();
      const std::int32_t next = made_[program::index_of(program::output_of(reader))];
      keep = std::min(row, from.rows_read({next, next + 1}).begin);
    }
    const std::int32_t window = schedule_.window_rows[index];
    if (window > 0 && row - begin_[index] >= window) {
      schedule_.steps.push_back({program::StepKind::Slide, 0, id, {keep, row}});
      begin_[index] = keep;
    }
    const program::StepKind kind = writer < program.calls.size() ? program::StepKind::Rows : program::StepKind::Feed;
    schedule_.steps.push_back({kind, kind == program::StepKind::Rows ? writer : 0, id, {row, row + 1}});
    made_[index] = row + 1;
  }

  template <class Params>
  static Params convolution(std::int32_t h, std::int32_t w, std::int32_t output_h, std::int32_t output_w,
                            std::int32_t kernel, std::int32_t stride, std::int32_t pad) {
    Params p{};
    p.batches = 1, p.input_h = h, p.input_w = w, p.output_h = output_h, p.output_w = output_w;
    p.kernel_h = p.kernel_w = kernel, p.stride_h = p.stride_w = stride, p.pad_top = p.pad_left = pad;
    p.dilation_h = p.dilation_w = 1;
    p.input_offset = 5, p.output_offset = -3, p.activation_min = -128, p.activation_max = 127;
    return p;
  }

  program::BufferId add(std::string name, program::BufferKind kind, program::ElementType type,
                        std::vector<std::int64_t> shape) {
    program::Buffer buffer;
    buffer.name = std::move(name), buffer.kind = kind, buffer.type = type, buffer.shape = std::move(shape);
    return program.add_buffer(std::move(buffer));
  }

  std::vector<std::byte> bytes(std::size_t count) {
    std::vector<std::byte> values(count);
    for (std::byte& value : values) value = static_cast<std::byte>(random_() & 0xFFU);
    return values;
  }

  program::BufferId constant(const std::string& name, program::ElementType type, std::vector<std::byte> data) {
    const auto count = static_cast<std::int64_t>(data.size() / program::size_in_bytes(type));
    const program::BufferId id = add(name, program::BufferKind::Constant, type, {count});
    program.buffer(id).data = std::make_shared<const std::vector<std::byte>>(std::move(data));
    return id;
  }
  program::BufferId numbers(const std::string& name, const std::vector<std::int32_t>& values) {
    std::vector<std::byte> data(values.size() * 4);
    std::memcpy(data.data(), values.data(), data.size());
    return constant(name, program::ElementType::Int32, std::move(data));
  }

  template <class Kernel>
  program::BufferId call(const std::string& name, const typename Kernel::Params& params, program::BufferId source,
                         std::size_t weights, std::vector<std::int64_t> shape) {
    const auto channels = static_cast<std::size_t>(shape.back());
    program::KernelCall made;
    made.name = made.op = name, made.kernel = Kernel::name, made.parameters = to_parameters(params);
    const program::BufferId weights_id = constant(name + ".weights", program::ElementType::Int8, bytes(weights));
    const program::BufferId bias = numbers(name + ".bias", std::vector<std::int32_t>(channels, 77));
    const program::BufferId multipliers =
        numbers(name + ".multipliers", std::vector<std::int32_t>(channels, 1518500250));
    const program::BufferId shifts = numbers(name + ".shifts", std::vector<std::int32_t>(channels, -7));
    const program::BufferId result =
        add(name + ".output", program::BufferKind::Activation, program::ElementType::Int8, std::move(shape));
    made.operands = {{"input", source},  {"weights", weights_id}, {"bias", bias}, {"multipliers", multipliers},
                     {"shifts", shifts}, {"output", result}};
    if (const std::size_t scratch = Kernel::scratch_bytes(params, kernels::Isa::Dsp); scratch > 0) {
      made.operands.push_back({"scratch", add(name + ".scratch", program::BufferKind::Scratch,
                                              program::ElementType::UInt8, {static_cast<std::int64_t>(scratch)})});
    }
    program.calls.push_back(std::move(made));
    return result;
  }

  std::mt19937 random_;
  program::Schedule schedule_;
  std::vector<std::int32_t> made_, begin_;  ///< by buffer: rows made; the window's first row
};

}  // namespace pudu::ops::testing

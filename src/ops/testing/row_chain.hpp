// Tests only: a chain of convolutions with random weights, and schedules of it that run row by row, written out by the
// simplest rule there is: the last call asks for its next row, each call asks for the rows that it lacks.
//   input [1, 8, 6, 3] -> 3x3 -> [1, 8, 6, 4] -> depthwise 3x3, stride 2 -> [1, 4, 3, 4] -> 1x1 -> [1, 4, 3, 5]
#pragma once

#include <algorithm>
#include <vector>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "ops/row_calls.hpp"
#include "ops/testing/random_program.hpp"
#include "program/memory_map.hpp"

namespace pudu::ops::testing {

/// How the input gets to the chain.
enum class ChainInput { Whole, Fed };

class RowChain : public RandomProgram {
 public:
  explicit RowChain(std::uint32_t seed = 1) : RandomProgram("chain", seed) {
    input = add_input({1, 8, 6, 3});
    auto wide = convolution_of<kernels::Conv2dS8Params>(8, 6, {.kernel = 3, .stride = 1, .pad = 1});
    wide.input_channels = 3, wide.output_channels = 4, wide.groups = 1;
    first = convolve<kernels::Conv2dS8>("wide", wide, input, 27 * 4);
    auto deep = convolution_of<kernels::DepthwiseConv2dS8Params>(8, 6, {.kernel = 3, .stride = 2, .pad = 1});
    deep.input_channels = deep.output_channels = 4, deep.depth_multiplier = 1;
    second = convolve<kernels::DepthwiseConv2dS8>("deep", deep, first, 9 * 4);
    auto point = convolution_of<kernels::Conv2dS8Params>(4, 3, {});
    point.input_channels = 4, point.output_channels = 5, point.groups = 1;
    output = convolve<kernels::Conv2dS8>("point", point, second, 20);
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

  std::vector<std::byte> random_input() { return random_bytes(8 * 6 * 3); }

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

  program::Schedule schedule_;
  std::vector<std::int32_t> made_, begin_;  ///< by buffer: rows made; the window's first row
};

}  // namespace pudu::ops::testing

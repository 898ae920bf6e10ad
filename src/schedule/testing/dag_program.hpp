// Programs of cheap kernels with branches: tables, sums, slices, concatenations and copies of vectors. For tests.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/add/add_s8.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/copy/copy_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/strided_slice/strided_slice_s8.hpp"
#include "ops/kernel_binding.hpp"
#include "program/program.hpp"

namespace pudu::schedule::testing {

class DagProgram {
 public:
  DagProgram() {
    program.name = "dag";
    program.target = {targets::Cpu::M4, targets::Isa::Dsp};
    std::vector<std::byte> entries;
    for (int code = 0; code < 256; ++code) entries.push_back(static_cast<std::byte>(7 * code + 3));
    table_ = add_buffer("table", program::BufferKind::Constant, 256);
    program.buffer(table_).data = std::make_shared<const std::vector<std::byte>>(std::move(entries));
  }

  program::BufferId input(std::int32_t bytes) {
    const program::BufferId id = add_buffer(next_name(), program::BufferKind::Input, bytes);
    program.inputs.push_back({program.buffer(id).name, id, {bytes}});
    return id;
  }
  void output(program::BufferId id) {
    program.outputs.push_back({program.buffer(id).name, id, program.buffer(id).shape});
  }
  /// Every code through a table; may work in place.
  program::BufferId table(program::BufferId x) {
    const std::int32_t count = size(x);
    return call("lut_s8", count, kernels::LutS8Params{count}, {{"input", x}, {"table", table_}});
  }
  /// May work in the place of either.
  program::BufferId sum(program::BufferId x, program::BufferId y) {
    kernels::AddS8Params params{};
    params.rank = 1;
    params.output_shape[0] = size(x);
    params.input1_strides[0] = params.input2_strides[0] = 1;
    params.input1_multiplier = params.input2_multiplier = params.output_multiplier = 1 << 30;
    params.activation_min = -128, params.activation_max = 127;
    params.input1_offset = 11;
    params.output_shift = -18;
    return call("add_s8", size(x), params, {{"input1", x}, {"input2", y}});
  }
  program::BufferId slice(program::BufferId x, std::int32_t begin, std::int32_t bytes, std::int32_t stride = 1) {
    kernels::StridedSliceS8Params params{};
    params.rank = 1;
    params.output_shape[0] = bytes;
    params.input_strides[0] = stride;
    params.input_start_offset = begin;
    return call("strided_slice_s8", bytes, params, {{"input", x}});
  }
  program::BufferId concat(const std::vector<program::BufferId>& parts) {
    kernels::ConcatS8Params params{};
    params.input_count = static_cast<std::int32_t>(parts.size());
    params.outer_count = 1;
    std::int32_t bytes = 0;
    std::vector<program::Operand> operands;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      params.input_bytes[i] = size(parts[i]);
      bytes += size(parts[i]);
      operands.push_back({"inputs." + std::to_string(i), parts[i]});
    }
    params.output_stride = bytes;
    return call("concat_s8", bytes, params, std::move(operands));
  }
  program::BufferId copy(program::BufferId x) {
    return call("copy_s8", size(x), kernels::CopyS8Params{size(x)}, {{"input", x}});
  }
  std::int32_t size(program::BufferId id) const { return static_cast<std::int32_t>(program.buffer(id).bytes()); }

  program::Program program;

 private:
  std::string next_name() { return "v" + std::to_string(program.buffers.size()); }

  program::BufferId add_buffer(std::string name, program::BufferKind kind, std::int64_t bytes) {
    return program.add_buffer({.name = std::move(name), .kind = kind, .shape = {bytes}});
  }

  template <class Params>
  program::BufferId call(const char* kernel, std::int64_t bytes, const Params& params,
                         std::vector<program::Operand> operands) {
    const program::BufferId result = add_buffer(next_name(), program::BufferKind::Activation, bytes);
    operands.push_back({"output", result});
    program.calls.push_back({.name = program.buffer(result).name,
                             .op = "test",
                             .kernel = kernel,
                             .parameters = ops::to_parameters(params),
                             .operands = std::move(operands)});
    return result;
  }

  program::BufferId table_{};
};

/// A program of up to `max_calls` calls in which results branch and join at random. Every call's result is used.
inline DagProgram random_dag(std::uint32_t seed, std::size_t max_calls) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  DagProgram dag;
  std::vector<program::BufferId> values = {dag.input(static_cast<std::int32_t>(16 + 16 * below(8)))};
  if (below(3) == 0) values.push_back(dag.input(static_cast<std::int32_t>(1 + below(100))));
  const std::size_t calls = 1 + below(max_calls);
  const auto any = [&] { return values[values.size() - 1 - below(std::min<std::size_t>(values.size(), 5))]; };
  while (dag.program.calls.size() < calls) {
    const program::BufferId x = any();
    const program::BufferId y = any();
    const std::int32_t bytes = dag.size(x);
    switch (below(6)) {
      case 0:
        values.push_back(dag.table(x));
        break;
      case 1:
        values.push_back(dag.size(x) == dag.size(y) ? dag.sum(x, y) : dag.table(y));
        break;
      case 2: {
        const std::int32_t begin = static_cast<std::int32_t>(below(static_cast<std::size_t>(bytes))) / 16 * 16;
        const auto rest = static_cast<std::size_t>(bytes - begin);
        values.push_back(dag.slice(x, begin, static_cast<std::int32_t>(1 + below(rest))));
        break;
      }
      case 3:
        values.push_back(dag.size(x) + dag.size(y) > 500 ? dag.table(x) : dag.concat({x, y}));
        break;
      case 4:
        values.push_back(dag.copy(x));
        break;
      default:
        values.push_back(dag.size(x) < 4 ? dag.copy(x) : dag.slice(x, 0, bytes / 2, 2));
        break;
    }
  }
  // What nothing reads is returned, and sometimes something else.
  for (const program::Buffer& buffer : dag.program.buffers) {
    if (buffer.kind != program::BufferKind::Activation) continue;
    bool is_read = false;
    for (const program::KernelCall& call : dag.program.calls) {
      for (const program::Operand& operand : call.operands) {
        is_read |= operand.buffer == buffer.id && !program::is_written(operand.name);
      }
    }
    if (!is_read || below(12) == 0) dag.output(buffer.id);
  }
  return dag;
}

}  // namespace pudu::schedule::testing

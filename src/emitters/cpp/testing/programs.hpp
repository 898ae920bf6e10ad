// Small programs to emit: tables and copies, and a call of any kernel. For tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kernels/conv2d_lanes/prepare.hpp"
#include "kernels/linear_lanes/linear_lanes_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "ops/kernel_binding.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::emitters::testing {

/// A program under construction.
struct ProgramUnderTest {
  program::Program program;

  explicit ProgramUnderTest(std::string name = "tiny") {
    program.name = std::move(name);
    program.target = {targets::Cpu::M4, targets::Isa::Dsp};
  }

  program::BufferId add(std::string name, program::BufferKind kind, program::ElementType type, std::int64_t elements) {
    return program.add_buffer({.name = std::move(name), .kind = kind, .type = type, .shape = {elements}});
  }
  program::BufferId constant(std::string name, program::ElementType type, std::vector<std::byte> data) {
    const auto elements = static_cast<std::int64_t>(data.size() / program::size_in_bytes(type));
    const program::BufferId id = add(std::move(name), program::BufferKind::Constant, type, elements);
    program.buffer(id).data = std::make_shared<const std::vector<std::byte>>(std::move(data));
    return id;
  }
  program::BufferId input(const std::string& name, std::int64_t elements,
                          program::ElementType type = program::ElementType::Int8) {
    const program::BufferId id = add(name, program::BufferKind::Input, type, elements);
    program.inputs.push_back({name, id, {elements}});
    return id;
  }
  void output(const std::string& name, program::BufferId id) {
    program.outputs.push_back({name, id, program.buffer(id).shape});
  }
  template <class Params>
  void call(std::string name, const char* kernel, const Params& params, std::vector<program::Operand> operands) {
    program.calls.push_back({.name = std::move(name),
                             .op = "test",
                             .kernel = kernel,
                             .parameters = ops::to_parameters(params),
                             .operands = std::move(operands)});
  }
  /// result = source + added, through a table.
  program::BufferId table(const std::string& name, program::BufferId source, int added) {
    std::vector<std::byte> entries;
    for (int code = -128; code < 128; ++code) entries.push_back(static_cast<std::byte>(code + added));
    const program::BufferId table_id = constant(name + ".table", program::ElementType::Int8, std::move(entries));
    const std::int64_t elements = program.buffer(source).shape.front();
    const program::BufferId result = add(name, program::BufferKind::Activation, program::ElementType::Int8, elements);
    call(name, "lut_s8", kernels::LutS8Params{static_cast<std::int32_t>(elements)},
         {{"input", source}, {"table", table_id}, {"output", result}});
    return result;
  }

  /// Every buffer at a place of its own.
  program::MemoryMap memory() const {
    program::MemoryMap map;
    map.lifetimes = program::lifetimes(program);
    map.offsets.resize(program.buffers.size());
    for (const program::Buffer& buffer : program.buffers) {
      if (!map.lifetimes[program::index_of(buffer.id)]) continue;
      map.offsets[program::index_of(buffer.id)] = map.arena_bytes;
      map.arena_bytes += (buffer.bytes() + 15) / 16 * 16;
    }
    return map;
  }
};

/// The least value that a kernel takes for a parameter, where that is not 1.
inline std::int64_t least_parameter(std::string_view kernel, std::string_view parameter) {
  struct Least {
    std::string_view kernel, parameter;
    std::int64_t value;
  };
  static constexpr Least rows[] = {
      {"add_dsp_s8", "shift", 16},
      {"add_mve_s8", "shift", 16},
      {"conv2d_dsp_s8", "weight_bits", 8},
      {"conv2d_dsp_s8", "strip_positions", 2},
      {"conv2d_dsp_s8", "output_channels", 2},
      {"conv2d_dsp_s16", "weight_bits", 8},
      {"conv2d_dsp_s16", "strip_positions", 2},
      {"conv2d_dsp_s16", "output_channels", 2},
      {"conv2d_dsp_s16_s8", "weight_bits", 8},
      {"conv2d_dsp_s16_s8", "strip_positions", 2},
      {"conv2d_dsp_s16_s8", "output_channels", 2},
      {"conv2d_dsp_s8_s16", "weight_bits", 8},
      {"conv2d_dsp_s8_s16", "strip_positions", 2},
      {"conv2d_dsp_s8_s16", "output_channels", 2},
      {"conv2d_mve_s8", "output_channels", 2},
      {"conv2d_mve_s8", "sharing", 0},
      {"conv2d_winograd_dsp_s8", "input_channels", 8},
      {"conv2d_winograd_dsp_s8", "output_channels", 2},
      {"conv2d_winograd_dsp_s8", "output_w", 4},
      {"conv2d_winograd_dsp_s8", "weight_bits", 8},
      {"conv2d_winograd_rows_dsp_s8", "input_channels", 8},
      {"conv2d_winograd_rows_dsp_s8", "output_channels", 4},
      {"conv2d_winograd_rows_dsp_s8", "output_w", 4},
      {"depthwise_conv2d_5x5_dsp_s8", "channels", 4},
      {"depthwise_conv2d_5x5_dsp_s8", "input_w", 4},
      {"depthwise_conv2d_5x5_dsp_s8", "output_w", 4},
      {"depthwise_conv2d_dsp_s8", "channels", 4},
      {"depthwise_conv2d_dsp_s8", "input_w", 2},
      {"depthwise_conv2d_dsp_s8", "output_w", 2},
      {"depthwise_conv2d_dsp_s8", "weight_bits", 8},
      {"depthwise_conv2d_dsp_s16", "channels", 4},
      {"depthwise_conv2d_dsp_s16", "input_w", 2},
      {"depthwise_conv2d_dsp_s16", "output_w", 2},
      {"depthwise_conv2d_dsp_s16", "weight_bits", 8},
      {"depthwise_conv2d_dsp_s16_s8", "channels", 4},
      {"depthwise_conv2d_dsp_s16_s8", "input_w", 2},
      {"depthwise_conv2d_dsp_s16_s8", "output_w", 2},
      {"depthwise_conv2d_dsp_s16_s8", "weight_bits", 8},
      {"depthwise_conv2d_dsp_s8_s16", "channels", 4},
      {"depthwise_conv2d_dsp_s8_s16", "input_w", 2},
      {"depthwise_conv2d_dsp_s8_s16", "output_w", 2},
      {"depthwise_conv2d_dsp_s8_s16", "weight_bits", 8},
      {"depthwise_conv2d_lanes_s8", "channel_words", 4},
      {"depthwise_conv2d_mve_s8", "channels", 8},
      {"depthwise_conv2d_mve_s8", "kernel_h", 3},
      {"depthwise_conv2d_mve_s8", "kernel_w", 3},
      {"linear_dsp_s8", "weight_bits", 8},
      {"linear_dsp_s8", "constant_words", 4},
      {"linear_dsp_s16", "weight_bits", 8},
      {"linear_dsp_s16_s8", "weight_bits", 8},
      {"linear_dsp_s8_s16", "weight_bits", 8},
      {"linear_lanes_s8", "channel_words", 7},
      {"linear_lanes_s8", "weight_bits", 8},
      {"linear_mve_s8", "output_features", 4},
  };
  for (const Least& row : rows) {
    if (row.kernel == kernel && row.parameter == parameter) return row.value;
  }
  // Codes of 16 bits have zero point 0.
  const bool is_offset = parameter == "input_offset" || parameter == "output_offset";
  if (is_offset && kernel.find("_s16") != std::string_view::npos) return 0;
  return parameter == "diff_min" ? 0 : 1;  // the one that must not be positive
}

/// One call of a kernel with all parameters 1 (so no size is 0 and no division by 0) or the least that it takes, on the
/// operands it wants.
inline ProgramUnderTest program_of_kernel(const ops::KernelBinding& kernel) {
  constexpr std::int64_t plenty = 16;
  ProgramUnderTest model("one_kernel");
  program::KernelCall call{.name = "call", .op = "test", .kernel = std::string(kernel.name)};
  for (const ops::ParamField& field : kernel.params) {
    if (field.type == ops::FieldType::Float) {
      call.parameters.push_back({std::string(field.name), std::vector<double>(field.count, 1.0)});
    } else {
      const std::int64_t value = least_parameter(kernel.name, field.name);
      call.parameters.push_back({std::string(field.name), std::vector<std::int64_t>(field.count, value)});
    }
  }
  for (const ops::OperandField& field : kernel.operands) {
    if (field.is_scratch) continue;
    const std::string name = std::string(field.name) + (field.is_array ? ".0" : "");
    program::BufferId id{};
    if (field.is_written) {
      id = model.add(name, program::BufferKind::Activation, field.element, plenty);
      model.output(name, id);
    } else if (field.name.starts_with("input") && field.name.find('_') == std::string_view::npos) {
      id = model.input(name, plenty, field.element);
    } else {
      // Tables have up to 513 entries, tiles of transformed weights 1,160: plenty for everything else.
      std::vector<std::byte> data(1160 * program::size_in_bytes(field.element));
      if (kernel.name == kernels::Conv2dLanesS8::name) {
        const std::vector<std::uint8_t> stream = kernels::conv2d_lanes::stream_of_one_weight();
        std::memcpy(data.data(), stream.data(), stream.size());
      }
      if (kernel.name == kernels::LinearLanesS8::name && field.name == "constants") {
        const std::uint8_t run = 1;  // of one pair of features
        std::memcpy(data.data(), &run, sizeof run);
      }
      id = model.constant(name, field.element, std::move(data));
    }
    call.operands.push_back({name, id});
  }
  const std::size_t scratch = kernel.scratch_bytes(call.parameters, model.program.target.isa);
  if (scratch > 0) {
    call.operands.push_back({"scratch", model.add("scratch", program::BufferKind::Scratch, program::ElementType::UInt8,
                                                  static_cast<std::int64_t>(scratch))});
  }
  model.program.calls.push_back(std::move(call));
  return model;
}

}  // namespace pudu::emitters::testing

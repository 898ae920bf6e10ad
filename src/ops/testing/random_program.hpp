// Tests only: what programs of image kernels with random weights are made of: buffers, constants, and calls with the
// scratch that the compiler plans for them. A class that builds one network derives from it.
#pragma once

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ops/kernel_binding.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "program/program.hpp"

namespace pudu::ops::testing {

/// Rows and columns of a kernel's window alike.
struct SquareWindow {
  std::int32_t kernel = 1;
  std::int32_t stride = 1;
  std::int32_t pad = 0;
};

class RandomProgram {
 public:
  std::vector<std::byte> random_bytes(std::size_t count) {
    std::vector<std::byte> values(count);
    for (std::byte& value : values) value = static_cast<std::byte>(random_() & 0xFFU);
    return values;
  }

  program::Program program;

 protected:
  RandomProgram(std::string name, std::uint32_t seed) : random_(seed) {
    program.name = std::move(name);
    program.target = {targets::Cpu::M4, targets::Isa::Dsp};
  }

  program::BufferId add(std::string name, program::BufferKind kind, std::vector<std::int64_t> shape,
                        program::ElementType type = program::ElementType::Int8) {
    program::Buffer buffer;
    buffer.name = std::move(name), buffer.kind = kind, buffer.type = type, buffer.shape = std::move(shape);
    return program.add_buffer(std::move(buffer));
  }

  program::BufferId add_input(std::vector<std::int64_t> shape) {
    const program::BufferId id = add("input", program::BufferKind::Input, std::move(shape));
    program.inputs.push_back({"input", id, program.buffer(id).shape});
    return id;
  }

  program::BufferId constant(std::string name, program::ElementType type, std::vector<std::int64_t> shape,
                             std::vector<std::byte> data) {
    const program::BufferId id = add(std::move(name), program::BufferKind::Constant, std::move(shape), type);
    program.buffer(id).data = std::make_shared<const std::vector<std::byte>>(std::move(data));
    return id;
  }

  program::BufferId random_codes(std::string name, std::vector<std::int64_t> shape) {
    std::size_t count = 1;
    for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
    return constant(std::move(name), program::ElementType::Int8, std::move(shape), random_bytes(count));
  }

  program::BufferId numbers(std::string name, const std::vector<std::int32_t>& values) {
    std::vector<std::byte> data(values.size() * sizeof(std::int32_t));
    std::memcpy(data.data(), values.data(), data.size());
    return constant(std::move(name), program::ElementType::Int32, {static_cast<std::int64_t>(values.size())},
                    std::move(data));
  }

  /// `count` numbers: `least` and up to `span` more.
  program::BufferId random_numbers(std::string name, std::int32_t count, std::int32_t least, std::int32_t span) {
    std::vector<std::int32_t> values(static_cast<std::size_t>(count));
    for (std::int32_t& value : values) {
      value = least + static_cast<std::int32_t>(random_() % static_cast<std::uint32_t>(span + 1));
    }
    return numbers(std::move(name), values);
  }

  /// The sizes of a convolution or a pool of an image of `h` x `w`; no dilation.
  template <class Params>
  static Params shaped(std::int32_t h, std::int32_t w, SquareWindow window) {
    const auto positions = [&](std::int32_t size) {
      return (size + 2 * window.pad - window.kernel) / window.stride + 1;
    };
    Params p{};
    p.batches = 1, p.input_h = h, p.input_w = w, p.output_h = positions(h), p.output_w = positions(w);
    p.kernel_h = p.kernel_w = window.kernel, p.stride_h = p.stride_w = window.stride;
    p.pad_top = p.pad_left = window.pad;
    if constexpr (requires { p.dilation_h; }) p.dilation_h = p.dilation_w = 1;
    p.activation_min = -128, p.activation_max = 127;
    return p;
  }

  /// The same of a convolution, whose input and output have zero points, too.
  template <class Params>
  static Params convolution_of(std::int32_t h, std::int32_t w, SquareWindow window) {
    auto p = shaped<Params>(h, w, window);
    p.input_offset = 5, p.output_offset = -3;
    return p;
  }

  /// A convolution with random weights whose channels are all requantized alike.
  template <class Kernel>
  program::BufferId convolve(const std::string& name, const typename Kernel::Params& p, program::BufferId x,
                             std::int32_t weights) {
    const auto channels = static_cast<std::size_t>(p.output_channels);
    return call<Kernel>(
        name, p,
        {{"input", x},
         {"weights", random_codes(name + ".weights", {weights})},
         {"bias", numbers(name + ".bias", std::vector<std::int32_t>(channels, 77))},
         {"multipliers", numbers(name + ".multipliers", std::vector<std::int32_t>(channels, 1518500250))},
         {"shifts", numbers(name + ".shifts", std::vector<std::int32_t>(channels, -7))}},
        {1, p.output_h, p.output_w, p.output_channels});
  }

  /// Appends a call that writes a new buffer, its result.
  template <class Kernel>
  program::BufferId call(const std::string& name, const typename Kernel::Params& params,
                         std::vector<program::Operand> operands, std::vector<std::int64_t> shape) {
    program::KernelCall made;
    made.name = made.op = name, made.kernel = Kernel::name, made.parameters = to_parameters(params);
    made.operands = std::move(operands);
    const program::BufferId result = add(name + ".output", program::BufferKind::Activation, std::move(shape));
    made.operands.push_back({"output", result});
    const std::size_t scratch = planned_scratch_bytes(*find_kernel(Kernel::name), made.parameters, program.target);
    if (scratch > 0) {
      made.operands.push_back({"scratch", add(name + ".scratch", program::BufferKind::Scratch,
                                              {static_cast<std::int64_t>(scratch)}, program::ElementType::UInt8)});
    }
    program.calls.push_back(std::move(made));
    return result;
  }

 private:
  std::mt19937 random_;
};

}  // namespace pudu::ops::testing

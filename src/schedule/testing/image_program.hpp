// Programs of images for tests: convolutions, depthwise convolutions, pools and sums with random weights, in the
// dialect's kernels.
#pragma once

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/add/add_s8.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "ops/kernel_binding.hpp"
#include "program/program.hpp"

namespace pudu::schedule::testing {

/// Rows and columns of a window alike.
struct Window {
  std::int32_t kernel = 1;
  std::int32_t stride = 1;
  std::int32_t pad = 0;
};

class ImageProgram {
 public:
  explicit ImageProgram(std::uint32_t seed = 1) : random_(seed) {
    program.name = "images";
    program.target = {targets::Cpu::M4, targets::Isa::Dsp};
  }

  program::BufferId input(std::int32_t height, std::int32_t width, std::int32_t channels) {
    const program::BufferId id = add("input", program::BufferKind::Input, {1, height, width, channels});
    program.inputs.push_back({"input", id, program.buffer(id).shape});
    return id;
  }

  void output(program::BufferId id) {
    program.outputs.push_back({program.buffer(id).name, id, program.buffer(id).shape});
  }

  program::BufferId convolution(program::BufferId x, std::int32_t channels, Window window) {
    auto p = windowed<kernels::Conv2dS8Params>(x, window);
    p.input_channels = channels_of(x), p.output_channels = channels, p.groups = 1;
    return convolve<kernels::Conv2dS8>(p, x, channels * window.kernel * window.kernel * channels_of(x));
  }

  program::BufferId depthwise(program::BufferId x, Window window) {
    auto p = windowed<kernels::DepthwiseConv2dS8Params>(x, window);
    p.input_channels = p.output_channels = channels_of(x), p.depth_multiplier = 1;
    return convolve<kernels::DepthwiseConv2dS8>(p, x, window.kernel * window.kernel * channels_of(x));
  }

  program::BufferId sum(program::BufferId x, program::BufferId y) {
    kernels::AddS8Params p{};
    p.rank = 1;
    p.output_shape[0] = static_cast<std::int32_t>(program.buffer(x).bytes());
    p.input1_strides[0] = p.input2_strides[0] = 1;
    p.input1_multiplier = p.input2_multiplier = p.output_multiplier = 1 << 30;
    p.input1_offset = 11, p.output_shift = -18;
    p.activation_min = -128, p.activation_max = 127;
    return finish<kernels::AddS8>(p, {{"input1", x}, {"input2", y}}, program.buffer(x).shape);
  }

  /// Over the whole image.
  program::BufferId pool_all(program::BufferId x) {
    kernels::AvgPool2dS8Params p{};
    p.batches = p.output_h = p.output_w = 1, p.channels = channels_of(x);
    p.input_h = p.kernel_h = p.stride_h = height_of(x), p.input_w = p.kernel_w = p.stride_w = width_of(x);
    p.pad_value = -4, p.activation_min = -128, p.activation_max = 127;
    return finish<kernels::AvgPool2dS8>(p, {{"input", x}}, {1, 1, 1, p.channels});
  }

  program::BufferId max_pool(program::BufferId x, Window window) {
    auto p = shaped<kernels::MaxPool2dS8Params>(x, window);
    p.channels = channels_of(x), p.activation_min = -128, p.activation_max = 127;
    return finish<kernels::MaxPool2dS8>(p, {{"input", x}}, {1, p.output_h, p.output_w, p.channels});
  }

  const std::vector<std::int64_t>& shape(program::BufferId id) const { return program.buffer(id).shape; }

  std::vector<std::byte> random_bytes(std::size_t count) {
    std::vector<std::byte> values(count);
    for (std::byte& value : values) value = static_cast<std::byte>(random_() & 0xFFU);
    return values;
  }

  program::Program program;

 private:
  std::int32_t extent(program::BufferId id, std::size_t dim) const {
    return static_cast<std::int32_t>(program.buffer(id).shape[dim]);
  }
  std::int32_t height_of(program::BufferId id) const { return extent(id, 1); }
  std::int32_t width_of(program::BufferId id) const { return extent(id, 2); }
  std::int32_t channels_of(program::BufferId id) const { return extent(id, 3); }

  template <class Params>
  Params shaped(program::BufferId x, Window window) const {
    const auto positions = [&](std::int32_t size) {
      return (size + 2 * window.pad - window.kernel) / window.stride + 1;
    };
    Params p{};
    p.batches = 1, p.input_h = height_of(x), p.input_w = width_of(x);
    p.output_h = positions(p.input_h), p.output_w = positions(p.input_w);
    p.kernel_h = p.kernel_w = window.kernel, p.stride_h = p.stride_w = window.stride;
    p.pad_top = p.pad_left = window.pad;
    if constexpr (requires { p.dilation_h; }) p.dilation_h = p.dilation_w = 1;
    return p;
  }

  template <class Params>
  Params windowed(program::BufferId x, Window window) const {
    auto p = shaped<Params>(x, window);
    p.input_offset = 5, p.output_offset = -3, p.activation_min = -128, p.activation_max = 127;
    return p;
  }

  template <class Kernel>
  program::BufferId convolve(const typename Kernel::Params& p, program::BufferId x, std::int32_t weights) {
    const std::string name = next_name();
    const auto channels = static_cast<std::size_t>(p.output_channels);
    std::vector<program::Operand> operands = {
        {"input", x},
        {"weights",
         constant(name + ".weights", program::ElementType::Int8, random_bytes(static_cast<std::size_t>(weights)))},
        {"bias", numbers(name + ".bias", std::vector<std::int32_t>(channels, 77))},
        {"multipliers", numbers(name + ".multipliers", std::vector<std::int32_t>(channels, 1518500250))},
        {"shifts", numbers(name + ".shifts", std::vector<std::int32_t>(channels, -7))}};
    return finish<Kernel>(p, std::move(operands), {1, p.output_h, p.output_w, p.output_channels});
  }

  template <class Kernel>
  program::BufferId finish(const typename Kernel::Params& p, std::vector<program::Operand> operands,
                           std::vector<std::int64_t> shape) {
    program::KernelCall call;
    call.name = call.op = next_name(), call.kernel = Kernel::name, call.parameters = ops::to_parameters(p);
    call.operands = std::move(operands);
    const program::BufferId result = add(call.name + ".output", program::BufferKind::Activation, std::move(shape));
    call.operands.push_back({"output", result});
    if (const std::size_t scratch = Kernel::scratch_bytes(p, kernels::Isa::Dsp); scratch > 0) {
      const program::BufferId id =
          add(call.name + ".scratch", program::BufferKind::Scratch, {static_cast<std::int64_t>(scratch)});
      program.buffer(id).type = program::ElementType::UInt8;
      call.operands.push_back({"scratch", id});
    }
    program.calls.push_back(std::move(call));
    return result;
  }

  program::BufferId add(std::string name, program::BufferKind kind, std::vector<std::int64_t> shape) {
    program::Buffer buffer;
    buffer.name = std::move(name), buffer.kind = kind, buffer.shape = std::move(shape);
    return program.add_buffer(std::move(buffer));
  }

  program::BufferId constant(const std::string& name, program::ElementType type, std::vector<std::byte> data) {
    const auto count = static_cast<std::int64_t>(data.size() / program::size_in_bytes(type));
    const program::BufferId id = add(name, program::BufferKind::Constant, {count});
    program.buffer(id).type = type;
    program.buffer(id).data = std::make_shared<const std::vector<std::byte>>(std::move(data));
    return id;
  }

  program::BufferId numbers(const std::string& name, const std::vector<std::int32_t>& values) {
    std::vector<std::byte> data(values.size() * sizeof(std::int32_t));
    std::memcpy(data.data(), values.data(), data.size());
    return constant(name, program::ElementType::Int32, std::move(data));
  }

  /// Of the call to come; the same until it is there.
  std::string next_name() const { return "op" + std::to_string(program.calls.size()); }

  std::mt19937 random_;
};

}  // namespace pudu::schedule::testing

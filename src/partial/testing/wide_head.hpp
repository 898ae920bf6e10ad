// Tests only: the end of an image network, with random weights:
//   input [1, H, W, 8] -> conv 3x3 -> [1, H, W, C] -> depthwise 3x3 -> table -> pool of all positions -> [1, 1, 1, C]
// Wide where C is large: what lies between is far larger than what comes and goes.
#pragma once

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/sum/sum_s8.hpp"
#include "ops/kernel_binding.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "program/program.hpp"

namespace pudu::partial::testing {

/// The call at the end.
enum class Head { AveragePool, MaxPool, Sum };

class WideHead {
 public:
  static constexpr std::int32_t input_channels = 8;

  WideHead(std::int32_t height, std::int32_t width, std::int32_t channels, Head head, std::uint32_t seed = 1)
      : h_(height), w_(width), c_(channels), random_(seed) {
    program.name = "wide_head";
    program.target = {targets::Cpu::M4, targets::Isa::Dsp};
    input = add("input", program::BufferKind::Input, program::ElementType::Int8, {1, h_, w_, input_channels});
    kernels::Conv2dS8Params wide = convolution<kernels::Conv2dS8Params>(input_channels);
    wide.groups = 1;
    image = convolve<kernels::Conv2dS8>("wide", wide, input, {c_, 3, 3, input_channels});
    auto deep = convolution<kernels::DepthwiseConv2dS8Params>(c_);
    deep.depth_multiplier = 1;
    image = convolve<kernels::DepthwiseConv2dS8>("deep", deep, image, {1, 3, 3, c_});
    const program::BufferId table = constant("table", program::ElementType::Int8, {256}, bytes(256));
    image = call<kernels::LutS8>("table_of", kernels::LutS8Params{h_ * w_ * c_}, {{"input", image}, {"table", table}},
                                 {1, h_, w_, c_});
    output = end(head);
    program.inputs.push_back({"input", input, {1, h_, w_, input_channels}});
    program.outputs.push_back({"output", output, {1, c_}});
  }

  std::vector<std::byte> random_input() { return bytes(static_cast<std::size_t>(h_ * w_ * input_channels)); }

  program::Program program;
  program::BufferId input{}, image{}, output{};

 private:
  program::BufferId end(Head head) {
    const std::vector<std::int64_t> shape = {1, 1, 1, c_};
    if (head == Head::Sum) {
      const kernels::SumS8Params sum{1, h_ * w_, c_, 5, -3, 1518500250, -4};
      return call<kernels::SumS8>("end", sum, {{"input", image}}, shape);
    }
    kernels::AvgPool2dS8Params average{};
    average.batches = 1, average.input_h = average.kernel_h = h_, average.input_w = average.kernel_w = w_;
    average.channels = c_, average.output_h = average.output_w = average.stride_h = average.stride_w = 1;
    average.activation_min = -128, average.activation_max = 127;
    if (head == Head::AveragePool) return call<kernels::AvgPool2dS8>("end", average, {{"input", image}}, shape);
    kernels::MaxPool2dS8Params most{};
    most.batches = 1, most.input_h = most.kernel_h = h_, most.input_w = most.kernel_w = w_;
    most.channels = c_, most.output_h = most.output_w = most.stride_h = most.stride_w = 1;
    most.dilation_h = most.dilation_w = 1, most.activation_min = -128, most.activation_max = 127;
    return call<kernels::MaxPool2dS8>("end", most, {{"input", image}}, shape);
  }

  template <class Params>
  Params convolution(std::int32_t channels) const {
    Params p{};
    p.batches = 1, p.input_h = p.output_h = h_, p.input_w = p.output_w = w_;
    p.input_channels = channels, p.output_channels = c_;
    p.kernel_h = p.kernel_w = 3, p.stride_h = p.stride_w = 1, p.pad_top = p.pad_left = 1;
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

  program::BufferId constant(const std::string& name, program::ElementType type, std::vector<std::int64_t> shape,
                             std::vector<std::byte> data) {
    const program::BufferId id = add(name, program::BufferKind::Constant, type, std::move(shape));
    program.buffer(id).data = std::make_shared<const std::vector<std::byte>>(std::move(data));
    return id;
  }

  /// A number for each channel: `least` and up to `span` more.
  program::BufferId numbers(const std::string& name, std::int32_t least, std::int32_t span) {
    std::vector<std::int32_t> values(static_cast<std::size_t>(c_));
    for (std::int32_t& value : values) {
      value = least + static_cast<std::int32_t>(random_() % static_cast<std::uint32_t>(span + 1));
    }
    std::vector<std::byte> data(values.size() * 4);
    std::memcpy(data.data(), values.data(), data.size());
    return constant(name, program::ElementType::Int32, {c_}, std::move(data));
  }

  template <class Kernel>
  program::BufferId convolve(const std::string& name, const typename Kernel::Params& params, program::BufferId source,
                             const std::vector<std::int64_t>& weights) {
    std::size_t count = 1;
    for (const std::int64_t size : weights) count *= static_cast<std::size_t>(size);
    return call<Kernel>(name, params,
                        {{"input", source},
                         {"weights", constant(name + ".weights", program::ElementType::Int8, weights, bytes(count))},
                         {"bias", numbers(name + ".bias", -500, 1000)},
                         {"multipliers", numbers(name + ".multipliers", 1200000000, 800000000)},
                         {"shifts", numbers(name + ".shifts", -9, 2)}},
                        {1, h_, w_, c_});
  }

  template <class Kernel>
  program::BufferId call(const std::string& name, const typename Kernel::Params& params,
                         std::vector<program::Operand> operands, std::vector<std::int64_t> shape) {
    program::KernelCall made;
    made.name = made.op = name, made.kernel = Kernel::name, made.parameters = ops::to_parameters(params);
    made.operands = std::move(operands);
    const program::BufferId result =
        add(name + ".output", program::BufferKind::Activation, program::ElementType::Int8, std::move(shape));
    made.operands.push_back({"output", result});
    const std::size_t scratch =
        ops::planned_scratch_bytes(*ops::find_kernel(Kernel::name), made.parameters, program.target);
    if (scratch > 0) {
      made.operands.push_back({"scratch", add(name + ".scratch", program::BufferKind::Scratch,
                                              program::ElementType::UInt8, {static_cast<std::int64_t>(scratch)})});
    }
    program.calls.push_back(std::move(made));
    return result;
  }

  std::int32_t h_, w_, c_;
  std::mt19937 random_;
};

}  // namespace pudu::partial::testing

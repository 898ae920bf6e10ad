// Programs of many small kernel calls with sizes at the edges of what CMSIS-NN computes right, each call with an input
// and an output of its own: rows with all kinds of padding, windows over the borders, groups, dilation, transposes.
// For tests.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/batch_matmul/batch_matmul_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/maximum/maximum_s8.hpp"
#include "kernels/softmax/softmax_s8.hpp"
#include "kernels/testing/random_data.hpp"
#include "kernels/transpose/transpose_s8.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "program/program.hpp"

namespace pudu::testing {

class EdgeProgram {
 public:
  EdgeProgram(const targets::TargetConfig& target, std::uint32_t seed) : random_(seed) {
    program_.name = "edges";
    program_.target = target;
  }

  program::Program take() && { return std::move(program_); }

  /// Images of one row: every path of CMSIS-NN's 1xN convolution on MVE, right and wrong.
  void add_rows(int count) {
    for (int i = 0; i < count; ++i) {
      kernels::Conv2dS8Params p = convolution();
      p.batches = random_.between(1, 2);
      p.input_h = p.output_h = p.kernel_h = 1;
      p.input_w = random_.between(1, 14);
      p.kernel_w = random_.between(1, 7);
      p.stride_w = random_.between(1, 3);
      p.pad_left = random_.between(0, p.kernel_w - 1);
      p.input_channels = random_.one_in(3) ? random_.between(1, 9) : 4 * random_.between(1, 3);
      p.output_channels = random_.between(1, 5);
      if (random_.one_in(8)) p.stride_h = 2;
      p.output_w = windows(p.input_w, p.kernel_w, p.stride_w, p.pad_left);
      if (random_.one_in(10)) {
        p.pad_top = 1;
        p.output_h = random_.between(1, 2);
      }
      add_convolution(p);
    }
  }

  void add_convolutions(int count) {
    for (int i = 0; i < count; ++i) {
      kernels::Conv2dS8Params p = convolution();
      window(p);
      p.batches = random_.between(1, 2);
      p.groups = random_.one_in(3) ? random_.between(2, 3) : 1;
      p.input_channels = p.groups * random_.between(1, 6);
      p.output_channels = p.groups * random_.between(1, 5);
      p.dilation_h = random_.one_in(4) ? 2 : 1;
      p.dilation_w = random_.one_in(4) ? 2 : 1;
      add_convolution(p);
    }
  }

  void add_depthwise(int count) {
    for (int i = 0; i < count; ++i) {
      kernels::DepthwiseConv2dS8Params p{};
      quantize(p);
      window(p);
      if (random_.one_in(2)) p.kernel_h = p.kernel_w = 3;
      if (random_.one_in(4)) p.input_h = p.kernel_h = 1;
      fit(p);
      p.batches = random_.one_in(4) ? 2 : 1;
      p.depth_multiplier = random_.one_in(3) ? random_.between(2, 8) : 1;
      p.input_channels = random_.one_in(5) ? 1 : random_.between(1, 9);
      if (random_.one_in(12)) p.input_channels = 126;
      p.output_channels = p.input_channels * p.depth_multiplier;
      p.dilation_h = p.dilation_w = random_.one_in(5) ? 2 : 1;
      const auto weights = constant(random_.codes(elements({p.kernel_h, p.kernel_w, p.output_channels})));
      add("depthwise_conv2d_s8", ops::to_parameters(p), "input",
          elements({p.batches, p.input_h, p.input_w, p.input_channels}),
          elements({p.batches, p.output_h, p.output_w, p.output_channels}),
          with_channels({{"weights", weights}}, p.output_channels, p.kernel_h * p.kernel_w));
    }
  }

  void add_linear(int count) {
    for (int i = 0; i < count; ++i) {
      kernels::LinearS8Params p{};
      quantize(p);
      p.batches = random_.between(1, 3);
      p.input_features = random_.between(1, 70);
      p.output_features = random_.between(1, 11);
      const auto weights = constant(random_.codes(elements({p.input_features, p.output_features})));
      add("linear_s8", ops::to_parameters(p), "input", elements({p.batches, p.input_features}),
          elements({p.batches, p.output_features}),
          with_channels({{"weights", weights}}, p.output_features, p.input_features));
    }
  }

  void add_pools(int count) {
    for (int i = 0; i < count; ++i) {
      if (random_.one_in(2)) {
        kernels::AvgPool2dS8Params p{};
        pool_window(p);
        p.pad_bottom = random_.between(0, 1);
        p.pad_right = random_.between(0, 1);
        p.count_include_pad = random_.one_in(3) ? 1 : 0;
        p.divisor_override = random_.one_in(8) ? 5 : 0;
        p.pad_value = random_.zero_point();
        add_pool("avg_pool2d_s8", p);
      } else {
        kernels::MaxPool2dS8Params p{};
        pool_window(p);
        p.dilation_h = p.dilation_w = random_.one_in(5) ? 2 : 1;
        add_pool("max_pool2d_s8", p);
      }
    }
  }

  void add_softmax(int count) {
    for (int i = 0; i < count; ++i) {
      const auto scaling = numerics::softmax_scaling(0.001 * random_.between(1, 800));
      kernels::SoftmaxS8Params p{random_.between(1, 3),
                                 random_.one_in(4) ? random_.between(505, 514) : random_.between(1, 40),
                                 scaling.multiplier, scaling.shift, scaling.diff_min};
      const std::size_t size = elements({p.outer_count, p.depth});
      add("softmax_s8", ops::to_parameters(p), "input", size, size, {});
    }
  }

  void add_matmuls(int count) {
    for (int i = 0; i < count; ++i) {
      kernels::BatchMatmulS8Params p{};
      clamp(p);
      p.batches = random_.between(1, 3);
      p.rows = random_.between(1, 5);
      p.columns = random_.between(1, 9);
      p.depth = random_.between(1, 40);
      p.lhs_offset = -random_.zero_point();
      p.rhs_offset = -random_.zero_point();
      p.output_offset = random_.zero_point();
      p.multiplier = random_.multiplier();
      p.shift = -8 - random_.between(0, 4);
      const auto right = constant(random_.codes(elements({p.batches, p.columns, p.depth})));
      add("batch_matmul_s8", ops::to_parameters(p), "lhs", elements({p.batches, p.rows, p.depth}),
          elements({p.batches, p.rows, p.columns}), {{"rhs_transposed", right}});
    }
  }

  void add_extrema(int count) {
    for (int i = 0; i < count; ++i) {
      kernels::MaximumS8Params p{};
      p.rank = 1;
      p.output_shape[0] = random_.between(1, 40);
      p.input1_strides[0] = 1;
      p.input2_strides[0] = random_.one_in(8) ? 0 : 1;
      const std::size_t size = elements({p.output_shape[0]});
      const auto other = constant(random_.codes(size));
      add(random_.one_in(2) ? "maximum_s8" : "minimum_s8", ops::to_parameters(p), "input1", size, size,
          {{"input2", other}});
    }
  }

  void add_transposes(int count) {
    for (int i = 0; i < count; ++i) {
      kernels::TransposeS8Params p{};
      p.rank = random_.between(2, 5);
      std::vector<std::int32_t> sizes;
      for (std::int32_t d = 0; d < p.rank; ++d) sizes.push_back(random_.between(1, 6));
      std::vector<std::int32_t> strides(sizes.size(), 1);
      for (std::size_t d = sizes.size() - 1; d-- > 0;) strides[d] = strides[d + 1] * sizes[d + 1];
      std::vector<std::size_t> order(sizes.size());
      for (std::size_t d = 0; d < order.size(); ++d) order[d] = d;
      for (std::size_t d = order.size(); d-- > 1;) {
        std::swap(order[d], order[static_cast<std::size_t>(random_.between(0, static_cast<std::int32_t>(d)))]);
      }
      for (std::size_t d = 0; d < order.size(); ++d) {
        p.output_shape[d] = sizes[order[d]];
        p.input_strides[d] = strides[order[d]];
      }
      const std::size_t size = static_cast<std::size_t>(strides[0] * sizes[0]);
      add("transpose_s8", ops::to_parameters(p), "input", size, size, {});
    }
  }

 private:
  using Operands = std::vector<program::Operand>;

  static std::size_t elements(std::initializer_list<std::int32_t> sizes) {
    std::size_t count = 1;
    for (const std::int32_t size : sizes) count *= static_cast<std::size_t>(size);
    return count;
  }

  /// Windows until the last one that begins in the row, or PyTorch's number of them, or one less.
  std::int32_t windows(std::int32_t size, std::int32_t kernel, std::int32_t stride, std::int32_t pad) {
    const std::int32_t most = (size + pad - 1) / stride + 1;
    const std::int32_t symmetric = std::max(0, size + 2 * pad - kernel) / stride + 1;
    return std::max(1, std::min(most, symmetric - (random_.one_in(6) ? 1 : 0) + (random_.one_in(6) ? 1 : 0)));
  }

  template <class Params>
  void quantize(Params& p) {
    p.input_offset = -random_.zero_point();
    p.output_offset = random_.zero_point();
    clamp(p);
  }
  template <class Params>
  void clamp(Params& p) {
    p.activation_min = random_.one_in(4) ? random_.between(-128, 0) : -128;
    p.activation_max = random_.one_in(4) ? random_.between(1, 127) : 127;
  }

  template <class Params>
  void fit(Params& p) {
    p.pad_top = std::min(p.pad_top, p.kernel_h - 1);
    p.pad_left = std::min(p.pad_left, p.kernel_w - 1);
    p.output_h = windows(p.input_h, p.kernel_h, p.stride_h, p.pad_top);
    p.output_w = windows(p.input_w, p.kernel_w, p.stride_w, p.pad_left);
  }

  template <class Params>
  void window(Params& p) {
    p.input_h = random_.between(1, 7);
    p.input_w = random_.between(1, 7);
    p.kernel_h = random_.one_in(3) ? 1 : random_.between(1, 4);
    p.kernel_w = random_.one_in(3) ? 1 : random_.between(1, 4);
    p.stride_h = random_.between(1, 2);
    p.stride_w = random_.between(1, 2);
    p.pad_top = random_.between(0, 2);
    p.pad_left = random_.between(0, 2);
    fit(p);
  }

  template <class Params>
  void pool_window(Params& p) {
    clamp(p);
    window(p);
    p.batches = random_.between(1, 2);
    p.channels = random_.between(1, 20);
  }

  kernels::Conv2dS8Params convolution() {
    kernels::Conv2dS8Params p{};
    quantize(p);
    p.batches = p.groups = p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
    return p;
  }

  void add_convolution(const kernels::Conv2dS8Params& p) {
    const std::int32_t patch = p.kernel_h * p.kernel_w * (p.input_channels / p.groups);
    const auto weights = constant(random_.codes(elements({p.output_channels, patch})));
    add("conv2d_s8", ops::to_parameters(p), "input", elements({p.batches, p.input_h, p.input_w, p.input_channels}),
        elements({p.batches, p.output_h, p.output_w, p.output_channels}),
        with_channels({{"weights", weights}}, p.output_channels, patch));
  }

  template <class Params>
  void add_pool(const char* kernel, const Params& p) {
    add(kernel, ops::to_parameters(p), "input", elements({p.batches, p.input_h, p.input_w, p.channels}),
        elements({p.batches, p.output_h, p.output_w, p.channels}), {});
  }

  template <class T>
  program::BufferId constant(const std::vector<T>& values) {
    const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
    return program_.add_buffer(
        {.name = "constant" + std::to_string(program_.buffers.size()),
         .kind = program::BufferKind::Constant,
         .type = sizeof(T) == 1 ? program::ElementType::Int8 : program::ElementType::Int32,
         .shape = {static_cast<std::int64_t>(values.size())},
         .data = std::make_shared<const std::vector<std::byte>>(bytes, bytes + values.size() * sizeof(T))});
  }

  /// Bias, multipliers and shifts that spread the outputs over the codes.
  Operands with_channels(Operands operands, std::int32_t channels, std::int32_t terms) {
    std::vector<std::int32_t> bias;
    std::vector<std::int32_t> multipliers;
    std::vector<std::int32_t> shifts;
    std::int32_t shift = -7;
    for (std::int32_t reach = 4; reach < terms; reach *= 4) --shift;
    for (std::int32_t channel = 0; channel < channels; ++channel) {
      bias.push_back(random_.between(-9000, 9000));
      multipliers.push_back(random_.multiplier());
      shifts.push_back(random_.one_in(9) ? random_.between(-20, 2) : shift - random_.between(0, 2));
    }
    operands.push_back({"bias", constant(bias)});
    operands.push_back({"multipliers", constant(multipliers)});
    operands.push_back({"shifts", constant(shifts)});
    return operands;
  }

  void add(const char* kernel, std::vector<program::Parameter> parameters, const char* input_name, std::size_t inputs,
           std::size_t outputs, Operands operands) {
    const std::string name = "call" + std::to_string(program_.calls.size());
    const auto port = [&](const char* suffix, program::BufferKind kind, std::size_t size) {
      return program_.add_buffer({.name = name + suffix,
                                  .kind = kind,
                                  .shape = {static_cast<std::int64_t>(size)},
                                  .quantization = program::Quantization{}});
    };
    const program::BufferId input = port(".input", program::BufferKind::Input, inputs);
    const program::BufferId output = port(".output", program::BufferKind::Activation, outputs);
    program_.inputs.push_back({name + "_in", input, program_.buffer(input).shape});
    program_.outputs.push_back({name + "_out", output, program_.buffer(output).shape});
    operands.insert(operands.begin(), {input_name, input});
    operands.push_back({"output", output});
    const std::size_t scratch = ops::planned_scratch_bytes(*ops::find_kernel(kernel), parameters, program_.target);
    if (scratch > 0) {
      operands.push_back({"scratch", program_.add_buffer({.name = name + ".scratch",
                                                          .kind = program::BufferKind::Scratch,
                                                          .type = program::ElementType::UInt8,
                                                          .shape = {static_cast<std::int64_t>(scratch)}})});
    }
    program_.calls.push_back({.name = name,
                              .op = "edge",
                              .kernel = kernel,
                              .parameters = std::move(parameters),
                              .operands = std::move(operands)});
  }

  program::Program program_;
  kernels::testing::Random random_;
};

/// All kinds of calls.
inline program::Program edge_program(const targets::TargetConfig& target, std::uint32_t seed, int count) {
  EdgeProgram edges(target, seed);
  edges.add_rows(2 * count);
  edges.add_convolutions(count);
  edges.add_depthwise(2 * count);
  edges.add_linear(count / 4);
  edges.add_pools(count);
  edges.add_softmax(count / 4);
  edges.add_transposes(count / 2);
  edges.add_matmuls(count / 4);
  edges.add_extrema(count / 4);
  return std::move(edges).take();
}

}  // namespace pudu::testing

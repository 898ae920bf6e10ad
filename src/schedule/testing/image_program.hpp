// Programs of images for tests: convolutions, depthwise and transposed convolutions, pools, nearest upsampling,
// concatenations and sums with random weights, in the dialect's kernels.
#pragma once

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <vector>

#include "kernels/add/add_s8.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/index_select/index_select_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/strided_slice/strided_slice_s8.hpp"
#include "kernels/transpose/transpose_s8.hpp"
#include "kernels/transpose_conv2d/transpose_conv2d_s8.hpp"
#include "ops/testing/random_program.hpp"

namespace pudu::schedule::testing {

using Window = ops::testing::SquareWindow;

class ImageProgram : public ops::testing::RandomProgram {
 public:
  explicit ImageProgram(std::uint32_t seed = 1) : RandomProgram("images", seed) {}

  program::BufferId input(std::int32_t height, std::int32_t width, std::int32_t channels) {
    return add_input({1, height, width, channels});
  }

  /// The image of an input whose channels lie one behind the other.
  program::BufferId nchw_input(std::int32_t height, std::int32_t width, std::int32_t channels) {
    return transposed(add_input({1, channels, height, width}), {height, width, channels});
  }

  /// One position, whose channels are all there is to transpose: the same bytes by a call without rows.
  program::BufferId turn(program::BufferId x) { return transposed(x, {1, 1, channels_of(x)}); }

  /// An image, mirrored at its diagonal by a call without rows.
  program::BufferId turned(program::BufferId x) {
    kernels::TransposeS8Params p{};
    p.rank = 3;
    const std::int32_t shape[] = {width_of(x), height_of(x), channels_of(x)};
    const std::int32_t strides[] = {channels_of(x), width_of(x) * channels_of(x), 1};
    std::copy(std::begin(shape), std::end(shape), p.output_shape);
    std::copy(std::begin(strides), std::end(strides), p.input_strides);
    return call<kernels::TransposeS8>(next_name(), p, {{"input", x}}, {1, shape[0], shape[1], shape[2]});
  }

  void output(program::BufferId id) {
    program.outputs.push_back({program.buffer(id).name, id, program.buffer(id).shape});
  }

  program::BufferId convolution(program::BufferId x, std::int32_t channels, Window window) {
    auto p = convolution_of<kernels::Conv2dS8Params>(height_of(x), width_of(x), window);
    p.input_channels = channels_of(x), p.output_channels = channels, p.groups = 1;
    return convolve<kernels::Conv2dS8>(next_name(), p, x, channels * window.kernel * window.kernel * channels_of(x));
  }

  program::BufferId depthwise(program::BufferId x, Window window) {
    auto p = convolution_of<kernels::DepthwiseConv2dS8Params>(height_of(x), width_of(x), window);
    p.input_channels = p.output_channels = channels_of(x), p.depth_multiplier = 1;
    return convolve<kernels::DepthwiseConv2dS8>(next_name(), p, x, window.kernel * window.kernel * channels_of(x));
  }

  program::BufferId sum(program::BufferId x, program::BufferId y) {
    kernels::AddS8Params p{};
    p.rank = 1;
    p.output_shape[0] = static_cast<std::int32_t>(program.buffer(x).bytes());
    p.input1_strides[0] = p.input2_strides[0] = 1;
    p.input1_multiplier = p.input2_multiplier = p.output_multiplier = 1 << 30;
    p.input1_offset = 11, p.output_shift = -18;
    p.activation_min = -128, p.activation_max = 127;
    return call<kernels::AddS8>(next_name(), p, {{"input1", x}, {"input2", y}}, program.buffer(x).shape);
  }

  /// Over the whole image.
  program::BufferId pool_all(program::BufferId x) {
    kernels::AvgPool2dS8Params p{};
    p.batches = p.output_h = p.output_w = 1, p.channels = channels_of(x);
    p.input_h = p.kernel_h = p.stride_h = height_of(x), p.input_w = p.kernel_w = p.stride_w = width_of(x);
    p.pad_value = -4, p.activation_min = -128, p.activation_max = 127;
    return call<kernels::AvgPool2dS8>(next_name(), p, {{"input", x}}, {1, 1, 1, p.channels});
  }

  program::BufferId max_pool(program::BufferId x, Window window) {
    auto p = shaped<kernels::MaxPool2dS8Params>(height_of(x), width_of(x), window);
    p.channels = channels_of(x);
    return call<kernels::MaxPool2dS8>(next_name(), p, {{"input", x}}, {1, p.output_h, p.output_w, p.channels});
  }

  /// Nearest upsampling, less the last `cut` rows.
  program::BufferId upsample(program::BufferId x, std::int32_t factor, std::int32_t cut = 0) {
    const std::int32_t rows = height_of(x) * factor - cut, columns = width_of(x) * factor;
    const auto repeated = [&](std::int32_t count) {
      std::vector<std::int32_t> indices;
      for (std::int32_t i = 0; i < count; ++i) indices.push_back(i / factor);
      return indices;
    };
    const std::string name = next_name();
    return call<kernels::IndexSelectS8>(name, {1, height_of(x), rows, 1, width_of(x), columns, channels_of(x)},
                                        {{"input", x},
                                         {"indices1", numbers(name + ".rows", repeated(rows))},
                                         {"indices2", numbers(name + ".columns", repeated(columns))}},
                                        {1, rows, columns, channels_of(x)});
  }

  /// Less its first row and the last ones, and the last column.
  program::BufferId crop(program::BufferId x, std::int32_t last_rows) {
    kernels::StridedSliceS8Params p{};
    p.rank = 3, p.input_start_offset = width_of(x) * channels_of(x);
    const std::int32_t shape[] = {height_of(x) - 1 - last_rows, width_of(x) - 1, channels_of(x)};
    const std::int32_t strides[] = {width_of(x) * channels_of(x), channels_of(x), 1};
    std::copy(std::begin(shape), std::end(shape), p.output_shape);
    std::copy(std::begin(strides), std::end(strides), p.input_strides);
    return call<kernels::StridedSliceS8>(next_name(), p, {{"input", x}}, {1, shape[0], shape[1], shape[2]});
  }

  program::BufferId transposed_convolution(program::BufferId x, std::int32_t channels, Window window) {
    auto p = convolution_of<kernels::TransposeConv2dS8Params>(height_of(x), width_of(x), window);
    p.input_channels = channels_of(x), p.output_channels = channels;
    p.output_h = (p.input_h - 1) * window.stride - 2 * window.pad + window.kernel;
    p.output_w = (p.input_w - 1) * window.stride - 2 * window.pad + window.kernel;
    return convolve<kernels::TransposeConv2dS8>(next_name(), p, x,
                                                channels * window.kernel * window.kernel * channels_of(x));
  }

  /// Of the channels of two images of one size.
  program::BufferId concat(program::BufferId x, program::BufferId y) {
    kernels::ConcatS8Params p{};
    p.outer_count = height_of(x) * width_of(x), p.input_count = 2;
    p.input_bytes[0] = channels_of(x), p.input_bytes[1] = channels_of(y);
    p.output_stride = channels_of(x) + channels_of(y);
    return call<kernels::ConcatS8>(next_name(), p, {{"inputs.0", x}, {"inputs.1", y}},
                                   {1, height_of(x), width_of(x), p.output_stride});
  }

  const std::vector<std::int64_t>& shape(program::BufferId id) const { return program.buffer(id).shape; }

 private:
  /// To an image of these sizes, from channels that lie one behind the other.
  program::BufferId transposed(program::BufferId x, std::array<std::int32_t, 3> sizes) {
    const auto [height, width, channels] = sizes;
    kernels::TransposeS8Params p{};
    p.rank = 4;
    const std::int32_t shape[] = {1, height, width, channels}, strides[] = {0, width, 1, height * width};
    std::copy(std::begin(shape), std::end(shape), p.output_shape);
    std::copy(std::begin(strides), std::end(strides), p.input_strides);
    return call<kernels::TransposeS8>(next_name(), p, {{"input", x}}, {1, height, width, channels});
  }

  std::int32_t extent(program::BufferId id, std::size_t dim) const {
    return static_cast<std::int32_t>(program.buffer(id).shape[dim]);
  }
  std::int32_t height_of(program::BufferId id) const { return extent(id, 1); }
  std::int32_t width_of(program::BufferId id) const { return extent(id, 2); }
  std::int32_t channels_of(program::BufferId id) const { return extent(id, 3); }

  std::string next_name() const { return "op" + std::to_string(program.calls.size()); }
};

}  // namespace pudu::schedule::testing

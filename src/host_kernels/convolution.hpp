// Convolutions as the host's loops take them: weights in blocks of channels, windows gathered as 16-bit numbers. Linear
// layers are convolutions of images of one position.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host_kernels/vector_loops.hpp"

namespace pudu::host_kernels {

/// What a call's parameters say of its images; those of a call for some rows differ from those of the whole.
struct WindowGeometry {
  std::int32_t batches = 1;
  std::int32_t input_h = 1, input_w = 1, input_channels = 1;
  std::int32_t output_h = 1, output_w = 1, output_channels = 1;
  std::int32_t kernel_h = 1, kernel_w = 1;
  std::int32_t stride_h = 1, stride_w = 1;
  std::int32_t pad_top = 0, pad_left = 0;
  std::int32_t dilation_h = 1, dilation_w = 1;
  std::int32_t pad_value = 0;  ///< what taps outside of the image see

  std::size_t input_bytes() const;
  std::size_t output_bytes() const;
};

/// A layer's constants, whatever kernel they were prepared for.
struct LayerConstants {
  std::vector<std::int8_t> weights;  ///< [output_channels, taps]; depthwise: [taps, channels]
  ChannelScaling scaling;
};

/// One group, no limits on the shape.
class Convolution {
 public:
  /// `taps` of a window: kernel_h * kernel_w * input_channels.
  Convolution(const LayerConstants& constants, std::int32_t output_channels, std::int32_t taps);

  /// `geometry` has the channels and the kernel that the weights were made of.
  void run(const VectorLoops& loops, const WindowGeometry& geometry, const std::int8_t* input,
           std::int8_t* output) const;

 private:
  void run_positions(const VectorLoops& loops, const std::int16_t* windows, std::int32_t positions,
                     std::int8_t* output) const;

  std::int32_t channels_, pairs_;
  std::vector<std::int16_t> weights_;  ///< [blocks, pairs, block_channels, 2]
  ChannelScaling scaling_;
};

/// One output channel an input channel.
class DepthwiseConvolution {
 public:
  DepthwiseConvolution(const LayerConstants& constants, std::int32_t channels, std::int32_t taps);

  void run(const VectorLoops& loops, const WindowGeometry& geometry, const std::int8_t* input,
           std::int8_t* output) const;

 private:
  void run_row(const VectorLoops& loops, const std::vector<const std::int8_t*>& values, std::int32_t positions,
               std::int32_t* sums, std::int8_t* output) const;

  std::int32_t channels_, taps_, pairs_;
  std::vector<std::int16_t> weights_;  ///< [blocks, pairs, vector_channels, 2]
  ChannelScaling scaling_;
};

}  // namespace pudu::host_kernels

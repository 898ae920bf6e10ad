// Convolutions, depthwise convolutions and linear layers seen alike: every output position reads a window of taps, by
// groups of channels. Gives the windows of codes and of floats, and the layer's weights tap by tap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "ops/tensor.hpp"
#include "program/program.hpp"

namespace pudu::quantizer {

/// Where the weights of a kernel call stand.
enum class WeightOrder : std::uint8_t {
  OutputsFirst,  ///< [output_channels, kernel_h, kernel_w, input_channels / groups]
  OutputsLast,   ///< [1, kernel_h, kernel_w, output_channels] of a depthwise convolution
};

/// Some groups of a layer, and how far their windows are apart.
struct WindowGroups {
  std::size_t first = 0;
  std::size_t count = 1;
  std::size_t pitch = 0;  ///< elements from one group's window to the next
};

/// `wanted` of `count` positions, one at a scattered place in each of as many equal stretches, the same on every host.
std::vector<std::size_t> scattered_positions(std::size_t count, std::size_t wanted);

class LayerWindows {
 public:
  /// Nothing for calls of other kernels.
  static std::optional<LayerWindows> of(const program::KernelCall& call);

  std::size_t groups() const { return static_cast<std::size_t>(p_.groups); }
  std::size_t output_channels() const { return static_cast<std::size_t>(p_.output_channels); }
  std::size_t group_outputs() const { return output_channels() / groups(); }
  /// Of a window of one group.
  std::size_t taps() const;
  /// Of a window; 1 of a linear layer.
  std::size_t window_pixels() const;
  std::size_t positions() const;
  std::size_t input_elements() const;
  std::int32_t input_zero_point() const { return -p_.input_offset; }
  /// Are the codes of the input int16? int8 otherwise.
  bool reads_int16() const { return input_bits_ == 16; }

  /// Window of one group at an output position, codes minus the zero point, 0 in the padding; NHWC input.
  void gather(std::span<const std::int8_t> input, std::size_t position, std::size_t group, std::int16_t* window) const;
  void gather(std::span<const std::int16_t> input, std::size_t position, std::size_t group, std::int16_t* window) const;
  /// The same of several groups; `input` holds int8 or int16 codes, as reads_int16() says.
  void gather_groups(std::span<const std::byte> input, std::size_t position, const WindowGroups& groups,
                     std::int16_t* windows) const;
  /// The same of float values with channels in dimension 1 ([N, C, H, W]), or innermost for linear layers.
  void gather(std::span<const float> input, std::size_t position, std::size_t group, float* window) const;

  /// Index in the kernel's weights.
  std::size_t weight_index(std::size_t output_channel, std::size_t tap) const;
  /// Index in the float graph's weights: [outputs, inputs / groups, kernel_h, kernel_w].
  std::size_t float_weight_index(std::size_t output_channel, std::size_t tap) const;

 private:
  enum class LayerKind : std::uint8_t { Convolution, Linear };
  LayerWindows(const kernels::Conv2dS8Params& params, WeightOrder order, LayerKind kind, int input_bits)
      : p_(params), order_(order), kind_(kind), input_bits_(input_bits) {}
  template <class Code>
  void gather_codes(std::span<const Code> input, std::size_t position, const WindowGroups& groups,
                    std::int16_t* windows) const;
  template <class Index, class Take>
  void for_each_tap(std::size_t position, const Index& index, const Take& take) const;

  kernels::Conv2dS8Params p_;
  WeightOrder order_;
  LayerKind kind_;
  int input_bits_;
};

}  // namespace pudu::quantizer

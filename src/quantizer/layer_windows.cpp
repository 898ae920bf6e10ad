#include "quantizer/layer_windows.hpp"

#include <string_view>

#include "kernels/conv2d_s16/conv2d_s16.hpp"
#include "kernels/conv2d_s16_s8/conv2d_s16_s8.hpp"
#include "kernels/conv2d_s8_s16/conv2d_s8_s16.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_s16/depthwise_conv2d_s16.hpp"
#include "kernels/depthwise_conv2d_s16_s8/depthwise_conv2d_s16_s8.hpp"
#include "kernels/depthwise_conv2d_s8_s16/depthwise_conv2d_s8_s16.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/linear_s16/linear_s16.hpp"
#include "kernels/linear_s16_s8/linear_s16_s8.hpp"
#include "kernels/linear_s8_s16/linear_s8_s16.hpp"
#include "ops/kernel_binding.hpp"

namespace pudu::quantizer {

using kernels::Conv2dS8Params;

namespace {

template <class Params>
Conv2dS8Params convolution(const program::KernelCall& call) {
  const auto d = ops::detail::to_params<Params>(call.parameters);
  Conv2dS8Params p{};
  p.batches = d.batches, p.input_h = d.input_h, p.input_w = d.input_w, p.input_channels = d.input_channels;
  p.output_h = d.output_h, p.output_w = d.output_w, p.output_channels = d.output_channels;
  p.kernel_h = d.kernel_h, p.kernel_w = d.kernel_w;
  p.stride_h = d.stride_h, p.stride_w = d.stride_w, p.pad_top = d.pad_top, p.pad_left = d.pad_left;
  p.dilation_h = d.dilation_h, p.dilation_w = d.dilation_w, p.input_offset = d.input_offset;
  if constexpr (requires { d.groups; }) {
    p.groups = d.groups;
  } else {
    p.groups = d.input_channels;
  }
  return p;
}

template <class Params>
Conv2dS8Params matrix(const program::KernelCall& call) {
  const auto l = ops::detail::to_params<Params>(call.parameters);
  Conv2dS8Params p{};
  p.batches = l.batches, p.input_channels = l.input_features, p.output_channels = l.output_features;
  p.input_h = p.input_w = p.output_h = p.output_w = p.kernel_h = p.kernel_w = p.groups = 1;
  p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1, p.input_offset = l.input_offset;
  return p;
}

template <class Code>
std::span<const Code> as_codes(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const Code*>(bytes.data()), bytes.size() / sizeof(Code)};
}

}  // namespace

std::vector<std::size_t> scattered_positions(std::size_t count, std::size_t wanted) {
  std::vector<std::size_t> positions;
  if (count <= wanted) {
    for (std::size_t i = 0; i < count; ++i) positions.push_back(i);
    return positions;
  }
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < wanted; ++i) {
    state = state * 1664525U + 1013904223U;
    const std::size_t begin = i * count / wanted, end = (i + 1) * count / wanted;
    positions.push_back(begin + (state >> 8) % (end - begin));
  }
  return positions;
}

std::optional<LayerWindows> LayerWindows::of(const program::KernelCall& call) {
  std::optional<LayerWindows> result;
  /// Sets the result when the call is of this kernel, whose input has so many bits.
  const auto convolution_of = [&]<class Kernel>(const Kernel&, WeightOrder order, int bits) {
    if (call.kernel != Kernel::name) return;
    result = LayerWindows(convolution<typename Kernel::Params>(call), order, LayerKind::Convolution, bits);
  };
  const auto linear_of = [&]<class Kernel>(const Kernel&, int bits) {
    if (call.kernel != Kernel::name) return;
    result = LayerWindows(matrix<typename Kernel::Params>(call), WeightOrder::OutputsFirst, LayerKind::Linear, bits);
  };
  convolution_of(kernels::Conv2dS8{}, WeightOrder::OutputsFirst, 8);
  convolution_of(kernels::Conv2dS8S16{}, WeightOrder::OutputsFirst, 8);
  convolution_of(kernels::Conv2dS16{}, WeightOrder::OutputsFirst, 16);
  convolution_of(kernels::Conv2dS16S8{}, WeightOrder::OutputsFirst, 16);
  convolution_of(kernels::DepthwiseConv2dS8{}, WeightOrder::OutputsLast, 8);
  convolution_of(kernels::DepthwiseConv2dS8S16{}, WeightOrder::OutputsLast, 8);
  convolution_of(kernels::DepthwiseConv2dS16{}, WeightOrder::OutputsLast, 16);
  convolution_of(kernels::DepthwiseConv2dS16S8{}, WeightOrder::OutputsLast, 16);
  linear_of(kernels::LinearS8{}, 8);
  linear_of(kernels::LinearS8S16{}, 8);
  linear_of(kernels::LinearS16{}, 16);
  linear_of(kernels::LinearS16S8{}, 16);
  return result;
}

std::size_t LayerWindows::taps() const {
  return window_pixels() * static_cast<std::size_t>(p_.input_channels / p_.groups);
}

std::size_t LayerWindows::window_pixels() const {
  return static_cast<std::size_t>(p_.kernel_h) * static_cast<std::size_t>(p_.kernel_w);
}

std::size_t LayerWindows::positions() const {
  return static_cast<std::size_t>(p_.batches) * static_cast<std::size_t>(p_.output_h) *
         static_cast<std::size_t>(p_.output_w);
}

std::size_t LayerWindows::input_elements() const {
  return static_cast<std::size_t>(p_.batches) * static_cast<std::size_t>(p_.input_h) *
         static_cast<std::size_t>(p_.input_w) * static_cast<std::size_t>(p_.input_channels);
}

/// take(first tap of the cell, index(image, y, x)), or take(tap, nothing) for a cell in the padding.
template <class Index, class Take>
void LayerWindows::for_each_tap(std::size_t position, const Index& index, const Take& take) const {
  const auto p = static_cast<std::int64_t>(position);
  const std::int64_t x0 = p % p_.output_w * p_.stride_w - p_.pad_left;
  const std::int64_t y0 = p / p_.output_w % p_.output_h * p_.stride_h - p_.pad_top;
  const std::int64_t image = p / p_.output_w / p_.output_h;
  for (std::int64_t ky = 0; ky < p_.kernel_h; ++ky) {
    for (std::int64_t kx = 0; kx < p_.kernel_w; ++kx) {
      const std::int64_t y = y0 + ky * p_.dilation_h, x = x0 + kx * p_.dilation_w;
      const bool inside = y >= 0 && y < p_.input_h && x >= 0 && x < p_.input_w;
      take(ky * p_.kernel_w + kx, inside ? index(image, y, x) : std::int64_t{-1});
    }
  }
}

template <class Code>
void LayerWindows::gather_codes(std::span<const Code> input, std::size_t position, const WindowGroups& groups,
                                std::int16_t* windows) const {
  const std::int64_t channels = p_.input_channels / p_.groups;
  const auto first = static_cast<std::int64_t>(groups.first) * channels;
  for_each_tap(
      position,
      [&](std::int64_t image, std::int64_t y, std::int64_t x) {
        return ((image * p_.input_h + y) * p_.input_w + x) * p_.input_channels + first;
      },
      [&](std::int64_t cell, std::int64_t at) {
        for (std::size_t group = 0; group < groups.count; ++group) {
          std::int16_t* window = windows + group * groups.pitch + cell * channels;
          const Code* codes = at < 0 ? nullptr : input.data() + at + static_cast<std::int64_t>(group) * channels;
          for (std::int64_t c = 0; c < channels; ++c) {
            window[c] = static_cast<std::int16_t>(codes == nullptr ? 0 : codes[c] + p_.input_offset);
          }
        }
      });
}

void LayerWindows::gather(std::span<const std::int8_t> input, std::size_t position, std::size_t group,
                          std::int16_t* window) const {
  gather_codes(input, position, {.first = group}, window);
}

void LayerWindows::gather(std::span<const std::int16_t> input, std::size_t position, std::size_t group,
                          std::int16_t* window) const {
  gather_codes(input, position, {.first = group}, window);
}

void LayerWindows::gather_groups(std::span<const std::byte> input, std::size_t position, const WindowGroups& groups,
                                 std::int16_t* windows) const {
  if (reads_int16()) {
    gather_codes(as_codes<std::int16_t>(input), position, groups, windows);
  } else {
    gather_codes(as_codes<std::int8_t>(input), position, groups, windows);
  }
}

void LayerWindows::gather(std::span<const float> input, std::size_t position, std::size_t group, float* window) const {
  const std::int64_t channels = p_.input_channels / p_.groups;
  const auto first = static_cast<std::int64_t>(group) * channels;
  const std::int64_t plane = kind_ == LayerKind::Linear ? 1 : std::int64_t{p_.input_h} * p_.input_w;
  for_each_tap(
      position,
      [&](std::int64_t image, std::int64_t y, std::int64_t x) {
        return (image * p_.input_channels + first) * plane + y * p_.input_w + x;
      },
      [&](std::int64_t cell, std::int64_t at) {
        for (std::int64_t c = 0; c < channels; ++c) {
          window[cell * channels + c] = at < 0 ? 0.0F : input[static_cast<std::size_t>(at + c * plane)];
        }
      });
}

std::size_t LayerWindows::weight_index(std::size_t output_channel, std::size_t tap) const {
  if (order_ == WeightOrder::OutputsLast) return tap * output_channels() + output_channel;
  return output_channel * taps() + tap;
}

std::size_t LayerWindows::float_weight_index(std::size_t output_channel, std::size_t tap) const {
  const auto channels = static_cast<std::size_t>(p_.input_channels / p_.groups);
  const std::size_t cells = taps() / channels;
  return (output_channel * channels + tap % channels) * cells + tap / channels;
}

}  // namespace pudu::quantizer

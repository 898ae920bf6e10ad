// How many bytes of scratch CMSIS-NN's kernels ask for, per ISA and data type: the answers of its *_get_buffer_size
// functions, computed ahead of time on any host and in constant expressions.
//
// Why: an artifact that calls CMSIS-NN plans these buffers into its arena, so the numbers must be CMSIS-NN's own.
// Source: CMSIS-NN 99f736a6, Source/*/*get_buffer_sizes*.c, as its host binding answers: SCALAR is the plain function
// of a build without DSP and MVE. tests/data/cmsis_nn_scratch_sizes.zip holds the binding's answers. Limits: the
// answers for devices built with GCC or clang. With armclang 6.10.50 or later two of them differ: an int8 1x1
// convolution with stride 1 on DSP takes 4 * input channels, and the rule for one input channel (depthwise, MVE) begins
// at 9 output channels. Sizes are int32 in CMSIS-NN; one that does not fit is a fault here, never a wrapped number.
// This header is the formulas alone, C++17 without heap or exceptions: a device checks planned sizes by them, too.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "kernels/kernel.hpp"

namespace pudu::targets {
using kernels::Isa;
}

namespace pudu::targets::cmsis_nn {

/// Activations and weights, in bits; the order is that of CMSIS-NN's binding.
enum class DataType : std::uint8_t { A8W4, A8W8, A16W8 };

enum class ScratchFault : std::uint8_t {
  None,
  UnsupportedDataType,  ///< the operator has no kernel for it
  InvalidShape,         ///< a size below 1, or a padding below 0
  TooLarge,             ///< more bytes than an int32 holds
};

struct ScratchSize {
  std::int32_t bytes = 0;
  ScratchFault fault = ScratchFault::None;

  constexpr bool ok() const { return fault == ScratchFault::None; }
  friend constexpr bool operator==(const ScratchSize& a, const ScratchSize& b) {
    return a.bytes == b.bytes && a.fault == b.fault;
  }
};

struct Nhwc {
  std::int32_t n = 1, h = 1, w = 1, c = 1;
};

struct Hw {
  std::int32_t h = 1, w = 1;
};

// The calls. `visit` names each field as CMSIS-NN's binding does, with the least value it may have.

/// arm_convolve_wrapper_{s8,s4,s16}. filter.c is the input channels of a group.
struct ConvolutionCall {
  static constexpr std::string_view name = "conv2d", binding_name = "convolve_wrapper";
  Nhwc input, filter, output;
  Hw padding{0, 0}, stride, dilation;

  static constexpr bool takes(DataType) { return true; }
  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input_nhwc", self.input, 1);
    visitor("filter_nhwc", self.filter, 1);
    visitor("output_nhwc", self.output, 1);
    visitor("padding_hw", self.padding, 0);
    visitor("stride_hw", self.stride, 1);
    visitor("dilation_hw", self.dilation, 1);
  }
};

/// arm_depthwise_conv_wrapper_{s8,s4,s16}. The runtime's filter is [1, h, w, output channels]; ExecuTorch asks ahead of
/// time with [output channels, h, w, 1]. The two differ where there is one input channel.
struct DepthwiseCall {
  static constexpr std::string_view name = "depthwise", binding_name = "depthwise_conv_wrapper";
  Nhwc input, filter, output;
  Hw padding{0, 0}, stride, dilation;
  std::int32_t channel_multiplier = 1;

  static constexpr bool takes(DataType) { return true; }
  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input_nhwc", self.input, 1);
    visitor("filter_nhwc", self.filter, 1);
    visitor("output_nhwc", self.output, 1);
    visitor("padding_hw", self.padding, 0);
    visitor("stride_hw", self.stride, 1);
    visitor("dilation_hw", self.dilation, 1);
    visitor("ch_mult", self.channel_multiplier, 1);
  }
};

/// arm_transpose_conv_s8, first buffer. Padding and dilation have no influence.
struct TransposeConvCall {
  static constexpr std::string_view name = "transpose-conv", binding_name = "transpose_conv";
  Nhwc input, filter, output;
  Hw stride;

  static constexpr bool takes(DataType type) { return type == DataType::A8W8; }
  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input_nhwc", self.input, 1);
    visitor("filter_nhwc", self.filter, 1);
    visitor("output_nhwc", self.output, 1);
    visitor("stride_hw", self.stride, 1);
  }
};

/// arm_transpose_conv_s8, second buffer: the filter turned around, where the kernel runs as a convolution.
struct TransposeConvReverseCall {
  static constexpr std::string_view name = "transpose-conv (output scratch)",
                                    binding_name = "transpose_conv_reverse_conv";
  Nhwc input, filter;
  Hw stride;

  static constexpr bool takes(DataType type) { return type == DataType::A8W8; }
  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input_nhwc", self.input, 1);
    visitor("filter_nhwc", self.filter, 1);
    visitor("stride_hw", self.stride, 1);
  }
};

/// arm_fully_connected_{s8,s16}. filter is [input features, 1, 1, output features].
struct FullyConnectedCall {
  static constexpr std::string_view name = "fully-connected", binding_name = "fully_connected";
  Nhwc filter;

  static constexpr bool takes(DataType type) { return type != DataType::A8W4; }
  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("filter_nhwc", self.filter, 1);
  }
};

/// arm_batch_matmul_{s8,s16}, which CMSIS-NN sizes as fully connected. filter is [inner, unused, unused, columns of the
/// right-hand side]; ExecuTorch passes -1 for the unused ones.
struct BatchMatmulCall {
  static constexpr std::string_view name = "batch-matmul", binding_name = "batch_matmul";
  Nhwc filter;

  static constexpr bool takes(DataType type) { return type != DataType::A8W4; }
  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("filter_nhwc", self.filter, -1);
  }
};

/// arm_avgpool_{s8,s16}. The output width has no influence.
struct AveragePoolCall {
  static constexpr std::string_view name = "avg-pool", binding_name = "avgpool";
  std::int32_t output_width = 1;
  std::int32_t channels = 1;

  static constexpr bool takes(DataType type) { return type != DataType::A8W4; }
  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("dim_dst_width", self.output_width, 1);
    visitor("ch_src", self.channels, 1);
  }
};

/// arm_svdf_s8. filter.n is the number of feature filters.
struct SvdfCall {
  static constexpr std::string_view name = "svdf", binding_name = "svdf";
  Nhwc filter;

  static constexpr bool takes(DataType type) { return type == DataType::A8W8; }
  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("filter_nhwc", self.filter, 1);
  }
};

namespace detail {

/// Arithmetic on sizes that are at least 0 saturates here: far above every int32, far below overflow of an int64.
inline constexpr std::int64_t ceiling = std::int64_t{1} << 40;

constexpr std::int64_t product(std::int64_t a, std::int64_t b) {
  return a != 0 && b > ceiling / a ? ceiling : a * b;
}
template <class... Rest>
constexpr std::int64_t product(std::int64_t a, std::int64_t b, Rest... rest) {
  return product(product(a, b), rest...);
}
constexpr std::int64_t sum(std::int64_t a, std::int64_t b) {
  return std::min(a + b, ceiling);
}
constexpr std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return product((value + multiple - 1) / multiple, multiple);
}

constexpr bool at_least(std::int32_t value, std::int32_t least) {
  return value >= least;
}
constexpr bool at_least(const Hw& size, std::int32_t least) {
  return size.h >= least && size.w >= least;
}
constexpr bool at_least(const Nhwc& size, std::int32_t least) {
  return size.n >= least && size.h >= least && size.w >= least && size.c >= least;
}

/// Elements of one receptive field over all input channels, as CMSIS-NN counts it even for grouped convolutions.
constexpr std::int64_t field_elements(const Nhwc& input, const Nhwc& filter) {
  return product(filter.w, filter.h, input.c);
}

/// Two columns of im2col in int16. The s4 kernels round up on MVE only.
constexpr std::int64_t general_bytes(Isa isa, DataType type, const Nhwc& input, const Nhwc& filter) {
  const std::int64_t elements = field_elements(input, filter);
  if (type == DataType::A16W8) return isa == Isa::Mve ? product(8, round_up(elements, 8)) : product(4, elements);
  if (isa == Isa::Mve) return product(4, round_up(elements, 16));
  return product(4, type == DataType::A8W4 ? elements : round_up(elements, 4));
}

constexpr bool is_1x1(const ConvolutionCall& call) {
  return call.padding.h == 0 && call.padding.w == 0 && call.filter.h == 1 && call.filter.w == 1 &&
         call.dilation.h == 1 && call.dilation.w == 1 && call.input.c == call.filter.c;
}

constexpr bool is_1xn(const ConvolutionCall& call) {
  return call.input.h == 1 && call.dilation.w == 1 && call.filter.h == 1 &&
         std::int64_t{call.stride.w} * call.input.c % 4 == 0 && call.input.c == call.filter.c;
}

/// Scratch of arm_convolve_1_x_n_s8 on MVE: copies of the row's two ends with their padding. Nothing where the ends
/// would take more columns than there are, and the kernel runs the general convolution.
constexpr std::optional<std::int64_t> row_ends_bytes(const ConvolutionCall& call) {
  const std::int64_t kernel = call.filter.w, pad = call.padding.w, stride = call.stride.w, channels = call.input.c;
  const std::int64_t total = (std::int64_t{call.output.w} - 1) * stride + kernel - call.input.w;
  const std::int64_t odd = total % 2;  // -1, 0 or 1
  const auto columns = [stride](std::int64_t width) {
    return width != 0 ? std::max<std::int64_t>(1, (width + stride - 1) / stride) : 0;
  };
  const std::int64_t right = columns(pad + odd);
  const std::int64_t left = columns(pad);
  const std::int64_t middle = std::max<std::int64_t>(call.output.w - (right + left), 0);
  if (right + middle + left != call.output.w) return std::nullopt;
  return std::max(sum(product(kernel, channels), product(pad, channels)),
                  sum(product(kernel - 1, channels), product(odd != 0 ? right : pad, channels)));
}

constexpr std::int64_t convolution_bytes(Isa isa, DataType type, const ConvolutionCall& call) {
  const std::int64_t general = general_bytes(isa, type, call.input, call.filter);
  if (type == DataType::A16W8) return general;
  if (is_1x1(call)) return 0;
  if (isa != Isa::Mve || !is_1xn(call)) return general;
  const std::optional<std::int64_t> ends = row_ends_bytes(call);
  if (!ends) return general;
  return type == DataType::A8W4 ? 0 : *ends;
}

/// Two int32 columns per channel of a block, CH_IN_BLOCK_MVE channels at a time: the same for every channel count.
constexpr std::int64_t depthwise_mve_bytes(const Nhwc& filter) {
  return product(4, 124, filter.w, filter.h);
}

constexpr std::int64_t depthwise_s16_bytes(Isa isa, const DepthwiseCall& call) {
  const bool is_fast = call.channel_multiplier == 1 && call.dilation.h == 1 && call.dilation.w == 1 &&
                       product(call.filter.w, call.filter.h) < 512;
  if (!is_fast || isa == Isa::Scalar) return 0;
  const std::int64_t elements = field_elements(call.input, call.filter);
  return isa == Isa::Mve ? sum(product(8, elements), 8) : product(2, elements);
}

constexpr std::int64_t depthwise_bytes(Isa isa, DataType type, const DepthwiseCall& call) {
  if (type == DataType::A16W8) return depthwise_s16_bytes(isa, call);
  const bool is_optimized =
      call.input.c == call.output.c && call.input.n == 1 && call.dilation.h == 1 && call.dilation.w == 1;
  const std::int64_t column = product(2, field_elements(call.input, call.filter));
  if (type == DataType::A8W4) return !is_optimized ? 0 : isa == Isa::Mve ? depthwise_mve_bytes(call.filter) : column;

  const bool is_3x3 = call.filter.h == 3 && call.filter.w == 3 && call.padding.h <= 1 && call.padding.w <= 1;
  if (isa == Isa::Scalar) return 0;
  if (isa == Isa::Dsp) return is_optimized && !is_3x3 ? column : 0;
  std::int64_t bytes = is_optimized ? depthwise_mve_bytes(call.filter) : 0;
  if (call.input.c == 1 && call.output.c > 1) {
    // One input channel: MVE runs it as a convolution of a reordered copy of the filter.
    const Nhwc& filter = call.filter;
    const ConvolutionCall convolution{
        call.input, {filter.c, filter.h, filter.w, filter.n}, call.output, call.padding, call.stride, call.dilation};
    bytes = std::max(bytes,
                     sum(convolution_bytes(isa, type, convolution), product(filter.n, filter.h, filter.w, filter.c)));
  }
  return bytes;
}

constexpr bool runs_as_convolution(const Nhwc& input, const Hw& stride) {
  return stride.w <= 2 && stride.h <= 2 && input.c > 16;
}

constexpr std::int64_t transpose_conv_bytes(Isa isa, DataType type, const TransposeConvCall& call) {
  if (runs_as_convolution(call.input, call.stride)) return general_bytes(isa, type, call.input, call.filter);
  // The width takes stride.h where the kernel strides by stride.w: CMSIS-NN's own formula.
  const std::int64_t width = sum(product(call.input.w - 1, call.stride.w), std::max(call.filter.w, call.stride.h));
  return product(4, width, call.output.c, std::max(call.filter.h, call.stride.h));
}

/// The common frame: data type, then shape, then size.
template <class Op, class Bytes>
constexpr ScratchSize checked(DataType type, const Op& call, Bytes bytes_of) {
  if (!Op::takes(type)) return {0, ScratchFault::UnsupportedDataType};
  bool is_valid = true;
  Op::visit(call, [&](std::string_view, const auto& field, std::int32_t least) {
    is_valid = is_valid && at_least(field, least);
  });
  if (!is_valid) return {0, ScratchFault::InvalidShape};
  const std::int64_t bytes = bytes_of();
  if (bytes < 0) return {0, ScratchFault::InvalidShape};
  if (bytes > INT32_MAX) return {0, ScratchFault::TooLarge};
  return {static_cast<std::int32_t>(bytes), ScratchFault::None};
}

/// 4 bytes of kernel sum for each output feature, on MVE only.
constexpr std::int64_t kernel_sum_bytes(Isa isa, DataType type, std::int32_t features) {
  return isa == Isa::Mve && type == DataType::A8W8 ? std::int64_t{4} * features : 0;
}

}  // namespace detail

// Bytes of scratch of a call.

constexpr ScratchSize scratch_size(Isa isa, DataType type, const ConvolutionCall& call) {
  return detail::checked(type, call, [&] { return detail::convolution_bytes(isa, type, call); });
}
constexpr ScratchSize scratch_size(Isa isa, DataType type, const DepthwiseCall& call) {
  return detail::checked(type, call, [&] { return detail::depthwise_bytes(isa, type, call); });
}
constexpr ScratchSize scratch_size(Isa isa, DataType type, const TransposeConvCall& call) {
  return detail::checked(type, call, [&] { return detail::transpose_conv_bytes(isa, type, call); });
}
constexpr ScratchSize scratch_size(Isa, DataType type, const TransposeConvReverseCall& call) {
  return detail::checked(type, call, [&]() -> std::int64_t {
    if (!detail::runs_as_convolution(call.input, call.stride)) return 0;
    return detail::product(call.input.c, call.filter.w, call.filter.h, call.filter.n);
  });
}
constexpr ScratchSize scratch_size(Isa isa, DataType type, const FullyConnectedCall& call) {
  return detail::checked(type, call, [&] { return detail::kernel_sum_bytes(isa, type, call.filter.c); });
}
constexpr ScratchSize scratch_size(Isa isa, DataType type, const BatchMatmulCall& call) {
  return detail::checked(type, call, [&] { return detail::kernel_sum_bytes(isa, type, call.filter.c); });
}
constexpr ScratchSize scratch_size(Isa isa, DataType type, const AveragePoolCall& call) {
  return detail::checked(type, call, [&] { return isa == Isa::Dsp ? std::int64_t{4} * call.channels : 0; });
}
constexpr ScratchSize scratch_size(Isa isa, DataType type, const SvdfCall& call) {
  return detail::checked(type, call, [&] { return detail::kernel_sum_bytes(isa, type, call.filter.n); });
}

}  // namespace pudu::targets::cmsis_nn

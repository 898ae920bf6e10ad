// Which convolutions CMSIS-NN's wrappers compute exactly.
//
// arm_convolve_wrapper_s8 takes one of three paths: 1x1 (no padding), 1xN (images of one row), general. The general one
// is exact for everything: padding of any side, dilation, groups, batches. The 1x1 path with stride 1 computes as many
// positions as the input has. The 1xN path has code of its own on MVE only, which fails or reads wrong positions for
// some paddings and strides: where it does, the row is passed as a column, which is the same bytes and takes the
// general path. arm_depthwise_conv_wrapper_s8 has a path for 3x3 (scalar, DSP), one for a depth multiplier of 1, a
// general one, and turns one input channel into a convolution on MVE.
// Limits of all of them but 1x1: sizes in 16 bits, signed where positions are computed.
#include "ops/cmsis_nn_convolution.hpp"

#include <algorithm>
#include <utility>

namespace pudu::ops {
namespace {

using kernels::Conv2dS8Params;
using kernels::DepthwiseConv2dS8Params;
using targets::Isa;

constexpr std::int32_t max_size = 32767;
constexpr std::int64_t max_patch = 65535;

bool runs_on(const targets::TargetConfig& target, Isa isa) {
  const std::vector<Isa> isas = target.isas();
  return std::find(isas.begin(), isas.end(), isa) != isas.end();
}

template <class Params>
bool sizes_fit(const Params& params) {
  return std::max({params.batches, params.input_h, params.input_w, params.input_channels, params.output_h,
                   params.output_w, params.output_channels, params.kernel_h, params.kernel_w, params.stride_h,
                   params.stride_w, params.pad_top, params.pad_left, params.dilation_h, params.dilation_w}) <= max_size;
}

bool takes_1x1_path(const Conv2dS8Params& params) {
  return params.pad_top == 0 && params.pad_left == 0 && params.kernel_h == 1 && params.kernel_w == 1 &&
         params.dilation_h == 1 && params.dilation_w == 1 && params.groups == 1;
}

/// True when the 1x1 path, which reads a position per output, reads those that are meant.
bool is_1x1_path_exact(const Conv2dS8Params& params) {
  if (params.stride_h == 1 && params.stride_w == 1) {
    return params.output_h == params.input_h && params.output_w == params.input_w;
  }
  return every_window_meets(params.input_h, params.output_h, 1, params.stride_h, 0) &&
         every_window_meets(params.input_w, params.output_w, 1, params.stride_w, 0);
}

bool takes_1xn_path(const Conv2dS8Params& params) {
  return params.input_h == 1 && params.kernel_h == 1 && params.dilation_w == 1 && params.groups == 1 &&
         static_cast<std::int64_t>(params.stride_w) * params.input_channels % 4 == 0 && !takes_1x1_path(params);
}

/// What a tap reads: a position of the row (0 and up), padding, or whatever lies in memory.
constexpr std::int32_t padding = -1;
constexpr std::int32_t garbage = -2;

/// MVE's 1xN path: outputs on the left and on the right are computed from copies of the row's ends with padding
/// beside them, those between from the row itself. A model of its address arithmetic.
class MveRowPath {
 public:
  explicit MveRowPath(const Conv2dS8Params& params) : p_(params) {
    total_pad_ = (p_.output_w - 1) * p_.stride_w + p_.kernel_w - p_.input_w;
    odd_pad_ = total_pad_ % 2;
    right_ = p_.pad_left + odd_pad_ != 0 ? at_least_1((p_.pad_left + odd_pad_ + p_.stride_w - 1) / p_.stride_w) : 0;
    left_ = p_.pad_left != 0 ? at_least_1((p_.pad_left + p_.stride_w - 1) / p_.stride_w) : 0;
    middle_ = std::max(p_.output_w - (left_ + right_), 0);
  }

  bool is_exact() const {
    if (p_.output_h != 1 || p_.pad_top != 0) return false;       // it computes one row, and ignores pad_top
    if (2 * p_.pad_left + odd_pad_ != total_pad_) return false;  // it fails
    if (left_ + middle_ + right_ != p_.output_w) return true;    // it takes the general path
    if (p_.input_w < p_.kernel_w) return false;                  // it copies more than the row has
    if (left_ * p_.stride_w < p_.pad_left) return false;         // it fails
    for (std::int32_t x = 0; x < p_.output_w; ++x) {
      for (std::int32_t tap = 0; tap < p_.kernel_w; ++tap) {
        if (read(x, tap) != meant(x, tap)) return false;
      }
    }
    return true;
  }

 private:
  static std::int32_t at_least_1(std::int32_t value) { return std::max(value, 1); }

  std::int32_t position(std::int32_t index) const { return index >= 0 && index < p_.input_w ? index : garbage; }

  std::int32_t meant(std::int32_t x, std::int32_t tap) const {
    const std::int32_t index = x * p_.stride_w - p_.pad_left + tap;
    return index >= 0 && index < p_.input_w ? index : padding;
  }

  std::int32_t read(std::int32_t x, std::int32_t tap) const {
    if (x < left_) {  // padding, then the first kernel_w positions
      const std::int32_t index = x * p_.stride_w + tap - p_.pad_left;
      if (index < 0) return padding;
      return index < p_.kernel_w ? position(index) : garbage;
    }
    if (x < left_ + middle_) return position(x * p_.stride_w - p_.pad_left + tap);
    // kernel_w - 1 positions, then padding
    const std::int32_t index = (x - left_ - middle_) * p_.stride_w + tap;
    if (index < p_.kernel_w - 1) return position((left_ + middle_) * p_.stride_w - p_.pad_left + index);
    const std::int32_t padded = odd_pad_ != 0 ? right_ : p_.pad_left;
    return index - (p_.kernel_w - 1) < padded ? padding : garbage;
  }

  const Conv2dS8Params& p_;
  std::int32_t total_pad_, odd_pad_;
  std::int32_t left_, middle_, right_;  ///< outputs of each part
};

/// The row as a column: height and width change places. The same bytes when input and output have one row.
template <class Params>
Params turned(Params params) {
  std::swap(params.input_h, params.input_w);
  std::swap(params.output_h, params.output_w);
  std::swap(params.kernel_h, params.kernel_w);
  std::swap(params.stride_h, params.stride_w);
  std::swap(params.pad_top, params.pad_left);
  std::swap(params.dilation_h, params.dilation_w);
  return params;
}

/// The convolution that MVE makes of a depthwise one with one input channel.
Conv2dS8Params one_channel_convolution(const DepthwiseConv2dS8Params& params) {
  return {.batches = params.batches,
          .input_h = params.input_h,
          .input_w = params.input_w,
          .input_channels = params.input_channels,
          .output_h = params.output_h,
          .output_w = params.output_w,
          .output_channels = params.output_channels,
          .kernel_h = params.kernel_h,
          .kernel_w = params.kernel_w,
          .groups = 1,
          .stride_h = params.stride_h,
          .stride_w = params.stride_w,
          .pad_top = params.pad_top,
          .pad_left = params.pad_left,
          .dilation_h = params.dilation_h,
          .dilation_w = params.dilation_w,
          .input_offset = params.input_offset,
          .output_offset = params.output_offset,
          .activation_min = params.activation_min,
          .activation_max = params.activation_max};
}

enum class Form : std::uint8_t { AsIs, Turned, None };

/// How the wrapper has to see the convolution to be exact.
Form exact_form(const Conv2dS8Params& params, const targets::TargetConfig& target) {
  if (takes_1x1_path(params)) return is_1x1_path_exact(params) ? Form::AsIs : Form::None;
  if (!runs_on(target, Isa::Mve) || !takes_1xn_path(params) || MveRowPath(params).is_exact()) return Form::AsIs;
  if (params.output_h != 1) return Form::None;
  return takes_1xn_path(turned(params)) ? Form::None : Form::Turned;
}

constexpr const char* no_form = "its padding is none that CMSIS-NN computes right";
constexpr const char* too_large = "its sizes do not fit 16 bits";

}  // namespace

CmsisNnChoice choose_convolution(const Conv2dS8Params& params, const targets::TargetConfig& target) {
  const std::int64_t patch =
      static_cast<std::int64_t>(params.kernel_h) * params.kernel_w * (params.input_channels / params.groups);
  if (!takes_1x1_path(params) && (!sizes_fit(params) || patch > max_patch)) return CmsisNnFallback{too_large};
  switch (exact_form(params, target)) {
    case Form::AsIs:
      return CmsisNnConvolution{params};
    case Form::Turned:
      return CmsisNnConvolution{turned(params)};
    case Form::None:
      break;
  }
  return CmsisNnFallback{no_form};
}

CmsisNnChoice choose_depthwise(const DepthwiseConv2dS8Params& params, const targets::TargetConfig& target) {
  if (!sizes_fit(params)) return CmsisNnFallback{too_large};
  if (!every_window_meets(params.input_h, params.output_h, params.kernel_h, params.stride_h, params.pad_top)) {
    return CmsisNnFallback{no_form};
  }
  const bool is_3x3 = params.kernel_h == 3 && params.kernel_w == 3 && params.pad_top <= 1 && params.pad_left <= 1 &&
                      params.depth_multiplier == 1;
  const std::int32_t pad_right =
      (params.output_w - 1) * params.stride_w - params.pad_left + params.kernel_w - params.input_w;
  // The 3x3 path leaves out the last column of a window, never two.
  if (is_3x3 && pad_right > 1) return CmsisNnFallback{no_form};
  const bool becomes_convolution =
      params.input_channels == 1 && params.output_channels > 1 && runs_on(target, Isa::Mve);
  const Form form = becomes_convolution ? exact_form(one_channel_convolution(params), target) : Form::AsIs;
  if (form == Form::None) return CmsisNnFallback{no_form};
  return CmsisNnDepthwise{form == Form::Turned ? turned(params) : params};
}

Conv2dS8Params as_convolution(const kernels::LinearS8Params& params) {
  return {.batches = params.batches,
          .input_h = 1,
          .input_w = 1,
          .input_channels = params.input_features,
          .output_h = 1,
          .output_w = 1,
          .output_channels = params.output_features,
          .kernel_h = 1,
          .kernel_w = 1,
          .groups = 1,
          .stride_h = 1,
          .stride_w = 1,
          .pad_top = 0,
          .pad_left = 0,
          .dilation_h = 1,
          .dilation_w = 1,
          .input_offset = params.input_offset,
          .output_offset = params.output_offset,
          .activation_min = params.activation_min,
          .activation_max = params.activation_max};
}

}  // namespace pudu::ops

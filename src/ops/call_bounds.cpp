// Two tables: the range of each parameter by its name, which means the same in every kernel, and for each kernel how
// many elements of which operand it touches. A kernel or a parameter without its line is refused, so that none can be
// forgotten. The formulas restate the operands' comments in the kernels' headers.
#include "ops/call_bounds.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>

#include "kernels/adaptive_avg_pool2d/adaptive_avg_pool2d_s8.hpp"
#include "kernels/add/add_s8.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/copy/copy_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/dequantize/dequantize_s8_f32.hpp"
#include "kernels/index_select/index_select_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "kernels/pad/pad_s8.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"
#include "kernels/resize_bilinear/resize_bilinear_s8.hpp"
#include "kernels/softmax/softmax_s8.hpp"
#include "kernels/strided_slice/strided_slice_s8.hpp"
#include "kernels/transpose/transpose_s8.hpp"
#include "ops/checks.hpp"

namespace pudu::ops {
namespace {

constexpr std::int64_t largest = INT32_MAX;
/// Scales of both inputs of a product, whose offsets then multiply within 32 bits.
constexpr std::int64_t largest_offset = 1 << 15;

struct ParameterRange {
  std::string_view name;
  std::int64_t low, high;
};

constexpr std::array parameter_ranges = {
    ParameterRange{"activation_max", -128, 127},
    ParameterRange{"activation_min", -128, 127},
    ParameterRange{"batches", 1, largest},
    ParameterRange{"bytes", 0, largest},
    ParameterRange{"channels", 1, largest},
    ParameterRange{"count", 0, largest},
    ParameterRange{"count1", 1, largest},
    ParameterRange{"count2", 1, largest},
    ParameterRange{"count_include_pad", 0, 1},
    ParameterRange{"depth", 1, largest},
    ParameterRange{"depth_multiplier", 1, largest},
    ParameterRange{"diff_min", INT32_MIN, 0},
    ParameterRange{"dilation_h", 1, max_attribute_size},
    ParameterRange{"dilation_w", 1, max_attribute_size},
    ParameterRange{"divisor_override", 0, max_mean_elements},
    ParameterRange{"groups", 1, largest},
    ParameterRange{"inner_count", 1, largest},
    ParameterRange{"input1_multiplier", INT32_MIN, largest},
    ParameterRange{"input1_offset", -largest_offset, largest_offset},
    ParameterRange{"input1_shift", -31, 30},
    ParameterRange{"input1_strides", 0, largest},
    ParameterRange{"input2_multiplier", INT32_MIN, largest},
    ParameterRange{"input2_offset", -largest_offset, largest_offset},
    ParameterRange{"input2_shift", -31, 30},
    ParameterRange{"input2_strides", 0, largest},
    ParameterRange{"input_bytes", 0, largest},
    ParameterRange{"input_channels", 1, largest},
    ParameterRange{"input_count", 1, kernels::ConcatS8::max_inputs},
    ParameterRange{"input_features", 1, largest},
    ParameterRange{"input_h", 1, largest},
    ParameterRange{"input_offset", -largest_offset, largest_offset},
    ParameterRange{"input_shape", 0, largest},
    ParameterRange{"input_start_offset", 0, largest},
    ParameterRange{"input_strides", -largest, largest},
    ParameterRange{"input_w", 1, largest},
    ParameterRange{"kernel_h", 1, max_attribute_size},
    ParameterRange{"kernel_w", 1, max_attribute_size},
    ParameterRange{"middle_count", 1, largest},
    ParameterRange{"multiplier", INT32_MIN, largest},
    ParameterRange{"outer_count", 1, largest},
    ParameterRange{"output_channels", 1, largest},
    ParameterRange{"output_features", 1, largest},
    ParameterRange{"output_h", 1, largest},
    ParameterRange{"output_multiplier", INT32_MIN, largest},
    ParameterRange{"output_offset", -largest, largest},
    ParameterRange{"output_shape", 0, largest},
    ParameterRange{"output_shift", -31, 30},
    ParameterRange{"output_stride", 0, largest},
    ParameterRange{"output_w", 1, largest},
    ParameterRange{"pad_after", -largest, largest},
    ParameterRange{"pad_before", -largest, largest},
    ParameterRange{"pad_bottom", 0, max_attribute_size},
    ParameterRange{"pad_left", 0, max_attribute_size},
    ParameterRange{"pad_right", 0, max_attribute_size},
    ParameterRange{"pad_top", 0, max_attribute_size},
    ParameterRange{"pad_value", -128, 127},
    ParameterRange{"quant_max", -128, 127},
    ParameterRange{"quant_min", -128, 127},
    ParameterRange{"rank", 0, kernels::max_rank},
    ParameterRange{"shift", 0, 31},
    ParameterRange{"size1", 1, largest},
    ParameterRange{"size2", 1, largest},
    ParameterRange{"stride_h", 1, max_attribute_size},
    ParameterRange{"stride_w", 1, max_attribute_size},
    ParameterRange{"zero_point", -128, 127},
};

/// Collects the first fault of one call.
class Bounds {
 public:
  Bounds(const program::Program& program, const program::KernelCall& call) : program_(program), call_(call) {}

  Status status() && { return std::move(status_); }
  bool ok() const { return status_.ok(); }
  void fault(std::string found, std::string allowed) {
    if (!status_) return;
    status_ = invalid_input({.where = call_.name,
                             .found = std::move(found),
                             .allowed = std::move(allowed),
                             .hint = "compile the model again with this version of Pudu"});
  }

  void check_parameters(const KernelBinding& kernel) {
    for (const ParamField& field : kernel.params) {
      if (field.type == FieldType::Float) {
        check_reals(field);
      } else {
        check_integers(field);
      }
    }
  }

  /// `what` does not exceed 32 bits.
  void fits(std::string_view what, std::int64_t value) {
    if (value < 0 || value > largest) fault(std::string(what) + " of " + std::to_string(value), "0 to 2147483647");
  }

  /// The kernel touches the product of `sizes` elements of the operand.
  void touches(const std::string& operand, std::initializer_list<std::int64_t> sizes) {
    std::int64_t elements = 1;
    for (const std::int64_t size : sizes) {
      if (size < 0 || (size > 0 && elements > largest / size)) {
        fault("operand '" + operand + "' of more than 2147483647 elements", "sizes that 32 bits hold");
        return;
      }
      elements *= size;
    }
    const program::Operand* bound = call_.find_operand(operand);
    if (bound == nullptr) {
      if (elements > 0) fault("operand '" + operand + "' is missing", "it is read");
      return;
    }
    const program::Buffer& buffer = program_.buffer(bound->buffer);
    const auto present = static_cast<std::int64_t>(buffer.bytes() / program::size_in_bytes(buffer.type));
    if (present < elements) {
      fault("operand '" + operand + "' of " + std::to_string(present) + " elements",
            "the call touches " + std::to_string(elements));
    }
  }

  /// One requantization per channel: bias, multipliers, and shifts that are distances a 32-bit number can be shifted.
  void touches_channels(std::int64_t channels) {
    for (const char* operand : {"bias", "multipliers", "shifts"}) touches(operand, {channels});
    if (!ok()) return;
    const program::Buffer& shifts = program_.buffer(call_.find_operand("shifts")->buffer);
    if (shifts.data == nullptr) return fault("operand 'shifts' is computed", "a constant");
    for (std::size_t i = 0; i < shifts.data->size() / sizeof(std::int32_t); ++i) {
      std::int32_t shift = 0;
      std::memcpy(&shift, shifts.data->data() + i * sizeof shift, sizeof shift);
      if (shift < -31 || shift > 30) fault("a shift of " + std::to_string(shift), "-31 to 30");
    }
  }

  /// `operand` is a constant of `count` integers, each in [low, high].
  void touches_integers(const std::string& operand, std::int64_t count, std::int64_t low, std::int64_t high) {
    touches(operand, {count});
    if (!ok()) return;
    const program::Buffer& buffer = program_.buffer(call_.find_operand(operand)->buffer);
    if (buffer.data == nullptr) return fault("operand '" + operand + "' is computed", "a constant");
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      std::int32_t value = 0;
      std::memcpy(&value, buffer.data->data() + i * sizeof value, sizeof value);
      if (value >= low && value <= high) continue;
      return fault("operand '" + operand + "' holds " + std::to_string(value),
                   std::to_string(low) + " to " + std::to_string(high));
    }
  }

  /// A zero point, which concatenation calls by the same name as a place in the output.
  void is_zero_point(std::int64_t output_offset) {
    if (output_offset < -128 || output_offset > 127) {
      fault("parameter 'output_offset' is " + std::to_string(output_offset), "-128 to 127");
    }
  }

  /// Positions of all taps of all windows along one axis fit 32 bits.
  void windows_fit(std::int64_t outputs, std::int64_t stride, std::int64_t taps, std::int64_t dilation,
                   std::int64_t padding) {
    const std::int64_t begin = std::max(outputs * stride, padding);
    if (begin > largest) return fault("windows beyond " + std::to_string(largest), "positions that 32 bits hold");
    fits("a last position", begin + taps * dilation + padding);
  }

  /// `operand` is read through strides over `shape`, from element `start` on.
  void touches_strided(const std::string& operand, std::int32_t rank, const std::int32_t* shape,
                       const std::int32_t* strides, std::int64_t start) {
    std::int64_t lowest = start;
    std::int64_t highest = start;
    for (std::int32_t dim = 0; dim < rank; ++dim) {
      if (shape[dim] == 0) return;
      const std::int64_t reach = std::int64_t{shape[dim] - 1} * strides[dim];
      (reach < 0 ? lowest : highest) += reach;
      // One step beyond, where the loops turn around.
      const std::int64_t turn = std::int64_t{shape[dim]} * strides[dim];
      fits("a step", turn < 0 ? -turn : turn);
      if (!ok()) return;
    }
    fits("a first element", lowest);
    touches(operand, {highest + 1});
  }

  void touches_shape(const std::string& operand, std::int32_t rank, const std::int32_t* shape) {
    std::int64_t elements = 1;
    for (std::int32_t dim = 0; dim < rank && elements <= largest; ++dim) elements *= shape[dim];
    touches(operand, {elements});
  }

 private:
  void check_integers(const ParamField& field) {
    const std::string name(field.name);
    const auto range = std::find_if(parameter_ranges.begin(), parameter_ranges.end(),
                                    [&](const ParameterRange& candidate) { return candidate.name == field.name; });
    if (range == parameter_ranges.end()) return fault("parameter '" + name + "'", "parameters of a known range");
    const auto* values = std::get_if<std::vector<std::int64_t>>(&call_.find_parameter(name)->values);
    if (values == nullptr) return fault("parameter '" + name + "' is a real", "an integer");
    for (const std::int64_t value : *values) {
      if (value >= range->low && value <= range->high) continue;
      return fault("parameter '" + name + "' is " + std::to_string(value),
                   std::to_string(range->low) + " to " + std::to_string(range->high));
    }
  }

  /// The only real parameters are scales.
  void check_reals(const ParamField& field) {
    const std::string name(field.name);
    const auto* values = std::get_if<std::vector<double>>(&call_.find_parameter(name)->values);
    if (values == nullptr) return fault("parameter '" + name + "' is an integer", "a real");
    for (const double value : *values) {
      const auto narrow = static_cast<float>(value);
      if (!std::isfinite(narrow) || !(narrow > 0)) {
        fault("parameter '" + name + "' is " + std::to_string(value), "positive and finite");
      }
    }
  }

  const program::Program& program_;
  const program::KernelCall& call_;
  Status status_;
};

// One overload for each kernel's parameters, which are all in their ranges.

/// The taps of a convolution or pool and its image operands.
template <class Params>
void touches_images(Bounds& bounds, const Params& p, std::int64_t input_channels, std::int64_t output_channels,
                    std::int64_t dilation_h, std::int64_t dilation_w) {
  bounds.windows_fit(p.output_h, p.stride_h, p.kernel_h, dilation_h, p.pad_top);
  bounds.windows_fit(p.output_w, p.stride_w, p.kernel_w, dilation_w, p.pad_left);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, input_channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, output_channels});
}

void check(Bounds& bounds, const kernels::Conv2dS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  if (p.input_channels % p.groups != 0 || p.output_channels % p.groups != 0) {
    return bounds.fault("groups is " + std::to_string(p.groups), "a divisor of both numbers of channels");
  }
  touches_images(bounds, p, p.input_channels, p.output_channels, p.dilation_h, p.dilation_w);
  bounds.touches("weights", {p.output_channels, p.kernel_h, p.kernel_w, p.input_channels / p.groups});
  bounds.touches_channels(p.output_channels);
}

void check(Bounds& bounds, const kernels::DepthwiseConv2dS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  if (std::int64_t{p.input_channels} * p.depth_multiplier != p.output_channels) {
    return bounds.fault("output_channels is " + std::to_string(p.output_channels),
                        "input_channels times depth_multiplier");
  }
  touches_images(bounds, p, p.input_channels, p.output_channels, p.dilation_h, p.dilation_w);
  bounds.touches("weights", {p.kernel_h, p.kernel_w, p.output_channels});
  bounds.touches_channels(p.output_channels);
}

void check(Bounds& bounds, const kernels::MaxPool2dS8Params& p) {
  touches_images(bounds, p, p.channels, p.channels, p.dilation_h, p.dilation_w);
}

void check(Bounds& bounds, const kernels::AvgPool2dS8Params& p) {
  touches_images(bounds, p, p.channels, p.channels, 1, 1);
  bounds.fits("a padded height", std::int64_t{p.input_h} + p.pad_bottom);
  bounds.fits("a padded width", std::int64_t{p.input_w} + p.pad_right);
  if (std::int64_t{p.kernel_h} * p.kernel_w > max_mean_elements) {
    bounds.fault("a window of " + std::to_string(std::int64_t{p.kernel_h} * p.kernel_w) + " taps",
                 "at most " + std::to_string(max_mean_elements));
  }
}

void check(Bounds& bounds, const kernels::AdaptiveAvgPool2dS8Params& p) {
  bounds.fits("a last row", (std::int64_t{p.output_h} + 1) * p.input_h + p.output_h);
  bounds.fits("a last column", (std::int64_t{p.output_w} + 1) * p.input_w + p.output_w);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.channels});
}

void check(Bounds& bounds, const kernels::LinearS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.touches("input", {p.batches, p.input_features});
  bounds.touches("weights", {p.output_features, p.input_features});
  bounds.touches("output", {p.batches, p.output_features});
  bounds.touches_channels(p.output_features);
}

template <class Params>
void check_binary(Bounds& bounds, const Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.touches_strided("input1", p.rank, p.output_shape, p.input1_strides, 0);
  bounds.touches_strided("input2", p.rank, p.output_shape, p.input2_strides, 0);
  bounds.touches_shape("output", p.rank, p.output_shape);
}
void check(Bounds& bounds, const kernels::AddS8Params& p) {
  check_binary(bounds, p);
}
void check(Bounds& bounds, const kernels::MulS8Params& p) {
  check_binary(bounds, p);
}

void check(Bounds& bounds, const kernels::TransposeS8Params& p) {
  bounds.touches_strided("input", p.rank, p.output_shape, p.input_strides, 0);
  bounds.touches_shape("output", p.rank, p.output_shape);
}

void check(Bounds& bounds, const kernels::StridedSliceS8Params& p) {
  bounds.touches_strided("input", p.rank, p.output_shape, p.input_strides, p.input_start_offset);
  bounds.touches_shape("output", p.rank, p.output_shape);
}

void check(Bounds& bounds, const kernels::PadS8Params& p) {
  std::int32_t output_shape[kernels::max_rank] = {};
  for (std::int32_t dim = 0; dim < p.rank; ++dim) {
    const std::int64_t extent = std::int64_t{p.pad_before[dim]} + p.input_shape[dim] + p.pad_after[dim];
    bounds.fits("a padded extent", extent);
    bounds.fits("a cut extent", std::int64_t{p.input_shape[dim]} + std::max(0, p.pad_before[dim]));
    if (!bounds.ok()) return;
    output_shape[dim] = static_cast<std::int32_t>(extent);
  }
  bounds.touches_shape("input", p.rank, p.input_shape);
  bounds.touches_shape("output", p.rank, output_shape);
}

void check(Bounds& bounds, const kernels::ConcatS8Params& p) {
  std::int64_t end = p.output_offset;
  bounds.fits("output_offset", end);
  for (std::int32_t i = 0; i < p.input_count; ++i) {
    bounds.touches("inputs." + std::to_string(i), {p.outer_count, p.input_bytes[i]});
    end += p.input_bytes[i];
  }
  bounds.touches("output", {std::int64_t{p.outer_count - 1} * p.output_stride + end});
}

void check(Bounds& bounds, const kernels::IndexSelectS8Params& p) {
  bounds.touches("input", {p.outer_count, p.size1, p.middle_count, p.size2, p.inner_count});
  bounds.touches_integers("indices1", p.count1, 0, p.size1 - 1);
  bounds.touches_integers("indices2", p.count2, 0, p.size2 - 1);
  bounds.touches("output", {p.outer_count, p.count1, p.middle_count, p.count2, p.inner_count});
}

void check(Bounds& bounds, const kernels::ResizeBilinearS8Params& p) {
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.channels});
  bounds.touches_integers("rows", p.output_h, 0, p.input_h - 1);
  bounds.touches_integers("row_weights", p.output_h, 0, kernels::ResizeBilinearS8::one);
  bounds.touches_integers("columns", p.output_w, 0, p.input_w - 1);
  bounds.touches_integers("column_weights", p.output_w, 0, kernels::ResizeBilinearS8::one);
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.channels});
}

void check(Bounds& bounds, const kernels::CopyS8Params& p) {
  bounds.touches("input", {p.bytes});
  bounds.touches("output", {p.bytes});
}

void check(Bounds& bounds, const kernels::LutS8Params& p) {
  bounds.touches("input", {p.count});
  bounds.touches("table", {256});
  bounds.touches("output", {p.count});
}

void check(Bounds& bounds, const kernels::SoftmaxS8Params& p) {
  bounds.touches("input", {p.outer_count, p.depth});
  bounds.touches("output", {p.outer_count, p.depth});
}

void check(Bounds& bounds, const kernels::QuantizeF32S8Params& p) {
  bounds.touches("input", {p.count});
  bounds.touches("output", {p.count});
}

void check(Bounds& bounds, const kernels::DequantizeS8F32Params& p) {
  bounds.touches("input", {p.count});
  bounds.touches("output", {p.count});
}

struct KernelCheck {
  std::string_view kernel;
  void (*check)(Bounds& bounds, const program::KernelCall& call);
};

template <class Kernel>
constexpr KernelCheck check_of() {
  return {Kernel::name, [](Bounds& bounds, const program::KernelCall& call) {
            check(bounds, detail::to_params<typename Kernel::Params>(call.parameters));
          }};
}

constexpr std::array kernel_checks = {
    check_of<kernels::AdaptiveAvgPool2dS8>(),
    check_of<kernels::AddS8>(),
    check_of<kernels::AvgPool2dS8>(),
    check_of<kernels::ConcatS8>(),
    check_of<kernels::Conv2dS8>(),
    check_of<kernels::CopyS8>(),
    check_of<kernels::DepthwiseConv2dS8>(),
    check_of<kernels::DequantizeS8F32>(),
    check_of<kernels::IndexSelectS8>(),
    check_of<kernels::LinearS8>(),
    check_of<kernels::LutS8>(),
    check_of<kernels::MaxPool2dS8>(),
    check_of<kernels::MulS8>(),
    check_of<kernels::PadS8>(),
    check_of<kernels::QuantizeF32S8>(),
    check_of<kernels::ResizeBilinearS8>(),
    check_of<kernels::SoftmaxS8>(),
    check_of<kernels::StridedSliceS8>(),
    check_of<kernels::TransposeS8>(),
};

}  // namespace

Status check_bounds(const program::Program& program, const program::KernelCall& call, const KernelBinding& kernel) {
  Bounds bounds(program, call);
  bounds.check_parameters(kernel);
  const auto found = std::find_if(kernel_checks.begin(), kernel_checks.end(),
                                  [&](const KernelCheck& candidate) { return candidate.kernel == kernel.name; });
  if (found == kernel_checks.end()) bounds.fault("kernel " + std::string(kernel.name), "kernels of known extents");
  if (bounds.ok()) found->check(bounds, call);
  return std::move(bounds).status();
}

}  // namespace pudu::ops

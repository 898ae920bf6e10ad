#include "ops/cmsis_nn_call.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "kernels/maximum/maximum_s8.hpp"
#include "kernels/minimum/minimum_s8.hpp"
#include "kernels/pad/pad_s8.hpp"
#include "kernels/transpose/transpose_s8.hpp"
#include "kernels/transpose_conv2d/transpose_conv2d_s8.hpp"
#include "ops/cmsis_nn_convolution.hpp"
#include "ops/kernel_binding.hpp"

namespace pudu::ops {
namespace {

using targets::TargetConfig;

/// arm_concatenation_s8_x takes sizes of 16 bits.
constexpr std::int32_t max_uint16 = 65535;
/// The DSP code adds offsets to codes in 16 bits.
constexpr std::int32_t max_mul_offset = 32767 - 128;
/// Below so many elements a row's sum of exponentials stays below 2^28; from there on CMSIS-NN shifts by 32 or more.
constexpr std::int32_t max_softmax_depth = 511;
/// The 2^shift that CMSIS-NN multiplies by is an int32.
constexpr std::int32_t max_softmax_shift = 30;
/// MVE gathers with 16-bit offsets of up to 7 rows.
constexpr std::int32_t max_gather_columns = 65535 / 7;

constexpr const char* broadcast_operand = "an operand is broadcast";

CmsisNnChoice fall_back(std::string reason) {
  return CmsisNnFallback{std::move(reason)};
}

template <class Params>
bool is_broadcast(const Params& params) {
  return !kernels::is_contiguous(params.rank, params.output_shape, params.input1_strides) ||
         !kernels::is_contiguous(params.rank, params.output_shape, params.input2_strides);
}

template <class Params>
std::int32_t element_count(const Params& params) {
  std::int32_t count = 1;
  for (std::int32_t dim = 0; dim < params.rank; ++dim) count *= params.output_shape[dim];
  return count;
}

CmsisNnChoice choose(const kernels::AddS8Params& params, const TargetConfig&) {
  if (is_broadcast(params)) return fall_back(broadcast_operand);
  return CmsisNnAdd{params, element_count(params)};
}

CmsisNnChoice choose(const kernels::MulS8Params& params, const TargetConfig&) {
  if (is_broadcast(params)) return fall_back(broadcast_operand);
  for (const std::int32_t offset : {params.input1_offset, params.input2_offset}) {
    if (offset < -max_mul_offset || offset > max_mul_offset) return fall_back("a zero point does not fit 16 bits");
  }
  return CmsisNnMul{params, element_count(params)};
}

CmsisNnChoice choose(const kernels::MaximumS8Params& params, const TargetConfig&) {
  if (is_broadcast(params)) return fall_back(broadcast_operand);
  return CmsisNnMaximum{element_count(params)};
}

CmsisNnChoice choose(const kernels::MinimumS8Params& params, const TargetConfig&) {
  if (is_broadcast(params)) return fall_back(broadcast_operand);
  return CmsisNnMinimum{element_count(params)};
}

CmsisNnChoice choose(const kernels::BatchMatmulS8Params& params, const TargetConfig&) {
  return CmsisNnMatmul{params};
}

CmsisNnChoice choose(const kernels::TransposeConv2dS8Params&, const TargetConfig&) {
  return fall_back("CMSIS-NN's function writes behind its scratch for some strides, and is wrong in older versions");
}

/// The pools agree about windows with at least one tap inside of the image.
template <class Params>
bool has_empty_window(const Params& params) {
  return !every_window_meets(params.input_h, params.output_h, params.kernel_h, params.stride_h, params.pad_top) ||
         !every_window_meets(params.input_w, params.output_w, params.kernel_w, params.stride_w, params.pad_left);
}

CmsisNnChoice choose(const kernels::AvgPool2dS8Params& params, const TargetConfig&) {
  const bool has_padding =
      params.pad_top != 0 || params.pad_left != 0 || params.pad_bottom != 0 || params.pad_right != 0;
  if (params.divisor_override != 0) return fall_back("divisor_override");
  if (params.count_include_pad != 0 && has_padding) return fall_back("padding counts in the average");
  if (has_empty_window(params)) return fall_back("a window lies wholly in the padding");
  return CmsisNnAveragePool{params};
}

CmsisNnChoice choose(const kernels::MaxPool2dS8Params& params, const TargetConfig&) {
  if (params.dilation_h != 1 || params.dilation_w != 1) return fall_back("dilation");
  if (has_empty_window(params)) return fall_back("a window lies wholly in the padding");
  return CmsisNnMaxPool{params};
}

CmsisNnChoice choose(const kernels::SoftmaxS8Params& params, const TargetConfig&) {
  if (params.depth > max_softmax_depth) {
    return fall_back("rows of more than " + std::to_string(max_softmax_depth) +
                     " elements, where CMSIS-NN's results depend on the ISA");
  }
  if (params.shift > max_softmax_shift) return fall_back("the input's scale is too large");
  return CmsisNnSoftmax{params};
}

CmsisNnChoice choose(const kernels::PadS8Params& params, const TargetConfig&) {
  constexpr std::int32_t max_pad_rank = 4;
  if (params.rank > max_pad_rank) return fall_back("more than 4 dimensions");
  CmsisNnPad pad{{1, 1, 1, 1}, {}, {}, params.pad_value};
  const auto first = static_cast<std::size_t>(max_pad_rank - params.rank);
  for (std::size_t dim = first; dim < pad.input.size(); ++dim) {
    pad.input[dim] = params.input_shape[dim - first];
    pad.before[dim] = params.pad_before[dim - first];
    pad.after[dim] = params.pad_after[dim - first];
    if (pad.before[dim] < 0 || pad.after[dim] < 0) return fall_back("negative padding");
  }
  return pad;
}

/// A dimension of a transpose's output, and the stride with which it walks through the input.
struct Axis {
  std::int32_t size;
  std::int32_t input_stride;
};

/// Dimensions of one element away, neighbours that stay neighbours as one.
std::vector<Axis> merged_axes(const kernels::TransposeS8Params& params) {
  std::vector<Axis> axes;
  for (std::int32_t dim = 0; dim < params.rank; ++dim) {
    const Axis axis{params.output_shape[dim], params.input_strides[dim]};
    if (axis.size == 1) continue;
    if (!axes.empty() && axes.back().input_stride == axis.size * axis.input_stride) {
      axes.back() = {axes.back().size * axis.size, axis.input_stride};
    } else {
      axes.push_back(axis);
    }
  }
  return axes;
}

CmsisNnChoice choose(const kernels::TransposeS8Params& params, const TargetConfig&) {
  const std::vector<Axis> axes = merged_axes(params);
  const std::size_t rank = axes.size();
  if (rank > 4) return fall_back("more than 4 dimensions that change places");
  if (rank < 2) return fall_back("a plain copy");
  // Input order is the order of the strides, largest first.
  std::vector<std::size_t> by_stride(rank);
  for (std::size_t i = 0; i < rank; ++i) by_stride[i] = i;
  std::sort(by_stride.begin(), by_stride.end(),
            [&](std::size_t a, std::size_t b) { return axes[a].input_stride > axes[b].input_stride; });
  CmsisNnTranspose transpose{static_cast<std::int32_t>(rank), {1, 1, 1, 1}, {1, 1, 1, 1}, {0, 1, 2, 3}};
  std::int32_t dense_stride = 1;
  for (std::size_t i = rank; i-- > 0;) {
    const std::size_t output_dim = by_stride[i];
    if (axes[output_dim].input_stride != dense_stride) return fall_back("its input has gaps");
    dense_stride *= axes[output_dim].size;
    transpose.input[i] = axes[output_dim].size;
    transpose.permutation[output_dim] = static_cast<std::int32_t>(i);
  }
  for (std::size_t i = 0; i < rank; ++i) transpose.output[i] = axes[i].size;
  // Two dimensions have a path with 16-bit sizes; as three they take the general one.
  if (rank == 2 && (transpose.input[0] > max_uint16 || transpose.input[1] > max_gather_columns)) {
    return CmsisNnTranspose{3,
                            {1, transpose.input[0], transpose.input[1], 1},
                            {1, transpose.output[0], transpose.output[1], 1},
                            {0, 2, 1, 3}};
  }
  return transpose;
}

CmsisNnChoice choose(const kernels::ConcatS8Params& params, const TargetConfig&) {
  const bool fits = params.outer_count <= max_uint16 && params.output_stride <= max_uint16;
  if (!fits) return fall_back("its sizes do not fit 16 bits");
  return CmsisNnConcatenation{params};
}

CmsisNnChoice choose(const kernels::Conv2dS8Params& params, const TargetConfig& target) {
  return choose_convolution(params, target);
}

CmsisNnChoice choose(const kernels::DepthwiseConv2dS8Params& params, const TargetConfig& target) {
  return choose_depthwise(params, target);
}

CmsisNnChoice choose(const kernels::LinearS8Params& params, const TargetConfig& target) {
  const kernels::Conv2dS8Params convolution = as_convolution(params);
  const bool is_only_for_mve = target.isas() == std::vector<targets::Isa>{targets::Isa::Mve};
  if (params.batches == 1 && !is_only_for_mve) return CmsisNnLinear{params, convolution};
  return choose_convolution(convolution, target);
}

using Chooser = CmsisNnChoice (*)(std::span<const program::Parameter>, const TargetConfig&);

template <class Kernel>
std::pair<const std::string_view, Chooser> chooser() {
  return {Kernel::name, [](std::span<const program::Parameter> parameters, const TargetConfig& target) {
            return choose(detail::to_params<typename Kernel::Params>(parameters), target);
          }};
}

const std::map<std::string_view, Chooser>& choosers() {
  static const std::map<std::string_view, Chooser> table = {
      chooser<kernels::AddS8>(),         chooser<kernels::AvgPool2dS8>(),
      chooser<kernels::BatchMatmulS8>(), chooser<kernels::ConcatS8>(),
      chooser<kernels::Conv2dS8>(),      chooser<kernels::DepthwiseConv2dS8>(),
      chooser<kernels::LinearS8>(),      chooser<kernels::MaximumS8>(),
      chooser<kernels::MaxPool2dS8>(),   chooser<kernels::MinimumS8>(),
      chooser<kernels::MulS8>(),         chooser<kernels::PadS8>(),
      chooser<kernels::SoftmaxS8>(),     chooser<kernels::TransposeConv2dS8>(),
      chooser<kernels::TransposeS8>(),
  };
  return table;
}

}  // namespace

CmsisNnChoice choose_cmsis_nn(std::string_view kernel, std::span<const program::Parameter> parameters,
                              const TargetConfig& target) {
  const auto found = choosers().find(kernel);
  if (found == choosers().end()) {
    const bool is_wide = kernel.find("_s16") != std::string_view::npos;
    return fall_back(is_wide ? "values of 16 bits are left to Pudu's kernels" : "CMSIS-NN has no function for it");
  }
  return found->second(parameters, target);
}

bool runs_on_cmsis_nn(const program::Program& program, const program::KernelCall& call) {
  return program.target.kernels == targets::KernelLibrary::CmsisNn &&
         std::holds_alternative<CmsisNnCall>(choose_cmsis_nn(call.kernel, call.parameters, program.target));
}

std::string_view function_of(const CmsisNnCall& call) {
  // In the order of the variant.
  constexpr std::string_view names[] = {"arm_convolve_wrapper_s8",
                                        "arm_depthwise_conv_wrapper_s8",
                                        "arm_fully_connected_per_channel_s8",
                                        "arm_elementwise_add_s8",
                                        "arm_elementwise_mul_s8",
                                        "arm_avgpool_s8",
                                        "arm_max_pool_s8",
                                        "arm_softmax_s8",
                                        "arm_pad_s8",
                                        "arm_transpose_s8",
                                        "arm_concatenation_s8_x",
                                        "arm_maximum_s8",
                                        "arm_minimum_s8",
                                        "arm_batch_matmul_s8"};
  static_assert(std::size(names) == std::variant_size_v<CmsisNnCall>);
  return names[call.index()];
}

}  // namespace pudu::ops

// Which of CMSIS-NN's functions computes a kernel call bit for bit, and with which sizes; or why none does, so that the
// built-in kernel runs.
//
// One answer for everyone: the C++ emitter writes the call, planned_scratch sizes its buffer, the report tells what
// fell back. It must hold on every ISA of the target, because CMSIS-NN takes other paths on each. Facts about its
// functions are those of CMSIS-NN 99f736a6 (docs/kernels-cmsis-nn.md).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "kernels/add/add_s8.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/batch_matmul/batch_matmul_s8.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "kernels/softmax/softmax_s8.hpp"
#include "program/program.hpp"
#include "targets/target.hpp"

namespace pudu::ops {

/// Four sizes or amounts, outermost first: cmsis_nn_dims {n, h, w, c}.
using CmsisNnDims = std::array<std::int32_t, 4>;

/// arm_convolve_wrapper_s8. A linear layer of several batches, or for MVE alone, is the 1x1 convolution over
/// [batches, 1, 1, input features]. An image of one row may stand as an image of one column, which is the same bytes
/// and not CMSIS-NN's 1xN path.
struct CmsisNnConvolution {
  kernels::Conv2dS8Params params;
};

/// arm_depthwise_conv_wrapper_s8.
struct CmsisNnDepthwise {
  kernels::DepthwiseConv2dS8Params params;
};

/// A linear layer of one batch where the ISA may be another than MVE: arm_fully_connected_per_channel_s8, but
/// arm_convolve_wrapper_s8 if it is MVE, where the former wants sums of the weights instead of the bias. So no operand
/// depends on the ISA, and neither wants scratch.
struct CmsisNnLinear {
  kernels::LinearS8Params params;
  kernels::Conv2dS8Params convolution;
};

/// arm_elementwise_add_s8.
struct CmsisNnAdd {
  kernels::AddS8Params params;
  std::int32_t elements;
};

/// arm_elementwise_mul_s8.
struct CmsisNnMul {
  kernels::MulS8Params params;
  std::int32_t elements;
};

/// arm_maximum_s8 and arm_minimum_s8.
struct CmsisNnMaximum {
  std::int32_t elements;
};
struct CmsisNnMinimum {
  std::int32_t elements;
};

/// arm_batch_matmul_s8.
struct CmsisNnMatmul {
  kernels::BatchMatmulS8Params params;
};

/// arm_avgpool_s8.
struct CmsisNnAveragePool {
  kernels::AvgPool2dS8Params params;
};

/// arm_max_pool_s8.
struct CmsisNnMaxPool {
  kernels::MaxPool2dS8Params params;
};

/// arm_softmax_s8.
struct CmsisNnSoftmax {
  kernels::SoftmaxS8Params params;
};

/// arm_pad_s8.
struct CmsisNnPad {
  CmsisNnDims input, before, after;
  std::int32_t value;
};

/// arm_transpose_s8. Dimensions stand in front: those behind `rank` are 1. Output dimension d is input dimension
/// permutation[d].
struct CmsisNnTranspose {
  std::int32_t rank;  ///< 2 to 4; of rank 2 the dimensions are swapped
  CmsisNnDims input, output, permutation;
};

/// arm_concatenation_s8_x, once per input.
struct CmsisNnConcatenation {
  kernels::ConcatS8Params params;
};

using CmsisNnCall = std::variant<CmsisNnConvolution, CmsisNnDepthwise, CmsisNnLinear, CmsisNnAdd, CmsisNnMul,
                                 CmsisNnAveragePool, CmsisNnMaxPool, CmsisNnSoftmax, CmsisNnPad, CmsisNnTranspose,
                                 CmsisNnConcatenation, CmsisNnMaximum, CmsisNnMinimum, CmsisNnMatmul>;

/// Why a call runs on the built-in kernel: a phrase for the report, e.g. "an operand is broadcast".
struct CmsisNnFallback {
  std::string reason;
};

using CmsisNnChoice = std::variant<CmsisNnCall, CmsisNnFallback>;

/// The choice for a call of `kernel` on every ISA of the target, whatever its kernel library is.
CmsisNnChoice choose_cmsis_nn(std::string_view kernel, std::span<const program::Parameter> parameters,
                              const targets::TargetConfig& target);

/// True when the program is for CMSIS-NN's kernels and one of its functions computes the call.
bool runs_on_cmsis_nn(const program::Program& program, const program::KernelCall& call);

/// Name of the function: "arm_convolve_wrapper_s8". Of two, that of scalar and DSP.
std::string_view function_of(const CmsisNnCall& call);

}  // namespace pudu::ops

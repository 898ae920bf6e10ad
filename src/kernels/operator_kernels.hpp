// The kernels that are ExecuTorch operators of Pudu's own, `pudu::NAME.out`: what no operator of ExecuTorch computes,
// or computes for some parameters only. Compiler, .pte reader and operator library all go through this one list; the
// operator's arguments are the kernel's: operands that are read, parameters, scratch, operands that are written, the
// one called `output` last, as `out`.
#pragma once

#include <initializer_list>

#include "kernels/adaptive_avg_pool2d/adaptive_avg_pool2d_s8.hpp"
#include "kernels/add_s16/add_s16.hpp"
#include "kernels/argmax/argmax_s8.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/avg_pool2d_f32/avg_pool2d_f32.hpp"
#include "kernels/avg_pool2d_s16/avg_pool2d_s16.hpp"
#include "kernels/binary_f32/binary_f32.hpp"
#include "kernels/conv2d_f32/conv2d_f32.hpp"
#include "kernels/conv2d_s16/conv2d_s16.hpp"
#include "kernels/conv2d_s16_s8/conv2d_s16_s8.hpp"
#include "kernels/conv2d_s8_s16/conv2d_s8_s16.hpp"
#include "kernels/depthwise_conv2d_s16/depthwise_conv2d_s16.hpp"
#include "kernels/depthwise_conv2d_s16_s8/depthwise_conv2d_s16_s8.hpp"
#include "kernels/depthwise_conv2d_s8_s16/depthwise_conv2d_s8_s16.hpp"
#include "kernels/embedding/embedding_s8.hpp"
#include "kernels/index_select_f32/index_select_f32.hpp"
#include "kernels/linear_s16/linear_s16.hpp"
#include "kernels/linear_s16_s8/linear_s16_s8.hpp"
#include "kernels/linear_s8_s16/linear_s8_s16.hpp"
#include "kernels/log_softmax/log_softmax_s8.hpp"
#include "kernels/lut_s16/lut_s16.hpp"
#include "kernels/matmul_f32/matmul_f32.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/max_pool2d_f32/max_pool2d_f32.hpp"
#include "kernels/max_pool2d_s16/max_pool2d_s16.hpp"
#include "kernels/mul_s16/mul_s16.hpp"
#include "kernels/normalize/normalize_s8.hpp"
#include "kernels/normalize_f32/normalize_f32.hpp"
#include "kernels/pad/pad_s8.hpp"
#include "kernels/pad_f32/pad_f32.hpp"
#include "kernels/prelu/prelu_s8.hpp"
#include "kernels/recurrent/recurrent_s8.hpp"
#include "kernels/recurrent_f32/recurrent_f32.hpp"
#include "kernels/requantize_s16_s16/requantize_s16_s16.hpp"
#include "kernels/requantize_s16_s8/requantize_s16_s8.hpp"
#include "kernels/requantize_s8_s16/requantize_s8_s16.hpp"
#include "kernels/resize_bilinear/resize_bilinear_s8.hpp"
#include "kernels/softmax_f32/softmax_f32.hpp"
#include "kernels/strided_slice/strided_slice_s8.hpp"
#include "kernels/strided_slice_f32/strided_slice_f32.hpp"
#include "kernels/strided_slice_s16/strided_slice_s16.hpp"
#include "kernels/sum/sum_s8.hpp"
#include "kernels/sum_f32/sum_f32.hpp"
#include "kernels/transpose/transpose_s8.hpp"
#include "kernels/transpose_conv2d/transpose_conv2d_s8.hpp"
#include "kernels/transpose_conv2d_f32/transpose_conv2d_f32.hpp"
#include "kernels/unary_f32/unary_f32.hpp"
#include "kernels/where/where_s8.hpp"
#include "kernels/where_f32/where_f32.hpp"

// X(TYPE) for each, TYPE being the description inside pudu::kernels.
#define PUDU_OPERATOR_KERNELS(X) \
  X(AdaptiveAvgPool2dS8)         \
  X(AddS16)                      \
  X(ArgmaxS8)                    \
  X(AvgPool2dF32)                \
  X(AvgPool2dS16)                \
  X(AvgPool2dS8)                 \
  X(BinaryF32)                   \
  X(Conv2dF32)                   \
  X(Conv2dS16)                   \
  X(Conv2dS16S8)                 \
  X(Conv2dS8S16)                 \
  X(DepthwiseConv2dS16)          \
  X(DepthwiseConv2dS16S8)        \
  X(DepthwiseConv2dS8S16)        \
  X(EmbeddingS8)                 \
  X(IndexSelectF32)              \
  X(LinearS16)                   \
  X(LinearS16S8)                 \
  X(LinearS8S16)                 \
  X(LogSoftmaxS8)                \
  X(LutS16)                      \
  X(MatmulF32)                   \
  X(MaxPool2dF32)                \
  X(MaxPool2dS16)                \
  X(MaxPool2dS8)                 \
  X(MulS16)                      \
  X(NormalizeF32)                \
  X(NormalizeS8)                 \
  X(PadF32)                      \
  X(PadS8)                       \
  X(PreluS8)                     \
  X(RecurrentF32)                \
  X(RecurrentS8)                 \
  X(RequantizeS16S16)            \
  X(RequantizeS16S8)             \
  X(RequantizeS8S16)             \
  X(ResizeBilinearS8)            \
  X(SoftmaxF32)                  \
  X(StridedSliceF32)             \
  X(StridedSliceS16)             \
  X(StridedSliceS8)              \
  X(SumF32)                      \
  X(SumS8)                       \
  X(TransposeConv2dF32)          \
  X(TransposeConv2dS8)           \
  X(TransposeS8)                 \
  X(UnaryF32)                    \
  X(WhereF32)                    \
  X(WhereS8)

namespace pudu::kernels {

/// "pudu::argmax_s8" and "pudu::argmax_s8.out" of a kernel's name.
struct OperatorName {
  char text[64] = {};
  constexpr OperatorName(const char* kernel, const char* overload) noexcept {
    std::size_t length = 0;
    for (const char* part : {"pudu::", kernel, overload}) {
      for (; *part != 0; ++part) text[length++] = *part;
    }
  }
};
template <class Kernel>
inline constexpr OperatorName operator_name{Kernel::name, ""};
template <class Kernel>
inline constexpr OperatorName operator_full_name{Kernel::name, ".out"};

}  // namespace pudu::kernels

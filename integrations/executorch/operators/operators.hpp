// Every operator of this library, as the registry calls it: `cortex_m::NAME.out` of ExecuTorch 1.5.1,
// `dim_order_ops::_clone_dim_order.out`, and Pudu's own, `pudu::KERNEL.out` (kernels/operator_kernels.hpp). A fault of
// a call is logged and reported by context.fail; nothing aborts, and no temporary memory is asked for.
#pragma once

#include <executorch/runtime/kernel/operator_registry.h>

#include "kernels/operator_kernels.hpp"
#include "operators/arguments.hpp"

namespace pudu::executorch_ops {

void quantize_per_tensor(KernelRuntimeContext& context, Stack stack);
void dequantize_per_tensor(KernelRuntimeContext& context, Stack stack);
void quantized_add(KernelRuntimeContext& context, Stack stack);
void quantized_mul(KernelRuntimeContext& context, Stack stack);
void quantized_div(KernelRuntimeContext& context, Stack stack);
void quantized_activation(KernelRuntimeContext& context, Stack stack);
void minimum(KernelRuntimeContext& context, Stack stack);
void maximum(KernelRuntimeContext& context, Stack stack);
void quantized_linear(KernelRuntimeContext& context, Stack stack);
void softmax(KernelRuntimeContext& context, Stack stack);
void transpose(KernelRuntimeContext& context, Stack stack);
void pad(KernelRuntimeContext& context, Stack stack);
void quantized_conv2d(KernelRuntimeContext& context, Stack stack);
void quantized_conv2d_nhwc(KernelRuntimeContext& context, Stack stack);
void quantized_depthwise_conv2d(KernelRuntimeContext& context, Stack stack);
void quantized_depthwise_conv2d_nhwc(KernelRuntimeContext& context, Stack stack);
void quantized_transpose_conv2d(KernelRuntimeContext& context, Stack stack);
void quantized_transpose_conv2d_nhwc(KernelRuntimeContext& context, Stack stack);
void quantized_avg_pool2d(KernelRuntimeContext& context, Stack stack);
void quantized_avg_pool2d_nhwc(KernelRuntimeContext& context, Stack stack);
void quantized_max_pool2d(KernelRuntimeContext& context, Stack stack);
void quantized_max_pool2d_nhwc(KernelRuntimeContext& context, Stack stack);
void quantized_batch_matmul(KernelRuntimeContext& context, Stack stack);
void clone_dim_order(KernelRuntimeContext& context, Stack stack);

// own_ArgmaxS8, ...
#define PUDU_DECLARE_OWN_OPERATOR(TYPE) void own_##TYPE(KernelRuntimeContext& context, Stack stack);
PUDU_OPERATOR_KERNELS(PUDU_DECLARE_OWN_OPERATOR)
#undef PUDU_DECLARE_OWN_OPERATOR

/// The table of all of them, for a registry of one's own (the last argument of Program::load_method).
executorch::runtime::Span<const executorch::runtime::Kernel> kernels_of_library() noexcept;

}  // namespace pudu::executorch_ops

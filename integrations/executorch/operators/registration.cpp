// The table of operators, put into ExecuTorch's registry before main. Linked as objects, because a linker drops members
// of an archive that nothing names. With PUDU_EXECUTORCH_MANUAL_REGISTRATION nothing is registered: pass
// kernels_of_library() to Program::load_method, or to register_kernels.
#include "operators/operators.hpp"

#include <cstring>

namespace pudu::executorch_ops {
namespace {

using executorch::runtime::Kernel;

const Kernel library_kernels[] = {
    Kernel("cortex_m::quantize_per_tensor.out", quantize_per_tensor),
    Kernel("cortex_m::dequantize_per_tensor.out", dequantize_per_tensor),
    Kernel("cortex_m::quantized_add.out", quantized_add),
    Kernel("cortex_m::quantized_mul.out", quantized_mul),
    Kernel("cortex_m::quantized_div.out", quantized_div),
    Kernel("cortex_m::quantized_activation.out", quantized_activation),
    Kernel("cortex_m::minimum.out", minimum),
    Kernel("cortex_m::maximum.out", maximum),
    Kernel("cortex_m::quantized_linear.out", quantized_linear),
    Kernel("cortex_m::softmax.out", softmax),
    Kernel("cortex_m::transpose.out", transpose),
    Kernel("cortex_m::pad.out", pad),
    Kernel("cortex_m::quantized_conv2d.out", quantized_conv2d),
    Kernel("cortex_m::quantized_conv2d_nhwc.out", quantized_conv2d_nhwc),
    Kernel("cortex_m::quantized_depthwise_conv2d.out", quantized_depthwise_conv2d),
    Kernel("cortex_m::quantized_depthwise_conv2d_nhwc.out", quantized_depthwise_conv2d_nhwc),
    Kernel("cortex_m::quantized_transpose_conv2d.out", quantized_transpose_conv2d),
    Kernel("cortex_m::quantized_transpose_conv2d_nhwc.out", quantized_transpose_conv2d_nhwc),
    Kernel("cortex_m::quantized_avg_pool2d.out", quantized_avg_pool2d),
    Kernel("cortex_m::quantized_avg_pool2d_nhwc.out", quantized_avg_pool2d_nhwc),
    Kernel("cortex_m::quantized_max_pool2d.out", quantized_max_pool2d),
    Kernel("cortex_m::quantized_max_pool2d_nhwc.out", quantized_max_pool2d_nhwc),
    Kernel("cortex_m::quantized_batch_matmul.out", quantized_batch_matmul),
    Kernel("dim_order_ops::_clone_dim_order.out", clone_dim_order),
#if !defined(PUDU_EXECUTORCH_WITHOUT_OWN_OPERATORS)
#define PUDU_OWN_OPERATOR_ROW(TYPE) Kernel(kernels::operator_full_name<kernels::TYPE>.text, own_##TYPE),
    PUDU_OPERATOR_KERNELS(PUDU_OWN_OPERATOR_ROW)
#undef PUDU_OWN_OPERATOR_ROW
#endif
};

#if !defined(PUDU_EXECUTORCH_MANUAL_REGISTRATION)
/// Asked of the table itself: registry_has_op_function logs an error for a name that is not there.
bool is_registered_already(const Kernel& kernel) noexcept {
  for (const Kernel& other : executorch::runtime::get_registered_kernels()) {
    if (std::strcmp(other.name_, kernel.name_) == 0) return true;
  }
  return false;
}

/// One at a time, and only what nobody has registered: ExecuTorch's portable kernels bring a _clone_dim_order too, and
/// the registry ends the process at the second of a name.
bool register_all() noexcept {
  for (const Kernel& kernel : library_kernels) {
    if (is_registered_already(kernel)) continue;
    if (executorch::runtime::register_kernel(kernel) != Error::Ok) return false;
  }
  return true;
}

[[maybe_unused]] const bool is_registered = register_all();
#endif

}  // namespace

executorch::runtime::Span<const Kernel> kernels_of_library() noexcept {
  return {library_kernels, sizeof(library_kernels) / sizeof(library_kernels[0])};
}

}  // namespace pudu::executorch_ops

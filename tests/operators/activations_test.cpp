// Activations, fused with a layer and alone, softmax, and attention with masks that the model computes.
// The configurations are those of ExecuTorch's test_activation.py, test_activation_quant.py and test_softmax.py
// (backends/cortex_m/test), under the names that they have there, with shapes and data ranges of theirs; the cases that
// are expected to fail there work here unless a refusal stands beside them.
#include <gtest/gtest.h>

#include "operators/operator_case.hpp"

namespace pudu {
namespace {

using testing::filled;
using testing::numbers;
using testing::OperatorCase;
using testing::ramp;
using testing::uniform;

const std::vector<OperatorCase>& fused_activations() {
  static const std::vector<OperatorCase> table = {
      {.name = "linear_relu_small_range",
       .inputs = {ramp("x", {1, 4}, -10.0F, 10.0F)},
       .constants = {uniform("w", {3, 4}, -0.5F, 0.5F)},
       .calls = "a = linear.default(input=x, weight=w) y = relu.default(self=a) return y"},
      {.name = "linear_relu_large_range",
       .inputs = {ramp("x", {2, 16}, -100.0F, 100.0F)},
       .constants = {uniform("w", {16, 16}, -0.5F, 0.5F)},
       .calls = "a = linear.default(input=x, weight=w) y = relu.default(self=a) return y"},
      {.name = "linear_relu_negative",
       .inputs = {ramp("x", {1, 8}, -50.0F, 0.0F)},
       .constants = {uniform("w", {8, 8}, -0.5F, 0.5F)},
       .calls = "a = linear.default(input=x, weight=w) y = relu.default(self=a) return y"},
      {.name = "linear_relu6",
       .inputs = {ramp("x", {1, 8}, -2.0F, 10.0F)},
       .constants = {uniform("w", {8, 8}, -0.5F, 0.5F)},
       .calls =
           "a = linear.default(input=x, weight=w) y = hardtanh.default(self=a, min_val=0.0, max_val=6.0) return y"},
      {.name = "linear_relu_inplace",
       .inputs = {ramp("x", {2, 8}, -5.0F, 5.0F)},
       .constants = {uniform("w", {8, 8}, -0.5F, 0.5F)},
       .calls = "a = linear.default(input=x, weight=w) y = relu_.default(self=a) return y"},
      {.name = "linear_hardtanh_symmetric",
       .inputs = {ramp("x", {2, 1, 4}, -1.0F, 1.0F)},
       .constants = {uniform("w", {4, 4}, -0.5F, 0.5F)},
       .calls =
           "a = linear.default(input=x, weight=w) y = hardtanh.default(self=a, min_val=-0.5, max_val=0.5) return y"},
      {.name = "linear_hardtanh_asymmetric",
       .inputs = {ramp("x", {1, 4}, -2.0F, 1.0F)},
       .constants = {uniform("w", {4, 4}, -0.5F, 0.5F)},
       .calls =
           "a = linear.default(input=x, weight=w) y = hardtanh.default(self=a, min_val=-1.5, max_val=0.25) return y"},
      {.name = "linear_hardtanh_large_range",
       .inputs = {ramp("x", {2, 4}, -20.0F, 20.0F)},
       .constants = {uniform("w", {4, 4}, -0.5F, 0.5F)},
       .calls =
           "a = linear.default(input=x, weight=w) y = hardtanh.default(self=a, min_val=-10.0, max_val=10.0) return y"},
      {.name = "linear_hardtanh_inplace",
       .inputs = {ramp("x", {1, 8}, -2.0F, 2.0F)},
       .constants = {uniform("w", {8, 8}, -0.5F, 0.5F)},
       .calls =
           "a = linear.default(input=x, weight=w) y = hardtanh_.default(self=a, min_val=-0.75, max_val=0.75) return y"},
      {.name = "conv2d_relu_small_kernel",
       .inputs = {ramp("x", {1, 4, 8, 8}, -5.0F, 5.0F)},
       .constants = {uniform("w", {8, 4, 3, 3}, -0.3F, 0.3F)},
       .calls =
           "a = conv2d.default(input=x, weight=w, stride=[1, 1], padding=[1, 1]) y = relu.default(self=a) return y"},
      {.name = "conv2d_relu_large_range",
       .inputs = {ramp("x", {2, 4, 16, 16}, -50.0F, 50.0F)},
       .constants = {uniform("w", {8, 4, 3, 3}, -0.3F, 0.3F)},
       .calls =
           "a = conv2d.default(input=x, weight=w, stride=[1, 1], padding=[1, 1]) y = relu.default(self=a) return y"},
      {.name = "conv2d_relu6_stride",
       .inputs = {ramp("x", {1, 3, 12, 12}, -10.0F, 20.0F)},
       .constants = {uniform("w", {6, 3, 3, 3}, -0.3F, 0.3F)},
       .calls = "a = conv2d.default(input=x, weight=w, stride=[2, 2], padding=[1, 1]) y = hardtanh.default(self=a, "
                "min_val=0.0, max_val=6.0) return y"},
      {.name = "conv2d_relu_inplace",
       .inputs = {ramp("x", {1, 4, 8, 8}, -3.0F, 3.0F)},
       .constants = {uniform("w", {8, 4, 3, 3}, -0.3F, 0.3F)},
       .calls =
           "a = conv2d.default(input=x, weight=w, stride=[1, 1], padding=[1, 1]) y = relu_.default(self=a) return y"},
      {.name = "conv2d_hardtanh_narrow",
       .inputs = {ramp("x", {1, 4, 8, 8}, -2.0F, 2.0F)},
       .constants = {uniform("w", {8, 4, 3, 3}, -0.3F, 0.3F), uniform("b", {8}, -0.3F, 0.3F)},
       .calls = "a = conv2d.default(input=x, weight=w, bias=b, stride=[1, 1], padding=[1, 1]) y = "
                "hardtanh.default(self=a, min_val=-0.5, max_val=0.5) return y"},
      {.name = "conv2d_hardtanh_wide",
       .inputs = {ramp("x", {1, 4, 8, 8}, -10.0F, 10.0F)},
       .constants = {uniform("w", {8, 4, 3, 3}, -0.3F, 0.3F), uniform("b", {8}, -0.3F, 0.3F)},
       .calls = "a = conv2d.default(input=x, weight=w, bias=b, stride=[1, 1], padding=[1, 1]) y = "
                "hardtanh.default(self=a, min_val=-5.0, max_val=5.0) return y"},
      {.name = "conv2d_hardtanh_inplace",
       .inputs = {ramp("x", {1, 4, 8, 8}, -15.0F, 15.0F)},
       .constants = {filled("w", {8, 4, 3, 3}, 1.0F)},
       .calls = "a = conv2d.default(input=x, weight=w, stride=[1, 1], padding=[1, 1]) y = hardtanh_.default(self=a, "
                "min_val=-10.0, max_val=10.0) return y"},
      {.name = "linear_hardsigmoid",
       .inputs = {ramp("x", {2, 6}, -8.0F, 8.0F)},
       .constants = {uniform("w", {6, 6}, -0.5F, 0.5F)},
       .calls = "a = linear.default(input=x, weight=w) y = hardsigmoid.default(self=a) return y"},
      {.name = "linear_hardswish",
       .inputs = {ramp("x", {1, 12}, -2.0F, 0.0F)},
       .constants = {uniform("w", {8, 12}, -0.5F, 0.5F)},
       .calls = "a = linear.default(input=x, weight=w) y = hardswish.default(self=a) return y"},
      {.name = "conv2d_hardsigmoid_inplace",
       .inputs = {ramp("x", {1, 1, 6, 6}, -4.0F, 4.0F)},
       .constants = {filled("w", {1, 1, 1, 1}, 1.0F)},
       .calls = "a = conv2d.default(input=x, weight=w, stride=[1, 1], padding=[0, 0]) y = hardsigmoid_.default(self=a) "
                "return y"},
      {.name = "conv2d_hardswish",
       .inputs = {ramp("x", {1, 1, 1, 100}, -3.0F, 0.0F)},
       .constants = {filled("w", {1, 1, 1, 1}, 1.0F)},
       .calls = "a = conv2d.default(input=x, weight=w, stride=[1, 1], padding=[0, 0]) y = hardswish.default(self=a) "
                "return y"},
      {.name = "conv2d_clamp_inplace",
       .inputs = {ramp("x", {1, 1, 1, 10}, -4.0F, 4.0F)},
       .constants = {filled("w", {1, 1, 1, 1}, 1.0F)},
       .calls = "a = conv2d.default(input=x, weight=w, stride=[1, 1], padding=[0, 0]) y = clamp_.default(self=a, "
                "min=0.0) return y"},
      {.name = "linear_clamp",
       .inputs = {ramp("x", {1, 4}, -10.0F, 10.0F)},
       .constants = {uniform("w", {3, 4}, -0.5F, 0.5F)},
       .calls = "a = linear.default(input=x, weight=w) y = clamp.default(self=a, max=6.0) return y"},
      {.name = "conv2d_silu_inplace",
       .inputs = {ramp("x", {1, 3, 8, 8}, -4.0F, 4.0F)},
       .constants = {uniform("w", {4, 3, 3, 3}, -0.3F, 0.3F)},
       .calls =
           "a = conv2d.default(input=x, weight=w, stride=[1, 1], padding=[1, 1]) y = silu_.default(self=a) return y"},
  };
  return table;
}

const std::vector<OperatorCase>& activations_alone() {
  static const std::vector<OperatorCase> table = {
      {.name = "relu",
       .inputs = {ramp("a", {2, 8}, -5.0F, 5.0F)},
       .constants = {},
       .calls = "y = relu.default(self=a) return y",
       .most_codes = 1},
      {.name = "hardtanh",
       .inputs = {ramp("a", {2, 8}, -5.0F, 5.0F)},
       .constants = {},
       .calls = "y = hardtanh.default(self=a, min_val=-1.0, max_val=1.0) return y",
       .most_codes = 1},
      {.name = "clamp",
       .inputs = {ramp("a", {2, 8}, -5.0F, 5.0F)},
       .constants = {},
       .calls = "y = clamp.default(self=a, min=-2.0, max=3.0) return y",
       .most_codes = 1},
      {.name = "clamp_tensor",
       .inputs = {ramp("a", {2, 8}, -5.0F, 5.0F)},
       .constants = {},
       .calls = "l = full_like.default(self=a, fill_value=-1.0) h = full_like.default(self=a, fill_value=1.0) y = "
                "clamp.Tensor(self=a, min=l, max=h) return y",
       .most_codes = 1},
      {.name = "maxpool_relu",
       .inputs = {ramp("x", {1, 2, 6, 6}, -5.0F, 5.0F)},
       .constants = {},
       .calls = "a = max_pool2d.default(self=x, kernel_size=[2, 2], stride=[2, 2]) y = relu.default(self=a) return y",
       .most_codes = 1},
      {.name = "maxpool_hardtanh",
       .inputs = {ramp("x", {1, 2, 6, 6}, -5.0F, 5.0F)},
       .constants = {},
       .calls = "a = max_pool2d.default(self=x, kernel_size=[2, 2], stride=[2, 2]) y = hardtanh.default(self=a, "
                "min_val=-1.0, max_val=1.0) return y",
       .most_codes = 1},
      {.name = "maxpool_clamp",
       .inputs = {ramp("x", {1, 2, 6, 6}, -5.0F, 5.0F)},
       .constants = {},
       .calls = "a = max_pool2d.default(self=x, kernel_size=[2, 2], stride=[2, 2]) y = clamp.default(self=a, min=-2.0, "
                "max=3.0) return y",
       .most_codes = 1},
  };
  return table;
}

const std::vector<OperatorCase>& tables() {
  static const std::vector<OperatorCase> table = {
      {.name = "sigmoid_rank1",
       .inputs = {ramp("a", {16}, -6.0F, 6.0F)},
       .constants = {},
       .calls = "y = sigmoid.default(self=a) return y",
       .most_codes = 1},
      {.name = "sigmoid_rank4",
       .inputs = {ramp("a", {1, 8, 4, 4}, -4.0F, 4.0F)},
       .constants = {},
       .calls = "y = sigmoid.default(self=a) return y",
       .most_codes = 1},
      {.name = "sigmoid_saturating",
       .inputs = {ramp("a", {32}, -50.0F, 50.0F)},
       .constants = {},
       .calls = "y = sigmoid.default(self=a) return y",
       .most_codes = 1},
      {.name = "sigmoid_asymmetric_zp",
       .inputs = {ramp("a", {16}, -1.0F, 9.0F)},
       .constants = {},
       .calls = "y = sigmoid.default(self=a) return y",
       .most_codes = 1},
      {.name = "sigmoid_zero",
       .inputs = {filled("a", {16}, 0.0F)},
       .constants = {},
       .calls = "y = sigmoid.default(self=a) return y",
       .most_codes = 1},
      {.name = "sigmoid_inplace",
       .inputs = {ramp("a", {16}, -4.0F, 4.0F)},
       .constants = {},
       .calls = "y = sigmoid_.default(self=a) return y",
       .most_codes = 1},
      {.name = "tanh_rank1",
       .inputs = {ramp("a", {16}, -3.0F, 3.0F)},
       .constants = {},
       .calls = "y = tanh.default(self=a) return y",
       .most_codes = 1},
      {.name = "tanh_rank3",
       .inputs = {ramp("a", {1, 4, 16}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "y = tanh.default(self=a) return y",
       .most_codes = 1},
      {.name = "tanh_saturating",
       .inputs = {ramp("a", {32}, -30.0F, 30.0F)},
       .constants = {},
       .calls = "y = tanh.default(self=a) return y",
       .most_codes = 1},
      {.name = "tanh_asymmetric_zp",
       .inputs = {ramp("a", {16}, -1.0F, 5.0F)},
       .constants = {},
       .calls = "y = tanh.default(self=a) return y",
       .most_codes = 1},
      {.name = "tanh_zero",
       .inputs = {filled("a", {16}, 0.0F)},
       .constants = {},
       .calls = "y = tanh.default(self=a) return y",
       .most_codes = 1},
      {.name = "tanh_inplace",
       .inputs = {ramp("a", {16}, -4.0F, 4.0F)},
       .constants = {},
       .calls = "y = tanh_.default(self=a) return y",
       .most_codes = 1},
      {.name = "silu_rank1",
       .inputs = {ramp("a", {16}, -6.0F, 6.0F)},
       .constants = {},
       .calls = "y = silu.default(self=a) return y",
       .most_codes = 1},
      {.name = "silu_rank4",
       .inputs = {ramp("a", {1, 8, 4, 4}, -4.0F, 4.0F)},
       .constants = {},
       .calls = "y = silu.default(self=a) return y",
       .most_codes = 1},
      {.name = "silu_saturating",
       .inputs = {ramp("a", {32}, -50.0F, 50.0F)},
       .constants = {},
       .calls = "y = silu.default(self=a) return y",
       .most_codes = 1},
      {.name = "silu_asymmetric_zp",
       .inputs = {ramp("a", {16}, -1.0F, 9.0F)},
       .constants = {},
       .calls = "y = silu.default(self=a) return y",
       .most_codes = 1},
      {.name = "silu_zero",
       .inputs = {filled("a", {16}, 0.0F)},
       .constants = {},
       .calls = "y = silu.default(self=a) return y",
       .most_codes = 1},
      {.name = "silu_inplace",
       .inputs = {ramp("a", {16}, -4.0F, 4.0F)},
       .constants = {},
       .calls = "y = silu_.default(self=a) return y",
       .most_codes = 1},
      {.name = "gelu_rank1",
       .inputs = {ramp("a", {16}, -6.0F, 6.0F)},
       .constants = {},
       .calls = "y = gelu.default(self=a) return y",
       .most_codes = 1},
      {.name = "gelu_rank4",
       .inputs = {ramp("a", {1, 8, 4, 4}, -4.0F, 4.0F)},
       .constants = {},
       .calls = "y = gelu.default(self=a) return y",
       .most_codes = 1},
      {.name = "gelu_saturating",
       .inputs = {ramp("a", {32}, -50.0F, 50.0F)},
       .constants = {},
       .calls = "y = gelu.default(self=a) return y",
       .most_codes = 1},
      {.name = "gelu_asymmetric_zp",
       .inputs = {ramp("a", {16}, -1.0F, 9.0F)},
       .constants = {},
       .calls = "y = gelu.default(self=a) return y",
       .most_codes = 1},
      {.name = "gelu_zero",
       .inputs = {filled("a", {16}, 0.0F)},
       .constants = {},
       .calls = "y = gelu.default(self=a) return y",
       .most_codes = 1},
      {.name = "gelu_tanh",
       .inputs = {ramp("a", {16}, -6.0F, 6.0F)},
       .constants = {},
       .calls = "y = gelu.default(self=a, approximate='tanh') return y",
       .most_codes = 1},
  };
  return table;
}

const std::vector<OperatorCase>& softmaxes() {
  static const std::vector<OperatorCase> table = {
      {.name = "rank1",
       .inputs = {ramp("a", {16}, -4.0F, 4.0F)},
       .constants = {},
       .calls = "y = softmax.int(self=a, dim=-1) return y",
       .most_codes = 1},
      {.name = "rank2",
       .inputs = {ramp("a", {4, 8}, -8.0F, 8.0F)},
       .constants = {},
       .calls = "y = softmax.int(self=a, dim=-1) return y",
       .most_codes = 1},
      {.name = "rank3",
       .inputs = {ramp("a", {2, 3, 4}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "y = softmax.int(self=a, dim=-1) return y",
       .most_codes = 1},
      {.name = "dim_not_last",
       .inputs = {ramp("a", {2, 3, 4}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "y = softmax.int(self=a, dim=1) return y",
       .most_codes = 1},
      {.name = "large_tensor",
       .inputs = {ramp("a", {8, 1024}, -10.0F, 10.0F)},
       .constants = {},
       .calls = "y = softmax.int(self=a, dim=-1) return y",
       .most_codes = 1,
       .least_sqnr_db = 0.0},
      {.name = "channels",
       .inputs = {ramp("a", {2, 5, 4, 3}, -4.0F, 4.0F)},
       .constants = {},
       .calls = "y = softmax.int(self=a, dim=1) return y",
       .most_codes = 1},
      {.name = "unsafe_softmax",
       .inputs = {ramp("a", {4, 8}, -8.0F, 8.0F)},
       .constants = {},
       .calls = "y = _softmax.default(self=a, dim=1, half_to_float=False) return y",
       .most_codes = 1},
  };
  return table;
}

const std::vector<OperatorCase>& attention() {
  const std::vector<testing::NamedTensor> inputs = {uniform("q", {1, 2, 5, 8}), uniform("k", {1, 2, 6, 8}, -1.0F, 1.5F),
                                                    uniform("v", {1, 2, 6, 8}, -2.0F, 1.0F),
                                                    uniform("m", {1, 1, 5, 6})};
  static const std::vector<OperatorCase> table = {
      {.name = "computed_boolean_mask",
       .inputs = inputs,
       .constants = {},
       .calls = "a: bool[1, 1, 5, 6] = gt.Scalar(self=m, other=-0.4) "
                "y = scaled_dot_product_attention.default(query=q, key=k, value=v, attn_mask=a) return y"},
      {.name = "computed_inverted_mask",
       .inputs = inputs,
       .constants = {},
       .calls = "a: bool[1, 1, 5, 6] = gt.Scalar(self=m, other=0.3) b: bool[1, 1, 5, 6] = logical_not.default(self=a) "
                "y = scaled_dot_product_attention.default(query=q, key=k, value=v, attn_mask=b) return y"},
      {.name = "computed_float_mask",
       .inputs = inputs,
       .constants = {},
       .calls = "a = mul.Tensor(self=m, other=3.0) "
                "y = scaled_dot_product_attention.default(query=q, key=k, value=v, attn_mask=a) return y"},
      {.name = "filled_float_mask",
       .inputs = inputs,
       .constants = {numbers("n", {}, {-10000.0F})},
       .calls = "a: bool[1, 1, 5, 6] = lt.Scalar(self=m, other=-0.4) z = zeros_like.default(self=m) "
                "b = masked_fill.Tensor(self=z, mask=a, value=n) "
                "y = scaled_dot_product_attention.default(query=q, key=k, value=v, attn_mask=b) return y"},
      {.name = "mask_as_model_input",
       .inputs = inputs,
       .constants = {},
       .calls = "y = scaled_dot_product_attention.default(query=q, key=k, value=v, attn_mask=m) return y"},
  };
  return table;
}

PUDU_OPERATOR_CASES(FusedActivation, fused_activations());
PUDU_OPERATOR_CASES(ActivationAlone, activations_alone());
PUDU_OPERATOR_CASES(ActivationTable, tables());
PUDU_OPERATOR_CASES(Softmax, softmaxes());
PUDU_OPERATOR_CASES(Attention, attention());

}  // namespace
}  // namespace pudu

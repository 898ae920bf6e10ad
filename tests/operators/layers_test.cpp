// Convolutions, linear layers and matrix products, one by one.
// The configurations are those of ExecuTorch's test_conv.py, test_conv_transpose.py, test_linear.py,
// test_batch_matmul.py and test_lstm.py (backends/cortex_m/test), under the names that they have there, with shapes and
// data ranges of theirs; the cases that are expected to fail there work here unless a refusal stands beside them.
// Depthwise convolutions are in test_conv.py's later form.
#include <gtest/gtest.h>

#include "operators/operator_case.hpp"

namespace pudu {
namespace {

using testing::filled;
using testing::OperatorCase;
using testing::ramp;
using testing::uniform;

const std::vector<OperatorCase>& convolutions() {
  static const std::vector<OperatorCase> table = {
      {.name = "conv2d",
       .inputs = {ramp("x", {1, 2, 5, 5}, 1.0F, 5.0F)},
       .constants = {filled("w", {4, 2, 3, 3}, 1.0F)},
       .calls = "y = conv2d.default(input=x, weight=w) return y"},
      {.name = "conv2d_stride",
       .inputs = {ramp("x", {3, 3, 8, 8}, -100.0F, 10.0F)},
       .constants = {filled("w", {4, 3, 1, 2}, 1.0F)},
       .calls = "y = conv2d.default(input=x, weight=w, stride=[2, 2]) return y"},
      {.name = "conv2d_padding",
       .inputs = {ramp("x", {2, 3, 5, 5}, 0.0F, 1.0F)},
       .constants = {filled("w", {2, 3, 3, 3}, 1.0F)},
       .calls = "y = conv2d.default(input=x, weight=w, padding=[4, 1]) return y"},
      {.name = "conv2d_dilation",
       .inputs = {ramp("x", {3, 1, 8, 8}, 0.0F, 10.0F)},
       .constants = {filled("w", {4, 1, 3, 3}, 1.0F)},
       .calls = "y = conv2d.default(input=x, weight=w, dilation=[2, 2]) return y"},
      {.name = "conv2d_groups",
       .inputs = {ramp("x", {1, 4, 1, 1}, 0.0F, 10.0F)},
       .constants = {filled("w", {4, 2, 1, 1}, 1.0F)},
       .calls = "y = conv2d.default(input=x, weight=w, groups=2) return y"},
      {.name = "conv2d_bias_ch_out_1",
       .inputs = {ramp("x", {2, 5, 3, 3}, 0.0F, 10.0F)},
       .constants = {uniform("w", {1, 5, 1, 1}, -0.5F, 0.5F), uniform("b", {1}, -0.5F, 0.5F)},
       .calls = "y = conv2d.default(input=x, weight=w, bias=b) return y"},
      {.name = "conv2d_bias_ch_out_4",
       .inputs = {ramp("x", {2, 5, 10, 10}, -3.0F, 3.0F)},
       .constants = {uniform("w", {4, 5, 1, 2}, -0.5F, 0.5F), uniform("b", {4}, -0.5F, 0.5F)},
       .calls = "y = conv2d.default(input=x, weight=w, bias=b) return y"},
      {.name = "conv2d_nchw",
       .inputs = {ramp("x", {1, 5, 8, 8}, 0.0F, 10.0F)},
       .constants = {filled("w", {5, 5, 1, 1}, 1.0F)},
       .calls = "y = conv2d.default(input=x, weight=w) return y"},
      {.name = "conv1d",
       .inputs = {ramp("x", {1, 1, 6}, 0.0F, 10.0F)},
       .constants = {uniform("w", {1, 1, 1}, 0.5F, 1.0F)},
       .calls = "y = conv1d.default(input=x, weight=w) return y"},
      {.name = "conv3d",
       .inputs = {ramp("x", {2, 1, 3, 3, 3}, -1000.0F, 1000.0F)},
       .constants = {filled("w", {1, 1, 1, 1, 1}, 2.0F)},
       .calls = "y = conv3d.default(input=x, weight=w) return y",
       .refusal = "error: y: operator aten.conv3d.default is not supported"},
      {.name = "conv2d_x3",
       .inputs = {ramp("x", {1, 3, 8, 8}, 0.0F, 10.0F)},
       .constants = {uniform("w1", {8, 3, 3, 3}, -0.2F, 0.2F), uniform("w2", {16, 8, 3, 3}, -0.12F, 0.12F),
                     uniform("w3", {8, 16, 3, 3}, -0.08F, 0.08F)},
       .calls = "a = conv2d.default(input=x, weight=w1, padding=[1, 1]) b = conv2d.default(input=a, weight=w2, "
                "padding=[1, 1]) c = conv2d.default(input=b, weight=w3, padding=[1, 1]) return c"},
      {.name = "conv2d_relu",
       .inputs = {ramp("x", {1, 4, 8, 8}, -5.0F, 5.0F)},
       .constants = {uniform("w", {8, 4, 3, 3}, -0.5F, 0.5F), uniform("b", {8}, -0.5F, 0.5F)},
       .calls = "y = conv2d.default(input=x, weight=w, bias=b, padding=[1, 1]) z = relu.default(self=y) return z"},
      {.name = "depthwise_conv2d",
       .inputs = {ramp("x", {1, 4, 5, 5}, 0.0F, 10.0F)},
       .constants = {filled("w", {4, 1, 3, 3}, 1.0F)},
       .calls = "y = conv2d.default(input=x, weight=w, groups=4) return y"},
      {.name = "depthwise_conv2d_multiplier",
       .inputs = {ramp("x", {1, 3, 5, 5}, 0.0F, 10.0F)},
       .constants = {filled("w", {6, 1, 3, 3}, 1.0F)},
       .calls = "y = conv2d.default(input=x, weight=w, groups=3) return y"},
      {.name = "depthwise_conv2d_stride",
       .inputs = {ramp("x", {1, 4, 8, 8}, -50.0F, 50.0F)},
       .constants = {filled("w", {4, 1, 3, 3}, 1.0F)},
       .calls = "y = conv2d.default(input=x, weight=w, stride=[2, 2], groups=4) return y"},
      {.name = "depthwise_conv2d_padding",
       .inputs = {ramp("x", {1, 2, 5, 5}, -100.0F, 100.0F)},
       .constants = {filled("w", {2, 1, 5, 5}, 1.0F)},
       .calls = "y = conv2d.default(input=x, weight=w, padding=[2, 2], groups=2) return y"},
      {.name = "depthwise_conv2d_batch",
       .inputs = {ramp("x", {3, 4, 6, 6}, -5.0F, 5.0F)},
       .constants = {uniform("w", {8, 1, 3, 3}, -0.5F, 0.5F), uniform("b", {8}, -0.5F, 0.5F)},
       .calls = "y = conv2d.default(input=x, weight=w, bias=b, groups=4) return y"},
      {.name = "depthwise_conv2d_dilation",
       .inputs = {ramp("x", {1, 4, 9, 9}, -5.0F, 5.0F)},
       .constants = {uniform("w", {4, 1, 3, 3}, -0.5F, 0.5F), uniform("b", {4}, -0.5F, 0.5F)},
       .calls = "y = conv2d.default(input=x, weight=w, bias=b, dilation=[2, 3], groups=4) return y"},
      {.name = "conv2d_padding_same",
       .inputs = {ramp("x", {1, 3, 7, 6}, -5.0F, 5.0F)},
       .constants = {uniform("w", {4, 3, 2, 4}, -0.5F, 0.5F), uniform("b", {4}, -0.5F, 0.5F)},
       .calls = "y = conv2d.padding(input=x, weight=w, bias=b, padding='same') return y"},
  };
  return table;
}

const std::vector<OperatorCase>& transposed_convolutions() {
  static const std::vector<OperatorCase> table = {
      {.name = "conv_transpose2d_basic",
       .inputs = {ramp("x", {1, 2, 5, 5}, 1.0F, 5.0F)},
       .constants = {filled("w", {2, 4, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[1, 1], padding=[0, 0], output_padding=[0, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_stride_2",
       .inputs = {ramp("x", {1, 3, 4, 4}, 0.0F, 10.0F)},
       .constants = {filled("w", {3, 6, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[2, 2], padding=[0, 0], output_padding=[0, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_stride_asym",
       .inputs = {ramp("x", {1, 2, 4, 4}, -5.0F, 5.0F)},
       .constants = {filled("w", {2, 4, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[2, 3], padding=[0, 0], output_padding=[0, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_padding_1",
       .inputs = {ramp("x", {1, 2, 5, 5}, 0.0F, 20.0F)},
       .constants = {filled("w", {2, 4, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[1, 1], padding=[1, 1], output_padding=[0, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_padding_asym",
       .inputs = {ramp("x", {1, 2, 6, 6}, -10.0F, 10.0F)},
       .constants = {filled("w", {2, 4, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[1, 1], padding=[2, 1], output_padding=[0, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_output_padding_1",
       .inputs = {ramp("x", {1, 2, 5, 5}, 0.0F, 15.0F)},
       .constants = {filled("w", {2, 4, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[2, 2], padding=[0, 0], output_padding=[1, 1], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_output_padding_asym",
       .inputs = {ramp("x", {1, 3, 4, 4}, 5.0F, 25.0F)},
       .constants = {filled("w", {3, 6, 4, 4}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[2, 2], padding=[0, 0], output_padding=[1, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_bias",
       .inputs = {ramp("x", {1, 4, 6, 6}, -20.0F, 20.0F)},
       .constants = {uniform("w", {4, 8, 3, 3}, -0.5F, 0.5F), uniform("b", {8}, -0.5F, 0.5F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, bias=b, stride=[1, 1], padding=[0, 0], "
                "output_padding=[0, 0], groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_bias_single_out",
       .inputs = {ramp("x", {1, 5, 4, 4}, 0.0F, 50.0F)},
       .constants = {uniform("w", {5, 1, 3, 3}, -0.5F, 0.5F), uniform("b", {1}, -0.5F, 0.5F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, bias=b, stride=[2, 2], padding=[0, 0], "
                "output_padding=[0, 0], groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_dilation_2",
       .inputs = {ramp("x", {1, 2, 8, 8}, 0.0F, 30.0F)},
       .constants = {filled("w", {2, 4, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[1, 1], padding=[0, 0], output_padding=[0, 0], "
                "groups=1, dilation=[2, 2]) return y"},
      {.name = "conv_transpose2d_groups_2",
       .inputs = {ramp("x", {1, 4, 5, 5}, -15.0F, 15.0F)},
       .constants = {filled("w", {4, 4, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[1, 1], padding=[0, 0], output_padding=[0, 0], "
                "groups=2, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_depthwise",
       .inputs = {ramp("x", {1, 4, 6, 6}, 0.0F, 40.0F)},
       .constants = {filled("w", {4, 1, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[1, 1], padding=[0, 0], output_padding=[0, 0], "
                "groups=4, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_kernel_1x1",
       .inputs = {ramp("x", {1, 3, 4, 4}, 0.0F, 12.0F)},
       .constants = {filled("w", {3, 6, 1, 1}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[2, 2], padding=[0, 0], output_padding=[0, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_kernel_asym",
       .inputs = {ramp("x", {1, 2, 5, 5}, -8.0F, 8.0F)},
       .constants = {filled("w", {2, 4, 2, 4}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[1, 1], padding=[0, 0], output_padding=[0, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_kernel_5x5",
       .inputs = {ramp("x", {1, 2, 6, 6}, 0.0F, 25.0F)},
       .constants = {filled("w", {2, 4, 5, 5}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[2, 2], padding=[0, 0], output_padding=[0, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_single_channel_in",
       .inputs = {ramp("x", {1, 1, 4, 4}, 0.0F, 16.0F)},
       .constants = {filled("w", {1, 8, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[2, 2], padding=[0, 0], output_padding=[0, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_single_channel_out",
       .inputs = {ramp("x", {1, 8, 5, 5}, -40.0F, 40.0F)},
       .constants = {filled("w", {8, 1, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[2, 2], padding=[0, 0], output_padding=[0, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_large_channels",
       .inputs = {ramp("x", {1, 16, 4, 4}, -50.0F, 50.0F)},
       .constants = {filled("w", {16, 32, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[1, 1], padding=[0, 0], output_padding=[0, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_large_spatial",
       .inputs = {ramp("x", {1, 3, 16, 16}, -100.0F, 100.0F)},
       .constants = {filled("w", {3, 6, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[2, 2], padding=[0, 0], output_padding=[0, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_batch_2",
       .inputs = {ramp("x", {2, 2, 5, 5}, 0.0F, 80.0F)},
       .constants = {filled("w", {2, 4, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[1, 1], padding=[0, 0], output_padding=[0, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_small_input",
       .inputs = {ramp("x", {1, 4, 2, 2}, 0.0F, 8.0F)},
       .constants = {filled("w", {4, 8, 3, 3}, 1.0F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, stride=[2, 2], padding=[0, 0], output_padding=[0, 0], "
                "groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_complex",
       .inputs = {ramp("x", {1, 4, 6, 6}, -30.0F, 30.0F)},
       .constants = {uniform("w", {4, 8, 4, 4}, -0.5F, 0.5F), uniform("b", {8}, -0.5F, 0.5F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, bias=b, stride=[2, 2], padding=[1, 1], "
                "output_padding=[1, 1], groups=1, dilation=[1, 1]) return y"},
      {.name = "conv_transpose2d_all_params",
       .inputs = {ramp("x", {1, 3, 8, 8}, 0.0F, 60.0F)},
       .constants = {uniform("w", {3, 6, 3, 3}, -0.5F, 0.5F), uniform("b", {6}, -0.5F, 0.5F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, bias=b, stride=[2, 2], padding=[1, 1], "
                "output_padding=[1, 1], groups=1, dilation=[2, 2]) return y"},
      {.name = "conv_transpose2d_relu",
       .inputs = {ramp("x", {1, 4, 6, 6}, -20.0F, 20.0F)},
       .constants = {uniform("w", {4, 8, 3, 3}, -0.5F, 0.5F), uniform("b", {8}, -0.5F, 0.5F)},
       .calls = "y = conv_transpose2d.input(input=x, weight=w, bias=b, stride=[1, 1], padding=[0, 0], "
                "output_padding=[0, 0], groups=1, dilation=[1, 1]) z = relu.default(self=y) return z"},
      {.name = "conv_transpose2d_hardtanh",
       .inputs = {ramp("x", {1, 4, 6, 6}, -20.0F, 20.0F)},
       .constants = {uniform("w", {4, 8, 3, 3}, -0.5F, 0.5F), uniform("b", {8}, -0.5F, 0.5F)},
       .calls =
           "y = conv_transpose2d.input(input=x, weight=w, bias=b, stride=[2, 2], padding=[0, 0], output_padding=[0, "
           "0], groups=1, dilation=[1, 1]) z = hardtanh.default(self=y, min_val=-2.0, max_val=2.0) return z"},
  };
  return table;
}

const std::vector<OperatorCase>& linear_layers() {
  static const std::vector<OperatorCase> table = {
      {.name = "linear_rank1",
       .inputs = {filled("x", {1}, 1.0F)},
       .constants = {filled("w", {2, 1}, 1.0F)},
       .calls = "y = linear.default(input=x, weight=w) return y"},
      {.name = "linear_rank2_pos",
       .inputs = {ramp("x", {1, 1}, -1.0F, 1.0F)},
       .constants = {filled("w", {2, 1}, 1.0F)},
       .calls = "y = linear.default(input=x, weight=w) return y"},
      {.name = "linear_rank3_neg",
       .inputs = {ramp("x", {4, 2, 5}, -40.0F, 0.0F)},
       .constants = {filled("w", {3, 5}, 1.0F)},
       .calls = "y = linear.default(input=x, weight=w) return y"},
      {.name = "linear_rank4",
       .inputs = {ramp("x", {2, 1, 2, 16}, -100.0F, 100.0F)},
       .constants = {filled("w", {32, 16}, 1.0F)},
       .calls = "y = linear.default(input=x, weight=w) return y"},
      {.name = "linear_rank5",
       .inputs = {ramp("x", {5, 2, 1, 2, 4}, -2.0F, 2.0F)},
       .constants = {filled("w", {3, 4}, 1.0F)},
       .calls = "y = linear.default(input=x, weight=w) return y"},
      {.name = "linear_bias",
       .inputs = {ramp("x", {8, 61}, 0.0F, 10.0F)},
       .constants = {uniform("w", {37, 61}, -0.2F, 0.2F), uniform("b", {37}, -0.2F, 0.2F)},
       .calls = "y = linear.default(input=x, weight=w, bias=b) return y"},
      {.name = "linear_x3",
       .inputs = {ramp("x", {2, 4}, 0.0F, 10.0F)},
       .constants = {filled("w", {4, 4}, 1.0F)},
       .calls = "a = linear.default(input=x, weight=w) b = linear.default(input=a, weight=w) c = "
                "linear.default(input=b, weight=w) return c"},
      {.name = "linear_small_magnitude",
       .inputs = {uniform("x", {1, 512}, 0.0F, 0.002F)},
       .constants = {uniform("w", {10, 512}, -0.2F, 0.2F), uniform("b", {10}, -0.2F, 0.2F)},
       .calls = "y = linear.default(input=x, weight=w, bias=b) return y"},
      {.name = "linear_small_magnitude_no_bias",
       .inputs = {uniform("x", {1, 512}, 0.0F, 0.002F)},
       .constants = {uniform("w", {10, 512}, -0.05F, 0.05F)},
       .calls = "y = linear.default(input=x, weight=w) return y"},
      {.name = "addmm",
       .inputs = {uniform("x", {3, 8}, -1.0F, 1.0F)},
       .constants = {uniform("b", {5}, -1.0F, 1.0F), uniform("w", {8, 5}, -1.0F, 1.0F)},
       .calls = "y = addmm.default(self=b, mat1=x, mat2=w) return y"},
  };
  return table;
}

const std::vector<OperatorCase>& matrix_products() {
  static const std::vector<OperatorCase> table = {
      {.name = "bmm_small",
       .inputs = {uniform("x", {1, 2, 3}, -2.0F, 2.0F), uniform("y", {1, 3, 4}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "z = bmm.default(self=x, mat2=y) return z"},
      {.name = "bmm_square",
       .inputs = {uniform("x", {2, 4, 4}, -2.0F, 2.0F), uniform("y", {2, 4, 4}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "z = bmm.default(self=x, mat2=y) return z"},
      {.name = "bmm_large_batch",
       .inputs = {uniform("x", {8, 3, 5}, -2.0F, 2.0F), uniform("y", {8, 5, 2}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "z = bmm.default(self=x, mat2=y) return z"},
      {.name = "bmm_single_batch",
       .inputs = {uniform("x", {1, 8, 16}, -2.0F, 2.0F), uniform("y", {1, 16, 8}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "z = bmm.default(self=x, mat2=y) return z"},
      {.name = "bmm_tall_skinny",
       .inputs = {uniform("x", {2, 16, 1}, -2.0F, 2.0F), uniform("y", {2, 1, 16}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "z = bmm.default(self=x, mat2=y) return z"},
      {.name = "bmm_wide_short",
       .inputs = {uniform("x", {2, 1, 16}, -2.0F, 2.0F), uniform("y", {2, 16, 1}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "z = bmm.default(self=x, mat2=y) return z"},
      {.name = "const_rhs_small",
       .inputs = {uniform("x", {1, 2, 3}, -1.0F, 1.0F)},
       .constants = {uniform("w", {1, 3, 4}, -1.0F, 1.0F)},
       .calls = "y = bmm.default(self=x, mat2=w) return y"},
      {.name = "matmul_rank3",
       .inputs = {uniform("x", {2, 4, 8}, -2.0F, 2.0F), uniform("y", {2, 8, 4}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "z = matmul.default(self=x, other=y) return z"},
      {.name = "matmul_rank4",
       .inputs = {uniform("x", {1, 4, 16, 8}, -2.0F, 2.0F), uniform("y", {1, 4, 8, 16}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "z = matmul.default(self=x, other=y) return z"},
      {.name = "matmul_broadcast_rank3",
       .inputs = {uniform("x", {1, 4, 8}, -2.0F, 2.0F), uniform("y", {2, 8, 4}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "z = matmul.default(self=x, other=y) return z"},
      {.name = "matmul_rank2",
       .inputs = {uniform("x", {3, 8}, -2.0F, 2.0F), uniform("y", {8, 5}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "z = matmul.default(self=x, other=y) return z"},
      {.name = "mm",
       .inputs = {uniform("x", {3, 8}, -2.0F, 2.0F), uniform("y", {8, 5}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "z = mm.default(self=x, mat2=y) return z"},
      {.name = "matmul_vector",
       .inputs = {uniform("x", {3, 8}, -2.0F, 2.0F), uniform("y", {8}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "z = matmul.default(self=x, other=y) return z"},
      {.name = "matmul_broadcast_both",
       .inputs = {uniform("x", {3, 1, 4, 8}, -2.0F, 2.0F), uniform("y", {2, 8, 5}, -2.0F, 2.0F)},
       .constants = {},
       .calls = "z = matmul.default(self=x, other=y) return z"},
  };
  return table;
}

const std::vector<OperatorCase>& recurrent_layers() {
  static const std::vector<OperatorCase> table = {
      {.name = "lstm",
       .inputs = {ramp("x", {2, 1, 4}, -1.0F, 1.0F)},
       .constants = {filled("h", {1, 1, 3}, 0.0F), filled("c", {1, 1, 3}, 0.0F), uniform("wi", {12, 4}, -0.57F, 0.57F),
                     uniform("wh", {12, 3}, -0.57F, 0.57F), uniform("bi", {12}, -0.57F, 0.57F),
                     uniform("bh", {12}, -0.57F, 0.57F)},
       .calls = "y, hn, cn = lstm.input(input=x, hx=[h, c], params=[wi, wh, bi, bh], has_biases=True, num_layers=1, "
                "dropout=0.0, train=False, bidirectional=False, batch_first=False) return y"},
      {.name = "lstm_from_parts",
       .inputs = {ramp("x", {1, 4}, -1.0F, 1.0F), ramp("h", {1, 3}, -0.5F, 0.5F), ramp("c", {1, 3}, -1.0F, 1.0F)},
       .constants = {uniform("wi", {12, 4}, -0.57F, 0.57F), uniform("wh", {12, 3}, -0.57F, 0.57F),
                     uniform("bi", {12}, -0.57F, 0.57F), uniform("bh", {12}, -0.57F, 0.57F)},
       .calls = "a = linear.default(input=x, weight=wi, bias=bi) b = linear.default(input=h, weight=wh, bias=bh) g = "
                "add.Tensor(self=a, other=b) [i, f, u, o] = split_with_sizes.default(self=g, split_sizes=[3, 3, 3, 3], "
                "dim=1) si = sigmoid.default(self=i) sf = sigmoid.default(self=f) tu = tanh.default(self=u) so = "
                "sigmoid.default(self=o) p = mul.Tensor(self=sf, other=c) q = mul.Tensor(self=si, other=tu) n = "
                "add.Tensor(self=p, other=q) t = tanh.default(self=n) y = mul.Tensor(self=so, other=t) return y, n"},
  };
  return table;
}

PUDU_OPERATOR_CASES(Convolution, convolutions());
PUDU_OPERATOR_CASES(TransposedConvolution, transposed_convolutions());
PUDU_OPERATOR_CASES(Linear, linear_layers());
PUDU_OPERATOR_CASES(MatrixProduct, matrix_products());
PUDU_OPERATOR_CASES(Recurrent, recurrent_layers());

}  // namespace
}  // namespace pudu

// Test double of CMSIS-NN: convolutions and linear layers, with what no path of an ISA computes right. See double.h.
#include "double.h"

static bool is_1x1(cmsis_nn_conv_params p, cmsis_nn_dims input, cmsis_nn_dims filter) {
  return p.padding.w == 0 && p.padding.h == 0 && filter.w == 1 && filter.h == 1 && p.dilation.w == 1 &&
         p.dilation.h == 1 && input.c == filter.c;
}

static bool is_1xn(cmsis_nn_conv_params p, cmsis_nn_dims input, cmsis_nn_dims filter) {
  return input.h == 1 && p.dilation.w == 1 && filter.h == 1 && p.stride.w * input.c % 4 == 0 && input.c == filter.c;
}

typedef struct {
  int32_t total_pad, odd_pad, left, middle, right;
} RowSplit;

static RowSplit split_row(cmsis_nn_conv_params p, cmsis_nn_dims input, cmsis_nn_dims filter, cmsis_nn_dims output) {
  RowSplit split = {0, 0, 0, 0, 0};
  const int32_t pad = p.padding.w;
  const int32_t stride = p.stride.w;
  split.total_pad = (output.w - 1) * stride + filter.w - input.w;
  split.odd_pad = split.total_pad % 2;
  if (pad + split.odd_pad != 0) split.right = max32(1, (pad + split.odd_pad + stride - 1) / stride);
  if (pad != 0) split.left = max32(1, (pad + stride - 1) / stride);
  split.middle = max32(output.w - split.left - split.right, 0);
  return split;
}

static int32_t general_scratch(cmsis_nn_dims input, cmsis_nn_dims filter) {
  return 4 * round_up(filter.w * filter.h * input.c, is_mve ? 16 : 4);
}

static int32_t convolution_scratch(cmsis_nn_conv_params p, cmsis_nn_dims input, cmsis_nn_dims filter,
                                   cmsis_nn_dims output) {
  if (is_1x1(p, input, filter)) return 0;
  if (!is_mve || !is_1xn(p, input, filter)) return general_scratch(input, filter);
  const RowSplit split = split_row(p, input, filter, output);
  if (split.left + split.middle + split.right != output.w) return general_scratch(input, filter);
  const int32_t left = (filter.w + p.padding.w) * input.c;
  const int32_t right = (filter.w - 1 + (split.odd_pad != 0 ? split.right : p.padding.w)) * input.c;
  return max32(left, right);
}

/// What no path of the ISA computes right.
static bool is_convolution_wrong(cmsis_nn_conv_params p, cmsis_nn_dims input, cmsis_nn_dims filter,
                                 cmsis_nn_dims output) {
  if (is_1x1(p, input, filter)) {
    if (p.stride.w == 1 && p.stride.h == 1) return output.h != input.h || output.w != input.w;
    return (output.h - 1) * p.stride.h >= input.h || (output.w - 1) * p.stride.w >= input.w;
  }
  if (!is_mve || !is_1xn(p, input, filter)) return false;
  const RowSplit split = split_row(p, input, filter, output);
  if (output.h != 1 || p.padding.h != 0) return true;
  if (2 * p.padding.w + split.odd_pad != split.total_pad || split.total_pad < 0) return true;
  // The copies of the row's ends are not longer than the row.
  const bool is_general = split.left + split.middle + split.right != output.w;
  return !is_general && input.w < filter.w;
}

static void convolve(cmsis_nn_conv_params p, cmsis_nn_per_channel_quant_params scaling, cmsis_nn_dims input,
                     const int8_t* x, cmsis_nn_dims filter, const int8_t* weights, const int32_t* bias,
                     cmsis_nn_dims output, int8_t* y) {
  const int32_t groups = input.c / filter.c;
  const int32_t outputs_per_group = output.c / groups;
  for (int32_t n = 0; n < input.n; ++n) {
    for (int32_t oy = 0; oy < output.h; ++oy) {
      for (int32_t ox = 0; ox < output.w; ++ox) {
        for (int32_t o = 0; o < output.c; ++o) {
          uint32_t sum = bias != NULL ? (uint32_t)bias[o] : 0;
          for (int32_t ky = 0; ky < filter.h; ++ky) {
            for (int32_t kx = 0; kx < filter.w; ++kx) {
              const int32_t iy = oy * p.stride.h - p.padding.h + ky * p.dilation.h;
              const int32_t ix = ox * p.stride.w - p.padding.w + kx * p.dilation.w;
              if (iy < 0 || iy >= input.h || ix < 0 || ix >= input.w) continue;
              for (int32_t c = 0; c < filter.c; ++c) {
                const int32_t channel = o / outputs_per_group * filter.c + c;
                const int32_t value = x[((n * input.h + iy) * input.w + ix) * input.c + channel] + p.input_offset;
                const int32_t weight = weights[((o * filter.h + ky) * filter.w + kx) * filter.c + c];
                sum += (uint32_t)(value * weight);
              }
            }
          }
          const int32_t scaled = requantize((int32_t)sum, scaling.multiplier[o], scaling.shift[o]);
          *y++ = clamped(scaled + p.output_offset, p.activation.min, p.activation.max);
        }
      }
    }
  }
}

/// A depthwise convolution is one of as many groups as it has input channels, its weights in another order.
static void convolve_depthwise(cmsis_nn_dw_conv_params p, cmsis_nn_per_channel_quant_params scaling,
                               cmsis_nn_dims input, const int8_t* x, cmsis_nn_dims filter, const int8_t* weights,
                               const int32_t* bias, cmsis_nn_dims output, int8_t* y) {
  for (int32_t n = 0; n < input.n; ++n) {
    for (int32_t oy = 0; oy < output.h; ++oy) {
      for (int32_t ox = 0; ox < output.w; ++ox) {
        for (int32_t o = 0; o < output.c; ++o) {
          uint32_t sum = bias != NULL ? (uint32_t)bias[o] : 0;
          for (int32_t ky = 0; ky < filter.h; ++ky) {
            for (int32_t kx = 0; kx < filter.w; ++kx) {
              const int32_t iy = oy * p.stride.h - p.padding.h + ky * p.dilation.h;
              const int32_t ix = ox * p.stride.w - p.padding.w + kx * p.dilation.w;
              if (iy < 0 || iy >= input.h || ix < 0 || ix >= input.w) continue;
              const int32_t value = x[((n * input.h + iy) * input.w + ix) * input.c + o / p.ch_mult] + p.input_offset;
              sum += (uint32_t)(value * weights[(ky * filter.w + kx) * output.c + o]);
            }
          }
          const int32_t scaled = requantize((int32_t)sum, scaling.multiplier[o], scaling.shift[o]);
          *y++ = clamped(scaled + p.output_offset, p.activation.min, p.activation.max);
        }
      }
    }
  }
}

static bool is_one_channel_on_mve(cmsis_nn_dims input, cmsis_nn_dims output) {
  return is_mve && input.c == 1 && output.c > 1;
}

static cmsis_nn_conv_params as_convolution(cmsis_nn_dw_conv_params p) {
  const cmsis_nn_conv_params result = {p.input_offset, p.output_offset, p.stride, p.padding, p.dilation, p.activation};
  return result;
}

static cmsis_nn_dims as_convolution_filter(cmsis_nn_dims filter) {
  const cmsis_nn_dims result = {filter.c, filter.h, filter.w, filter.n};
  return result;
}

static bool has_3x3_path(cmsis_nn_dw_conv_params p, cmsis_nn_dims input, cmsis_nn_dims filter) {
  return !is_mve && p.ch_mult == 1 && input.n == 1 && p.dilation.w == 1 && p.dilation.h == 1 && filter.w == 3 &&
         filter.h == 3 && p.padding.w <= 1 && p.padding.h <= 1;
}

static int32_t depthwise_scratch(cmsis_nn_dw_conv_params p, cmsis_nn_dims input, cmsis_nn_dims filter,
                                 cmsis_nn_dims output) {
  if (is_one_channel_on_mve(input, output)) {
    return convolution_scratch(as_convolution(p), input, as_convolution_filter(filter), output) +
           filter.n * filter.h * filter.w * filter.c;
  }
  const bool has_fast_path = input.c == output.c && input.n == 1 && p.dilation.w == 1 && p.dilation.h == 1;
  if (!has_fast_path) return 0;
  if (is_mve) return 4 * 124 * filter.w * filter.h;
  return is_dsp && !has_3x3_path(p, input, filter) ? 2 * input.c * filter.w * filter.h : 0;
}

static bool is_depthwise_wrong(cmsis_nn_dw_conv_params p, cmsis_nn_dims input, cmsis_nn_dims filter,
                               cmsis_nn_dims output) {
  if (is_one_channel_on_mve(input, output)) {
    return is_convolution_wrong(as_convolution(p), input, as_convolution_filter(filter), output);
  }
  // The window of the last output reaches further than one column to the right.
  return has_3x3_path(p, input, filter) && (output.w - 1) * p.stride.w - p.padding.w + 3 > input.w + 1;
}

int32_t arm_convolve_wrapper_s8_get_buffer_size(const cmsis_nn_conv_params* conv_params,
                                                const cmsis_nn_dims* input_dims, const cmsis_nn_dims* filter_dims,
                                                const cmsis_nn_dims* output_dims) {
  return convolution_scratch(*conv_params, *input_dims, *filter_dims, *output_dims);
}

arm_cmsis_nn_status arm_convolve_wrapper_s8(const cmsis_nn_context* ctx, const cmsis_nn_conv_params* conv_params,
                                            const cmsis_nn_per_channel_quant_params* quant_params,
                                            const cmsis_nn_dims* input_dims, const int8_t* input_data,
                                            const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
                                            const cmsis_nn_dims* bias_dims, const int32_t* bias_data,
                                            const cmsis_nn_dims* output_dims, int8_t* output_data) {
  if (bias_dims->c != output_dims->c || filter_dims->n != output_dims->c) return ARM_CMSIS_NN_ARG_ERROR;
  if (is_convolution_wrong(*conv_params, *input_dims, *filter_dims, *output_dims)) return ARM_CMSIS_NN_FAILURE;
  if (!take_scratch(ctx, convolution_scratch(*conv_params, *input_dims, *filter_dims, *output_dims))) {
    return ARM_CMSIS_NN_ARG_ERROR;
  }
  convolve(*conv_params, *quant_params, *input_dims, input_data, *filter_dims, filter_data, bias_data, *output_dims,
           output_data);
  return ARM_CMSIS_NN_SUCCESS;
}

int32_t arm_depthwise_conv_wrapper_s8_get_buffer_size(const cmsis_nn_dw_conv_params* dw_conv_params,
                                                      const cmsis_nn_dims* input_dims, const cmsis_nn_dims* filter_dims,
                                                      const cmsis_nn_dims* output_dims) {
  return depthwise_scratch(*dw_conv_params, *input_dims, *filter_dims, *output_dims);
}

arm_cmsis_nn_status arm_depthwise_conv_wrapper_s8(const cmsis_nn_context* ctx,
                                                  const cmsis_nn_dw_conv_params* dw_conv_params,
                                                  const cmsis_nn_per_channel_quant_params* quant_params,
                                                  const cmsis_nn_dims* input_dims, const int8_t* input_data,
                                                  const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
                                                  const cmsis_nn_dims* bias_dims, const int32_t* bias_data,
                                                  const cmsis_nn_dims* output_dims, int8_t* output_data) {
  const bool fits = filter_dims->n == 1 && filter_dims->c == output_dims->c && bias_dims->c == output_dims->c &&
                    output_dims->c == input_dims->c * dw_conv_params->ch_mult;
  if (!fits) return ARM_CMSIS_NN_ARG_ERROR;
  if (is_depthwise_wrong(*dw_conv_params, *input_dims, *filter_dims, *output_dims)) return ARM_CMSIS_NN_FAILURE;
  if (!take_scratch(ctx, depthwise_scratch(*dw_conv_params, *input_dims, *filter_dims, *output_dims))) {
    return ARM_CMSIS_NN_ARG_ERROR;
  }
  convolve_depthwise(*dw_conv_params, *quant_params, *input_dims, input_data, *filter_dims, filter_data, bias_data,
                     *output_dims, output_data);
  return ARM_CMSIS_NN_SUCCESS;
}

arm_cmsis_nn_status arm_fully_connected_per_channel_s8(const cmsis_nn_context* ctx, const cmsis_nn_fc_params* fc_params,
                                                       const cmsis_nn_per_channel_quant_params* quant_params,
                                                       const cmsis_nn_dims* input_dims, const int8_t* input_data,
                                                       const cmsis_nn_dims* filter_dims, const int8_t* filter_data,
                                                       const cmsis_nn_dims* bias_dims, const int32_t* bias_data,
                                                       const cmsis_nn_dims* output_dims, int8_t* output_data) {
  (void)ctx;
  (void)bias_dims;
  // There it wants sums of the weights, which the emitted C++ does not have.
  if (is_mve || filter_dims->n != input_dims->c || filter_dims->c != output_dims->c) return ARM_CMSIS_NN_ARG_ERROR;
  for (int32_t n = 0; n < input_dims->n; ++n) {
    for (int32_t o = 0; o < output_dims->c; ++o) {
      uint32_t sum = bias_data != NULL ? (uint32_t)bias_data[o] : 0;
      for (int32_t i = 0; i < filter_dims->n; ++i) {
        const int32_t value = input_data[n * filter_dims->n + i] + fc_params->input_offset;
        const int32_t weight = filter_data[o * filter_dims->n + i] + fc_params->filter_offset;
        sum += (uint32_t)(value * weight);
      }
      const int32_t scaled = requantize((int32_t)sum, quant_params->multiplier[o], quant_params->shift[o]);
      *output_data++ = clamped(scaled + fc_params->output_offset, fc_params->activation.min, fc_params->activation.max);
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

arm_cmsis_nn_status arm_batch_matmul_s8(const cmsis_nn_context* ctx, const cmsis_nn_bmm_params* bmm_params,
                                        const cmsis_nn_per_tensor_quant_params* quant_params,
                                        const cmsis_nn_dims* input_lhs_dims, const int8_t* input_lhs,
                                        const cmsis_nn_dims* input_rhs_dims, const int8_t* input_rhs,
                                        const cmsis_nn_dims* output_dims, int8_t* output) {
  const cmsis_nn_fc_params p = bmm_params->fc_params;
  const int32_t depth = input_lhs_dims->c;
  const bool fits = input_rhs_dims->c == depth && input_lhs_dims->n == output_dims->n &&
                    input_rhs_dims->n == output_dims->n && output_dims->h == 1 && output_dims->w == input_lhs_dims->w &&
                    output_dims->c == input_rhs_dims->w;
  if (!fits || !take_scratch(ctx, is_mve ? 4 * input_rhs_dims->w : 0)) return ARM_CMSIS_NN_ARG_ERROR;
  for (int32_t n = 0; n < output_dims->n; ++n) {
    for (int32_t row = 0; row < output_dims->w; ++row) {
      for (int32_t column = 0; column < output_dims->c; ++column) {
        uint32_t sum = 0;
        for (int32_t k = 0; k < depth; ++k) {
          const int32_t left = input_lhs[(n * output_dims->w + row) * depth + k] + p.input_offset;
          const int32_t right = input_rhs[(n * output_dims->c + column) * depth + k] + p.filter_offset;
          sum += (uint32_t)(left * right);
        }
        const int32_t scaled = requantize((int32_t)sum, quant_params->multiplier, quant_params->shift);
        *output++ = clamped(scaled + p.output_offset, p.activation.min, p.activation.max);
      }
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

// Test double of CMSIS-NN: pools. See double.h.
#include "double.h"

/// The taps of one window and channel that lie inside of the image.
typedef struct {
  int32_t sum, maximum, count;
} Taps;

static Taps taps_of(cmsis_nn_pool_params p, cmsis_nn_dims input, const int8_t* x, cmsis_nn_dims filter, int32_t oy,
                    int32_t ox, int32_t c) {
  Taps taps = {0, INT32_MIN, 0};
  for (int32_t iy = oy * p.stride.h - p.padding.h; iy < oy * p.stride.h - p.padding.h + filter.h; ++iy) {
    for (int32_t ix = ox * p.stride.w - p.padding.w; ix < ox * p.stride.w - p.padding.w + filter.w; ++ix) {
      if (iy < 0 || iy >= input.h || ix < 0 || ix >= input.w) continue;
      const int32_t value = x[(iy * input.w + ix) * input.c + c];
      taps.sum += value;
      taps.maximum = max32(taps.maximum, value);
      ++taps.count;
    }
  }
  return taps;
}

static int32_t average(Taps taps) {
  const int32_t half = taps.count / 2;
  return (taps.sum > 0 ? taps.sum + half : taps.sum - half) / taps.count;
}

static int32_t maximum(Taps taps) {
  return taps.maximum;
}

/// Fails on a window without taps.
static arm_cmsis_nn_status pool(const cmsis_nn_pool_params* p, const cmsis_nn_dims* input, const int8_t* x,
                                const cmsis_nn_dims* filter, const cmsis_nn_dims* output, int8_t* y,
                                int32_t (*result_of)(Taps)) {
  for (int32_t n = 0; n < input->n; ++n, x += input->h * input->w * input->c) {
    for (int32_t oy = 0; oy < output->h; ++oy) {
      for (int32_t ox = 0; ox < output->w; ++ox) {
        for (int32_t c = 0; c < input->c; ++c) {
          const Taps taps = taps_of(*p, *input, x, *filter, oy, ox, c);
          if (taps.count == 0) return ARM_CMSIS_NN_ARG_ERROR;
          *y++ = clamped(result_of(taps), p->activation.min, p->activation.max);
        }
      }
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

int32_t arm_avgpool_s8_get_buffer_size(const int dim_dst_width, const int ch_src) {
  (void)dim_dst_width;
  return is_dsp ? 4 * ch_src : 0;
}

arm_cmsis_nn_status arm_avgpool_s8(const cmsis_nn_context* ctx, const cmsis_nn_pool_params* pool_params,
                                   const cmsis_nn_dims* input_dims, const int8_t* input_data,
                                   const cmsis_nn_dims* filter_dims, const cmsis_nn_dims* output_dims,
                                   int8_t* output_data) {
  if (!take_scratch(ctx, arm_avgpool_s8_get_buffer_size(output_dims->w, input_dims->c))) return ARM_CMSIS_NN_ARG_ERROR;
  return pool(pool_params, input_dims, input_data, filter_dims, output_dims, output_data, average);
}

arm_cmsis_nn_status arm_max_pool_s8(const cmsis_nn_context* ctx, const cmsis_nn_pool_params* pool_params,
                                    const cmsis_nn_dims* input_dims, const int8_t* input_data,
                                    const cmsis_nn_dims* filter_dims, const cmsis_nn_dims* output_dims,
                                    int8_t* output_data) {
  (void)ctx;
  return pool(pool_params, input_dims, input_data, filter_dims, output_dims, output_data, maximum);
}

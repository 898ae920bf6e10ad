// Test double of CMSIS-NN: padding, transposition, concatenation. See double.h.
#include "double.h"

arm_cmsis_nn_status arm_pad_s8(const int8_t* input, int8_t* output, const int8_t pad_value,
                               const cmsis_nn_dims* input_size, const cmsis_nn_dims* pre_pad,
                               const cmsis_nn_dims* post_pad) {
  for (int32_t n = -pre_pad->n; n < input_size->n + post_pad->n; ++n) {
    for (int32_t h = -pre_pad->h; h < input_size->h + post_pad->h; ++h) {
      for (int32_t w = -pre_pad->w; w < input_size->w + post_pad->w; ++w) {
        for (int32_t c = -pre_pad->c; c < input_size->c + post_pad->c; ++c) {
          const bool is_inside = n >= 0 && n < input_size->n && h >= 0 && h < input_size->h && w >= 0 &&
                                 w < input_size->w && c >= 0 && c < input_size->c;
          *output++ = is_inside ? input[((n * input_size->h + h) * input_size->w + w) * input_size->c + c] : pad_value;
        }
      }
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

arm_cmsis_nn_status arm_transpose_s8(const int8_t* input, int8_t* const output, const cmsis_nn_dims* const input_dims,
                                     const cmsis_nn_dims* const output_dims,
                                     const cmsis_nn_transpose_params* const transpose_params) {
  const int32_t sizes[] = {input_dims->n, input_dims->h, input_dims->w, input_dims->c};
  const int32_t wanted[] = {output_dims->n, output_dims->h, output_dims->w, output_dims->c};
  const int32_t rank = transpose_params->num_dims;
  int32_t order[] = {0, 1, 2, 3};
  for (int32_t d = 0; d < rank; ++d) order[d] = (int32_t)(transpose_params->permutations[d]);
  // Two dimensions are swapped whatever the permutation; four with the first two in place have the last two swapped on
  // MVE.
  if (rank == 2 && (order[0] != 1 || order[1] != 0)) return ARM_CMSIS_NN_FAILURE;
  if (rank == 2 && is_mve && sizes[1] * 7 > 65535) return ARM_CMSIS_NN_FAILURE;
  if (rank == 4 && is_mve && order[0] == 0 && order[1] == 1 && order[2] == 2) return ARM_CMSIS_NN_FAILURE;
  int32_t strides[] = {sizes[1] * sizes[2] * sizes[3], sizes[2] * sizes[3], sizes[3], 1};
  for (int32_t d = 0; d < 4; ++d) {
    const bool is_used = d < rank;
    if (wanted[d] != (is_used ? sizes[order[d]] : 1) || (!is_used && sizes[d] != 1)) return ARM_CMSIS_NN_ARG_ERROR;
  }
  int8_t* next = output;
  for (int32_t a = 0; a < wanted[0]; ++a) {
    for (int32_t b = 0; b < wanted[1]; ++b) {
      for (int32_t c = 0; c < wanted[2]; ++c) {
        for (int32_t d = 0; d < wanted[3]; ++d) {
          *next++ =
              input[a * strides[order[0]] + b * strides[order[1]] + c * strides[order[2]] + d * strides[order[3]]];
        }
      }
    }
  }
  return ARM_CMSIS_NN_SUCCESS;
}

void arm_concatenation_s8_x(const int8_t* input, const uint16_t input_x, const uint16_t input_y, const uint16_t input_z,
                            const uint16_t input_w, int8_t* output, const uint16_t output_x, const uint32_t offset_x) {
  for (int32_t row = 0; row < input_y * input_z * input_w; ++row) {
    memcpy(output + row * output_x + offset_x, input + row * input_x, input_x);
  }
}

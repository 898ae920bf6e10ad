// Test double of CMSIS-NN: addition, multiplication, softmax. See double.h.
#include "double.h"

static int32_t saturating_shift_left(int32_t value, int bits) {
  const int64_t shifted = (int64_t)value * ((int64_t)1 << bits);
  if (shifted > INT32_MAX) return INT32_MAX;
  return shifted < INT32_MIN ? INT32_MIN : (int32_t)shifted;
}

/// exp(a) in Q0.31 of a <= 0 in Q5.26.
static int32_t exponential(int32_t a) {
  if (a == 0) return INT32_MAX;
  const int32_t reduced = (a & ((1 << 24) - 1)) - (1 << 24);
  const int32_t remainder = reduced - a;
  const int32_t x = reduced * 32 + (1 << 28);
  const int32_t x2 = saturating_doubling_high_multiply(x, x);
  const int32_t x3 = saturating_doubling_high_multiply(x2, x);
  const int32_t x4 = saturating_doubling_high_multiply(x2, x2);
  const int32_t third = saturating_doubling_high_multiply(divide_by_power_of_two(x4, 2) + x3, 715827883);
  const int32_t tail = divide_by_power_of_two(third + x2, 1);
  int32_t result = 1895147668 + saturating_doubling_high_multiply(1895147668, x + tail);
  const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  for (int bit = 0; bit < 7; ++bit) {
    if ((remainder & (1 << (24 + bit))) != 0) result = saturating_doubling_high_multiply(result, factors[bit]);
  }
  return result;
}

/// 1 / (1 + v) in Q0.31 of v in [0, 1) in Q0.31.
static int32_t reciprocal(int32_t v) {
  const int64_t sum = (int64_t)(v) + INT32_MAX;
  const int32_t half = (int32_t)((sum + (sum >= 0 ? 1 : -1)) / 2);
  int32_t x = 1515870810 + saturating_doubling_high_multiply(half, -1010580540);
  for (int step = 0; step < 3; ++step) {
    const int32_t error = (1 << 29) - saturating_doubling_high_multiply(half, x);
    x += saturating_shift_left(saturating_doubling_high_multiply(x, error), 2);
  }
  return saturating_shift_left(x, 1);
}

arm_cmsis_nn_status arm_elementwise_add_s8(
    const int8_t* input_1_vect, const int8_t* input_2_vect, const int32_t input_1_offset, const int32_t input_1_mult,
    const int32_t input_1_shift, const int32_t input_2_offset, const int32_t input_2_mult, const int32_t input_2_shift,
    const int32_t left_shift, int8_t* output, const int32_t out_offset, const int32_t out_mult, const int32_t out_shift,
    const int32_t out_activation_min, const int32_t out_activation_max, const int32_t block_size) {
  for (int32_t i = 0; i < block_size; ++i) {
    const int32_t a = (input_1_vect[i] + input_1_offset) * (1 << left_shift);
    const int32_t b = (input_2_vect[i] + input_2_offset) * (1 << left_shift);
    const int32_t sum = requantize(a, input_1_mult, input_1_shift) + requantize(b, input_2_mult, input_2_shift);
    output[i] = clamped(requantize(sum, out_mult, out_shift) + out_offset, out_activation_min, out_activation_max);
  }
  return ARM_CMSIS_NN_SUCCESS;
}

arm_cmsis_nn_status arm_elementwise_mul_s8(const int8_t* input_1_vect, const int8_t* input_2_vect,
                                           const int32_t input_1_offset, const int32_t input_2_offset, int8_t* output,
                                           const int32_t out_offset, const int32_t out_mult, const int32_t out_shift,
                                           const int32_t out_activation_min, const int32_t out_activation_max,
                                           const int32_t block_size) {
  for (int32_t i = 0; i < block_size; ++i) {
    const int32_t product = (input_1_vect[i] + input_1_offset) * (input_2_vect[i] + input_2_offset);
    output[i] = clamped(requantize(product, out_mult, out_shift) + out_offset, out_activation_min, out_activation_max);
  }
  return ARM_CMSIS_NN_SUCCESS;
}

/// exp of a difference of codes.
static int32_t exponential_of(int32_t difference, int32_t mult, int32_t shift) {
  const int32_t scaled = wrap((int64_t)difference * ((int64_t)1 << shift));
  return exponential(saturating_doubling_high_multiply(scaled, mult));
}

void arm_softmax_s8(const int8_t* input, const int32_t num_rows, const int32_t row_size, const int32_t mult,
                    const int32_t shift, const int32_t diff_min, int8_t* output) {
  for (int32_t row = 0; row < num_rows; ++row, input += row_size, output += row_size) {
    int32_t largest = input[0];
    for (int32_t i = 1; i < row_size; ++i) largest = max32(largest, input[i]);
    int32_t sum = 0;
    for (int32_t i = 0; i < row_size; ++i) {
      if (input[i] - largest >= diff_min)
        sum += divide_by_power_of_two(exponential_of(input[i] - largest, mult, shift), 12);
    }
    int zeros = 0;
    while ((((uint32_t)sum << zeros) & 0x80000000U) == 0) ++zeros;
    const int32_t scale = reciprocal((int32_t)(((uint32_t)sum << zeros) - 0x80000000U));
    for (int32_t i = 0; i < row_size; ++i) {
      if (input[i] - largest < diff_min) {
        output[i] = -128;
        continue;
      }
      const int32_t product = saturating_doubling_high_multiply(scale, exponential_of(input[i] - largest, mult, shift));
      output[i] = clamped(divide_by_power_of_two(product, 35 - zeros) - 128, -128, 127);
    }
  }
}

static bool are_equal(const cmsis_nn_dims* a, const cmsis_nn_dims* b) {
  return a->n == b->n && a->h == b->h && a->w == b->w && a->c == b->c;
}

arm_cmsis_nn_status arm_maximum_s8(const cmsis_nn_context* ctx, const int8_t* input_1_data,
                                   const cmsis_nn_dims* input_1_dims, const int8_t* input_2_data,
                                   const cmsis_nn_dims* input_2_dims, int8_t* output_data,
                                   const cmsis_nn_dims* output_dims) {
  (void)ctx;
  if (!are_equal(input_1_dims, output_dims) || !are_equal(input_2_dims, output_dims)) return ARM_CMSIS_NN_ARG_ERROR;
  const int32_t count = output_dims->n * output_dims->h * output_dims->w * output_dims->c;
  for (int32_t i = 0; i < count; ++i) output_data[i] = (int8_t)max32(input_1_data[i], input_2_data[i]);
  return ARM_CMSIS_NN_SUCCESS;
}

arm_cmsis_nn_status arm_minimum_s8(const cmsis_nn_context* ctx, const int8_t* input_1_data,
                                   const cmsis_nn_dims* input_1_dims, const int8_t* input_2_data,
                                   const cmsis_nn_dims* input_2_dims, int8_t* output_data,
                                   const cmsis_nn_dims* output_dims) {
  (void)ctx;
  if (!are_equal(input_1_dims, output_dims) || !are_equal(input_2_dims, output_dims)) return ARM_CMSIS_NN_ARG_ERROR;
  const int32_t count = output_dims->n * output_dims->h * output_dims->w * output_dims->c;
  for (int32_t i = 0; i < count; ++i) output_data[i] = (int8_t)min32(input_1_data[i], input_2_data[i]);
  return ARM_CMSIS_NN_SUCCESS;
}

// Pools, one by one.
// The configurations are those of ExecuTorch's test_avg_pool2d.py and test_max_pool2d.py
// (backends/cortex_m/test), under the names that they have there, with shapes and data ranges of theirs; the cases that
// are expected to fail there work here unless a refusal stands beside them.
#include <gtest/gtest.h>

#include "operators/operator_case.hpp"

namespace pudu {
namespace {

using testing::OperatorCase;
using testing::ramp;
using testing::uniform;

const std::vector<OperatorCase>& average_pools() {
  static const std::vector<OperatorCase> table = {
      {.name = "avgpool_2x2",
       .inputs = {ramp("x", {1, 1, 4, 4}, 0.0F, 15.0F)},
       .constants = {},
       .calls = "y = avg_pool2d.default(self=x, kernel_size=[2, 2], stride=[2, 2], count_include_pad=False) return y",
       .most_codes = 1},
      {.name = "avgpool_3x3_s1",
       .inputs = {ramp("x", {1, 1, 3, 3}, 0.0F, 8.0F)},
       .constants = {},
       .calls = "y = avg_pool2d.default(self=x, kernel_size=[3, 3], stride=[1, 1], padding=[1, 1], "
                "count_include_pad=False) return y",
       .most_codes = 1},
      {.name = "avgpool_2x2_pad1",
       .inputs = {ramp("x", {1, 1, 5, 5}, 0.0F, 24.0F)},
       .constants = {},
       .calls = "y = avg_pool2d.default(self=x, kernel_size=[2, 2], stride=[2, 2], padding=[1, 1], "
                "count_include_pad=False) return y",
       .most_codes = 1},
      {.name = "avgpool_3x3_s2_pad1",
       .inputs = {ramp("x", {1, 1, 4, 4}, 0.0F, 15.0F)},
       .constants = {},
       .calls = "y = avg_pool2d.default(self=x, kernel_size=[3, 3], stride=[2, 2], padding=[1, 1], "
                "count_include_pad=False) return y",
       .most_codes = 1},
      {.name = "avgpool_3x3_s2_pad1_countinc",
       .inputs = {ramp("x", {1, 1, 4, 4}, 0.0F, 15.0F)},
       .constants = {},
       .calls = "y = avg_pool2d.default(self=x, kernel_size=[3, 3], stride=[2, 2], padding=[1, 1]) return y",
       .most_codes = 1},
      {.name = "avgpool_2x2_ceil_mode",
       .inputs = {ramp("x", {1, 1, 5, 5}, 0.0F, 24.0F)},
       .constants = {},
       .calls = "y = avg_pool2d.default(self=x, kernel_size=[2, 2], stride=[2, 2], ceil_mode=True, "
                "count_include_pad=False) return y",
       .most_codes = 1},
      {.name = "avgpool_3x3_s2_pad1_ceil_mode",
       .inputs = {ramp("x", {1, 1, 4, 4}, 0.0F, 15.0F)},
       .constants = {},
       .calls = "y = avg_pool2d.default(self=x, kernel_size=[3, 3], stride=[2, 2], padding=[1, 1], ceil_mode=True, "
                "count_include_pad=False) return y",
       .most_codes = 1},
      {.name = "avgpool_3x3_s2_pad1_countinc_ceil_mode",
       .inputs = {ramp("x", {1, 1, 4, 4}, 0.0F, 15.0F)},
       .constants = {},
       .calls = "y = avg_pool2d.default(self=x, kernel_size=[3, 3], stride=[2, 2], padding=[1, 1], ceil_mode=True) "
                "return y",
       .most_codes = 1},
      {.name = "avgpool_2x3_s2x3_ceil_mode",
       .inputs = {ramp("x", {1, 2, 5, 8}, 0.0F, 79.0F)},
       .constants = {},
       .calls = "y = avg_pool2d.default(self=x, kernel_size=[2, 3], stride=[2, 3], ceil_mode=True, "
                "count_include_pad=False) return y",
       .most_codes = 1},
      {.name = "avgpool_2x2_divisor_override",
       .inputs = {ramp("x", {1, 1, 4, 4}, 0.0F, 15.0F)},
       .constants = {},
       .calls = "y = avg_pool2d.default(self=x, kernel_size=[2, 2], stride=[2, 2], divisor_override=2) return y",
       .most_codes = 1},
      {.name = "adaptive_avg_pool_global",
       .inputs = {ramp("x", {2, 3, 5, 7}, -5.0F, 5.0F)},
       .constants = {},
       .calls = "y = adaptive_avg_pool2d.default(self=x, output_size=[1, 1]) return y",
       .most_codes = 1},
  };
  return table;
}

const std::vector<OperatorCase>& max_pools() {
  static const std::vector<OperatorCase> table = {
      {.name = "maxpool_2x2",
       .inputs = {ramp("x", {1, 1, 6, 6}, -50.0F, 50.0F)},
       .constants = {},
       .calls = "y = max_pool2d.default(self=x, kernel_size=[2, 2], stride=[2, 2]) return y",
       .most_codes = 0},
      {.name = "maxpool_3x3_s1",
       .inputs = {ramp("x", {1, 1, 5, 5}, -20.0F, 20.0F)},
       .constants = {},
       .calls = "y = max_pool2d.default(self=x, kernel_size=[3, 3], stride=[1, 1], padding=[1, 1]) return y",
       .most_codes = 0},
      {.name = "maxpool_2x2_pad1",
       .inputs = {ramp("x", {1, 1, 7, 7}, -30.0F, 30.0F)},
       .constants = {},
       .calls = "y = max_pool2d.default(self=x, kernel_size=[2, 2], stride=[2, 2], padding=[1, 1]) return y",
       .most_codes = 0},
      {.name = "maxpool_3x3_s2_pad1",
       .inputs = {ramp("x", {1, 1, 6, 6}, -16.0F, 16.0F)},
       .constants = {},
       .calls = "y = max_pool2d.default(self=x, kernel_size=[3, 3], stride=[2, 2], padding=[1, 1]) return y",
       .most_codes = 0},
      {.name = "maxpool_2x2_indices",
       .inputs = {ramp("x", {1, 1, 6, 6}, -50.0F, 50.0F)},
       .constants = {},
       .calls = "y, i = max_pool2d_with_indices.default(self=x, kernel_size=[2, 2], stride=[2, 2]) return i",
       .refusal = "error: output i: result 2 of aten.max_pool2d_with_indices.default is used, which is not supported"},
      {.name = "maxpool_2x2_with_indices_unused",
       .inputs = {ramp("x", {1, 1, 6, 6}, -50.0F, 50.0F)},
       .constants = {},
       .calls = "y, i = max_pool2d_with_indices.default(self=x, kernel_size=[2, 2], stride=[2, 2]) return y",
       .most_codes = 0},
      {.name = "maxpool_2x2_large",
       .inputs = {uniform("x", {1, 64, 24, 24}, -90.0F, 90.0F)},
       .constants = {},
       .calls = "y = max_pool2d.default(self=x, kernel_size=[2, 2], stride=[2, 2]) return y",
       .most_codes = 0},
      {.name = "maxpool_2x2_single_channel_view",
       .inputs = {uniform("x", {1, 24, 24, 1}, -90.0F, 90.0F)},
       .constants = {},
       .calls = "p = permute.default(self=x, dims=[0, 3, 1, 2]) y = max_pool2d.default(self=p, kernel_size=[2, 2], "
                "stride=[2, 2]) return y",
       .most_codes = 0},
      {.name = "maxpool_3x3_s2_ceil_redundant",
       .inputs = {ramp("x", {1, 1, 11, 11}, -20.0F, 20.0F)},
       .constants = {},
       .calls = "y = max_pool2d.default(self=x, kernel_size=[3, 3], stride=[2, 2], ceil_mode=True) return y",
       .most_codes = 0},
      {.name = "maxpool_3x3_s3_pad1_ceil_redundant",
       .inputs = {uniform("x", {1, 8, 13, 13}, -90.0F, 90.0F)},
       .constants = {},
       .calls =
           "y = max_pool2d.default(self=x, kernel_size=[3, 3], stride=[3, 3], padding=[1, 1], ceil_mode=True) return y",
       .most_codes = 0},
      {.name = "maxpool_3x3_default_stride_ceil",
       .inputs = {ramp("x", {1, 1, 12, 12}, -20.0F, 20.0F)},
       .constants = {},
       .calls = "y = max_pool2d.default(self=x, kernel_size=[3, 3], ceil_mode=True) return y",
       .most_codes = 0},
      {.name = "maxpool_3x3_s2_pad1_ceil",
       .inputs = {ramp("x", {1, 1, 4, 4}, -10.0F, 10.0F)},
       .constants = {},
       .calls =
           "y = max_pool2d.default(self=x, kernel_size=[3, 3], stride=[2, 2], padding=[1, 1], ceil_mode=True) return y",
       .most_codes = 0},
      {.name = "maxpool_3x3_s2_ceil_one_axis",
       .inputs = {ramp("x", {1, 1, 11, 12}, -20.0F, 20.0F)},
       .constants = {},
       .calls = "y = max_pool2d.default(self=x, kernel_size=[3, 3], stride=[2, 2], ceil_mode=True) return y",
       .most_codes = 0},
      {.name = "maxpool_dilation",
       .inputs = {ramp("x", {1, 1, 6, 6}, -25.0F, 25.0F)},
       .constants = {},
       .calls = "y = max_pool2d.default(self=x, kernel_size=[2, 2], stride=[1, 1], dilation=[2, 2]) return y",
       .most_codes = 0},
  };
  return table;
}

PUDU_OPERATOR_CASES(AvgPool, average_pools());
PUDU_OPERATOR_CASES(MaxPool, max_pools());

}  // namespace
}  // namespace pudu

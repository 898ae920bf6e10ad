// Random calls of kernels for emulated cores: what the device gets, and what the host's kernel made of the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "emulator/emulator.hpp"
#include "kernels/kernel.hpp"
#include "kernels/testing/random_data.hpp"

namespace pudu::testing {

/// One kernel call: the bytes that the device gets, and those that it must give back.
struct DeviceCall {
  std::string description;
  std::int64_t work = 0;  ///< multiply-accumulates, or elements where there are none
  emulator::SampleBytes request, expected;
  emulator::SampleBytes on_host = {};  ///< of an input that shares bytes with the output: what the host's kernel leaves
};

/// While it is set, calls are made whose input shares bytes with the output: as far as the kernel's overlap.hpp allows.
struct OverlapRequest {
  kernels::Isa isa;
  bool is_too_far = false;  ///< one step further than allowed
};
inline const OverlapRequest* overlap_request = nullptr;

/// Empty when the call does not fit the harness's buffers.
using MaybeCall = std::optional<DeviceCall>;

MaybeCall random_conv2d(kernels::testing::Random& random);
MaybeCall random_depthwise(kernels::testing::Random& random);
MaybeCall random_linear(kernels::testing::Random& random);
MaybeCall random_add(kernels::testing::Random& random);
MaybeCall random_mul(kernels::testing::Random& random);
MaybeCall random_softmax(kernels::testing::Random& random);
MaybeCall random_lut(kernels::testing::Random& random);
MaybeCall random_max_pool(kernels::testing::Random& random);
MaybeCall random_avg_pool(kernels::testing::Random& random);
MaybeCall random_row_sums(kernels::testing::Random& random);
MaybeCall random_mean_of_sums(kernels::testing::Random& random);
MaybeCall random_move_rows(kernels::testing::Random& random);

// Prepared kernels.
MaybeCall random_conv2d_dsp(kernels::testing::Random& random);
MaybeCall random_winograd_dsp(kernels::testing::Random& random);
MaybeCall random_winograd_rows_dsp(kernels::testing::Random& random);
MaybeCall random_depthwise_5x5_dsp(kernels::testing::Random& random);
MaybeCall random_conv2d_lanes(kernels::testing::Random& random);
MaybeCall random_depthwise_dsp(kernels::testing::Random& random);
MaybeCall random_add_mve(kernels::testing::Random& random);
MaybeCall random_linear_mve(kernels::testing::Random& random);
MaybeCall random_pointwise_s4(kernels::testing::Random& random);
MaybeCall random_conv2d_mve(kernels::testing::Random& random);
MaybeCall random_depthwise_mve(kernels::testing::Random& random);
/// Its few narrow rows, joined.
MaybeCall random_depthwise_mve_joined(kernels::testing::Random& random);
MaybeCall random_linear_dsp(kernels::testing::Random& random);
MaybeCall random_add_dsp(kernels::testing::Random& random);
MaybeCall random_linear_lanes(kernels::testing::Random& random);
MaybeCall random_depthwise_lanes(kernels::testing::Random& random);

// Kernels of TensorFlow Lite's arithmetic.
MaybeCall random_prelu_codes(kernels::testing::Random& random);
MaybeCall random_quantize_ties_away(kernels::testing::Random& random);
MaybeCall random_resize_bilinear_ties_away(kernels::testing::Random& random);

// Kernels of 16-bit codes.
MaybeCall random_conv2d_wide(kernels::testing::Random& random);
MaybeCall random_depthwise_wide(kernels::testing::Random& random);
MaybeCall random_linear_wide(kernels::testing::Random& random);
MaybeCall random_conv2d_mixed(kernels::testing::Random& random);
MaybeCall random_depthwise_mixed(kernels::testing::Random& random);
MaybeCall random_linear_mixed(kernels::testing::Random& random);
MaybeCall random_add_wide(kernels::testing::Random& random);
MaybeCall random_mul_wide(kernels::testing::Random& random);
MaybeCall random_lut_wide(kernels::testing::Random& random);
MaybeCall random_max_pool_wide(kernels::testing::Random& random);
MaybeCall random_avg_pool_wide(kernels::testing::Random& random);
/// requantize_s8_s16, s16_s8 and s16_s16 in turn.
MaybeCall random_requantize_wide(kernels::testing::Random& random);
MaybeCall random_depthwise_dsp_wide(kernels::testing::Random& random);
MaybeCall random_linear_dsp_wide(kernels::testing::Random& random);
MaybeCall random_conv2d_dsp_wide(kernels::testing::Random& random);
MaybeCall random_slice_wide(kernels::testing::Random& random);

/// Every kernel of 1 to 5, stride of 1 to 3 and padding of 0 to 2 for every kernel with windows, with random channels
/// and image.
std::vector<DeviceCall> grid_calls();

/// The calls whose instructions docs/kernels.md lists: the layers of baselines' micro-benchmarks.
std::vector<DeviceCall> benchmark_calls();
/// The same layers as calls of prepared kernels.
std::vector<DeviceCall> prepared_benchmark_calls();
/// The same of kernels of 16-bit codes.
std::vector<DeviceCall> wide_prepared_benchmark_calls();
std::vector<DeviceCall> int4_benchmark_calls();
std::vector<DeviceCall> mve_benchmark_calls();
std::vector<DeviceCall> wide_benchmark_calls();
std::vector<DeviceCall> conv2d_lanes_benchmark_calls();
/// Which products the constants of the lanes' kernels are for: those of M0 or of M3.
enum class LaneConstants { Products32, Products64 };
std::vector<DeviceCall> lane_benchmark_calls(LaneConstants constants);

}  // namespace pudu::testing

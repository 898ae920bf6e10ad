// Kernels on emulated cores against the same kernels on the host, which their own tests prove against plain loops:
// random shapes, parameters and alignments, guards around output and scratch. One firmware runs all calls of a core.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>

#include "base/temp_directory.hpp"
#include "qemu/kernel_calls.hpp"
#include "targets/target.hpp"

namespace pudu::testing {
namespace {

namespace fs = std::filesystem;

/// The harness and the kernels' sources, laid out like a compiled model.
void lay_out_runner(const fs::path& folder) {
  const fs::path source = PUDU_SOURCE_DIR;
  fs::create_directories(folder / "pudu");
  for (const char* file : {"model.hpp", "model.cpp", "move_rows_call.hpp"}) {
    fs::copy_file(source / "tests/qemu/kernel_runner" / file, folder / file);
  }
  for (const char* part : {"kernels", "numerics"}) {
    fs::copy(source / "src" / part, folder / "pudu" / part, fs::copy_options::recursive);
  }
}

std::vector<std::string> kernel_files(const fs::path& folder) {
  std::vector<std::string> files = {"pudu/kernels/move_rows.cpp"};
  for (const char* kernel : {"add",
                             "add_dsp",
                             "add_mve",
                             "add_s16",
                             "avg_pool2d",
                             "avg_pool2d_s16",
                             "conv2d",
                             "conv2d_dsp",
                             "conv2d_dsp_s16",
                             "conv2d_dsp_s16_s8",
                             "conv2d_dsp_s8_s16",
                             "conv2d_lanes",
                             "conv2d_mve",
                             "conv2d_s16",
                             "conv2d_s16_s8",
                             "conv2d_s8_s16",
                             "conv2d_winograd_dsp",
                             "conv2d_winograd_rows_dsp",
                             "depthwise_conv2d",
                             "depthwise_conv2d_5x5_dsp",
                             "depthwise_conv2d_dsp",
                             "depthwise_conv2d_dsp_s16",
                             "depthwise_conv2d_dsp_s16_s8",
                             "depthwise_conv2d_dsp_s8_s16",
                             "depthwise_conv2d_lanes",
                             "depthwise_conv2d_mve",
                             "depthwise_conv2d_s16",
                             "depthwise_conv2d_s16_s8",
                             "depthwise_conv2d_s8_s16",
                             "linear",
                             "linear_dsp",
                             "linear_dsp_s16",
                             "linear_dsp_s16_s8",
                             "linear_dsp_s8_s16",
                             "linear_lanes",
                             "linear_mve",
                             "pointwise_s4",
                             "linear_s16",
                             "linear_s16_s8",
                             "linear_s8_s16",
                             "lut",
                             "lut_s16",
                             "max_pool2d",
                             "max_pool2d_s16",
                             "mean_of_sums",
                             "mul",
                             "mul_s16",
                             "prelu_codes",
                             "quantize_ties_away",
                             "requantize_s16_s16",
                             "requantize_s16_s8",
                             "requantize_s8_s16",
                             "resize_bilinear_ties_away",
                             "row_sums",
                             "softmax",
                             "strided_slice_s16"}) {
    for (const auto& entry : fs::directory_iterator(folder / "pudu/kernels" / kernel)) {
      const fs::path& path = entry.path();
      if (path.extension() == ".cpp" && !path.stem().string().ends_with("_test")) {
        files.push_back(path.lexically_relative(folder).string());
      }
    }
  }
  return files;
}

/// The harness for one core.
class KernelRunner {
 public:
  explicit KernelRunner(const std::string& cpu) : folder_(base::TempDirectory::create("pudu-kernels").value()) {
    const targets::CpuInfo& info = targets::make_target(cpu, "").value().cpu_info();
    const fs::path model = folder_.path() / "model";
    lay_out_runner(model);
    auto firmware = emulator::build_firmware({.model_dir = model,
                                              .kernel_sources = kernel_files(model),
                                              .model_namespace = "kernel_runner",
                                              .board = std::string(emulator::board_for_cpu(cpu).value().name),
                                              .compiler_flags = emulator::split_flags(info.compiler_flags),
                                              .work_dir = folder_.path() / "work"});
    EXPECT_TRUE(firmware.ok()) << to_string(firmware.error());
    firmware_ = std::move(firmware).value();
  }

  /// Runs the calls and compares every byte; gives the instructions of each.
  std::vector<std::uint64_t> check(const std::vector<DeviceCall>& calls) {
    std::vector<emulator::SampleBytes> requests;
    for (const DeviceCall& call : calls) requests.push_back(call.request);
    const auto run = emulator::run_on_qemu(*firmware_, requests);
    EXPECT_TRUE(run.ok()) << to_string(run.error());
    if (!run.ok()) return {};
    for (std::size_t i = 0; i < calls.size(); ++i) {
      EXPECT_EQ(run->statuses[i], 0) << calls[i].description;
      EXPECT_TRUE(run->outputs[i] == calls[i].expected) << "call " << i << ":" << calls[i].description;
    }
    return run->instructions;
  }

  /// How many of the calls give other bytes.
  std::size_t count_wrong(const std::vector<DeviceCall>& calls) {
    std::vector<emulator::SampleBytes> requests;
    for (const DeviceCall& call : calls) requests.push_back(call.request);
    const auto run = emulator::run_on_qemu(*firmware_, requests);
    EXPECT_TRUE(run.ok()) << to_string(run.error());
    if (!run.ok()) return 0;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < calls.size(); ++i) wrong += run->outputs[i] == calls[i].expected ? 0 : 1;
    return wrong;
  }

  /// Prints the instructions of each call.
  void measure(const std::vector<DeviceCall>& calls) {
    const std::vector<std::uint64_t> instructions = check(calls);
    ASSERT_EQ(instructions.size(), calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
      std::printf("%-44s %10llu instructions %7.3f per MAC or element\n", calls[i].description.c_str(),
                  static_cast<unsigned long long>(instructions[i]),
                  static_cast<double>(instructions[i]) / static_cast<double>(calls[i].work));
      EXPECT_GT(instructions[i], 0U);
    }
  }

 private:
  base::TempDirectory folder_;
  std::optional<emulator::Firmware> firmware_;
};

struct KernelCase {
  const char* name;
  MaybeCall (*make)(kernels::testing::Random&);
  int count;
};

constexpr KernelCase kernel_cases[] = {
    {"Conv2d", random_conv2d, 260},
    {"DepthwiseConv2d", random_depthwise, 200},
    {"Linear", random_linear, 80},
    {"Add", random_add, 60},
    {"Mul", random_mul, 60},
    {"Lut", random_lut, 30},
    {"Softmax", random_softmax, 60},
    {"MaxPool2d", random_max_pool, 100},
    {"AvgPool2d", random_avg_pool, 100},
    {"RowSums", random_row_sums, 60},
    {"MeanOfSums", random_mean_of_sums, 40},
    {"MoveRows", random_move_rows, 100},
    {"Conv2dDsp", random_conv2d_dsp, 400},
    {"Conv2dDspWide", random_conv2d_dsp_wide, 500},
    {"DepthwiseConv2dDspWide", random_depthwise_dsp_wide, 500},
    {"LinearDspWide", random_linear_dsp_wide, 200},
    {"Conv2dWinogradDsp", random_winograd_dsp, 160},
    {"Conv2dWinogradRowsDsp", random_winograd_rows_dsp, 160},
    {"DepthwiseConv2d5x5Dsp", random_depthwise_5x5_dsp, 200},
    {"DepthwiseConv2dDsp", random_depthwise_dsp, 400},
    {"Conv2dMve", random_conv2d_mve, 250},
    {"DepthwiseConv2dMve", random_depthwise_mve, 200},
    {"DepthwiseConv2dMveJoined", random_depthwise_mve_joined, 150},
    {"LinearMve", random_linear_mve, 100},
    {"PointwiseS4", random_pointwise_s4, 150},
    {"AddMve", random_add_mve, 60},
    {"LinearDsp", random_linear_dsp, 120},
    {"AddDsp", random_add_dsp, 60},
    {"Conv2dLanes", random_conv2d_lanes, 400},
    {"DepthwiseConv2dLanes", random_depthwise_lanes, 300},
    {"LinearLanes", random_linear_lanes, 150},
    {"PreluCodes", random_prelu_codes, 40},
    {"QuantizeTiesAway", random_quantize_ties_away, 40},
    {"ResizeBilinearTiesAway", random_resize_bilinear_ties_away, 40},
    {"Conv2dWide", random_conv2d_wide, 300},
    {"DepthwiseConv2dWide", random_depthwise_wide, 200},
    {"LinearWide", random_linear_wide, 120},
    {"Conv2dMixed", random_conv2d_mixed, 300},
    {"DepthwiseConv2dMixed", random_depthwise_mixed, 200},
    {"LinearMixed", random_linear_mixed, 120},
    {"AddWide", random_add_wide, 80},
    {"MulWide", random_mul_wide, 80},
    {"LutWide", random_lut_wide, 40},
    {"MaxPool2dWide", random_max_pool_wide, 100},
    {"AvgPool2dWide", random_avg_pool_wide, 100},
    {"RequantizeWide", random_requantize_wide, 90},
    {"SliceWide", random_slice_wide, 40},
};

/// Kernels whose output may lie over their input.
constexpr KernelCase overlap_cases[] = {
    {"Conv2d", random_conv2d, 100},
    {"DepthwiseConv2d", random_depthwise, 80},
    {"MaxPool2d", random_max_pool, 60},
    {"AvgPool2d", random_avg_pool, 60},
    {"Conv2dDsp", random_conv2d_dsp, 150},
    {"Conv2dDspWide", random_conv2d_dsp_wide, 120},
    {"Conv2dWinogradDsp", random_winograd_dsp, 60},
    {"Conv2dWinogradRowsDsp", random_winograd_rows_dsp, 60},
    {"DepthwiseConv2d5x5Dsp", random_depthwise_5x5_dsp, 40},
    {"DepthwiseConv2dDsp", random_depthwise_dsp, 60},
    {"DepthwiseConv2dDspWide", random_depthwise_dsp_wide, 50},
    {"Conv2dMve", random_conv2d_mve, 120},
    {"DepthwiseConv2dMve", random_depthwise_mve, 60},
    {"DepthwiseConv2dMveJoined", random_depthwise_mve_joined, 30},
    {"Conv2dLanes", random_conv2d_lanes, 100},
    {"DepthwiseConv2dLanes", random_depthwise_lanes, 60},
    {"QuantizeTiesAway", random_quantize_ties_away, 20},
    {"Conv2dWide", random_conv2d_wide, 150},
    {"DepthwiseConv2dWide", random_depthwise_wide, 100},
    {"Conv2dMixed", random_conv2d_mixed, 150},
    {"DepthwiseConv2dMixed", random_depthwise_mixed, 100},
    {"MaxPool2dWide", random_max_pool_wide, 50},
    {"AvgPool2dWide", random_avg_pool_wide, 50},
    {"RequantizeWide", random_requantize_wide, 40},
};

/// Up to `test.count` calls whose input and output share bytes, as near to each other as `request` says.
std::vector<DeviceCall> overlapping_calls(const KernelCase& test, const OverlapRequest& request) {
  kernels::testing::Random random(29);
  std::vector<DeviceCall> calls;
  overlap_request = &request;
  // Few calls of some kernels may overlap on some ISAs.
  for (int attempt = 0; attempt < 40 * test.count && calls.size() < static_cast<std::size_t>(test.count); ++attempt) {
    MaybeCall call = test.make(random);
    if (!call) continue;
    call->description = std::string(test.name) + " overlapping" + call->description;
    calls.push_back(std::move(*call));
  }
  overlap_request = nullptr;
  return calls;
}

/// The bytes are those of operands that lie apart, and nothing around them changes; a step further some are not, so
/// that the distance is no longer than it has to be.
TEST(OverlappingKernels, TwinsOnTheHostAreSafeAtTheStatedDistanceOnly) {
  for (const KernelCase& test : overlap_cases) {
    const std::vector<DeviceCall> calls = overlapping_calls(test, {kernels::Isa::Scalar});
    EXPECT_EQ(calls.size(), static_cast<std::size_t>(test.count)) << test.name;
    for (const DeviceCall& call : calls) ASSERT_TRUE(call.on_host == call.expected) << call.description;
    const std::vector<DeviceCall> too_far = overlapping_calls(test, {kernels::Isa::Scalar, true});
    const auto breaks = [](const DeviceCall& call) { return call.on_host != call.expected; };
    std::printf("%-28s %4zu overlap, %4td of %4zu break a step further\n", test.name, calls.size(),
                std::count_if(too_far.begin(), too_far.end(), breaks), too_far.size());
    EXPECT_TRUE(too_far.empty() || std::any_of(too_far.begin(), too_far.end(), breaks)) << test.name;
  }
}

class KernelsOnDevice : public ::testing::TestWithParam<const char*> {};

TEST_P(KernelsOnDevice, GiveTheHostsBytes) {
  KernelRunner runner(GetParam());
  std::vector<DeviceCall> calls;
  for (const KernelCase& test : kernel_cases) {
    kernels::testing::Random random(17);
    const std::size_t wanted = calls.size() + static_cast<std::size_t>(test.count);
    while (calls.size() < wanted) {
      if (MaybeCall call = test.make(random)) {
        call->description = std::string(test.name) + call->description;
        calls.push_back(std::move(*call));
      }
    }
  }
  std::vector<DeviceCall> grid = grid_calls();
  EXPECT_GT(grid.size(), 200U);
  std::move(grid.begin(), grid.end(), std::back_inserter(calls));
  EXPECT_EQ(runner.check(calls).size(), calls.size());
}

/// On each core at the distances of its ISA.
TEST_P(KernelsOnDevice, OverlapAtTheStatedDistanceOnly) {
  KernelRunner runner(GetParam());
  const kernels::Isa isa = targets::make_target(GetParam(), "").value().isas().back();
  std::vector<DeviceCall> calls;
  for (const KernelCase& test : overlap_cases) {
    const std::vector<DeviceCall> safe = overlapping_calls(test, {isa});
    EXPECT_FALSE(safe.empty()) << test.name;
    calls.insert(calls.end(), safe.begin(), safe.end());
    const std::vector<DeviceCall> too_far = overlapping_calls(test, {isa, true});
    EXPECT_TRUE(too_far.empty() || runner.count_wrong(too_far) > 0) << test.name;
  }
  EXPECT_EQ(runner.check(calls).size(), calls.size());
}

TEST_P(KernelsOnDevice, InstructionsOfInt16) {
  KernelRunner runner(GetParam());
  runner.measure(wide_benchmark_calls());
}

TEST_P(KernelsOnDevice, InstructionsOfInt4Weights) {
  KernelRunner runner(GetParam());
  runner.measure(int4_benchmark_calls());
}

TEST_P(KernelsOnDevice, Instructions) {
  KernelRunner runner(GetParam());
  runner.measure(benchmark_calls());
}

TEST(PreparedKernelsOnDevice, Instructions) {
  KernelRunner runner("cortex-m4");
  runner.measure(prepared_benchmark_calls());
}

TEST(PreparedKernelsOnDevice, InstructionsOfInt16) {
  KernelRunner runner("cortex-m4");
  runner.measure(wide_prepared_benchmark_calls());
}

TEST(LaneKernelsOnDevice, InstructionsOfM0) {
  KernelRunner runner("cortex-m0");
  runner.measure(conv2d_lanes_benchmark_calls());
  runner.measure(lane_benchmark_calls(LaneConstants::Products32));
}

TEST(LaneKernelsOnDevice, InstructionsOfM3) {
  KernelRunner runner("cortex-m3");
  runner.measure(lane_benchmark_calls(LaneConstants::Products64));
}

TEST(MveKernelsOnDevice, Instructions) {
  KernelRunner runner("cortex-m55");
  runner.measure(mve_benchmark_calls());
}

INSTANTIATE_TEST_SUITE_P(Cores, KernelsOnDevice, ::testing::Values("cortex-m55", "cortex-m4", "cortex-m3", "cortex-m0"),
                         [](const auto& test) { return std::string(test.param).substr(7); });

}  // namespace
}  // namespace pudu::testing

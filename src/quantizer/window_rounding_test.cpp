// What rounding small windows together leaves of the error that no bias can take back.
#include "quantizer/window_rounding.hpp"

#include <algorithm>
#include <cstddef>

#include "quantizer/testing/one_layer.hpp"

namespace pudu::quantizer {
namespace {

using testing::codes_of, testing::convolution, testing::OneLayer, testing::scales_of, testing::weights_of;

std::span<const float> floats_of(const OneLayer& layer) {
  return layer.graph.value(*layer.graph.nodes().front().inputs[1]).data<float>();
}

/// Inputs of all samples as the kernel gets them, int8 or int16.
std::vector<std::vector<std::byte>> inputs_of(const OneLayer& layer) {
  const program::Buffer& buffer = layer.program.buffer(layer.call().find_operand("input")->buffer);
  std::vector<std::vector<std::byte>> inputs;
  for (const Sample& sample : layer.samples) {
    std::vector<std::byte> bytes;
    if (buffer.type == program::ElementType::Int16) {
      // Of one channel: the same in any order of dimensions.
      for (const float value : sample.front().data()) {
        const auto code = static_cast<std::int16_t>(std::nearbyint(value / buffer.quantization->scale));
        const auto* parts = reinterpret_cast<const std::byte*>(&code);
        bytes.insert(bytes.end(), parts, parts + sizeof(code));
      }
    } else {
      const std::vector<std::int8_t> codes = codes_of(layer, sample.front());
      for (const std::int8_t code : codes) bytes.push_back(static_cast<std::byte>(code));
    }
    inputs.push_back(std::move(bytes));
  }
  return inputs;
}

std::vector<std::int8_t> rounded(const OneLayer& layer) {
  const auto inputs = inputs_of(layer);
  const std::vector<std::int8_t> codes = weights_of(layer);
  const std::vector<double> scales = scales_of(layer);
  return round_windows(*LayerWindows::of(layer.call()), {.floats = floats_of(layer), .codes = codes, .scales = scales},
                       inputs.size(), [&](std::size_t sample) { return std::span<const std::byte>(inputs[sample]); });
}

/// Sum over the output channels of the variance of the sums' error, in steps of the input.
double varying_error(const OneLayer& layer, const std::vector<std::int8_t>& codes) {
  const LayerWindows windows = *LayerWindows::of(layer.call());
  const std::vector<double> scales = scales_of(layer);
  std::vector<std::int16_t> window(windows.taps());
  const auto inputs = inputs_of(layer);
  double result = 0;
  for (std::size_t o = 0; o < windows.output_channels(); ++o) {
    double sum = 0, squares = 0, count = 0;
    for (const std::vector<std::byte>& input : inputs) {
      for (std::size_t position = 0; position < windows.positions(); ++position) {
        windows.gather_groups(input, position, {.first = o / windows.group_outputs()}, window.data());
        double error = 0;
        for (std::size_t k = 0; k < window.size(); ++k) {
          error += window[k] * (static_cast<double>(floats_of(layer)[windows.float_weight_index(o, k)]) -
                                codes[windows.weight_index(o, k)] * scales[o]);
        }
        sum += error, squares += error * error, count += 1;
      }
    }
    result += squares / count - sum / count * (sum / count);
  }
  return result;
}

OneLayer depthwise(std::int64_t channels, std::int64_t kernel, const QuantizerOptions& options = {}) {
  return {"conv2d", ir::Shape{1, channels, 12, 11}, ir::Shape{channels, 1, kernel, kernel},
          convolution(1, kernel / 2, 1, channels), options};
}

void expect_errors_to_cancel(const OneLayer& layer, double share) {
  const std::vector<std::int8_t> before = weights_of(layer), after = rounded(layer);
  ASSERT_EQ(after.size(), before.size());
  EXPECT_LT(varying_error(layer, after), share * varying_error(layer, before));
  // The pull towards independent rounding leaves every weight near the trained one.
  for (std::size_t i = 0; i < after.size(); ++i) EXPECT_LE(std::abs(after[i] - before[i]), 3) << i;
}

TEST(WindowRounding, ErrorsCancelInDepthwiseConvolutions) {
  expect_errors_to_cancel(depthwise(6, 3), 0.6);
  expect_errors_to_cancel(depthwise(37, 5), 0.6);  // more channels than are gathered together
}

TEST(WindowRounding, ErrorsCancelWhereSeveralOutputsReadAChannel) {
  expect_errors_to_cancel({"conv2d", ir::Shape{1, 3, 12, 11}, ir::Shape{12, 1, 3, 3}, convolution(1, 1, 1, 3)}, 0.8);
}

TEST(WindowRounding, ErrorsCancelInFirstLayers) {
  expect_errors_to_cancel({"conv2d", ir::Shape{1, 3, 12, 11}, ir::Shape{8, 3, 3, 3}, convolution(2, 1, 1, 1)}, 0.6);
}

TEST(WindowRounding, InputsOf16BitsAreMeasuredToo) {
  QuantizerOptions options;
  options.int16 = {"x"};
  const OneLayer layer{"conv2d", ir::Shape{1, 1, 12, 11}, ir::Shape{4, 1, 3, 3}, convolution(1, 1, 1, 1), options};
  ASSERT_TRUE(LayerWindows::of(layer.call())->reads_int16());
  expect_errors_to_cancel(layer, 0.6);
}

TEST(WindowRounding, WeightsOf4BitsStaySuch) {
  const OneLayer layer = depthwise(6, 3);
  std::vector<std::int8_t> narrow = weights_of(layer);
  for (std::int8_t& code : narrow) code = static_cast<std::int8_t>(code * 7 / 127);
  std::vector<double> scales = scales_of(layer);
  for (double& scale : scales) scale *= 127.0 / 7.0;
  const auto inputs = inputs_of(layer);
  const std::vector<std::int8_t> after =
      round_windows(*LayerWindows::of(layer.call()), {.floats = floats_of(layer), .codes = narrow, .scales = scales},
                    inputs.size(), [&](std::size_t sample) { return std::span<const std::byte>(inputs[sample]); });
  const auto [least, greatest] = std::minmax_element(after.begin(), after.end());
  EXPECT_GE(*least, -7);
  EXPECT_LE(*greatest, 7);
}

TEST(WindowRounding, ChannelsWithoutAScaleKeepTheirCodes) {
  const OneLayer layer = depthwise(6, 3);
  const std::vector<std::int8_t> codes = weights_of(layer), others = rounded(layer);
  std::vector<double> scales = scales_of(layer);
  scales[2] = 0;  // a factor that is too small for a multiplier
  const auto inputs = inputs_of(layer);
  const LayerWindows windows = *LayerWindows::of(layer.call());
  const std::vector<std::int8_t> after =
      round_windows(windows, {.floats = floats_of(layer), .codes = codes, .scales = scales}, inputs.size(),
                    [&](std::size_t sample) { return std::span<const std::byte>(inputs[sample]); });
  for (std::size_t o = 0; o < windows.output_channels(); ++o) {
    for (std::size_t k = 0; k < windows.taps(); ++k) {
      const std::size_t at = windows.weight_index(o, k);
      EXPECT_EQ(after[at], o == 2 ? codes[at] : others[at]) << o;
    }
  }
}

TEST(WindowRounding, OtherWindowsAreLeftAlone) {
  const OneLayer wide{"conv2d", ir::Shape{1, 8, 6, 5}, ir::Shape{4, 8, 3, 3}, convolution(1, 1, 1, 1)};
  const OneLayer large{"conv2d", ir::Shape{1, 1, 12, 11}, ir::Shape{4, 1, 9, 9}, convolution(1, 4, 1, 1)};
  const OneLayer pixel{"conv2d", ir::Shape{1, 8, 6, 5}, ir::Shape{4, 8, 1, 1}, convolution(1, 0, 1, 1)};
  const OneLayer matrix{"linear", ir::Shape{3, 9}, ir::Shape{4, 9}, ir::Attributes{}};
  EXPECT_TRUE(rounded(wide).empty());
  EXPECT_TRUE(rounded(large).empty());
  EXPECT_TRUE(rounded(pixel).empty());
  EXPECT_TRUE(rounded(matrix).empty());
}

TEST(WindowRounding, PixelsThatAreNotAlikeHaveNothingToCancel) {
  OneLayer layer = depthwise(6, 3);
  std::uint32_t state = 1;
  for (Sample& sample : layer.samples) {
    std::vector<float> noise(sample.front().data().size());
    for (float& value : noise) value = static_cast<float>((state = state * 1664525U + 1013904223U) >> 8) / 16777216.0F;
    sample = {ops::Tensor(sample.front().shape(), std::move(noise))};
  }
  EXPECT_EQ(rounded(layer), weights_of(layer));
}

TEST(WindowRounding, WindowsThatNeverChangeTellNothing) {
  OneLayer layer{"conv2d", ir::Shape{1, 2, 6, 5}, ir::Shape{4, 1, 3, 3}, convolution(1, 0, 1, 2)};
  for (Sample& sample : layer.samples) {
    sample = {ops::Tensor(sample.front().shape(), std::vector<float>(sample.front().data().size(), 0.5F))};
  }
  EXPECT_EQ(rounded(layer), weights_of(layer));
}

}  // namespace
}  // namespace pudu::quantizer

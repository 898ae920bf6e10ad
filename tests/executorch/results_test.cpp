// What the operators compute through the registry, against plain loops over logical indices: both forms of images,
// orders of bytes, broadcasting, and the arguments whose meaning is easy to get wrong (signs of offsets, order of
// arguments).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "executorch/log_capture.hpp"
#include "executorch/operator_calls.hpp"
#include "numerics/requantize.hpp"

namespace pudu::testing {
namespace {

using numerics::requantize;

constexpr auto Char = ScalarType::Char;

Error run_logged(Call& call) {
  take_log();
  const Error error = call.run();
  EXPECT_EQ(error, Error::Ok) << take_log(LoggedLevel::Error);
  EXPECT_TRUE(call.has_intact_guards());
  return error;
}

std::int32_t requantized(std::int64_t sum, std::int32_t multiplier, std::int32_t shift, std::int32_t zero_point,
                         std::int32_t low, std::int32_t high) {
  return std::clamp(requantize(static_cast<std::int32_t>(sum), multiplier, shift) + zero_point, low, high);
}

/// An image tensor by n, y, x, channel, whatever its form.
struct Pixels {
  TestTensor& tensor;
  Form form;

  std::int32_t extent(int axis) const {  // n, h, w, c
    constexpr int of_nchw[] = {0, 2, 3, 1};
    return tensor.sizes()[static_cast<std::size_t>(form == Form::Nhwc ? axis : of_nchw[axis])];
  }
  std::int8_t& at(std::int32_t n, std::int32_t y, std::int32_t x, std::int32_t c) const {
    return form == Form::Nhwc ? tensor.at<std::int8_t>({n, y, x, c}) : tensor.at<std::int8_t>({n, c, y, x});
  }
  bool holds(std::int32_t y, std::int32_t x) const { return y >= 0 && y < extent(1) && x >= 0 && x < extent(2); }
};

/// The parameters that operator_calls.cpp gives output channel `c`.
std::int8_t convolved(std::int64_t sum, std::int32_t c, bool has_bias) {
  const std::int64_t bias = has_bias ? 137 * c - 400 : 0;
  return static_cast<std::int8_t>(requantized(sum + bias, 1200000000 + 100000000 * (c % 8), -7 - c % 3, -5, -120, 115));
}

void expect_convolution(Call& call, Form form, const ConvolutionShape& s) {
  run_logged(call);
  const Pixels in{call.tensor_at(0), form}, out{call.output(), form};
  TestTensor& weight = call.tensor_at(1);
  const std::int32_t group_inputs = s.channels / s.groups, group_outputs = s.outputs / s.groups;
  for (std::int32_t n = 0; n < s.n; ++n)
    for (std::int32_t y = 0; y < out.extent(1); ++y)
      for (std::int32_t x = 0; x < out.extent(2); ++x)
        for (std::int32_t o = 0; o < s.outputs; ++o) {
          std::int64_t sum = 0;
          for (std::int32_t ky = 0; ky < s.kernel_h; ++ky)
            for (std::int32_t kx = 0; kx < s.kernel_w; ++kx)
              for (std::int32_t i = 0; i < group_inputs; ++i) {
                const auto iy = static_cast<std::int32_t>(y * s.stride[0] + ky * s.dilation[0] - s.padding[0]);
                const auto ix = static_cast<std::int32_t>(x * s.stride[1] + kx * s.dilation[1] - s.padding[1]);
                if (!in.holds(iy, ix)) continue;
                sum += (in.at(n, iy, ix, o / group_outputs * group_inputs + i) + 9) *
                       weight.at<std::int8_t>({o, ky, kx, i});
              }
          ASSERT_EQ(out.at(n, y, x, o), convolved(sum, o, s.has_bias)) << y << " " << x << " " << o;
        }
}

ConvolutionShape plain() {
  return {};
}
ConvolutionShape grouped_and_dilated() {
  ConvolutionShape s;
  s.n = 2, s.h = 9, s.w = 8, s.channels = 6, s.outputs = 4, s.groups = 2, s.kernel_h = 2;
  s.stride = {2, 1}, s.padding = {0, 2}, s.dilation = {3, 2}, s.has_bias = false;
  return s;
}
/// An image of one row, where CMSIS-NN's MVE kernel for 1xN fails.
ConvolutionShape one_row() {
  ConvolutionShape s;
  s.h = 1, s.w = 8, s.kernel_h = 1, s.stride = {1, 2}, s.padding = {0, 1};
  return s;
}
/// One channel and one pixel, where the order of bytes is not to be told from the dim order.
ConvolutionShape one_channel() {
  ConvolutionShape s;
  s.channels = 1;
  return s;
}

TEST(Results, Convolutions) {
  for (const Form form : {Form::ChannelsLast, Form::Nhwc}) {
    for (const ConvolutionShape& shape : {plain(), grouped_and_dilated(), one_row(), one_channel()}) {
      expect_convolution(*conv2d_call(form, shape), form, shape);
    }
  }
}

TEST(Results, DepthwiseConvolutions) {
  for (const Form form : {Form::ChannelsLast, Form::Nhwc}) {
    ConvolutionShape s = plain();
    s.n = 2, s.outputs = 8, s.stride = {1, 2}, s.dilation = {1, 2};
    auto call = depthwise_call(form, s);
    run_logged(*call);
    const Pixels in{call->tensor_at(0), form}, out{call->output(), form};
    for (std::int32_t n = 0; n < s.n; ++n)
      for (std::int32_t y = 0; y < out.extent(1); ++y)
        for (std::int32_t x = 0; x < out.extent(2); ++x)
          for (std::int32_t o = 0; o < s.outputs; ++o) {
            std::int64_t sum = 0;
            for (std::int32_t ky = 0; ky < 3; ++ky)
              for (std::int32_t kx = 0; kx < 3; ++kx) {
                const std::int32_t iy = y + ky - 1, ix = 2 * x + 2 * kx - 1;
                if (in.holds(iy, ix)) {
                  sum += (in.at(n, iy, ix, o / 2) + 9) * call->tensor_at(1).at<std::int8_t>({0, ky, kx, o});
                }
              }
            ASSERT_EQ(out.at(n, y, x, o), convolved(sum, o, true));
          }
  }
}

TEST(Results, TransposedConvolutions) {
  for (const Form form : {Form::ChannelsLast, Form::Nhwc}) {
    ConvolutionShape s = plain();
    s.n = 2, s.stride = {2, 3}, s.output_padding = {1, 0};
    auto call = transpose_conv_call(form, s);
    run_logged(*call);
    const Pixels in{call->tensor_at(0), form}, out{call->output(), form};
    for (std::int32_t n = 0; n < s.n; ++n)
      for (std::int32_t y = 0; y < out.extent(1); ++y)
        for (std::int32_t x = 0; x < out.extent(2); ++x)
          for (std::int32_t o = 0; o < s.outputs; ++o) {
            std::int64_t sum = 0;
            for (std::int32_t iy = 0; iy < s.h; ++iy)
              for (std::int32_t ix = 0; ix < s.w; ++ix) {
                const std::int32_t ky = y + 1 - 2 * iy, kx = x + 1 - 3 * ix;
                if (ky < 0 || ky > 2 || kx < 0 || kx > 2) continue;
                for (std::int32_t i = 0; i < s.channels; ++i) {
                  sum += (in.at(n, iy, ix, i) + 9) * call->tensor_at(1).at<std::int8_t>({o, ky, kx, i});
                }
              }
            ASSERT_EQ(out.at(n, y, x, o), convolved(sum, o, true));
          }
  }
}

TEST(Results, Pools) {
  for (const Form form : {Form::ChannelsLast, Form::Nhwc}) {
    PoolShape shape;
    shape.ceil_mode = true, shape.stride = {3, 2}, shape.output = {3, 3};
    auto average = avg_pool_call(form, shape), maximum = max_pool_call(form, shape);
    run_logged(*average);
    run_logged(*maximum);
    const Pixels in{average->tensor_at(0), form};
    for (std::int32_t y = 0; y < 3; ++y)
      for (std::int32_t x = 0; x < 3; ++x)
        for (std::int32_t c = 0; c < shape.channels; ++c) {
          std::int32_t sum = 0, count = 0, largest = -90;
          for (std::int32_t ky = 0; ky < 2; ++ky)
            for (std::int32_t kx = 0; kx < 3; ++kx) {
              const std::int32_t iy = 3 * y + ky - 1, ix = 2 * x + kx - 1;
              if (!in.holds(iy, ix)) continue;
              const std::int32_t value = in.at(0, iy, ix, c);
              sum += value, ++count, largest = std::max(largest, value);
            }
          const std::int32_t mean = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
          const Pixels averages{average->output(), form}, maxima{maximum->output(), form};
          ASSERT_EQ(averages.at(0, y, x, c), mean) << "ties away from zero, over the taps inside only";
          ASSERT_EQ(maxima.at(0, y, x, c), std::min(largest, 100));
        }
  }
}

TEST(Results, Linear) {
  auto call = linear_call(LinearOperands::Bias);
  run_logged(*call);
  for (std::int32_t a = 0; a < 2; ++a)
    for (std::int32_t b = 0; b < 3; ++b)
      for (std::int32_t o = 0; o < 5; ++o) {
        std::int64_t sum = 137 * o - 400;
        for (std::int32_t i = 0; i < 11; ++i) {
          sum += (call->tensor_at(0).at<std::int8_t>({a, b, i}) + 12) * call->tensor_at(1).at<std::int8_t>({o, i});
        }
        ASSERT_EQ(call->output().at<std::int8_t>({a, b, o}), requantized(sum, 1500000000, -8, -5, -120, 115));
      }
}

TEST(Results, BatchMatmul) {
  auto call = batch_matmul_call(0);
  run_logged(*call);
  for (std::int32_t b = 0; b < 2; ++b)
    for (std::int32_t m = 0; m < 3; ++m)
      for (std::int32_t n = 0; n < 5; ++n) {
        std::int64_t sum = 0;
        for (std::int32_t k = 0; k < 9; ++k) {
          sum += (call->tensor_at(0).at<std::int8_t>({b, m, k}) + 12) *
                 (call->tensor_at(2).at<std::int8_t>({b, n, k}) - 20);
        }
        ASSERT_EQ(call->output().at<std::int8_t>({b, m, n}), requantized(sum, 1500000000, -9, -5, -128, 127));
      }
}

/// Of operator_calls() by name.
std::unique_ptr<Call> call_of(const std::string& name) {
  const auto& calls = operator_calls();
  return std::find_if(calls.begin(), calls.end(), [&](const OperatorCall& call) { return call.name == name; })->make();
}

TEST(Results, AddBroadcastsChannelsOfChannelsLastImages) {
  auto call = call_of("Add");
  run_logged(*call);
  for (std::int32_t n = 0; n < 2; ++n)
    for (std::int32_t c = 0; c < 3; ++c)
      for (std::int32_t y = 0; y < 4; ++y)
        for (std::int32_t x = 0; x < 5; ++x) {
          const std::int32_t first = call->tensor_at(0).at<std::int8_t>({n, c, y, x}) + 4;
          const std::int32_t second = call->tensor_at(4).at<std::int8_t>({0, c, 0, 0}) - 7;
          const std::int64_t sum =
              requantize(first * (1 << 20), 1073741824, 0) + requantize(second * (1 << 20), 1610612736, -1);
          ASSERT_EQ(call->output().at<std::int8_t>({n, c, y, x}), requantized(sum, 1431655765, -18, 5, -100, 110));
        }
}

TEST(Results, MulTakesOperandsInAnyOrderOfBytes) {
  Call call("cortex_m::quantized_mul.out");
  TestTensor& first = call.tensor(Char, {2, 3, 4, 5}, channels_last);
  call.integer(-4);
  TestTensor& second = call.tensor(Char, {2, 3, 4, 5}, nchw);
  call.integer(-300).integer(5).any_integer(1431655765).integer(-7);
  TestTensor& out = call.out(Char, {2, 3, 4, 5}, channels_last);
  fill(call, 3);
  run_logged(call);
  for (std::int32_t n = 0; n < 2; ++n)
    for (std::int32_t c = 0; c < 3; ++c)
      for (std::int32_t y = 0; y < 4; ++y)
        for (std::int32_t x = 0; x < 5; ++x) {
          const std::int64_t product =
              (first.at<std::int8_t>({n, c, y, x}) + 4) * (second.at<std::int8_t>({n, c, y, x}) + 300);
          ASSERT_EQ(out.at<std::int8_t>({n, c, y, x}), requantized(product, 1431655765, -7, 5, -128, 127));
        }
}

TEST(Results, DivisionRoundsAwayFromZero) {
  auto call = call_of("DivInt8");
  run_logged(*call);
  const auto first = call->tensor_at(0).values<std::int8_t>(), second = call->tensor_at(2).values<std::int8_t>(),
             out = call->output().values<std::int8_t>();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int divisor = second[i] - 9;
    const float quotient = divisor == 0 ? 0.0f : static_cast<float>(first[i] + 4) / static_cast<float>(divisor);
    EXPECT_EQ(out[i], static_cast<std::int8_t>(std::clamp(std::round(quotient * 13.7f) + 5.0f, -128.0f, 127.0f)));
  }
}

TEST(Results, ExtremaBroadcast) {
  auto smaller = call_of("Minimum"), larger = call_of("Maximum");
  run_logged(*smaller);
  run_logged(*larger);
  for (std::int32_t a = 0; a < 2; ++a)
    for (std::int32_t b = 0; b < 3; ++b)
      for (std::int32_t c = 0; c < 4; ++c) {
        const std::int8_t first = smaller->tensor_at(0).at<std::int8_t>({a, b, c});
        const std::int8_t second = smaller->tensor_at(1).at<std::int8_t>({b, 0});
        ASSERT_EQ(smaller->output().at<std::int8_t>({a, b, c}), std::min(first, second));
        ASSERT_EQ(larger->output().at<std::int8_t>({a, b, c}), std::max(first, second));
      }
}

TEST(Results, MinimumTakesAScalar) {
  // Of a hard swish: a constant without dimensions.
  Call call("cortex_m::minimum.out");
  TestTensor& input = call.tensor(Char, {1, 3, 4, 5}, channels_last);
  TestTensor& scalar = call.tensor(Char, {});
  TestTensor& out = call.out(Char, {1, 3, 4, 5}, channels_last);
  fill(call, 5);
  scalar.data<std::int8_t>()[0] = 17;
  run_logged(call);
  const auto values = input.values<std::int8_t>();
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(out.values<std::int8_t>()[i], std::min<int>(values[i], 17));
}

TEST(Results, Activation) {
  auto call = call_of("Activation");
  run_logged(*call);
  const auto in = call->tensor_at(0).values<std::int8_t>(), table = call->tensor_at(1).values<std::int8_t>(),
             out = call->output().values<std::int8_t>();
  for (std::size_t i = 0; i < in.size(); ++i) ASSERT_EQ(out[i], table[static_cast<std::size_t>(in[i] + 128)]);
}

void expect_softmax(TestTensor& in, TestTensor& out, std::size_t depth) {
  const auto codes = in.values<std::int8_t>(), result = out.values<std::int8_t>();
  for (std::size_t row = 0; row < codes.size(); row += depth) {
    double sum = 0;
    for (std::size_t i = 0; i < depth; ++i) sum += std::exp(0.1 * codes[row + i]);
    for (std::size_t i = 0; i < depth; ++i) {
      EXPECT_NEAR(result[row + i], std::min(127.0, 256.0 * std::exp(0.1 * codes[row + i]) / sum - 128.0), 1.0);
    }
  }
}

TEST(Results, SoftmaxOverTheInnermostDimension) {
  auto call = call_of("Softmax");
  run_logged(*call);
  expect_softmax(call->tensor_at(0), call->output(), 10);

  // Channels of a channels-last image, which ExecuTorch's quantizer lets through and its kernel refuses.
  Call image("cortex_m::softmax.out");
  TestTensor& in = image.tensor(Char, {1, 10, 2, 3}, channels_last);
  image.integer(1).any_integer(4).integer(-128).any_integer(1717986918).integer(23).integer(-248);
  TestTensor& out = image.out(Char, {1, 10, 2, 3}, channels_last);
  fill(image, 9);
  run_logged(image);
  expect_softmax(in, out, 10);

  Call other("cortex_m::softmax.out");
  other.tensor(Char, {1, 10, 2, 3}, nchw);
  other.integer(1).any_integer(4).integer(-128).any_integer(1717986918).integer(23).integer(-248);
  other.out(Char, {1, 10, 2, 3}, nchw);
  take_log();
  EXPECT_EQ(other.run(), Error::InvalidArgument) << "not the innermost dimension";
  take_log();
}

TEST(Results, TransposeReadsTheOrderOfBytes) {
  for (const DimOrder& order : {nchw, channels_last}) {
    Call call("cortex_m::transpose.out");
    TestTensor& in = call.tensor(Char, {2, 3, 4, 5}, order);
    call.list({3, 1, 0, 2});
    TestTensor& out = call.out(Char, {5, 3, 2, 4}, nchw);
    fill(call, 2);
    run_logged(call);
    for (std::int32_t a = 0; a < 2; ++a)
      for (std::int32_t b = 0; b < 3; ++b)
        for (std::int32_t c = 0; c < 4; ++c)
          for (std::int32_t d = 0; d < 5; ++d) {
            ASSERT_EQ(out.at<std::int8_t>({d, b, a, c}), in.at<std::int8_t>({a, b, c, d}));
          }
  }
}

TEST(Results, TransposeByTheIdentity) {
  // Wrong in CMSIS-NN's kernel for rank 2, and on MVE for rank 4.
  for (const std::vector<std::int64_t>& perm : {std::vector<std::int64_t>{0, 1}, {0, 1, 2, 3}}) {
    const Sizes sizes = perm.size() == 2 ? Sizes{3, 4} : Sizes{2, 3, 4, 5};
    Call call("cortex_m::transpose.out");
    TestTensor& in = call.tensor(Char, sizes);
    call.list(perm);
    TestTensor& out = call.out(Char, sizes);
    fill(call, 2);
    run_logged(call);
    EXPECT_EQ(out.values<std::int8_t>(), in.values<std::int8_t>());
  }
}

void expect_padded(const Sizes& sizes, const DimOrder& order, const std::vector<std::int64_t>& before,
                   const std::vector<std::int64_t>& after, const Sizes& logical_before, const Sizes& out_sizes,
                   const DimOrder& out_order) {
  Call call("cortex_m::pad.out");
  TestTensor& in = call.tensor(Char, sizes, order);
  call.list(before).list(after).integer(-7);
  TestTensor& out = call.out(Char, out_sizes, out_order);
  fill(call, 4);
  run_logged(call);
  Sizes index(out_sizes.size());
  for (std::size_t i = 0; i < out.elements(); ++i) {
    std::size_t rest = i;
    bool is_inside = true;
    Sizes source(index.size());
    for (std::size_t dim = index.size(); dim-- > 0; rest /= static_cast<std::size_t>(out_sizes[dim])) {
      index[dim] = static_cast<std::int32_t>(rest % static_cast<std::size_t>(out_sizes[dim]));
      source[dim] = index[dim] - logical_before[dim];
      is_inside = is_inside && source[dim] >= 0 && source[dim] < sizes[dim];
    }
    ASSERT_EQ(out.at<std::int8_t>(index), is_inside ? in.at<std::int8_t>(source) : -7);
  }
}

TEST(Results, PadStatesPhysicalDimensions) {
  expect_padded({1, 3, 4, 5}, channels_last, {0, 1, 2, 0}, {0, 2, 0, 1}, {0, 0, 1, 2}, {1, 4, 7, 7}, channels_last);
  expect_padded({1, 3, 4, 5}, nchw, {0, 1, 2, 0}, {0, 2, 0, 1}, {0, 1, 2, 0}, {1, 6, 6, 6}, nchw);
  // One channel: NHWC order, whatever the dim order says; ExecuTorch writes [0, 2, 1, 3] for channels-last.
  expect_padded({1, 1, 4, 5}, {0, 2, 1, 3}, {0, 1, 2, 0}, {0, 2, 0, 0}, {0, 0, 1, 2}, {1, 1, 7, 7}, {0, 2, 1, 3});
  expect_padded({3, 4}, {}, {0, 0, 1, 0}, {0, 0, 0, 2}, {1, 0}, {4, 6}, {});
}

TEST(Results, CloneChangesTheOrderOfAnyElementType) {
  for (const ScalarType type : {ScalarType::Char, ScalarType::Short, ScalarType::Float, ScalarType::Double}) {
    Call call("dim_order_ops::_clone_dim_order.out");
    TestTensor& in = call.tensor(type, {2, 3, 4, 5}, channels_last);
    call.boolean(false).ignored();
    TestTensor& out = call.out(type, {2, 3, 4, 5}, nchw);
    fill(call, 6);
    run_logged(call);
    const std::size_t bytes = in.bytes() / in.elements();
    std::size_t element = 0;
    for (std::int32_t n = 0; n < 2; ++n)
      for (std::int32_t c = 0; c < 3; ++c)
        for (std::int32_t y = 0; y < 4; ++y)
          for (std::int32_t x = 0; x < 5; ++x, ++element) {
            const std::size_t source = static_cast<std::size_t>(((n * 4 + y) * 5 + x) * 3 + c);
            for (std::size_t byte = 0; byte < bytes; ++byte) {
              ASSERT_EQ(out.data<std::uint8_t>()[element * bytes + byte],
                        in.data<std::uint8_t>()[source * bytes + byte]);
            }
          }
  }
}

TEST(Results, QuantizeAndBack) {
  for (const char* name : {"QuantizeInt8", "QuantizeInt16"}) {
    auto call = call_of(name);
    run_logged(*call);
    const auto in = call->tensor_at(0).values<float>();
    for (std::size_t i = 0; i < in.size(); ++i) {
      const int code = call->output().type() == Char ? call->output().values<std::int8_t>()[i]
                                                     : call->output().values<std::int16_t>()[i];
      EXPECT_EQ(code, static_cast<int>(std::nearbyint(in[i] * 4.0f)) - 3);
    }
  }
  for (const char* name : {"DequantizeInt8", "DequantizeInt16"}) {
    auto call = call_of(name);
    run_logged(*call);
    const auto out = call->output().values<float>();
    for (std::size_t i = 0; i < out.size(); ++i) {
      const int code = call->tensor_at(0).type() == Char ? call->tensor_at(0).values<std::int8_t>()[i]
                                                         : call->tensor_at(0).values<std::int16_t>()[i];
      EXPECT_EQ(out[i], static_cast<float>(code + 3) * 0.25f);
    }
  }
}

TEST(Results, ImagesOfAnotherOrderAreRefused) {
  Call call("cortex_m::quantized_max_pool2d.out");
  call.tensor(Char, {1, 3, 6, 5}, nchw);
  call.list({2, 3}).list({2, 1}).list({1, 1}).list({1, 1}).boolean(false);
  call.integer(-3).integer(-3).integer(-90).integer(100);
  call.out(Char, {1, 3, 4, 5}, nchw);
  take_log();
  EXPECT_EQ(call.run(), Error::InvalidArgument);
  EXPECT_EQ(
      take_log(LoggedLevel::Error),
      "cortex_m::quantized_max_pool2d.out: an image is no rank-4 tensor whose bytes lie in the order N, H, W, C\n");
}

TEST(Results, TensorsOfDynamicShapeAreResized) {
  // The output has room for two rows and gets the one of the input.
  std::int32_t sizes[] = {2, 10}, one_row[] = {1, 10};
  std::uint8_t order[] = {0, 1};
  std::int32_t strides[] = {10, 1};
  std::int8_t memory[20] = {}, codes[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  executorch::aten::TensorImpl out(Char, 2, sizes, memory, order, strides,
                                   executorch::runtime::TensorShapeDynamism::DYNAMIC_BOUND);
  executorch::aten::TensorImpl in(Char, 2, one_row, codes, order, strides);
  auto call = call_of("Softmax");
  call->set(0, EValue(executorch::aten::Tensor(&in)));
  call->set(call->size() - 1, EValue(executorch::aten::Tensor(&out)));
  EXPECT_EQ(call->run(), Error::Ok);
  EXPECT_EQ(out.sizes()[0], 1);
  EXPECT_NE(memory[0], 0);
  EXPECT_EQ(memory[10], 0);
  take_log();
}

TEST(Results, MisalignedTensorsAreRefused) {
  auto call = call_of("QuantizeInt8");
  TestTensor& input = call->tensor_at(0);
  TestTensor shifted(ScalarType::Float, input.sizes());
  shifted.set_data(shifted.data<std::uint8_t>() + 1);
  call->set(0, EValue(shifted.value()));
  take_log();
  EXPECT_EQ(call->run(), Error::InvalidArgument);
  EXPECT_EQ(take_log(LoggedLevel::Error),
            "cortex_m::quantize_per_tensor.out: argument 'input' is not aligned to its elements\n");
}

}  // namespace
}  // namespace pudu::testing

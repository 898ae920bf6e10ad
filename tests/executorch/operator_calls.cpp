#include "executorch/operator_calls.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/testing/random_data.hpp"

namespace pudu::testing {
namespace {

constexpr auto kChar = ScalarType::Char;
constexpr auto kShort = ScalarType::Short;
constexpr auto kInt = ScalarType::Int;
constexpr auto kFloat = ScalarType::Float;

std::string cortex_m(const std::string& name) {
  return "cortex_m::" + name + ".out";
}
std::string cortex_m(const std::string& name, Form form) {
  return cortex_m(form == Form::Nhwc ? name + "_nhwc" : name);
}

Sizes image_sizes(Form form, std::int32_t n, std::int32_t h, std::int32_t w, std::int32_t c) {
  return form == Form::Nhwc ? Sizes{n, h, w, c} : Sizes{n, c, h, w};
}
DimOrder image_order(Form form) {
  return form == Form::Nhwc ? nchw : channels_last;
}

std::int32_t extent(std::int32_t in, std::int32_t kernel, const ConvolutionShape& s, std::size_t axis) {
  return static_cast<std::int32_t>((in + 2 * s.padding[axis] - s.dilation[axis] * (kernel - 1) - 1) / s.stride[axis] +
                                   1);
}
std::int32_t transposed_extent(std::int32_t in, std::int32_t kernel, const ConvolutionShape& s, std::size_t axis) {
  return static_cast<std::int32_t>((in - 1) * s.stride[axis] - 2 * s.padding[axis] + s.dilation[axis] * (kernel - 1) +
                                   s.output_padding[axis] + 1);
}

void add_channel_tensors(Call& call, std::int32_t channels, std::int64_t input_offset, std::int64_t output_offset) {
  call.integer(input_offset).integer(output_offset);
  TestTensor& multipliers = call.tensor(kInt, {channels});
  TestTensor& shifts = call.tensor(kInt, {channels});
  for (std::int32_t c = 0; c < channels; ++c) {
    multipliers.data<std::int32_t>()[c] = 1200000000 + 100000000 * (c % 8);
    shifts.data<std::int32_t>()[c] = -7 - c % 3;
  }
  call.integer(-120).integer(115);
}

void add_bias(Call& call, std::int32_t channels, bool has_bias) {
  if (!has_bias) {
    call.none();
    return;
  }
  TestTensor& bias = call.optional_tensor(kInt, {channels});
  for (std::int32_t c = 0; c < channels; ++c) bias.data<std::int32_t>()[c] = 137 * c - 400;
}

std::unique_ptr<Call> filled(std::unique_ptr<Call> call) {
  fill(*call, 1);
  return call;
}

std::unique_ptr<Call> quantize_call(ScalarType type) {
  auto call = std::make_unique<Call>(cortex_m("quantize_per_tensor"));
  TestTensor& input = call->tensor(kFloat, {2, 3, 4});
  const std::int64_t low = type == kChar ? -128 : -32768, high = type == kChar ? 127 : 32767;
  call->real(0.25).integer(-3).integer(low).integer(high).integer(static_cast<std::int64_t>(type));
  call->out(type, {2, 3, 4});
  fill(*call, 1);
  for (std::size_t i = 0; i < input.elements(); ++i) input.data<float>()[i] = 0.17f * static_cast<float>(i) - 2.0f;
  return call;
}

std::unique_ptr<Call> dequantize_call(ScalarType type) {
  auto call = std::make_unique<Call>(cortex_m("dequantize_per_tensor"));
  call->tensor(type, {2, 3, 4});
  const std::int64_t low = type == kChar ? -128 : -32768, high = type == kChar ? 127 : 32767;
  call->real(0.25).integer(-3).integer(low).integer(high).integer(static_cast<std::int64_t>(type));
  call->out(kFloat, {2, 3, 4});
  return filled(std::move(call));
}

std::unique_ptr<Call> add_call() {
  auto call = std::make_unique<Call>(cortex_m("quantized_add"));
  call->tensor(kChar, {2, 3, 4, 5}, channels_last);
  call->integer(-4).any_integer(1073741824).integer(0);
  call->tensor(kChar, {1, 3, 1, 1}, channels_last);
  call->integer(7).any_integer(1610612736).integer(-1);
  call->integer(5).any_integer(1431655765).integer(-18).integer(-100).integer(110);
  call->out(kChar, {2, 3, 4, 5}, channels_last);
  return filled(std::move(call));
}

std::unique_ptr<Call> mul_call() {
  auto call = std::make_unique<Call>(cortex_m("quantized_mul"));
  call->tensor(kChar, {2, 3, 4, 5}, channels_last);
  call->integer(-4);
  call->tensor(kChar, {2, 3, 4, 5}, channels_last);
  call->integer(-300).integer(5).any_integer(1431655765).integer(-7);
  call->out(kChar, {2, 3, 4, 5}, channels_last);
  return filled(std::move(call));
}

std::unique_ptr<Call> div_call(ScalarType type) {
  auto call = std::make_unique<Call>(cortex_m("quantized_div"));
  call->tensor(type, {3, 7});
  call->integer(-4);
  call->tensor(type, {3, 7});
  call->integer(9).integer(5).real(13.7);
  call->out(type, {3, 7});
  return filled(std::move(call));
}

std::unique_ptr<Call> binary_call(const std::string& name) {
  auto call = std::make_unique<Call>(cortex_m(name));
  call->tensor(kChar, {2, 3, 4});
  call->tensor(kChar, {3, 1});
  call->out(kChar, {2, 3, 4});
  return filled(std::move(call));
}

std::unique_ptr<Call> activation_call() {
  auto call = std::make_unique<Call>(cortex_m("quantized_activation"));
  call->tensor(kChar, {2, 3, 4, 5}, channels_last);
  call->tensor(kChar, {256});
  call->out(kChar, {2, 3, 4, 5}, channels_last);
  return filled(std::move(call));
}

std::unique_ptr<Call> softmax_call() {
  auto call = std::make_unique<Call>(cortex_m("softmax"));
  call->tensor(kChar, {3, 10});
  // Of an input scale of 0.1.
  call->integer(1).any_integer(4).integer(-128).any_integer(1717986918).integer(23).integer(-248);
  call->out(kChar, {3, 10});
  return filled(std::move(call));
}

std::unique_ptr<Call> transpose_call() {
  auto call = std::make_unique<Call>(cortex_m("transpose"));
  call->tensor(kChar, {2, 3, 4});
  call->list({2, 0, 1});
  call->out(kChar, {4, 2, 3});
  return filled(std::move(call));
}

std::unique_ptr<Call> pad_call() {
  auto call = std::make_unique<Call>(cortex_m("pad"));
  call->tensor(kChar, {1, 3, 4, 5}, channels_last);
  call->list({0, 1, 2, 0}).list({0, 2, 0, 1}).integer(-7);
  call->out(kChar, {1, 4, 7, 7}, channels_last);
  return filled(std::move(call));
}

// Pudu's own operators, of which one template makes all: one of each kind of check.

std::unique_ptr<Call> own_call(const std::string& kernel) {
  return std::make_unique<Call>("pudu::" + kernel + ".out");
}

void assign(Call& call, const std::vector<std::int32_t>& values) {
  call.tensor(kInt, {static_cast<std::int32_t>(values.size())}).assign(values);
}

std::unique_ptr<Call> argmax_call() {
  auto call = own_call("argmax_s8");
  call->tensor(kChar, {2, 5, 3});
  call->integer(2).integer(5).integer(3);
  call->out(kInt, {2, 3});
  return filled(std::move(call));
}

std::unique_ptr<Call> embedding_call() {
  auto call = own_call("embedding_s8");
  call->tensor(kChar, {4, 6});
  assign(*call, {0, 3, 9});
  call->integer(3).integer(4).integer(6);
  call->out(kChar, {3, 6});
  return filled(std::move(call));
}

std::unique_ptr<Call> normalize_call() {
  auto call = own_call("normalize_s8");
  call->tensor(kChar, {2, 3, 4});
  assign(*call, {1 << 30, 1 << 30, -(1 << 30), 1 << 29});
  assign(*call, {-10, -9, -10, -11});
  assign(*call, {0, 100, -100, 3});
  call->integer(2).integer(3).integer(4).integer(2).integer(1).integer(5).integer(1 << 30).integer(3).integer(-2);
  call->out(kChar, {2, 3, 4});
  return filled(std::move(call));
}

std::unique_ptr<Call> prelu_call() {
  auto call = own_call("prelu_s8");
  call->tensor(kChar, {6, 4});
  assign(*call, {1 << 30, 1 << 29, -(1 << 30), 1 << 28});
  assign(*call, {-1, 0, -2, 1});
  call->integer(6).integer(4).integer(3).integer(-4).any_integer(1 << 30).integer(0);
  call->out(kChar, {6, 4});
  return filled(std::move(call));
}

std::unique_ptr<Call> resize_bilinear_call() {
  auto call = own_call("resize_bilinear_s8");
  call->tensor(kChar, {1, 3, 4, 2});
  assign(*call, {0, 0, 1, 1, 2});
  assign(*call, {0, 1024, 0, 1024, 2048});
  assign(*call, {0, 0, 1, 2, 2, 3});
  assign(*call, {0, 700, 1400, 0, 100, 0});
  call->integer(1).integer(3).integer(4).integer(2).integer(5).integer(6);
  call->out(kChar, {1, 5, 6, 2});
  return filled(std::move(call));
}

std::unique_ptr<Call> clone_call() {
  auto call = std::make_unique<Call>("dim_order_ops::_clone_dim_order.out");
  call->tensor(kFloat, {1, 3, 4, 5}, channels_last);
  call->boolean(false).ignored();
  call->out(kFloat, {1, 3, 4, 5}, nchw);
  return filled(std::move(call));
}

}  // namespace

void fill(Call& call, std::uint32_t seed) {
  kernels::testing::Random random(seed);
  for (std::size_t i = 0; i < call.size(); ++i) {
    const Kind kind = call.kind(i);
    if (kind == Kind::Out) {
      std::memset(call.tensor_at(i).data<std::uint8_t>(), 0x5a, call.tensor_at(i).bytes());
    } else if (kind == Kind::Tensor && call.tensor_at(i).type() != kInt) {
      TestTensor& tensor = call.tensor_at(i);
      for (std::size_t byte = 0; byte < tensor.bytes(); ++byte) tensor.data<std::int8_t>()[byte] = random.code();
    }
  }
}

std::unique_ptr<Call> conv2d_call(Form form, const ConvolutionShape& s) {
  auto call = std::make_unique<Call>(cortex_m("quantized_conv2d", form));
  call->tensor(kChar, image_sizes(form, s.n, s.h, s.w, s.channels), image_order(form));
  call->tensor(kChar, {s.outputs, s.kernel_h, s.kernel_w, s.channels / s.groups});
  add_bias(*call, s.outputs, s.has_bias);
  call->list(s.stride).list(s.padding).list(s.dilation);
  add_channel_tensors(*call, s.outputs, 9, -5);
  call->scratch(s.scratch_bytes);
  call->out(kChar, image_sizes(form, s.n, extent(s.h, s.kernel_h, s, 0), extent(s.w, s.kernel_w, s, 1), s.outputs),
            image_order(form));
  return filled(std::move(call));
}

std::unique_ptr<Call> depthwise_call(Form form, const ConvolutionShape& s) {
  auto call = std::make_unique<Call>(cortex_m("quantized_depthwise_conv2d", form));
  call->tensor(kChar, image_sizes(form, s.n, s.h, s.w, s.channels), image_order(form));
  call->tensor(kChar, {1, s.kernel_h, s.kernel_w, s.outputs});
  add_bias(*call, s.outputs, s.has_bias);
  call->list(s.stride).list(s.padding).list(s.dilation).integer(s.outputs / s.channels);
  add_channel_tensors(*call, s.outputs, 9, -5);
  call->scratch(s.scratch_bytes);
  call->out(kChar, image_sizes(form, s.n, extent(s.h, s.kernel_h, s, 0), extent(s.w, s.kernel_w, s, 1), s.outputs),
            image_order(form));
  return filled(std::move(call));
}

std::unique_ptr<Call> transpose_conv_call(Form form, const ConvolutionShape& s) {
  auto call = std::make_unique<Call>(cortex_m("quantized_transpose_conv2d", form));
  call->tensor(kChar, image_sizes(form, s.n, s.h, s.w, s.channels), image_order(form));
  call->tensor(kChar, {s.outputs, s.kernel_h, s.kernel_w, s.channels});
  add_bias(*call, s.outputs, s.has_bias);
  call->list(s.stride).list(s.padding).list(s.output_padding).list(s.dilation);
  add_channel_tensors(*call, s.outputs, 9, -5);
  call->scratch(s.scratch_bytes);
  call->scratch(s.output_scratch_bytes);
  call->out(kChar,
            image_sizes(form, s.n, transposed_extent(s.h, s.kernel_h, s, 0), transposed_extent(s.w, s.kernel_w, s, 1),
                        s.outputs),
            image_order(form));
  return filled(std::move(call));
}

std::unique_ptr<Call> avg_pool_call(Form form, const PoolShape& s) {
  auto call = std::make_unique<Call>(cortex_m("quantized_avg_pool2d", form));
  call->tensor(kChar, image_sizes(form, s.n, s.h, s.w, s.channels), image_order(form));
  call->list(s.kernel).list(s.stride).list(s.padding).boolean(s.ceil_mode);
  call->integer(-3).any_integer(1395864371).any_integer(-5);
  call->scratch(s.scratch_bytes);
  call->out(kChar, image_sizes(form, s.n, s.output[0], s.output[1], s.channels), image_order(form));
  return filled(std::move(call));
}

std::unique_ptr<Call> max_pool_call(Form form, const PoolShape& s) {
  auto call = std::make_unique<Call>(cortex_m("quantized_max_pool2d", form));
  call->tensor(kChar, image_sizes(form, s.n, s.h, s.w, s.channels), image_order(form));
  call->list(s.kernel).list(s.stride).list(s.padding).list({1, 1}).boolean(s.ceil_mode);
  call->integer(-3).integer(-3).integer(-90).integer(100);
  call->out(kChar, image_sizes(form, s.n, s.output[0], s.output[1], s.channels), image_order(form));
  return filled(std::move(call));
}

std::unique_ptr<Call> linear_call(LinearOperands operands) {
  const bool has_bias = operands == LinearOperands::Bias || operands == LinearOperands::Both;
  const bool has_sums = operands == LinearOperands::KernelSum || operands == LinearOperands::Both;
  constexpr std::int32_t in = 11, outputs = 5, input_offset = 12;
  auto call = std::make_unique<Call>(cortex_m("quantized_linear"));
  call->tensor(kChar, {2, 3, in});
  TestTensor& weights = call->tensor(kChar, {outputs, in});
  add_bias(*call, outputs, has_bias);
  TestTensor* sums = has_sums ? &call->optional_tensor(kInt, {1, outputs}) : nullptr;
  if (!has_sums) call->none();
  call->integer(input_offset).integer(0).integer(-5).list({1500000000}).list({-8}).integer(115).integer(-120);
  call->out(kChar, {2, 3, outputs});
  fill(*call, 1);
  for (std::int32_t o = 0; o < outputs && has_sums; ++o) {
    std::int32_t sum = 137 * o - 400;  // the bias of add_bias, folded in
    for (std::int32_t i = 0; i < in; ++i) sum += input_offset * weights.at<std::int8_t>({o, i});
    sums->data<std::int32_t>()[o] = sum;
  }
  return call;
}

std::unique_ptr<Call> batch_matmul_call(std::int32_t scratch_bytes) {
  auto call = std::make_unique<Call>(cortex_m("quantized_batch_matmul"));
  call->tensor(kChar, {2, 3, 9});
  call->integer(12);
  call->tensor(kChar, {2, 5, 9});
  call->integer(-20).integer(-5).any_integer(1500000000).integer(-9);
  call->scratch(scratch_bytes);
  call->out(kChar, {2, 3, 5});
  return filled(std::move(call));
}

const std::vector<OperatorCall>& operator_calls() {
  const auto form = [](auto make, Form which, auto shape) { return [=] { return make(which, shape); }; };
  ConvolutionShape depthwise;
  depthwise.outputs = 8;
  static const std::vector<OperatorCall> calls{
      {"QuantizeInt8", [] { return quantize_call(kChar); }},
      {"QuantizeInt16", [] { return quantize_call(kShort); }},
      {"DequantizeInt8", [] { return dequantize_call(kChar); }},
      {"DequantizeInt16", [] { return dequantize_call(kShort); }},
      {"Add", add_call},
      {"Mul", mul_call},
      {"DivInt8", [] { return div_call(kChar); }},
      {"DivInt16", [] { return div_call(kShort); }},
      {"Activation", activation_call},
      {"Minimum", [] { return binary_call("minimum"); }},
      {"Maximum", [] { return binary_call("maximum"); }},
      {"LinearBias", [] { return linear_call(LinearOperands::Bias); }},
      {"LinearKernelSum", [] { return linear_call(LinearOperands::KernelSum); }},
      {"Softmax", softmax_call},
      {"Transpose", transpose_call},
      {"Pad", pad_call},
      {"Conv2d", form(conv2d_call, Form::ChannelsLast, ConvolutionShape())},
      {"Conv2dNhwc", form(conv2d_call, Form::Nhwc, ConvolutionShape())},
      {"Depthwise", form(depthwise_call, Form::ChannelsLast, depthwise)},
      {"DepthwiseNhwc", form(depthwise_call, Form::Nhwc, depthwise)},
      {"TransposeConv", form(transpose_conv_call, Form::ChannelsLast, ConvolutionShape())},
      {"TransposeConvNhwc", form(transpose_conv_call, Form::Nhwc, ConvolutionShape())},
      {"AvgPool", form(avg_pool_call, Form::ChannelsLast, PoolShape())},
      {"AvgPoolNhwc", form(avg_pool_call, Form::Nhwc, PoolShape())},
      {"MaxPool", form(max_pool_call, Form::ChannelsLast, PoolShape())},
      {"MaxPoolNhwc", form(max_pool_call, Form::Nhwc, PoolShape())},
      {"BatchMatmul", [] { return batch_matmul_call(20); }},
      {"Clone", clone_call},
      {"OwnArgmax", argmax_call},
      {"OwnEmbedding", embedding_call},
      {"OwnNormalize", normalize_call},
      {"OwnPrelu", prelu_call},
      {"OwnResizeBilinear", resize_bilinear_call},
  };
  return calls;
}

}  // namespace pudu::testing

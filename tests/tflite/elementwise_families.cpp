// Operators that work element by element: two operands, activations, changes of scale.
#include <algorithm>
#include <string>

#include "tflite/case_builder.hpp"

namespace pudu::testing {
namespace {

using Shape = std::vector<std::int32_t>;

std::int8_t random_activation(Random& random) {
  return static_cast<std::int8_t>(random.chance(60) ? 0 : random.integer(1, 3));
}

/// Shapes of two operands that broadcast, and of their result.
struct BroadcastShapes {
  Shape a, b, result;
};

BroadcastShapes random_broadcast(Random& random) {
  BroadcastShapes shapes;
  shapes.result = random.shape(1, 4);
  shapes.a = shapes.result;
  shapes.b = shapes.result;
  if (random.chance(50)) return shapes;
  for (std::size_t i = 0; i < shapes.result.size(); ++i) {
    if (random.chance(20)) shapes.a[i] = 1;
    if (random.chance(30)) shapes.b[i] = 1;
    shapes.result[i] = std::max(shapes.a[i], shapes.b[i]);
  }
  if (shapes.b.size() > 1 && random.chance(15)) {
    shapes.b.erase(shapes.b.begin());
    shapes.result[0] = shapes.a[0];
  }
  return shapes;
}

/// Both operands are inputs, or the second one is a constant.
TensorIndex second_operand(CaseBuilder& builder, const Shape& shape, const Quantization& quantization) {
  return builder.random().chance(30) ? builder.value_codes(shape, quantization) : builder.input(shape, quantization);
}

template <class Options>
void sum_or_difference(CaseBuilder& builder, Builtin code) {
  Random& random = builder.random();
  const BroadcastShapes shapes = random_broadcast(random);
  const Quantization first = builder.quantization(0.01F, 0.1F);
  const Quantization second = random.chance(20) ? first : builder.quantization(0.01F, 0.1F);
  Quantization output = builder.quantization();
  output.scales[0] = std::max(first.scales[0], second.scales[0]) * random.scale(0.5F, 3.0F);
  const TensorIndex a = builder.input(shapes.a, first);
  const TensorIndex b = second_operand(builder, shapes.b, second);
  Options options;
  options.pot_scale_int16 = false;
  options.fused_activation_function = random_activation(random);
  builder.operation(code, {a, b}, {builder.result(shapes.result, output)}, options);
}

void product(CaseBuilder& builder) {
  Random& random = builder.random();
  const BroadcastShapes shapes = random_broadcast(random);
  const Quantization first = builder.quantization(0.01F, 0.1F);
  const Quantization second = builder.quantization(0.01F, 0.1F);
  Quantization output = builder.quantization();
  output.scales[0] = first.scales[0] * second.scales[0] * random.scale(10.0F, 200.0F) * builder.fineness();
  const TensorIndex a = builder.input(shapes.a, first);
  const TensorIndex b = second_operand(builder, shapes.b, second);
  wire::MulOptionsT options;
  options.fused_activation_function = random_activation(random);
  builder.operation(Builtin::Mul, {a, b}, {builder.result(shapes.result, output)}, options);
}

void extremum(CaseBuilder& builder, Builtin code) {
  const BroadcastShapes shapes = random_broadcast(builder.random());
  const Quantization all = builder.quantization();
  const TensorIndex a = builder.input(shapes.a, all);
  const TensorIndex b = second_operand(builder, shapes.b, all);
  builder.operation(code, {a, b}, {builder.result(shapes.result, all)});
}

/// Every code once, in random places of more.
void unary(CaseBuilder& builder, Builtin code, const Quantization& input, const Quantization& output,
           std::int32_t version) {
  const Shape shape = {1, builder.random().integer(2, 7), builder.random().integer(2, 7), 9};
  const TensorIndex x = builder.input(shape, input);
  builder.operation(code, {x}, {builder.result(shape, output)}, version);
}

Quantization rescaled(CaseBuilder& builder, const Quantization& input) {
  if (builder.random().chance(25)) return input;
  Quantization output = builder.quantization();
  output.scales[0] = input.scales[0] * builder.random().scale(0.3F, 3.0F);
  return output;
}

void relu(CaseBuilder& builder, Builtin code) {
  const Quantization input = builder.quantization(0.01F, 0.2F);
  unary(builder, code, input, rescaled(builder, input), code == Builtin::ReluN1To1 ? 1 : 2);
}

void rescaling(CaseBuilder& builder) {
  const Quantization input = builder.quantization();
  unary(builder, Builtin::Quantize, input, rescaled(builder, input), 2);
}

/// To another width, or between codes of 16 bits.
void change_of_width(CaseBuilder& builder) {
  const std::int32_t kind = builder.random().integer(0, 2);
  const Shape shape = {1, builder.random().integer(2, 7), builder.random().integer(2, 7), 9};
  Quantization input = builder.quantization(), output = builder.quantization();
  output.scales[0] = input.scales[0] * builder.random().scale(0.3F, 3.0F);
  if (kind == 0) {  // widened
    const TensorIndex x = builder.input(shape, input);
    builder.use_int16();
    output = {{output.scales[0] / builder.fineness()}, 0};
    return builder.operation(Builtin::Quantize, {x}, {builder.result(shape, output)}, 2);
  }
  const TensorIndex narrow = kind == 1 ? builder.result(shape, output) : 0;
  builder.use_int16();
  input = {{input.scales[0] / builder.fineness()}, 0};
  const TensorIndex x = builder.input(shape, input);
  output = {{output.scales[0] / builder.fineness()}, 0};
  builder.operation(Builtin::Quantize, {x}, {kind == 1 ? narrow : builder.result(shape, output)}, 2);
}

void logistic(CaseBuilder& builder) {
  unary(builder, Builtin::Logistic, builder.quantization(0.01F, 0.3F), {{1.0F / 256.0F}, -128}, 2);
}

void hyperbolic_tangent(CaseBuilder& builder) {
  unary(builder, Builtin::Tanh, builder.quantization(0.01F, 0.1F), {{1.0F / 128.0F}, 0}, 2);
}

void hard_swish(CaseBuilder& builder) {
  const Quantization input = builder.quantization(0.005F, 0.2F);
  unary(builder, Builtin::HardSwish, input, rescaled(builder, input), 1);
}

void elu(CaseBuilder& builder) {
  const Quantization input = builder.quantization(0.01F, 0.1F);
  unary(builder, Builtin::Elu, input, rescaled(builder, input), 1);
}

void gelu(CaseBuilder& builder) {
  const Quantization input = builder.quantization(0.01F, 0.1F);
  const Shape shape = {1, builder.random().integer(2, 7), builder.random().integer(2, 7), 9};
  const TensorIndex x = builder.input(shape, input);
  wire::GeluOptionsT options;
  options.approximate = builder.random().chance(50);
  builder.operation(Builtin::Gelu, {x}, {builder.result(shape, rescaled(builder, input))}, options, 2);
}

void leaky_relu(CaseBuilder& builder) {
  const Quantization input = builder.quantization(0.01F, 0.2F);
  const Shape shape = {1, builder.random().integer(2, 7), builder.random().integer(2, 7), 9};
  const TensorIndex x = builder.input(shape, input);
  wire::LeakyReluOptionsT options;
  options.alpha = builder.random().scale(0.01F, 1.5F);
  builder.operation(Builtin::LeakyRelu, {x}, {builder.result(shape, rescaled(builder, input))}, options, 2);
}

void prelu(CaseBuilder& builder) {
  const Quantization input = builder.quantization(0.01F, 0.2F);
  const std::int32_t channels = builder.random().integer(1, 9);
  const Shape shape = {1, builder.random().integer(2, 7), builder.random().integer(2, 7), channels};
  const TensorIndex x = builder.input(shape, input);
  const TensorIndex slopes = builder.codes({1, 1, channels}, builder.quantization(0.001F, 0.01F), -128);
  builder.operation(Builtin::Prelu, {x, slopes}, {builder.result(shape, rescaled(builder, input))}, 1);
}

/// Numbers that often lie at or next to a tie between codes.
void quantization_of_floats(CaseBuilder& builder) {
  Random& random = builder.random();
  Quantization output = builder.quantization();
  if (random.chance(50)) output.scales[0] = 1.0F / static_cast<float>(random.integer(1, 64));
  const Shape shape = random.shape(1, 4);
  const TensorIndex x = builder.float_input(shape, -140.0F * output.scales[0], 140.0F * output.scales[0]);
  builder.ask_reference_kernels();
  builder.operation(Builtin::Quantize, {x}, {builder.result(shape, output)}, 1);
}

/// The default kernels multiply and add in vectors, which rounds twice, and only multiply what is left over.
void dequantization(CaseBuilder& builder) {
  builder.ask_reference_kernels();
  const Shape shape = builder.random().shape(1, 4);
  const TensorIndex x = builder.input(shape, builder.quantization());
  builder.operation(Builtin::Dequantize, {x}, {builder.result(shape, TensorCode::Float32)}, 2);
}

Family two_operands(std::string name, Builtin code, void (*build)(CaseBuilder&, Builtin)) {
  return {std::move(name), [=](CaseBuilder& builder) { build(builder, code); }};
}

}  // namespace

std::vector<Family> elementwise_families() {
  return {two_operands("ADD", Builtin::Add, sum_or_difference<wire::AddOptionsT>),
          two_operands("SUB", Builtin::Sub, sum_or_difference<wire::SubOptionsT>),
          {"MUL", product},
          two_operands("MINIMUM", Builtin::Minimum, extremum),
          two_operands("MAXIMUM", Builtin::Maximum, extremum),
          two_operands("RELU", Builtin::Relu, relu),
          two_operands("RELU6", Builtin::Relu6, relu),
          two_operands("RELU_N1_TO_1", Builtin::ReluN1To1, relu),
          {"LEAKY_RELU", leaky_relu},
          {"PRELU", prelu},
          {"LOGISTIC", logistic},
          {"TANH", hyperbolic_tangent},
          {"HARD_SWISH", hard_swish},
          {"ELU", elu},
          {"GELU", gelu},
          {"QUANTIZE of codes", rescaling},
          {"QUANTIZE of numbers", quantization_of_floats},
          {"DEQUANTIZE", dequantization},
          of_int16("ADD", [](CaseBuilder& builder) { sum_or_difference<wire::AddOptionsT>(builder, Builtin::Add); }),
          of_int16("MUL", product),
          {"QUANTIZE to or from INT16", change_of_width}};
}

}  // namespace pudu::testing

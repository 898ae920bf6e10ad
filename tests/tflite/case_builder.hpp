// Random models of one operator with random inputs: what the test gives to LiteRT and to Pudu.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include "tflite/model_builder.hpp"

namespace pudu::testing {

/// The same numbers from the same seed on every host (the standard's distributions are not).
class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  std::int32_t integer(std::int32_t low, std::int32_t high);  ///< in [low, high]
  float real(float low, float high);                          ///< evenly
  float scale(float low, float high);                         ///< evenly in the logarithm
  bool chance(int percent) { return integer(1, 100) <= percent; }
  std::int32_t one_of(std::initializer_list<std::int32_t> values);
  std::vector<std::int32_t> shape(std::int32_t least_rank, std::int32_t most_rank, std::int32_t most_elements = 9);

 private:
  std::mt19937 engine_;
};

/// Which of LiteRT's kernels answer; values are litert_oracle.py's.
enum class Kernels : std::uint8_t {
  Default,    ///< BUILTIN_WITHOUT_DEFAULT_DELEGATES
  Reference,  ///< BUILTIN_REF: for operators whose default kernels on a PC use another algorithm
};

struct Case {
  Kernels kernels = Kernels::Default;
  std::vector<std::byte> model;
  std::vector<std::vector<std::byte>> inputs;
};

/// Codes of a built-in operator in a file.
enum class Builtin : std::int32_t {
  Add = 0,
  AveragePool2D = 1,
  Concatenation = 2,
  Conv2D = 3,
  DepthwiseConv2D = 4,
  DepthToSpace = 5,
  Dequantize = 6,
  FullyConnected = 9,
  Logistic = 14,
  MaxPool2D = 17,
  Mul = 18,
  Relu = 19,
  ReluN1To1 = 20,
  Relu6 = 21,
  Reshape = 22,
  ResizeBilinear = 23,
  Softmax = 25,
  SpaceToDepth = 26,
  Tanh = 28,
  Pad = 34,
  Gather = 36,
  Transpose = 39,
  Mean = 40,
  Sub = 41,
  Squeeze = 43,
  StridedSlice = 45,
  Split = 49,
  Prelu = 54,
  Maximum = 55,
  ArgMax = 56,
  Minimum = 57,
  PadV2 = 60,
  TransposeConv = 67,
  ExpandDims = 70,
  Sum = 74,
  Shape = 77,
  Pack = 83,
  Unpack = 88,
  ResizeNearestNeighbor = 97,
  LeakyRelu = 98,
  SplitV = 102,
  Elu = 111,
  Quantize = 114,
  HardSwish = 117,
  BatchMatMul = 126,
  Gelu = 150,
};

/// One operator under construction.
class CaseBuilder {
 public:
  using Shape = std::vector<std::int32_t>;

  explicit CaseBuilder(Random& random) : random_(random) {}

  Random& random() { return random_; }

  /// From here on values have symmetric codes of 16 bits, constants that are weights still 8, and biases 64. Scales are
  /// 256 times finer.
  void use_int16() { type_ = TensorCode::Int16; }
  /// How many codes there are to one of int8.
  float fineness() const { return type_ == TensorCode::Int16 ? 256.0F : 1.0F; }
  Quantization quantization(float least_scale = 0.002F, float most_scale = 0.5F);

  /// An input of the model with random codes in [low, high], or numbers.
  TensorIndex input(const Shape& shape, const Quantization& quantization, std::int32_t low = -128,
                    std::int32_t high = 127);
  TensorIndex float_input(const Shape& shape, float low, float high);
  /// A random constant.
  TensorIndex codes(const Shape& shape, const Quantization& quantization, std::int32_t low = -127,
                    std::int32_t high = 127);
  /// A random constant in the place of a value.
  TensorIndex value_codes(const Shape& shape, const Quantization& quantization);
  TensorIndex bias(std::int32_t channels, std::int32_t magnitude, std::vector<float> scales);
  TensorIndex integers(const std::vector<std::int32_t>& values);
  TensorIndex integer_matrix(const Shape& shape, const std::vector<std::int32_t>& values);
  TensorIndex scalar(std::int32_t value);
  /// A result of the operator.
  TensorIndex result(const Shape& shape, const Quantization& quantization);
  TensorIndex result(const Shape& shape, TensorCode type);

  void operation(Builtin code, std::vector<TensorIndex> inputs, std::vector<TensorIndex> outputs,
                 std::int32_t version = 2) {
    outputs_ = outputs;
    model_.add_operator(static_cast<std::int32_t>(code), version, std::move(inputs), std::move(outputs));
  }
  template <class Options>
  void operation(Builtin code, std::vector<TensorIndex> inputs, std::vector<TensorIndex> outputs, Options options,
                 std::int32_t version = 2) {
    outputs_ = outputs;
    model_.add_operator(static_cast<std::int32_t>(code), version, std::move(inputs), std::move(outputs),
                        std::move(options));
  }
  void ask_reference_kernels() { case_.kernels = Kernels::Reference; }

  Case finish();

 private:
  std::vector<std::byte> random_values(std::size_t count, std::int32_t low, std::int32_t high);

  Random& random_;
  TensorCode type_ = TensorCode::Int8;
  ModelBuilder model_;
  std::vector<TensorIndex> outputs_;
  Case case_;
};

/// A kind of case: an operator and what about it is random.
struct Family {
  std::string name;
  std::function<void(CaseBuilder&)> build;
};

/// The same of values with 16 bits.
Family of_int16(const std::string& name, std::function<void(CaseBuilder&)> build);

std::vector<Family> convolution_families();
std::vector<Family> elementwise_families();
std::vector<Family> reduction_families();
std::vector<Family> movement_families();

}  // namespace pudu::testing

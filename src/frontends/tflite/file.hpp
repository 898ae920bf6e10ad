// A .tflite file as checked plain data: every index is in range, every constant has the bytes of its shape and type,
// every tensor is made before it is used. What the operators mean is the importer's matter.
//
// Limits: version 3 of the format; sparse tensors, and quantization other than by scale and zero point, are refused
// where they are used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ir/types.hpp"

namespace pudu::frontends::tflite {

namespace wire {
struct Operator;
}

/// Element types by their codes in a file, which may hold others.
enum class TensorType : std::int8_t {
  Float32 = 0,
  Int32 = 2,
  UInt8 = 3,
  Int64 = 4,
  Bool = 6,
  Int16 = 7,
  Int8 = 9,
  Resource = 13,
};
/// As the schema of TensorFlow Lite names it: "INT8"; "type 77" for codes that it does not have.
std::string to_string(TensorType type);

/// real = (q - zero_point) * scale; one scale, or one for each index of `dimension`, and as many zero points.
struct Quantization {
  std::vector<float> scales;
  std::vector<std::int64_t> zero_points;
  std::int32_t dimension = 0;
};

struct Tensor {
  std::string name;
  TensorType type{};
  ir::Shape shape;  ///< sizes are not negative, and the elements fit 31 bits
  std::optional<Quantization> quantization;
  std::span<const std::byte> data;   ///< of a constant: the bytes of its shape and type (any number for other types)
  bool is_constant = false;          ///< has data, or has no elements
  bool is_variable = false;          ///< keeps its value from run to run
  bool is_sparse = false;            ///< `data` is not laid out as the shape says
  bool has_unknown_details = false;  ///< quantized in a way that `quantization` does not express
};

/// An operand that is not there.
inline constexpr std::int32_t no_tensor = -1;

struct Operator {
  std::size_t index = 0;  ///< in its subgraph
  std::int32_t code = 0;
  std::string name;  ///< "CONV_2D", "CUSTOM 'Name'", or "code 999" when it is none of TensorFlow Lite's
  std::int32_t version = 1;
  std::vector<std::int32_t> inputs;  ///< tensors of the subgraph, or no_tensor
  std::vector<std::int32_t> outputs;
  std::vector<std::int32_t> intermediates;
  const wire::Operator* wire = nullptr;  ///< for the options; lives as long as the file
};

struct Subgraph {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<Operator> operators;  ///< in the order of execution
  std::vector<std::int32_t> inputs;
  std::vector<std::int32_t> outputs;
  /// Names of the ports in the model's signature; where there is none, those of their tensors.
  std::vector<std::string> input_names;
  std::vector<std::string> output_names;
};

/// "operator 3 (CONV_2D)".
std::string describe(const Operator& op);

class File {
 public:
  /// InvalidInput with every fault (the first twenty); Unsupported for another version of the format.
  static Result<File> open(std::span<const std::byte> bytes);

  /// The first is the one to run, others are called by its operators.
  std::span<const Subgraph> subgraphs() const { return subgraphs_; }
  const std::string& description() const { return description_; }

 private:
  std::shared_ptr<const std::vector<std::byte>> bytes_;  ///< what all spans and pointers refer to
  std::vector<Subgraph> subgraphs_;
  std::string description_;

  friend class FileReader;
};

}  // namespace pudu::frontends::tflite

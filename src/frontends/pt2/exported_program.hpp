// The exported program of a .pt2 file as plain data: what models/model.json says, in the names of torch's
// torch/_export/serde/schema.py, without what the compiler never reads (devices, guards, the module call graph).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pudu::frontends {

/// torch's serialized ScalarType (its numbers are not those of c10::ScalarType).
enum class ScalarType : std::uint8_t {
  Unknown = 0,
  UInt8 = 1,
  Int8 = 2,
  Int16 = 3,
  Int32 = 4,
  Int64 = 5,
  Float16 = 6,
  Float32 = 7,
  Float64 = 8,
  ComplexHalf = 9,
  ComplexFloat = 10,
  ComplexDouble = 11,
  Bool = 12,
  BFloat16 = 13,
};

/// torch's name of the type, or "data type <number>".
std::string to_string(ScalarType type);
constexpr bool is_floating(ScalarType type) {
  return type == ScalarType::Float16 || type == ScalarType::Float32 || type == ScalarType::Float64 ||
         type == ScalarType::BFloat16;
}

constexpr int strided_layout = 7;  ///< torch's serialized Layout of ordinary tensors

/// A size: a number, or an expression over symbols ("Mul(Integer(2), Symbol('s77', ...))") with the value it had in
/// the export.
struct SymInt {
  std::optional<std::int64_t> value;  ///< of a plain number
  std::string expression;             ///< otherwise
  std::optional<std::int64_t> hint;
};

struct TensorMeta {
  ScalarType dtype = ScalarType::Unknown;
  int layout = strided_layout;
  std::vector<SymInt> sizes;
  std::vector<SymInt> strides;  ///< in elements, as storage_offset
  SymInt storage_offset;
};

/// An integer argument: a number, or the name of an integer that an earlier node computed.
struct IntArgument {
  std::string name;  ///< empty for a number
  std::int64_t value = 0;
};

struct NoneArgument {};
struct TensorArgument {
  std::string name;
};
struct TensorListArgument {
  std::vector<std::optional<std::string>> names;
};
struct IntListArgument {
  std::vector<IntArgument> elements;
};
struct ScalarTypeArgument {
  ScalarType type = ScalarType::Unknown;
};
struct MemoryFormatArgument {
  int format = 0;
};
struct ExportedGraph;
/// The body of an operator that runs a part of the model: autocast, no_grad.
struct GraphArgument {
  std::shared_ptr<const ExportedGraph> graph;
};
/// An argument of a kind that no translated operator reads; `kind` is its key in the file, as "as_custom_obj".
struct OtherArgument {
  std::string kind;
};

using Argument = std::variant<NoneArgument, TensorArgument, TensorListArgument, IntArgument, IntListArgument, double,
                              std::vector<double>, bool, std::string, ScalarTypeArgument, MemoryFormatArgument,
                              GraphArgument, OtherArgument>;

struct NamedArgument {
  std::string name;  ///< of the parameter in the operator's schema
  Argument value;
};

struct ExportedNode {
  std::string name;
  std::string target;  ///< "torch.ops.aten.conv2d.default", "_operator.mul"
  std::vector<NamedArgument> inputs;
  std::vector<Argument> outputs;
  std::string stack_trace;
};

struct ExportedGraph {
  std::vector<Argument> inputs;
  std::vector<Argument> outputs;
  std::vector<ExportedNode> nodes;
  std::map<std::string, TensorMeta, std::less<>> tensor_values;
};

/// "aten.add_.Tensor" of "torch.ops.aten.add_.Tensor"; other targets as they are. For messages.
std::string short_target(std::string_view target);

enum class InputKind : std::uint8_t { Parameter, Buffer, TensorConstant, UserInput, ConstantInput, Other };

struct InputSpec {
  InputKind kind = InputKind::Other;
  std::string kind_name;    ///< its key in the file, as "custom_obj"
  Argument argument;        ///< the value's name in the graph
  std::string target_name;  ///< of weights and constants: their name in the module, as "c1.weight"
  bool persistent = true;   ///< of buffers: whether they are stored with the weights
};

enum class OutputKind : std::uint8_t { UserOutput, BufferMutation, UserInputMutation, Other };

struct OutputSpec {
  OutputKind kind = OutputKind::Other;
  std::string kind_name;
  Argument argument;
  std::string target_name;  ///< of mutations: what is changed
};

struct RangeConstraint {
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
};

struct ExportedProgram {
  std::vector<ExportedNode> nodes;
  std::map<std::string, TensorMeta, std::less<>> tensor_values;
  std::vector<InputSpec> input_specs;
  std::vector<OutputSpec> output_specs;
  std::map<std::string, RangeConstraint, std::less<>> range_constraints;
};

/// One entry of data/weights/*_config.json or data/constants/*_config.json.
struct PayloadMeta {
  std::string path_name;
  bool use_pickle = false;
  TensorMeta tensor;
};

using PayloadConfig = std::map<std::string, PayloadMeta, std::less<>>;

}  // namespace pudu::frontends

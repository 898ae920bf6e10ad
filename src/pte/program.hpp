// An ExecuTorch program as plain values, as read.hpp makes them from a file. A plan is a method: numbered values, and
// calls of operators whose arguments are numbers of values. Spans point into the file, which must stay in memory.
//
// Limits: what ExecuTorch's Cortex-M flow makes, that is one CPU, no delegates, no control flow, no external weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pte/metadata.hpp"

namespace pudu::pte {

/// ExecuTorch's data types, those that have a size of whole bytes and no quantization of their own.
enum class ScalarType : std::int8_t {
  UInt8 = 0,
  Int8 = 1,
  Int16 = 2,
  Int32 = 3,
  Int64 = 4,
  Float16 = 5,
  Float32 = 6,
  Float64 = 7,
  Bool = 11,
  BFloat16 = 15,
  UInt16 = 27,
  UInt32 = 28,
  UInt64 = 29,
};

/// Bytes of an element; 0 for a number that is none of the enumerators.
std::size_t element_bytes(ScalarType type);
/// "int8"; "scalar type 12" for a number that is none of the enumerators.
std::string to_string(ScalarType type);

/// A place in one of the memory pools that the runtime provides.
struct PoolPlace {
  std::uint32_t memory_id = 1;  ///< Plan::pool_bytes[memory_id - 1] is the pool's size
  std::size_t offset = 0;
};

struct Tensor {
  ScalarType type = ScalarType::UInt8;
  std::vector<std::int32_t> sizes;      ///< logical, PyTorch's order
  std::vector<std::uint8_t> dim_order;  ///< the dimensions as they lie in memory, outermost first
  std::size_t bytes = 0;
  bool is_static = true;              ///< otherwise `sizes` are the largest that it may have
  std::optional<PoolPlace> place;     ///< in a pool; neither place nor data: the caller provides the memory
  std::uint32_t data_index = 0;       ///< of the constant, or of the first contents of a variable; 0 = none
  std::span<const std::byte> data{};  ///< `bytes` bytes where data_index is not 0
  std::uint64_t data_offset = 0;      ///< of `data` in the file

  bool is_constant() const { return data_index != 0 && !place; }
};

struct Null {};
/// Numbers of Int values.
struct IntList {
  std::vector<std::int64_t> items;
};
struct DoubleList {
  std::vector<double> items;
};
struct BoolList {
  std::vector<bool> items;
};
/// Numbers of Tensor values; -1 in an optional list is none.
struct TensorList {
  std::vector<std::int32_t> items;
  bool is_optional = false;
};

using Value =
    std::variant<Null, std::int64_t, bool, double, Tensor, std::string, IntList, DoubleList, BoolList, TensorList>;

/// "Null", "Int", "Bool", "Double", "Tensor", "String", "IntList", ...
std::string_view kind_name(const Value& value);

struct Operator {
  std::string name;      ///< "cortex_m::quantized_add"
  std::string overload;  ///< "out"

  /// "cortex_m::quantized_add.out"
  std::string full_name() const { return overload.empty() ? name : name + "." + overload; }
};

struct KernelCall {
  std::size_t operator_index = 0;
  std::vector<std::int32_t> args;  ///< values: every argument of the schema, then what it returns once more
};

struct Plan {
  std::string name;
  std::vector<Value> values;
  std::vector<std::int32_t> inputs, outputs;  ///< values
  std::vector<Operator> operators;
  std::vector<KernelCall> calls;        ///< of all chains, in the order of execution
  std::vector<std::size_t> pool_bytes;  ///< by memory id - 1

  /// Null when the value is no tensor. `value` must be in range.
  const Tensor* tensor(std::int64_t value) const {
    return std::get_if<Tensor>(&values[static_cast<std::size_t>(value)]);
  }
  const Operator& operator_of(const KernelCall& call) const { return operators[call.operator_index]; }
  /// The integers of an IntList whose indices have been verified.
  std::vector<std::int64_t> integers(const IntList& list) const;
};

struct NamedData {
  std::string key;
  std::span<const std::byte> data;
};

struct Program {
  std::vector<Plan> plans;  ///< the first is what is run; constant methods may follow
  std::vector<NamedData> named_data;
  std::span<const std::byte> constants;  ///< the constant segment; empty when there is none
  std::uint64_t constants_offset = 0;    ///< of `constants` in the file
  std::size_t flatbuffer_bytes = 0;      ///< with the extended header
  std::size_t file_bytes = 0;
  std::optional<Metadata> metadata;  ///< of a file that Pudu wrote

  const Plan& main() const { return plans.front(); }
};

}  // namespace pudu::pte

// What the names of an exported program stand for at a point of its execution.
//
// PyTorch's in-place operators change a tensor under every name that shares its memory, while values of the graph never
// change. So each tensor name carries the memory it lies in and the order of its elements there, and an in-place
// operator gives new values to the names of that memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "frontends/pt2/exported_program.hpp"
#include "ir/graph.hpp"

namespace pudu::frontends {

enum class MemoryId : std::uint32_t {};
/// Names of one memory and one order hold the same elements in the same order; their shapes may differ.
enum class OrderId : std::uint32_t {};

struct TensorBinding {
  ir::ValueId value{};
  MemoryId memory{};
  OrderId order{};
};
/// A weight, buffer or lifted constant that no node has used yet.
struct UnloadedBinding {
  const InputSpec* spec = nullptr;
};
struct IntegerBinding {
  std::int64_t value = 0;
};
/// The result of a node that was not translated. `reason` is empty when that node has been reported.
struct UnavailableBinding {
  std::string reason;
};

using Binding = std::variant<TensorBinding, UnloadedBinding, IntegerBinding, UnavailableBinding>;

class NameTable {
 public:
  const Binding* find(std::string_view name) const;
  void bind(const std::string& name, Binding binding);

  MemoryId new_memory() { return static_cast<MemoryId>(next_memory_++); }
  OrderId new_order() { return static_cast<OrderId>(next_order_++); }

  /// The names of a memory other than those rebound since.
  std::vector<std::string> names_in(MemoryId memory) const;

 private:
  std::map<std::string, Binding, std::less<>> bindings_;
  std::map<MemoryId, std::set<std::string>> names_by_memory_;
  std::uint32_t next_memory_ = 0;
  std::uint32_t next_order_ = 0;
};

}  // namespace pudu::frontends

// The interface an operator's `lower` works against. lowering/ implements it; operators only see this.
//
// Physical order: a value of rank r lies in memory in some permutation of its logical dimensions (its DimOrder,
// outermost first). Images are kept as NHWC = {0, 2, 3, 1}. An operator asks for an input in the order its kernel
// wants; the lowering inserts a transpose only when the present order differs in memory (dimensions of size 1 never
// matter) and reuses it for other users.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "ops/kernel_binding.hpp"
#include "program/program.hpp"

namespace pudu::ops {

using DimOrder = std::vector<std::int64_t>;

DimOrder contiguous_order(std::size_t rank);
/// {0, 2, .., r-1, 1}: channels innermost. Rank 2 and below: contiguous.
DimOrder channels_last_order(std::size_t rank);
/// The sizes of `shape` in memory order.
ir::Shape physical_shape(const ir::Shape& shape, const DimOrder& order);
/// Do both orders put the elements of `shape` at the same addresses?
bool same_in_memory(const ir::Shape& shape, const DimOrder& a, const DimOrder& b);
/// Elements from one index of each logical dimension to the next when `shape` lies in `order`.
std::vector<std::int64_t> memory_strides(const ir::Shape& shape, const DimOrder& order);

using OperandList = std::vector<std::pair<std::string, program::BufferId>>;

class LowerContext {
 public:
  virtual ~LowerContext() = default;

  virtual const ir::Graph& graph() const = 0;
  virtual const ir::Node& node() const = 0;
  virtual const targets::TargetConfig& target() const = 0;

  const ir::Value& input_value(std::size_t index) const;
  const ir::Value& output_value(std::size_t index = 0) const;

  /// The order in which input `index` lies in memory now. Constants are contiguous.
  virtual DimOrder input_order(std::size_t index) = 0;
  /// Buffer of input `index` in that order; constants are copied (and permuted) into a constant buffer.
  virtual program::BufferId input(std::size_t index, const DimOrder& order) = 0;

  /// New buffer for result `index`, lying in that order.
  virtual program::BufferId output(std::size_t index, const DimOrder& order) = 0;
  /// Result `index` is the same memory as input `input_index` (which must lie in `input_order`), seen with the result's
  /// shape in `output_order`.
  virtual void alias_output(std::size_t index, std::size_t input_index, const DimOrder& input_order,
                            const DimOrder& output_order) = 0;

  /// New constant buffer named `<node>.<suffix>`; equal contents are stored once.
  virtual program::BufferId constant(std::string_view suffix, program::ElementType type, ir::Shape shape,
                                     std::vector<std::byte> data) = 0;

  /// Appends a call of `binding`; adds a scratch buffer of the kernel's size for the target when that is not 0.
  virtual void emit_call(const KernelBinding& binding, std::vector<program::Parameter> parameters,
                         OperandList operands) = 0;

  /// Typed form of emit_call.
  template <class Params>
  void emit(const KernelBinding& binding, const Params& params, OperandList operands) {
    emit_call(binding, to_parameters(params), std::move(operands));
  }
  template <class T>
  program::BufferId constant_of(std::string_view suffix, std::span<const T> values, ir::Shape shape) {
    const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
    return constant(suffix, detail::element_of<T>(), std::move(shape), {bytes, bytes + values.size_bytes()});
  }
};

}  // namespace pudu::ops

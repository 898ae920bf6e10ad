// Collects the values and calls of one method. A value that stands already is used again: literals, lists, tensors of
// the same type, shape and place. Constants of the same bytes are stored once, whatever their types and shapes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pte/program.hpp"

namespace pudu::emitters {

/// Sizes in PyTorch's order, and the dimensions as they lie in memory, outermost first.
struct TensorView {
  std::vector<std::int64_t> sizes;
  std::vector<std::uint8_t> dim_order;

  std::size_t elements() const;
};

TensorView contiguous_view(std::vector<std::int64_t> sizes);
/// [n, c, h, w] whose bytes lie in the order n, h, w, c; the order is written as ExecuTorch derives it from strides,
/// which for one channel is [0, 2, 1, 3].
TensorView channels_last_view(std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c);

/// Number of a value of the plan.
using ValueId = std::int32_t;
using ConstantData = std::shared_ptr<const std::vector<std::byte>>;

class PlanBuilder {
 public:
  ValueId null() { return intern("null", pte::Null{}); }
  ValueId integer(std::int64_t value);
  ValueId real(double value);
  ValueId boolean(bool value);
  ValueId integers(const std::vector<std::int64_t>& values);
  ValueId tensors(const std::vector<ValueId>& values);
  /// At `offset` of the memory pool.
  ValueId planned(pte::ScalarType type, const TensorView& view, std::size_t offset);
  ValueId constant(pte::ScalarType type, const TensorView& view, const ConstantData& data);

  /// `args` are the schema's arguments, of which the last is the output, which every operator here returns.
  void call(std::string_view name, std::string_view overload, std::vector<ValueId> args);

  pte::Plan& plan() { return plan_; }

 private:
  ValueId intern(const std::string& key, pte::Value value);

  pte::Plan plan_;
  std::map<std::string, ValueId> values_by_key_;
  std::map<std::string_view, std::uint32_t> data_by_bytes_;  ///< keys lie in owned_
  std::vector<ConstantData> owned_;
};

}  // namespace pudu::emitters

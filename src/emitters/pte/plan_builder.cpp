#include "emitters/pte/plan_builder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

namespace pudu::emitters {

std::size_t TensorView::elements() const {
  std::size_t count = 1;
  for (const std::int64_t size : sizes) count *= static_cast<std::size_t>(size);
  return count;
}

TensorView contiguous_view(std::vector<std::int64_t> sizes) {
  std::vector<std::uint8_t> order(sizes.size());
  std::iota(order.begin(), order.end(), std::uint8_t{0});
  return {std::move(sizes), std::move(order)};
}

TensorView channels_last_view(std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) {
  const std::array<std::int64_t, 4> strides = {h * w * c, 1, w * c, c};
  TensorView view = contiguous_view({n, c, h, w});
  std::stable_sort(view.dim_order.begin(), view.dim_order.end(),
                   [&](std::uint8_t a, std::uint8_t b) { return strides[a] > strides[b]; });
  return view;
}

ValueId PlanBuilder::intern(const std::string& key, pte::Value value) {
  const auto [entry, is_new] = values_by_key_.try_emplace(key, static_cast<ValueId>(plan_.values.size()));
  if (is_new) plan_.values.push_back(std::move(value));
  return entry->second;
}

ValueId PlanBuilder::integer(std::int64_t value) {
  return intern(fmt::format("int {}", value), value);
}

ValueId PlanBuilder::real(double value) {
  return intern(fmt::format("double {:x}", std::bit_cast<std::uint64_t>(value)), value);
}

ValueId PlanBuilder::boolean(bool value) {
  return intern(fmt::format("bool {}", value), value);
}

ValueId PlanBuilder::integers(const std::vector<std::int64_t>& values) {
  pte::IntList list;
  for (const std::int64_t value : values) list.items.push_back(integer(value));
  return intern(fmt::format("ints {}", fmt::join(values, ",")), std::move(list));
}

ValueId PlanBuilder::tensors(const std::vector<ValueId>& values) {
  return intern(fmt::format("tensors {}", fmt::join(values, ",")), pte::TensorList{.items = values});
}

namespace {

pte::Tensor make_tensor(pte::ScalarType type, const TensorView& view) {
  pte::Tensor tensor{.type = type, .sizes = {view.sizes.begin(), view.sizes.end()}, .dim_order = view.dim_order};
  tensor.bytes = view.elements() * pte::element_bytes(type);
  return tensor;
}

std::string tensor_key(const pte::Tensor& tensor) {
  return fmt::format("tensor {} [{}] [{}]", static_cast<int>(tensor.type), fmt::join(tensor.sizes, ","),
                     fmt::join(tensor.dim_order, ","));
}

}  // namespace

ValueId PlanBuilder::planned(pte::ScalarType type, const TensorView& view, std::size_t offset) {
  pte::Tensor tensor = make_tensor(type, view);
  tensor.place = pte::PoolPlace{.memory_id = 1, .offset = offset};
  const std::string key = fmt::format("{} at {}", tensor_key(tensor), offset);
  return intern(key, std::move(tensor));
}

ValueId PlanBuilder::constant(pte::ScalarType type, const TensorView& view, const ConstantData& data) {
  const std::string_view bytes(reinterpret_cast<const char*>(data->data()), data->size());
  const auto [entry, is_new] = data_by_bytes_.try_emplace(bytes, static_cast<std::uint32_t>(owned_.size() + 1));
  if (is_new) owned_.push_back(data);
  pte::Tensor tensor = make_tensor(type, view);
  tensor.data_index = entry->second;
  tensor.data = *owned_[entry->second - 1];
  const std::string key = fmt::format("{} constant {}", tensor_key(tensor), tensor.data_index);
  return intern(key, std::move(tensor));
}

void PlanBuilder::call(std::string_view name, std::string_view overload, std::vector<ValueId> args) {
  const auto known = std::find_if(plan_.operators.begin(), plan_.operators.end(),
                                  [&](const pte::Operator& op) { return op.name == name && op.overload == overload; });
  const auto index = static_cast<std::size_t>(known - plan_.operators.begin());
  if (known == plan_.operators.end()) plan_.operators.push_back({std::string(name), std::string(overload)});
  args.push_back(args.back());
  plan_.calls.push_back({index, std::move(args)});
}

}  // namespace pudu::emitters

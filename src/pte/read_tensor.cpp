#include "pte/read_tensor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pudu::pte {
namespace {

constexpr std::size_t most_dims = 16;  // ExecuTorch's kTensorDimensionLimit
constexpr std::uint64_t most_tensor_bytes = UINT32_MAX;

enum class Dynamism : std::int8_t { Static = 0, Bounded = 1 };

void check_header(const wire::Tensor& wire, const std::string& where, Faults& faults) {
  if (element_bytes(static_cast<ScalarType>(wire.scalar_type())) == 0) {
    faults.add(where, to_string(static_cast<ScalarType>(wire.scalar_type())), "a type of whole bytes, as 1 (int8)");
  }
  if (wire.storage_offset() != 0) {
    faults.add(where, fmt::format("storage offset {}", wire.storage_offset()), "0");
  }
  if (wire.layout() != 0) faults.add(where, fmt::format("layout {}", wire.layout()), "0, strided");
  if (wire.shape_dynamism() < 0 || wire.shape_dynamism() > static_cast<int>(Dynamism::Bounded)) {
    faults.add_unsupported(where, fmt::format("shape dynamism {}", wire.shape_dynamism()),
                           "0 (static) or 1 (with a bound)");
  }
  if (const wire::ExtraTensorInfo* extra = wire.extra_tensor_info()) {
    if (extra->location() != 0) {
      faults.add_unsupported(where, "its bytes are in another file", "weights within the program");
    }
    if (extra->device_type() != 0) faults.add_unsupported(where, "it is not on the CPU", "device type 0, the CPU");
  }
}

/// Bytes of a tensor; nothing, with a fault, when the sizes are none or it is too large for a Cortex-M.
std::optional<std::size_t> count_bytes(const Tensor& tensor, const std::string& where, Faults& faults) {
  std::uint64_t bytes = element_bytes(tensor.type);
  for (const std::int32_t size : tensor.sizes) {
    if (size < 0) {
      faults.add(where, fmt::format("size {}", size), "0 or more");
      return std::nullopt;
    }
    bytes *= static_cast<std::uint64_t>(size);
    if (bytes > most_tensor_bytes) {
      faults.add(where, "more than 4 GiB", "a tensor that a Cortex-M can address");
      return std::nullopt;
    }
  }
  return bytes;
}

void check_dim_order(const Tensor& tensor, const std::string& where, Faults& faults) {
  std::vector<std::uint8_t> sorted = tensor.dim_order;
  std::sort(sorted.begin(), sorted.end());
  bool is_permutation = sorted.size() == tensor.sizes.size();
  for (std::size_t i = 0; i < sorted.size(); ++i) is_permutation = is_permutation && sorted[i] == i;
  if (is_permutation) return;
  faults.add(where, fmt::format("dim order [{}]", fmt::join(tensor.dim_order, ", ")),
             fmt::format("a permutation of {} dimensions", tensor.sizes.size()));
}

void place_in_pool(const wire::AllocationDetails& wire, std::span<const std::size_t> pool_bytes, Tensor& tensor,
                   const std::string& where, Faults& faults) {
  if (wire.memory_id() == 0 || wire.memory_id() > pool_bytes.size()) {
    faults.add(where, fmt::format("memory id {}", wire.memory_id()), fmt::format("1 to {}", pool_bytes.size()));
    return;
  }
  const std::size_t pool = pool_bytes[wire.memory_id() - 1];
  const std::uint64_t offset = (std::uint64_t{wire.memory_offset_high()} << 32U) | wire.memory_offset_low();
  if (offset > pool || tensor.bytes > pool - offset) {
    faults.add(where, fmt::format("{} bytes at offset {} of memory {}", tensor.bytes, offset, wire.memory_id()),
               fmt::format("the memory has {} bytes", pool));
    return;
  }
  tensor.place = PoolPlace{wire.memory_id(), offset};
}

void find_data(const DataSegment& from, Tensor& tensor, const std::string& where, Faults& faults) {
  if (tensor.data_index >= from.offsets.size()) {
    faults.add(where, fmt::format("data {} of the {}", tensor.data_index, from.name),
               fmt::format("it has {} entries", from.offsets.size()));
    return;
  }
  const std::uint64_t offset = from.offsets[tensor.data_index];
  if (offset > from.segment.size() || tensor.bytes > from.segment.size() - offset) {
    faults.add(where, fmt::format("{} bytes at offset {} of the {}", tensor.bytes, offset, from.name),
               fmt::format("it has {} bytes", from.segment.size()));
    return;
  }
  tensor.data = from.segment.subspan(offset, tensor.bytes);
}

}  // namespace

Tensor read_tensor(const wire::Tensor& wire, const TensorStorage& storage, const std::string& where, Faults& faults) {
  Tensor tensor{.type = static_cast<ScalarType>(wire.scalar_type()),
                .is_static = wire.shape_dynamism() == static_cast<int>(Dynamism::Static),
                .data_index = wire.data_buffer_idx()};
  check_header(wire, where, faults);
  if (wire.sizes() == nullptr || wire.dim_order() == nullptr) {
    faults.add(where, wire.sizes() == nullptr ? "a tensor without sizes" : "a tensor without a dim order",
               "both lists, even if empty");
    return tensor;
  }
  if (wire.sizes()->size() > most_dims || wire.dim_order()->size() > most_dims) {
    faults.add(where, fmt::format("a tensor of {} dimensions", wire.sizes()->size()),
               fmt::format("at most {}", most_dims));
    return tensor;
  }
  tensor.sizes.assign(wire.sizes()->begin(), wire.sizes()->end());
  tensor.dim_order.assign(wire.dim_order()->begin(), wire.dim_order()->end());
  check_dim_order(tensor, where, faults);
  const std::optional<std::size_t> bytes = count_bytes(tensor, where, faults);
  if (!bytes) return tensor;
  tensor.bytes = *bytes;
  const wire::AllocationDetails* allocation = wire.allocation_info();
  if (allocation != nullptr) place_in_pool(*allocation, storage.pool_bytes, tensor, where, faults);
  if (tensor.data_index != 0) {
    find_data(allocation == nullptr ? storage.data.constants : storage.data.variables, tensor, where, faults);
  }
  return tensor;
}

}  // namespace pudu::pte

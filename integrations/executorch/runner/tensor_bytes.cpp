#include "runner/tensor_bytes.hpp"

#include <cstring>

namespace pudu::executorch_runner {
namespace {

/// Calls copy(offset in C order, offset in memory) for every element; offsets in elements.
template <class Copy>
void for_each_element(const std::vector<std::int32_t>& sizes, const std::vector<std::uint8_t>& dim_order, Copy&& copy) {
  const std::size_t rank = sizes.size();
  std::vector<std::size_t> strides(rank, 1), index(rank, 0);
  std::size_t stride = 1, count = 1;
  for (std::size_t position = rank; position-- > 0;) {
    strides[dim_order[position]] = stride;
    stride *= static_cast<std::size_t>(sizes[dim_order[position]]);
  }
  for (const std::int32_t size : sizes) count *= static_cast<std::size_t>(size);
  std::size_t memory = 0;
  for (std::size_t element = 0; element < count; ++element) {
    copy(element, memory);
    for (std::size_t dim = rank; dim-- > 0;) {
      memory += strides[dim];
      if (++index[dim] < static_cast<std::size_t>(sizes[dim])) break;
      memory -= strides[dim] * index[dim];
      index[dim] = 0;
    }
  }
}

}  // namespace

void to_memory_order(const std::vector<std::int32_t>& sizes, const std::vector<std::uint8_t>& dim_order,
                     std::size_t element_bytes, const std::byte* elements, std::byte* memory) {
  for_each_element(sizes, dim_order, [&](std::size_t element, std::size_t place) {
    std::memcpy(memory + place * element_bytes, elements + element * element_bytes, element_bytes);
  });
}

void to_c_order(const std::vector<std::int32_t>& sizes, const std::vector<std::uint8_t>& dim_order,
                std::size_t element_bytes, const std::byte* memory, std::byte* elements) {
  for_each_element(sizes, dim_order, [&](std::size_t element, std::size_t place) {
    std::memcpy(elements + element * element_bytes, memory + place * element_bytes, element_bytes);
  });
}

}  // namespace pudu::executorch_runner

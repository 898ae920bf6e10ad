// Elements in C order to the order in which a tensor's bytes lie, and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pudu::executorch_runner {

/// `elements` in C order of `sizes`, `memory` in the order of `dim_order`.
void to_memory_order(const std::vector<std::int32_t>& sizes, const std::vector<std::uint8_t>& dim_order,
                     std::size_t element_bytes, const std::byte* elements, std::byte* memory);
void to_c_order(const std::vector<std::int32_t>& sizes, const std::vector<std::uint8_t>& dim_order,
                std::size_t element_bytes, const std::byte* memory, std::byte* elements);

}  // namespace pudu::executorch_runner

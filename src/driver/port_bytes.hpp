// Numbers as the bytes of a buffer, and back: codes of 8 or 16 bits, or floats as they are.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ops/lower_context.hpp"
#include "ops/tensor.hpp"
#include "program/program.hpp"

namespace pudu::driver {

/// The tensor's elements in memory order.
std::vector<float> in_memory_order(const ops::Tensor& tensor, const ops::DimOrder& order);

/// The bytes that a buffer takes for these numbers, quantized by the device's own kernels.
std::vector<std::byte> to_bytes(std::span<const float> numbers, const program::Buffer& buffer);

}  // namespace pudu::driver

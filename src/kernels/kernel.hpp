// What every kernel folder shares: the ISA enumeration, rows of a tensor, and the contract of a kernel description.
//
// A kernel folder holds <name>.hpp (parameters, operands, scratch size, description), scalar.cpp (and dsp.cpp, mve.cpp
// where they win) and <name>_test.cpp. The description is a struct that host code binds to by name, so a parameter is
// declared in one place:
//
//   struct Conv2dS8 {
//     static constexpr const char* name = "conv2d_s8";                  // also the function's name
//     static constexpr const char* header = "kernels/conv2d/conv2d_s8.hpp";
//     using Params = Conv2dS8Params;                                    // int32_t and float fields, or arrays of them
//     using Operands = Conv2dS8Operands;                                // pointers, or arrays of pointers
//     static constexpr std::size_t scratch_bytes(const Params&, Isa);   // the compiler and the kernel use this very
//     function static void run(const Params&, const Operands&) noexcept; static constexpr const char* in_place_input =
//     "input";            // only where the output may be that input's buffer
//   };
//
// Params and Operands each have `template <class Self, class Visitor> static constexpr void visit(Self&, Visitor&&)`
// which names every field once, in declaration order. Operand fields: `const T*` is read, `T*` is written; the one
// called `scratch` is scratch memory. Limits: freestanding C++17, no heap, exceptions, RTTI or floating point
// environment; every tensor index fits 32 bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pudu::kernels {

/// Instruction sets a kernel may be written for; each includes the ones before it.
enum class Isa : std::uint8_t { Scalar, Dsp, Mve };

/// Largest rank that data-movement kernels take.
inline constexpr int max_rank = 6;

/// Rows of one image (row = width * channels elements, NHWC), either whole or in a ring buffer of `capacity` rows.
/// Convolutions and pools read and write through it, so that a chain of layers can run row by row.
template <class T>
struct Rows {
  T* base;
  std::int32_t row_stride;  ///< elements from one row to the next
  std::int32_t capacity;    ///< rows held; the image's height when the tensor is whole

  /// Where row y is held. The division is for once per output row: within a window use `advance`.
  std::int32_t slot(std::int32_t y) const noexcept { return y < capacity ? y : y % capacity; }
  /// Slot of the row `rows` further down.
  std::int32_t advance(std::int32_t slot, std::int32_t rows) const noexcept {
    slot += rows;
    while (slot >= capacity) slot -= capacity;
    return slot;
  }
  T* at(std::int32_t slot) const noexcept { return base + slot * row_stride; }
  T* row(std::int32_t y) const noexcept { return at(slot(y)); }
};

/// Rows of image `index` of a whole NHWC tensor.
template <class T>
constexpr Rows<T> image_rows(T* base, std::int32_t index, std::int32_t height, std::int32_t width,
                             std::int32_t channels) noexcept {
  return {base + index * height * width * channels, width * channels, height};
}

/// True when `strides` lay a tensor of `shape` out densely, last dimension fastest (dimensions of one element aside).
constexpr bool is_contiguous(std::int32_t rank, const std::int32_t* shape, const std::int32_t* strides) noexcept {
  std::int32_t expected = 1;
  for (std::int32_t dim = rank - 1; dim >= 0; --dim) {
    if (shape[dim] != 1 && strides[dim] != expected) return false;
    expected *= shape[dim];
  }
  return true;
}

/// Rounds `value` up to a multiple of `multiple`.
constexpr std::size_t round_up(std::size_t value, std::size_t multiple) noexcept {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace pudu::kernels

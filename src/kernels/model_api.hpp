// What a compiled model and its caller share on the device: status, spans and tensor descriptions.
// Freestanding C++17, no heap, no exceptions. std::span is C++20, so a minimal Span stands in for it here; it converts
// from std::span, std::array and C arrays.
#pragma once

#include <cstddef>
#include <cstdint>

/// Stands before each step of run(), and once behind the last. No instruction, but in a build that measures each step
/// by itself (docs/boards.md): there one that does nothing, whose address and index are written down in a section that
/// is not loaded. The statement is volatile and of four lines in both builds, so that the compiler puts the same code
/// around it.
#ifdef PUDU_LAYER_MARKERS
#define PUDU_LAYER(index) \
  asm volatile(           \
      "1: mov r9, r9\n\t.pushsection .pudu_layers, \"\", %%progbits\n\t.4byte 1b, %c0\n\t.popsection" ::"i"(index))
#elif defined(__arm__)
#define PUDU_LAYER(index) asm volatile("@ step %c0\n\t@\n\t@\n\t@" ::"i"(index))
#else
#define PUDU_LAYER(index) static_cast<void>(0)
#endif

namespace pudu {

/// Result of running a compiled model: one byte.
enum class RunStatus : std::uint8_t {
  Ok = 0,
  WrongInputSize = 1,   ///< an input span does not hold exactly the bytes of the input tensor
  WrongOutputSize = 2,  ///< an output span does not hold exactly the bytes of the output tensor
  KernelFailed = 3,     ///< a function of CMSIS-NN refused its arguments (models compiled with --kernels cmsis-nn)
  ScratchTooSmall = 4,  ///< CMSIS-NN wants more scratch than was planned (built with PUDU_ENABLE_RUNTIME_CHECKS)
  MoreRows = 5,         ///< of feed_row(): the inference goes on with the next row
  NotBegun = 6,         ///< feed_row() without begin(), or after the last row
};

template <class T>
class Span {
 public:
  constexpr Span(T* data, std::size_t size) noexcept : data_(data), size_(size) {}
  template <std::size_t N>
  constexpr Span(T (&array)[N]) noexcept : data_(array), size_(N) {}  // NOLINT(google-explicit-constructor)
  template <class Container, class = decltype(static_cast<T*>(static_cast<Container*>(nullptr)->data()))>
  constexpr Span(Container& container) noexcept  // NOLINT(google-explicit-constructor)
      : data_(container.data()), size_(container.size()) {}
  template <class Container, class = decltype(static_cast<T*>(static_cast<const Container*>(nullptr)->data()))>
  constexpr Span(const Container& container) noexcept  // NOLINT(google-explicit-constructor)
      : data_(container.data()), size_(container.size()) {}

  constexpr T* data() const noexcept { return data_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr T& operator[](std::size_t index) const noexcept { return data_[index]; }
  constexpr T* begin() const noexcept { return data_; }
  constexpr T* end() const noexcept { return data_ + size_; }

 private:
  T* data_;
  std::size_t size_;
};

enum class ElementType : std::uint8_t { Int8, Int16, Int32, Float32 };

/// One input or output of a compiled model.
struct TensorInfo {
  const char* name;
  ElementType type;
  std::uint8_t rank;
  std::int32_t shape[6];  ///< in the order the caller sees; unused entries are 0
  float scale;            ///< real = (q - zero_point) * scale; 0 for float tensors
  std::int32_t zero_point;
  std::size_t bytes;
};

}  // namespace pudu

// Types of graph values: element type, shape, layout and quantization parameters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pudu::ir {

enum class DType : std::uint8_t { Float32, Int8, UInt8, Int16, Int32, Int64, Bool };

std::size_t size_in_bytes(DType dtype);
/// Short name as printed: f32, i8, u8, i16, i32, i64, bool.
std::string_view to_string(DType dtype);
std::optional<DType> parse_dtype(std::string_view name);

/// Sizes, outermost first, in PyTorch's logical order (NCHW for images). Rank 0 is a scalar.
using Shape = std::vector<std::int64_t>;

/// Product of the sizes; 1 for a scalar. Callers have checked that it does not overflow (verify()).
std::int64_t element_count(const Shape& shape);
/// As printed: [1, 3, 32, 32].
std::string to_string(const Shape& shape);

/// How a value's bytes are ordered at the model's boundary. Logical shapes never change with it.
enum class Layout : std::uint8_t { Contiguous, ChannelsLast };

struct TensorType {
  DType dtype = DType::Float32;
  Shape shape;
  Layout layout = Layout::Contiguous;

  std::int64_t elements() const { return element_count(shape); }
  std::size_t bytes() const { return static_cast<std::size_t>(elements()) * size_in_bytes(dtype); }
  friend bool operator==(const TensorType&, const TensorType&) = default;
};

/// Affine quantization: real = (q - zero_point) * scale.
/// Per tensor: one scale, axis empty. Per channel: one scale for each index of `axis`, all zero points 0.
struct QuantParams {
  std::vector<float> scales;
  std::int32_t zero_point = 0;
  std::optional<std::int32_t> axis;
  std::int32_t quant_min = -128;
  std::int32_t quant_max = 127;

  bool per_channel() const { return axis.has_value(); }
  /// The one scale of per-tensor parameters.
  float scale() const { return scales.front(); }
  friend bool operator==(const QuantParams&, const QuantParams&) = default;
};

QuantParams per_tensor(float scale, std::int32_t zero_point);

}  // namespace pudu::ir

// NumPy's .npy files: one array, read into memory and written. Format: numpy.lib.format, versions 1.0 to 3.0.
// Limits: little-endian float32, float64, int8, uint8, int16, int32, int64 and bool; no objects, no structures. Arrays
// in Fortran order are read and put in C order. A size that does not fit the file is an error, so a hostile header
// cannot ask for memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.hpp"
#include "base/result.hpp"

namespace pudu::base {

enum class ArrayType : std::uint8_t { Float32, Float64, Int8, UInt8, Int16, Int32, Int64, Bool };

/// NumPy's name of the type: "float32", "int8", "bool", ...
std::string_view to_string(ArrayType type);
std::size_t size_in_bytes(ArrayType type);

/// An array in C order, its elements little-endian, as in the file.
struct Array {
  ArrayType dtype = ArrayType::Float32;
  std::vector<std::int64_t> shape;  ///< outermost first; empty = a scalar
  std::vector<std::byte> bytes;     ///< elements() * size_in_bytes(dtype) of them

  std::int64_t elements() const;
  /// The elements; T must match dtype (bool reads as std::uint8_t).
  template <class T>
  std::span<const T> data() const {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  friend bool operator==(const Array&, const Array&) = default;
};

Array make_array(std::vector<std::int64_t> shape, std::span<const float> elements);
Array make_array(std::vector<std::int64_t> shape, std::span<const std::int8_t> elements);

/// The elements as floats, converted where they are of another type.
std::vector<float> to_float32(const Array& array);

/// What stands in front of an array's elements.
struct ArrayHeader {
  ArrayType dtype = ArrayType::Float32;
  std::vector<std::int64_t> shape;
  bool is_fortran_order = false;   ///< the first index runs fastest; false where both orders are the same
  std::uint64_t header_bytes = 0;  ///< the elements begin here
};

/// Reads the beginning of a .npy file, and checks that the file is as long as it says.
Result<ArrayHeader> read_npy_header(const ByteSource& source);

/// InvalidInput with `file` filled in: missing, foreign or truncated file, unknown element type, sizes beyond the file.
Result<Array> read_npy(const std::filesystem::path& file);
Result<Array> parse_npy(std::span<const std::byte> bytes, const std::string& file_name);

/// The bytes of a version 1.0 file, its data aligned to 64 as numpy.save does.
std::vector<std::byte> format_npy(const Array& array);
Status write_npy(const std::filesystem::path& file, const Array& array);

}  // namespace pudu::base

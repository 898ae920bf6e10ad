// The header of a .npy file is the text of a Python dict with the keys descr, fortran_order and shape. The parser below
// accepts what numpy.save writes: those three keys in any order, quoted with ' or ", with any spacing.
#include "base/npy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>

#include "base/files.hpp"

namespace pudu::base {

static_assert(std::endian::native == std::endian::little, "arrays are little-endian in files and in memory");

namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t max_rank = 32;  // NumPy's own limit before version 2

struct TypeRow {
  ArrayType type;
  std::string_view name;
  std::string_view descriptor;
  std::size_t bytes;
};

constexpr std::array type_rows = {
    TypeRow{ArrayType::Float32, "float32", "<f4", 4}, TypeRow{ArrayType::Float64, "float64", "<f8", 8},
    TypeRow{ArrayType::Int8, "int8", "|i1", 1},       TypeRow{ArrayType::UInt8, "uint8", "|u1", 1},
    TypeRow{ArrayType::Int16, "int16", "<i2", 2},     TypeRow{ArrayType::Int32, "int32", "<i4", 4},
    TypeRow{ArrayType::Int64, "int64", "<i8", 8},     TypeRow{ArrayType::Bool, "bool", "|b1", 1},
};

const TypeRow& row_of(ArrayType type) {
  return *std::find_if(type_rows.begin(), type_rows.end(), [&](const TypeRow& row) { return row.type == type; });
}

Error npy_error(std::string found, std::string allowed = {}) {
  return invalid_input({"", "", std::move(found), std::move(allowed), ""});
}

struct Header {
  std::optional<ArrayType> type;
  std::optional<bool> fortran_order;
  std::optional<std::vector<std::int64_t>> shape;
};

class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  Result<Header> parse() {
    Header header;
    if (!take('{')) return malformed();
    while (!take('}')) {
      const auto key = quoted();
      if (!key || !take(':')) return malformed();
      PUDU_TRY(parse_entry(*key, header));
      if (!take(',') && !peek('}')) return malformed();
    }
    if (!header.type || !header.fortran_order || !header.shape) return malformed();
    return header;
  }

 private:
  static Error malformed() { return npy_error("the .npy header is malformed", "a file written by numpy.save"); }

  Status parse_entry(std::string_view key, Header& header) {
    if (key == "descr") {
      const auto descriptor = quoted();
      if (!descriptor) return npy_error("arrays of structures are not supported", allowed_types());
      PUDU_TRY_ASSIGN(header.type, parse_type(*descriptor));
    } else if (key == "fortran_order") {
      if (take_word("True")) {
        header.fortran_order = true;
      } else if (take_word("False")) {
        header.fortran_order = false;
      } else {
        return malformed();
      }
    } else if (key == "shape") {
      header.shape = sizes();
      if (!header.shape) return malformed();
    } else {
      return malformed();
    }
    return {};
  }

  static std::string allowed_types() {
    std::string names;
    for (const TypeRow& row : type_rows) names += (names.empty() ? "" : ", ") + std::string(row.name);
    return "little-endian " + names;
  }

  static Result<ArrayType> parse_type(std::string_view descriptor) {
    for (const TypeRow& row : type_rows) {
      const bool same_kind = descriptor.size() == 3 && descriptor.substr(1) == row.descriptor.substr(1);
      // One byte has no order: NumPy writes '|', other writers '<'.
      const bool same_order = descriptor[0] == row.descriptor[0] || (row.bytes == 1 && descriptor[0] != '>');
      if (same_kind && same_order) return row.type;
    }
    return invalid_input({.found = fmt::format("element type '{}' is not supported", descriptor),
                          .allowed = allowed_types(),
                          .hint = "convert with array.astype(\"float32\")"});
  }

  /// A tuple: (), (3,) or (1, 2).
  std::optional<std::vector<std::int64_t>> sizes() {
    std::vector<std::int64_t> result;
    if (!take('(')) return std::nullopt;
    while (!take(')')) {
      skip_spaces();
      std::int64_t size = 0;
      const auto [end, failure] = std::from_chars(text_.data(), text_.data() + text_.size(), size);
      if (failure != std::errc{} || size < 0 || result.size() == max_rank) return std::nullopt;
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      result.push_back(size);
      if (!take(',') && !peek(')')) return std::nullopt;
    }
    return result;
  }

  std::optional<std::string_view> quoted() {
    skip_spaces();
    if (text_.empty() || (text_[0] != '\'' && text_[0] != '"')) return std::nullopt;
    const std::size_t end = text_.find(text_[0], 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view content = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    if (content.empty()) return std::nullopt;
    return content;
  }

  bool take_word(std::string_view word) {
    skip_spaces();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  bool peek(char c) {
    skip_spaces();
    return !text_.empty() && text_[0] == c;
  }
  bool take(char c) { return peek(c) && take_word(text_.substr(0, 1)); }
  void skip_spaces() { text_.remove_prefix(std::min(text_.find_first_not_of(" \n\t"), text_.size())); }

  std::string_view text_;
};

/// Bytes of an array of these sizes, or nothing when they pass what a file can hold. The other sizes of an empty array
/// are bounded, too, so that their product can be computed in any order.
std::optional<std::size_t> array_bytes(const std::vector<std::int64_t>& shape, ArrayType type) {
  std::size_t bytes = size_in_bytes(type);
  bool is_empty = false;
  for (const std::int64_t size : shape) {
    if (size == 0) {
      is_empty = true;
      continue;
    }
    if (static_cast<std::size_t>(size) > std::numeric_limits<std::size_t>::max() / 2 / bytes) return std::nullopt;
    bytes *= static_cast<std::size_t>(size);
  }
  return is_empty ? 0 : bytes;
}

/// Puts elements stored first index fastest into C order.
std::vector<std::byte> to_c_order(std::span<const std::byte> data, const std::vector<std::int64_t>& shape,
                                  std::size_t element_bytes) {
  std::vector<std::byte> result(data.size());
  std::vector<std::int64_t> index(shape.size(), 0);
  for (std::size_t to = 0; to < data.size(); to += element_bytes) {
    std::size_t from = 0;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      from = from * static_cast<std::size_t>(shape[axis]) + static_cast<std::size_t>(index[axis]);
    }
    std::memcpy(result.data() + to, data.data() + from * element_bytes, element_bytes);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return result;
}

/// Bytes of the text behind magic, version and its own length; where it begins.
struct HeaderPlace {
  std::uint64_t begin = 0, bytes = 0;
};

Result<HeaderPlace> find_header(const ByteSource& source) {
  std::array<std::byte, 10> start{};
  std::span<std::byte> read_bytes(start);
  if (source.bytes < read_bytes.size()) read_bytes = read_bytes.first(static_cast<std::size_t>(source.bytes));
  PUDU_TRY(source.read(0, read_bytes));
  if (read_bytes.size() < magic.size() || std::memcmp(start.data(), magic.data(), magic.size()) != 0) {
    return npy_error("not a .npy file", "an array saved with numpy.save");
  }
  if (source.bytes < 10) return npy_error("the .npy header is truncated");
  const auto major = static_cast<unsigned>(start[6]);
  if (major < 1 || major > 3) return npy_error(fmt::format(".npy version {} is not supported", major), "1 to 3");
  std::uint32_t header_bytes = 0;
  std::memcpy(&header_bytes, start.data() + 8, 2);
  if (major == 1) return HeaderPlace{10, header_bytes};
  if (source.bytes < 12) return npy_error("the .npy header is truncated");
  std::uint16_t upper = 0;
  PUDU_TRY(source.read(10, std::as_writable_bytes(std::span(&upper, 1))));
  return HeaderPlace{12, header_bytes | std::uint32_t{upper} << 16};
}

Result<Array> parse_array(std::span<const std::byte> bytes) {
  PUDU_TRY_ASSIGN(const ArrayHeader header, read_npy_header(byte_source(bytes)));
  const std::span<const std::byte> data = bytes.subspan(static_cast<std::size_t>(header.header_bytes));
  Array array{header.dtype, header.shape, {}};
  if (header.is_fortran_order) {
    array.bytes = to_c_order(data, array.shape, size_in_bytes(array.dtype));
  } else {
    array.bytes.assign(data.begin(), data.end());
  }
  return array;
}

template <class T>
std::vector<float> converted(const Array& array) {
  const std::span<const T> data = array.data<T>();
  std::vector<float> result(data.size());
  std::transform(data.begin(), data.end(), result.begin(), [](T element) { return static_cast<float>(element); });
  return result;
}

template <class T>
Array array_of(ArrayType type, std::vector<std::int64_t> shape, std::span<const T> elements) {
  const std::span<const std::byte> bytes = std::as_bytes(elements);
  return {type, std::move(shape), {bytes.begin(), bytes.end()}};
}

}  // namespace

std::string_view to_string(ArrayType type) {
  return row_of(type).name;
}
std::size_t size_in_bytes(ArrayType type) {
  return row_of(type).bytes;
}

std::int64_t Array::elements() const {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

Array make_array(std::vector<std::int64_t> shape, std::span<const float> elements) {
  return array_of(ArrayType::Float32, std::move(shape), elements);
}
Array make_array(std::vector<std::int64_t> shape, std::span<const std::int8_t> elements) {
  return array_of(ArrayType::Int8, std::move(shape), elements);
}

std::vector<float> to_float32(const Array& array) {
  switch (array.dtype) {
    case ArrayType::Float32:
      return converted<float>(array);
    case ArrayType::Float64:
      return converted<double>(array);
    case ArrayType::Int8:
      return converted<std::int8_t>(array);
    case ArrayType::Int16:
      return converted<std::int16_t>(array);
    case ArrayType::Int32:
      return converted<std::int32_t>(array);
    case ArrayType::Int64:
      return converted<std::int64_t>(array);
    case ArrayType::UInt8:
    case ArrayType::Bool:
      break;
  }
  return converted<std::uint8_t>(array);
}

Result<ArrayHeader> read_npy_header(const ByteSource& source) {
  PUDU_TRY_ASSIGN(const HeaderPlace place, find_header(source));
  if (place.bytes > source.bytes - place.begin) return npy_error("the .npy header is truncated");
  std::string text(static_cast<std::size_t>(place.bytes), ' ');
  PUDU_TRY(source.read(place.begin, std::as_writable_bytes(std::span(text))));
  PUDU_TRY_ASSIGN(const Header header, HeaderParser(text).parse());
  const std::uint64_t data_bytes = source.bytes - place.begin - place.bytes;
  const std::optional<std::size_t> expected = array_bytes(*header.shape, *header.type);
  if (!expected || *expected != data_bytes) {
    return npy_error(fmt::format("the file holds {} bytes of data, but {} of shape [{}] needs {}", data_bytes,
                                 to_string(*header.type), fmt::join(*header.shape, ", "),
                                 expected ? fmt::to_string(*expected) : "more than any file holds"));
  }
  return ArrayHeader{*header.type, *header.shape, *header.fortran_order && header.shape->size() > 1,
                     place.begin + place.bytes};
}

Result<Array> parse_npy(std::span<const std::byte> bytes, const std::string& file_name) {
  Result<Array> array = parse_array(bytes);
  if (!array) return std::move(array).error().in_file(file_name);
  return array;
}

Result<Array> read_npy(const std::filesystem::path& file) {
  PUDU_TRY_ASSIGN(const std::vector<std::byte> bytes, read_file(file));
  return parse_npy(bytes, file.string());
}

std::vector<std::byte> format_npy(const Array& array) {
  // A tuple of one element keeps its comma.
  const std::string shape = array.shape.size() == 1 ? fmt::format("({},)", array.shape[0])
                                                    : fmt::format("({})", fmt::join(array.shape, ", "));
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", row_of(array.dtype).descriptor, shape);
  constexpr std::size_t prefix_bytes = 10;
  constexpr std::size_t alignment = 64;
  const std::size_t unpadded = prefix_bytes + header.size() + 1;
  header.append((alignment - unpadded % alignment) % alignment, ' ');
  header += '\n';

  std::string prefix(magic);
  prefix += '\x01';
  prefix += '\x00';
  prefix += static_cast<char>(header.size() & 0xff);
  prefix += static_cast<char>(header.size() >> 8);
  prefix += header;
  const auto prefix_view = std::as_bytes(std::span(prefix));
  std::vector<std::byte> bytes(prefix_view.begin(), prefix_view.end());
  bytes.insert(bytes.end(), array.bytes.begin(), array.bytes.end());
  return bytes;
}

Status write_npy(const std::filesystem::path& file, const Array& array) {
  return write_file(file, format_npy(array));
}

}  // namespace pudu::base

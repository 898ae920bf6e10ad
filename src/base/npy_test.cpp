#include "base/npy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/files.hpp"
#include "base/temp_directory.hpp"

namespace pudu::base {
namespace {

using ::testing::ElementsAre;

std::vector<std::byte> to_bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span(text.data(), text.size()));
  return {view.begin(), view.end()};
}

/// A version 1 file with this header text and data.
std::vector<std::byte> npy_file(std::string_view header, std::string_view data) {
  std::string text = "\x93NUMPY\x01";
  text += '\0';
  text += static_cast<char>(header.size());
  text += '\0';
  return to_bytes(text + std::string(header) + std::string(data));
}

std::string error_of(std::span<const std::byte> bytes) {
  const Result<Array> array = parse_npy(bytes, "x.npy");
  return array ? "no error" : to_string(array.error());
}

TEST(Npy, RoundTripsEveryType) {
  for (const ArrayType type : {ArrayType::Float32, ArrayType::Float64, ArrayType::Int8, ArrayType::UInt8,
                               ArrayType::Int16, ArrayType::Int32, ArrayType::Int64, ArrayType::Bool}) {
    Array array{type, {2, 3}, std::vector<std::byte>(6 * size_in_bytes(type), std::byte{1})};
    const std::vector<std::byte> bytes = format_npy(array);
    EXPECT_EQ((bytes.size() - array.bytes.size()) % 64, 0u);
    const Result<Array> read = parse_npy(bytes, "x.npy");
    ASSERT_TRUE(read.ok()) << to_string(read.error());
    EXPECT_EQ(*read, array) << to_string(type);
  }
}

TEST(Npy, RoundTripsScalarsVectorsAndEmptyArrays) {
  for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{}, {1}, {0, 4}}) {
    Array array{ArrayType::Int8, shape, {}};
    array.bytes.resize(static_cast<std::size_t>(array.elements()));
    const Result<Array> read = parse_npy(format_npy(array), "x.npy");
    ASSERT_TRUE(read.ok()) << to_string(read.error());
    EXPECT_EQ(*read, array);
  }
}

TEST(Npy, ReadsAFileOfNumPy) {
  const Result<Array> array = read_npy(PUDU_SOURCE_DIR "/tests/data/models/tiny_cnn.calib0.npy");
  ASSERT_TRUE(array.ok()) << to_string(array.error());
  EXPECT_EQ(array->dtype, ArrayType::Float32);
  EXPECT_THAT(array->shape, ElementsAre(4, 1, 28, 28));
  EXPECT_EQ(array->data<float>().size(), 4u * 28 * 28);
}

TEST(Npy, PutsFortranOrderIntoCOrder) {
  const auto bytes = npy_file("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3), }", "\1\2\3\4\5\6");
  const Result<Array> array = parse_npy(bytes, "x.npy");
  ASSERT_TRUE(array.ok()) << to_string(array.error());
  EXPECT_THAT(array->data<std::int8_t>(), ElementsAre(1, 3, 5, 2, 4, 6));
}

TEST(Npy, ConvertsToFloat) {
  const std::int8_t elements[] = {-128, 7};
  EXPECT_THAT(to_float32(make_array({2}, elements)), ElementsAre(-128.0f, 7.0f));
}

TEST(Npy, WritesAFileThatReadsBack) {
  Result<TempDirectory> folder = TempDirectory::create("npy_test");
  ASSERT_TRUE(folder.ok());
  const float elements[] = {1.5f, -2.0f};
  const Array array = make_array({1, 2}, elements);
  ASSERT_TRUE(write_npy(folder->path() / "a.npy", array).ok());
  const Result<Array> read = read_npy(folder->path() / "a.npy");
  ASSERT_TRUE(read.ok()) << to_string(read.error());
  EXPECT_EQ(*read, array);
}

TEST(Npy, NamesWhatIsWrong) {
  EXPECT_EQ(to_string(read_npy("no/such.npy").error()), "error: no/such.npy: no such file");
  EXPECT_EQ(error_of(to_bytes("PK\3\4 something")), "error: x.npy: not a .npy file; an array saved with numpy.save");
  EXPECT_EQ(error_of(to_bytes("\x93NUMPY\x01")), "error: x.npy: the .npy header is truncated");
  EXPECT_EQ(error_of(to_bytes("\x93NUMPY\x09\x01\x01\x01\x01")),
            "error: x.npy: .npy version 9 is not supported; 1 to 3");
  EXPECT_EQ(error_of(npy_file("{'descr': '<f4', 'shape': (2,), }", "")),
            "error: x.npy: the .npy header is malformed; a file written by numpy.save");
  EXPECT_EQ(error_of(npy_file("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "abcd")),
            "error: x.npy: element type '>f4' is not supported; little-endian float32, float64, int8, uint8, int16, "
            "int32, int64, bool\nhint: convert with array.astype(\"float32\")");
  EXPECT_EQ(error_of(npy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", "abcd")),
            "error: x.npy: the file holds 4 bytes of data, but float32 of shape [2, 3] needs 24");
}

TEST(Npy, RefusesSizesThatOverflow) {
  const auto bytes = npy_file(
      "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4611686018427387904, 16), }", "");
  EXPECT_THAT(error_of(bytes), ::testing::HasSubstr("needs more than any file holds"));
  const auto empty = npy_file(
      "{'descr': '|i1', 'fortran_order': False, 'shape': (4611686018427387904, 4611686018427387904, 0), }", "");
  EXPECT_THAT(error_of(empty), ::testing::HasSubstr("needs more than any file holds"));
}

TEST(Npy, RefusesEveryTruncation) {
  const float elements[] = {1, 2, 3};
  const std::vector<std::byte> whole = format_npy(make_array({3}, elements));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_npy(std::span(whole).first(size), "x.npy").ok()) << size;
  }
}

}  // namespace
}  // namespace pudu::base

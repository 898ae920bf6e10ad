#include "frontends/zip/zip_archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

namespace pudu::frontends {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::vector<std::byte> to_bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span(text.data(), text.size()));
  return {view.begin(), view.end()};
}

std::vector<std::byte> archive_of(const std::vector<ZipItem>& items, ZipMethod method) {
  Result<std::vector<std::byte>> archive = write_zip(items, method);
  EXPECT_TRUE(archive.ok());
  return std::move(archive).value();
}

std::string error_of(std::span<const std::byte> archive) {
  Result<ZipReader> reader = ZipReader::open(archive);
  if (!reader) return to_string(reader.error());
  for (std::size_t index = 0; index < reader->entries().size(); ++index) {
    const Result<std::vector<std::byte>> entry = reader->read(index);
    if (!entry) return to_string(entry.error());
  }
  return "no error";
}

TEST(ZipArchive, RoundTrips) {
  const std::vector<ZipItem> items = {{"a/b", to_bytes("hello")}, {"empty", {}}};
  for (const ZipMethod method : {ZipMethod::Stored, ZipMethod::Deflated}) {
    const std::vector<std::byte> archive = archive_of(items, method);
    EXPECT_EQ(archive, archive_of(items, method));
    Result<ZipReader> reader = ZipReader::open(archive);
    ASSERT_TRUE(reader.ok());
    ASSERT_EQ(reader->entries().size(), 2u);
    EXPECT_EQ(reader->entries()[0].name, "a/b");
    EXPECT_EQ(*reader->read(0), items[0].bytes);
    EXPECT_EQ(*reader->read(1), items[1].bytes);
  }
}

TEST(ZipArchive, NamesWhatIsWrong) {
  EXPECT_EQ(error_of({}), "error: the file is empty");
  EXPECT_EQ(error_of(to_bytes("not a zip")), "error: not a ZIP archive");
  const std::vector<std::byte> whole = archive_of({{"a", to_bytes("hello hello hello")}}, ZipMethod::Stored);
  for (std::size_t size = 2; size < whole.size(); ++size) {
    EXPECT_THAT(error_of(std::span(whole).first(size)), HasSubstr("truncated or damaged")) << size;
  }
}

TEST(ZipArchive, ChecksTheCrc) {
  std::vector<std::byte> archive = archive_of({{"a", to_bytes("hello hello hello")}}, ZipMethod::Stored);
  const auto text = to_bytes("hello");
  const auto found = std::search(archive.begin(), archive.end(), text.begin(), text.end());
  ASSERT_NE(found, archive.end());
  *found ^= std::byte{1};
  EXPECT_EQ(error_of(archive), "error: a: is damaged: CRC error");
}

TEST(ZipArchive, RefusesBombs) {
  const std::vector<std::byte> zeros(std::size_t{4} << 20);
  EXPECT_THAT(
      error_of(archive_of({{"bomb", zeros}}, ZipMethod::Deflated)),
      AllOf(HasSubstr("error: bomb: would unpack "), HasSubstr(" bytes to 4194304, more than an honest archive does")));
  EXPECT_EQ(error_of(archive_of({{"large", zeros}}, ZipMethod::Stored)), "no error");
}

}  // namespace
}  // namespace pudu::frontends

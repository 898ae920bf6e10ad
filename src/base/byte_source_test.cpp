#include "base/byte_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <string_view>

#include "base/files.hpp"
#include "base/temp_directory.hpp"

namespace pudu::base {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ByteSourceTest : public ::testing::Test {
 protected:
  std::filesystem::path write(std::string_view text) {
    EXPECT_TRUE(write_file(file_, text).ok());
    return file_;
  }
  Result<TempDirectory> folder_ = TempDirectory::create("byte_source_test");
  std::filesystem::path file_ = folder_->path() / "bytes";
};

TEST_F(ByteSourceTest, ReadsAnyPiece) {
  const auto source = open_byte_source(write("abcdef"));
  ASSERT_TRUE(source.ok()) << to_string(source.error());
  EXPECT_EQ(source->bytes, 6U);
  std::array<std::byte, 2> piece{};
  ASSERT_TRUE(source->read(4, piece).ok());
  EXPECT_THAT(piece, ElementsAre(std::byte{'e'}, std::byte{'f'}));
  ASSERT_TRUE(source->read(1, piece).ok());
  EXPECT_THAT(piece, ElementsAre(std::byte{'b'}, std::byte{'c'}));
  EXPECT_TRUE(source->read(6, {}).ok());
}

TEST_F(ByteSourceTest, AFileThatIsCutWhileItIsReadIsAnError) {
  const auto source = open_byte_source(write("abcdef"));
  ASSERT_TRUE(source.ok());
  std::filesystem::resize_file(file_, 3);
  std::array<std::byte, 2> piece{};
  EXPECT_TRUE(source->read(0, piece).ok());
  EXPECT_EQ(to_string(source->read(2, piece).error()),
            "error: " + file_.string() + ": became shorter while it was read");
}

TEST_F(ByteSourceTest, NamesAFileThatCannotBeOpened) {
  EXPECT_EQ(to_string(open_byte_source("no/such").error()), "error: no/such: no such file");
  EXPECT_THAT(to_string(open_byte_source(folder_->path()).error()), HasSubstr(": is a folder, not a file"));
}

TEST(ByteSource, OfMemoryRefusesWhatIsBeyondIt) {
  const std::array<std::byte, 3> bytes = {std::byte{1}, std::byte{2}, std::byte{3}};
  const ByteSource source = byte_source(bytes);
  std::array<std::byte, 2> piece{};
  ASSERT_TRUE(source.read(1, piece).ok());
  EXPECT_THAT(piece, ElementsAre(std::byte{2}, std::byte{3}));
  EXPECT_FALSE(source.read(2, piece).ok());
  EXPECT_FALSE(source.read(~std::uint64_t{0}, piece).ok());
}

}  // namespace
}  // namespace pudu::base

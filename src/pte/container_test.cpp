#include "pte/container.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "pte/testing/editable_program.hpp"

namespace pudu::pte {
namespace {

using ::testing::HasSubstr;

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto view = std::as_bytes(std::span(text.data(), text.size()));
  return {view.begin(), view.end()};
}

/// A flatbuffer's frame: root offset 8, identifier, a body.
std::vector<std::byte> flatbuffer(std::size_t body_bytes) {
  std::vector<std::byte> buffer = bytes_of(std::string("\x08\0\0\0ET12", 8));
  buffer.resize(buffer.size() + body_bytes, std::byte{7});
  return buffer;
}

std::string message(std::span<const std::byte> file) {
  const auto container = split(file);
  if (container) return "accepted";
  EXPECT_EQ(container.error().kind, ErrorKind::InvalidInput);
  return to_string(container.error());
}

template <class T>
std::vector<std::byte> patched(std::vector<std::byte> file, std::size_t at, T value) {
  std::memcpy(file.data() + at, &value, sizeof value);
  return file;
}

TEST(PteContainer, AssembleAndSplit) {
  const std::vector<std::byte> first = bytes_of("constants"), second = bytes_of("more");
  const std::size_t sizes[] = {first.size(), second.size()};
  const std::vector<std::uint64_t> offsets = place_segments(sizes);
  EXPECT_THAT(offsets, ::testing::ElementsAre(0, 128));
  const Segment segments[] = {{offsets[0], first}, {offsets[1], second}};
  const std::vector<std::byte> file = assemble(flatbuffer(40), segments);
  // 48 bytes of flatbuffer and 32 of header, then 128, then the second segment's last byte.
  ASSERT_EQ(file.size(), 128 + 128 + 4);
  const auto container = split(file);
  ASSERT_TRUE(container.ok()) << to_string(container.error());
  EXPECT_EQ(container->program.size(), 80);
  EXPECT_EQ(container->segment_base_offset, 128);
  EXPECT_EQ(container->segments.size(), 132);
  EXPECT_EQ(std::memcmp(container->segments.data(), "constants\0", 10), 0);
  EXPECT_EQ(std::memcmp(container->segments.data() + 128, "more", 4), 0);
  EXPECT_EQ(static_cast<int>(file[0]), 40);  // the root moved by the header
  EXPECT_EQ(static_cast<int>(file[40]), 7);  // the body goes on behind it
}

TEST(PteContainer, NoSegments) {
  const std::vector<std::byte> file = assemble(flatbuffer(40), {});
  const auto container = split(file);
  ASSERT_TRUE(container.ok());
  EXPECT_EQ(container->segment_base_offset, 0);
  EXPECT_TRUE(container->segments.empty());
}

TEST(PteContainer, PutsExecuTorchsOwnFileTogetherAgain) {
  const std::vector<std::byte> file = testing::fixture("tiny_cnn.pte");
  const auto container = split(file);
  ASSERT_TRUE(container.ok());
  std::vector<std::byte> buffer(container->program.begin(), container->program.end());
  buffer.erase(buffer.begin() + 8, buffer.begin() + 8 + extended_header_bytes);
  buffer[0] = static_cast<std::byte>(static_cast<int>(buffer[0]) - static_cast<int>(extended_header_bytes));
  const Segment segment{0, container->segments};
  EXPECT_EQ(assemble(buffer, std::span(&segment, 1)), file);
}

TEST(PteContainer, RefusesDamage) {
  const std::vector<std::byte> file = testing::fixture("tiny_cnn.pte");
  EXPECT_EQ(message(file), "accepted");
  EXPECT_EQ(message(std::span(file).first(63)), "error: file: 63 bytes; an ExecuTorch program has at least 64");
  EXPECT_THAT(message({}), HasSubstr("file: 0 bytes"));
  EXPECT_EQ(message(patched(file, 4, 'P')),
            "error: file identifier at byte 4: 'PT12'; 'ET12' marks an ExecuTorch program");
  EXPECT_EQ(message(patched(file, 8, '\x01')),
            "error: extended header at byte 8: magic '\\x01h00'; 'eh00'\n"
            "hint: the file is damaged, or older than ExecuTorch 0.1; export it again");
  EXPECT_THAT(message(patched(file, 12, std::uint32_t{23})), HasSubstr("a length of 23 bytes; 24 to 17744"));
  EXPECT_THAT(message(patched(file, 12, UINT32_MAX)), HasSubstr("a length of 4294967295 bytes"));
  EXPECT_THAT(message(patched(file, 0, std::uint32_t{39})), HasSubstr("root table: offset 39; 40 to "));
  EXPECT_THAT(message(patched(file, 0, UINT32_MAX)), HasSubstr("root table: offset 4294967295"));
  EXPECT_THAT(message(patched(file, 16, UINT64_MAX)), HasSubstr("program size: 18446744073709551615 bytes of 17752"));
  EXPECT_THAT(message(patched(file, 16, std::uint64_t{8})), HasSubstr("program size: 8 bytes"));
  EXPECT_THAT(message(patched(file, 24, std::uint64_t{64})), HasSubstr("segment base: offset 64; "));
  EXPECT_THAT(message(patched(file, 24, UINT64_MAX)), HasSubstr("segment base: offset 18446744073709551615; "));
  EXPECT_THAT(message(patched(file, 24, std::uint64_t{0})),
              HasSubstr("segment base: 0, and a segment size that is not"));
  EXPECT_THAT(message(patched(file, 32, UINT64_MAX)), HasSubstr("segment size: 18446744073709551615 bytes from "));
}

TEST(PteContainer, RefusesEveryTruncation) {
  const std::vector<std::byte> file = testing::fixture("tiny_cnn.pte");
  for (std::size_t size = 0; size < file.size(); ++size) {
    ASSERT_NE(message(std::span(file).first(size)), "accepted") << size;
  }
}

}  // namespace
}  // namespace pudu::pte

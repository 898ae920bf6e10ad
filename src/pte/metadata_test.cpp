#include "pte/metadata.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pudu::pte {
namespace {

const Metadata example{
    .pudu_version = "0.1.0", .target = "cortex-m55", .isa = "mve", .kernels = "builtin", .crc32 = 0x0123abcd};
constexpr std::string_view example_text =
    "pudu=0.1.0 target=cortex-m55 isa=mve kernels=builtin scratch=1 crc32=0123abcd";

std::span<std::byte> bytes_of(std::string& text) {
  return std::as_writable_bytes(std::span(text.data(), text.size()));
}

TEST(PteMetadata, TextAndBack) {
  EXPECT_EQ(encode(example), example_text);
  const auto decoded = decode(example_text);
  ASSERT_TRUE(decoded.ok()) << to_string(decoded.error());
  EXPECT_EQ(*decoded, example);
}

TEST(PteMetadata, RecordsWhatTheCodesOfInt8PortsStandFor) {
  Metadata metadata = example;
  metadata.inputs = {PortQuantization{0.025F, -9}, std::nullopt};
  metadata.outputs = {PortQuantization{1.0F / 3.0F, 127}};
  const std::string text = encode(metadata);
  EXPECT_EQ(text,
            "pudu=0.1.0 target=cortex-m55 isa=mve kernels=builtin scratch=1 inputs=0.0250000004:-9,- "
            "outputs=0.333333343:127 crc32=0123abcd");
  const auto decoded = decode(text);
  ASSERT_TRUE(decoded.ok()) << to_string(decoded.error());
  EXPECT_EQ(*decoded, metadata);
}

TEST(PteMetadata, RefusesOtherPorts) {
  for (const std::string_view ports : {"", ":", "0.5", "0.5:", ":1", "0.5:1,", ",0.5:1", "0:1", "-0.5:1", "inf:1",
                                       "nan:1", "0.5:128", "0.5:-129", "0.50:1", "0.5:1x", "1e99:0", "-"}) {
    const auto decoded =
        decode("pudu=1 target=m55 isa=mve kernels=builtin scratch=1 inputs=" + std::string(ports) + " crc32=0123abcd");
    ASSERT_FALSE(decoded.ok()) << ports;
    EXPECT_EQ(decoded.error().kind, ErrorKind::InvalidInput);
  }
}

TEST(PteMetadata, RefusesOtherTexts) {
  for (const std::string_view text : {
           "",
           "pudu=0.1.0",
           "pudu target=m55 isa=mve kernels=builtin scratch=1 crc32=0123abcd",
           "pudu= target=m55 isa=mve kernels=builtin scratch=1 crc32=0123abcd",
           "pudu=1 pudu=2 target=m55 isa=mve kernels=builtin scratch=1 crc32=0123abcd",
           "target=m55 pudu=1 isa=mve kernels=builtin scratch=1 crc32=0123abcd",
           "pudu=1 target=m55 isa=mve kernels=builtin scratch=0 crc32=0123abcd",
           "pudu=1 target=m55 isa=mve kernels=builtin scratch=x crc32=0123abcd",
           "pudu=1 target=m55 isa=mve kernels=builtin scratch=1 crc32=0123abc",
           "pudu=1 target=m55 isa=mve kernels=builtin scratch=1 crc32=0123ABCD",
           "pudu=1 target=m55 isa=mve kernels=builtin scratch=1 crc32=0123abcd ",
           "pudu=1 target=m55 isa=mve kernels=builtin scratch=1 crc32=0123abcd more=1",
       }) {
    const auto decoded = decode(text);
    ASSERT_FALSE(decoded.ok()) << text;
    EXPECT_EQ(decoded.error().kind, ErrorKind::InvalidInput);
  }
}

TEST(PteMetadata, SealWritesTheCrcOfTheWholeFile) {
  Metadata unsealed = example;
  unsealed.crc32 = 0;
  const std::string text = encode(unsealed);
  std::string file = "before " + text + " behind";
  ASSERT_TRUE(seal(bytes_of(file), text).ok());
  // zlib.crc32(b"before pudu=0.1.0 target=cortex-m55 isa=mve kernels=builtin scratch=1 crc32=00000000 behind")
  EXPECT_EQ(file, "before pudu=0.1.0 target=cortex-m55 isa=mve kernels=builtin scratch=1 crc32=bce86ef5 behind");
  const std::string_view sealed = std::string_view(file).substr(7, text.size());
  EXPECT_EQ(sealed_crc32(bytes_of(file), 7, sealed), decode(sealed)->crc32);
  for (std::size_t i = 0; i < file.size(); ++i) {
    const bool is_digit = i >= 7 + text.size() - 8 && i < 7 + text.size();
    std::string damaged = file;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_EQ(sealed_crc32(bytes_of(damaged), 7, sealed) == decode(sealed)->crc32, is_digit) << i;
  }
}

TEST(PteMetadata, SealNeedsTheTextOnce) {
  const std::string text(example_text);
  std::string none = "nothing of it", twice = text + " " + text, cut = text.substr(0, 40);
  for (std::string* file : {&none, &twice}) EXPECT_EQ(seal(bytes_of(*file), text).error().kind, ErrorKind::Internal);
  EXPECT_EQ(seal(bytes_of(cut), cut).error().kind, ErrorKind::Internal);
}

}  // namespace
}  // namespace pudu::pte

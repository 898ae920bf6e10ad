// Files with damaged bytes: the reader never crashes on them, and notices each byte of a file that Pudu wrote.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pte/read.hpp"
#include "pte/testing/editable_program.hpp"
#include "pte/trace.hpp"

namespace pudu::pte {
namespace {

using testing::EditableProgram;
using testing::fixture;

Metadata metadata() {
  return {.pudu_version = "0.1.0", .target = "cortex-m55", .isa = "mve", .kernels = "cmsis-nn"};
}

/// What is accepted must be usable, what is refused must be the file's fault.
void check(const std::vector<std::byte>& file) {
  const auto program = read(file);
  if (!program) {
    ASSERT_NE(program.error().kind, ErrorKind::Internal) << to_string(program.error());
    return;
  }
  for (const Plan& plan : program->plans) {
    ASSERT_TRUE(trace_memory(*program, plan).faults.empty());
    for (const KernelCall& call : plan.calls) {
      ASSERT_LT(call.operator_index, plan.operators.size());
      for (const std::int32_t arg : call.args) ASSERT_LT(static_cast<std::size_t>(arg), plan.values.size());
    }
  }
}

TEST(PteDamage, EveryFlippedByteOfTheTables) {
  std::vector<std::byte> file = fixture("tiny_cnn_m4.pte");
  const std::size_t end = split(file)->program.size();
  for (std::size_t i = 0; i < end; ++i) {
    for (const std::byte change : {std::byte{1}, std::byte{0x80}, std::byte{0xff}}) {
      file[i] ^= change;
      check(file);
      file[i] ^= change;
    }
    if (HasFatalFailure()) FAIL() << "byte " << i;
  }
}

TEST(PteDamage, EveryWordOfTheTables) {
  std::vector<std::byte> file = fixture("tiny_cnn.pte");
  const std::size_t end = split(file)->program.size();
  for (std::size_t i = 0; i + 4 <= end; i += 4) {
    for (const std::uint32_t value : {0U, 1U, 0x7fff'ffffU, 0x8000'0000U, 0xffff'ffffU}) {
      const std::vector<std::byte> before(file.begin() + static_cast<std::ptrdiff_t>(i),
                                          file.begin() + static_cast<std::ptrdiff_t>(i) + 4);
      std::memcpy(file.data() + i, &value, sizeof value);
      check(file);
      std::copy(before.begin(), before.end(), file.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (HasFatalFailure()) FAIL() << "byte " << i;
  }
}

TEST(PteDamage, OurFilesTellTheirTarget) {
  EditableProgram program("tiny_cnn.pte");
  program.add_metadata(metadata());
  const std::vector<std::byte> file = program.build();
  const auto read_program = read(file);
  ASSERT_TRUE(read_program.ok()) << to_string(read_program.error());
  ASSERT_TRUE(read_program->metadata);
  EXPECT_EQ(read_program->metadata->target, "cortex-m55");
  EXPECT_NE(read_program->metadata->crc32, 0);
  ASSERT_EQ(read_program->plans.size(), 2);
  EXPECT_EQ(read_program->plans[1].name, "pudu");
  EXPECT_EQ(std::get<std::string>(read_program->plans[1].values[0]), encode(*read_program->metadata));
}

TEST(PteDamage, EveryFlippedByteOfOurFilesIsNoticed) {
  EditableProgram program("tiny_cnn.pte");
  program.add_metadata(metadata());
  std::vector<std::byte> file = program.build();
  for (std::size_t i = 0; i < file.size(); ++i) {
    file[i] ^= std::byte{0x10};
    const auto result = read(file);
    ASSERT_FALSE(result.ok()) << "byte " << i;
    ASSERT_EQ(result.error().kind, ErrorKind::InvalidInput) << "byte " << i << "\n" << to_string(result.error());
    file[i] ^= std::byte{0x10};
  }
  EXPECT_TRUE(read(file).ok());
}

TEST(PteDamage, ChecksumMessage) {
  EditableProgram program("tiny_cnn.pte");
  program.add_metadata(metadata());
  std::vector<std::byte> file = program.build();
  file.back() ^= std::byte{1};
  const auto result = read(file);
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(to_string(result.error()), ::testing::MatchesRegex("error: checksum: [0-9a-f]+; [0-9a-f]+, which was "
                                                                 "written with the file\nhint: the file is damaged; "
                                                                 "compile the model again"));
}

TEST(PteDamage, ScratchOfOurFilesIsThatOfTheRecordedIsa) {
  for (const auto& [isa, kernels, bytes, is_enough] :
       std::vector<std::tuple<std::string, std::string, std::int32_t, bool>>{{"mve", "cmsis-nn", 320, true},
                                                                             {"mve", "cmsis-nn", 319, false},
                                                                             {"dsp", "cmsis-nn", 288, true},
                                                                             {"dsp", "cmsis-nn", 287, false},
                                                                             {"any", "cmsis-nn", 320, true},
                                                                             {"any", "cmsis-nn", 319, false},
                                                                             {"scalar", "builtin", 144, true},
                                                                             {"scalar", "builtin", 143, false}}) {
    EditableProgram program("tiny_cnn.pte");
    program.tensor(62).sizes = {bytes};
    program.add_metadata({.pudu_version = "0.1.0", .target = "any", .isa = isa, .kernels = kernels});
    EXPECT_EQ(read(program.build()).ok(), is_enough) << isa << " " << kernels << " " << bytes;
  }
}

TEST(PteDamage, UnknownNamesInTheMetadata) {
  for (const auto& [isa, kernels] :
       std::vector<std::pair<std::string, std::string>>{{"avx", "builtin"}, {"mve", "tflite"}}) {
    EditableProgram program("tiny_cnn.pte");
    program.add_metadata({.pudu_version = "0.1.0", .target = "m55", .isa = isa, .kernels = kernels});
    EXPECT_FALSE(read(program.build()).ok()) << isa << " " << kernels;
  }
}

}  // namespace
}  // namespace pudu::pte

// When samples are said not to look like the calibration data.
#include "driver/input_extent.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <span>

namespace pudu::driver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// One int8 input 'x' whose codes say -1.28 to 1.27.
program::Program program_of_hundredths() {
  program::Program program;
  program::Buffer buffer;
  buffer.id = program::BufferId{0};
  buffer.type = program::ElementType::Int8;
  buffer.quantization = {0.01F, 0};
  program.buffers.push_back(buffer);
  program.inputs.push_back({"x", buffer.id, {4}});
  return program;
}

std::vector<std::string> warnings_for(const std::vector<std::vector<float>>& samples) {
  const program::Program program = program_of_hundredths();
  std::vector<InputExtent> sums;
  for (const std::vector<float>& sample : samples) {
    add_extents(sums, extents_of({base::make_array({4}, sample)}, program));
  }
  return input_warnings(program, sums);
}

TEST(InputWarnings, AreNoneWhereCodesSayTheValues) {
  EXPECT_THAT(warnings_for({{-1.28F, 0, 1, 1.27F}, {0.5F, 0, 0, 0}}), IsEmpty());
}

TEST(InputWarnings, TellValuesThatNoCodeSays) {
  EXPECT_THAT(warnings_for({{0, 1, 255, 128}, {-3, 0, 0, 0}}),
              ElementsAre("37.5 % of the values of input 'x' are outside of what calibration saw: they go from -3 to "
                          "255, codes from -1.285 to 1.275; are both prepared as in training?"));
}

TEST(InputWarnings, TellValuesThatAreFarTooSmall) {
  EXPECT_THAT(
      warnings_for({{0, 0.01F, 0.02F, 0}}),
      ElementsAre("the values of input 'x' go from 0 to 0.02, what calibration saw from -1.285 to 1.275, over 32 "
                  "times as far; are both prepared as in training?"));
}

TEST(InputWarnings, TakeCodesAsTheyAre) {
  const program::Program program = program_of_hundredths();
  const std::vector<std::int8_t> codes = {0, 0, 0, 0};
  EXPECT_THAT(input_warnings(program, extents_of({base::make_array({4}, codes)}, program)), IsEmpty());
}

/// One input 'words' of positions in a table of 50 rows.
program::Program program_of_words() {
  program::Program program;
  program::Buffer buffer;
  buffer.id = program::BufferId{0};
  buffer.type = program::ElementType::Int32;
  program.buffers.push_back(buffer);
  program.inputs.push_back({"words", buffer.id, {4}});
  program::KernelCall call;
  call.operands.push_back({"indices", buffer.id});
  call.parameters.push_back({"rows", std::vector<std::int64_t>{50}});
  program.calls.push_back(call);
  return program;
}

std::vector<std::string> warnings_for_words(const program::Program& program, const std::vector<std::int32_t>& words) {
  const std::span<const std::byte> bytes = std::as_bytes(std::span(words));
  const base::Array sample{base::ArrayType::Int32, {4}, {bytes.begin(), bytes.end()}};
  return input_warnings(program, extents_of({sample}, program));
}

TEST(InputWarnings, TellPositionsOutsideOfTheTable) {
  EXPECT_THAT(warnings_for_words(program_of_words(), {0, 49, 1, 2}), IsEmpty());
  EXPECT_THAT(
      warnings_for_words(program_of_words(), {0, 50, 1, -2}),
      ElementsAre("50 % of the positions of input 'words' are outside of the embedding, which has 50 rows: they "
                  "go from -2 to 50; PyTorch refuses them, compiled models take the first or the last row"));
}

TEST(InputWarnings, LeaveIntegersThatAreNoPositionsAlone) {
  program::Program program = program_of_words();
  program.calls.clear();
  EXPECT_THAT(warnings_for_words(program, {0, 50, 1, -2}), IsEmpty());
}

}  // namespace
}  // namespace pudu::driver

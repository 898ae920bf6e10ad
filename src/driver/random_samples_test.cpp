// A measurement's inputs have the type and size of each port; positions are inside of every table.
#include "driver/random_samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace pudu::driver {
namespace {

using ::testing::Each;
using ::testing::SizeIs;

program::Program program_with_inputs(std::initializer_list<program::ElementType> types) {
  program::Program program;
  for (const program::ElementType type : types) {
    const program::BufferId input = program.add_buffer(
        {.name = "x", .kind = program::BufferKind::Input, .type = type, .shape = {1, 64}, .quantization = {}});
    program.inputs.push_back({"x", input, {1, 64}});
  }
  return program;
}

TEST(RandomSamples, PositionsAreInsideOfEveryTable) {
  const Samples samples = random_samples(program_with_inputs({program::ElementType::Int32}));
  ASSERT_THAT(samples, SizeIs(1));
  ASSERT_THAT(samples[0], SizeIs(1));
  EXPECT_EQ(samples[0][0].dtype, base::ArrayType::Int32);
  EXPECT_THAT(samples[0][0].data<std::int32_t>(), SizeIs(64));
  EXPECT_THAT(samples[0][0].data<std::int32_t>(), Each(0));
}

TEST(RandomSamples, NumbersVaryAndFillTheirPorts) {
  using program::ElementType;
  const Samples samples = random_samples(
      program_with_inputs({ElementType::Int8, ElementType::Int16, ElementType::UInt8, ElementType::Float32}));
  ASSERT_THAT(samples, SizeIs(1));
  ASSERT_THAT(samples[0], SizeIs(4));
  const base::ArrayType types[] = {base::ArrayType::Int8, base::ArrayType::Int16, base::ArrayType::UInt8,
                                   base::ArrayType::Float32};
  for (std::size_t i = 0; i < 4; ++i) {
    const base::Array& array = samples[0][i];
    EXPECT_EQ(array.dtype, types[i]);
    EXPECT_EQ(array.shape, (std::vector<std::int64_t>{1, 64}));
    EXPECT_THAT(array.bytes, SizeIs(64 * base::size_in_bytes(types[i])));
    EXPECT_GT(std::set<std::byte>(array.bytes.begin(), array.bytes.end()).size(), 16U) << i;
  }
  const std::span<const float> floats = samples[0][3].data<float>();
  EXPECT_TRUE(std::all_of(floats.begin(), floats.end(), [](float value) { return std::isfinite(value); }));
}

TEST(RandomSamples, AreTheSameEachTime) {
  const program::Program program = program_with_inputs({program::ElementType::Int8, program::ElementType::Float32});
  EXPECT_EQ(random_samples(program), random_samples(program));
}

}  // namespace
}  // namespace pudu::driver

// copy_s8: exact extent, in place, overlapping.
#include "kernels/copy/copy_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/random_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(CopyS8, CopiesExactlyTheBytes) {
  Random random(1);
  for (const std::int32_t bytes : {0, 1, 2, 3, 15, 16, 17, 1000}) {
    const auto input = random.codes(static_cast<std::size_t>(bytes));
    GuardedBuffer<std::int8_t> output(input.size());
    CopyS8::run({bytes}, {input.data(), output.data()});
    EXPECT_EQ(output.values(), input);
    CopyS8::run({bytes}, {output.data(), output.data()});
    EXPECT_EQ(output.values(), input) << "in place";
  }
}

TEST(CopyS8, OverlapInBothDirections) {
  Random random(2);
  const auto values = random.codes(100);
  auto buffer = values;
  CopyS8::run({90}, {buffer.data(), buffer.data() + 10});
  EXPECT_EQ(std::vector<std::int8_t>(buffer.begin() + 10, buffer.end()),
            std::vector<std::int8_t>(values.begin(), values.begin() + 90));
  buffer = values;
  CopyS8::run({90}, {buffer.data() + 10, buffer.data()});
  EXPECT_EQ(std::vector<std::int8_t>(buffer.begin(), buffer.begin() + 90),
            std::vector<std::int8_t>(values.begin() + 10, values.end()));
}

static_assert(CopyS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels

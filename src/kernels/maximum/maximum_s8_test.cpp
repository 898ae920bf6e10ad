// maximum_s8: every pair of codes, every way to broadcast, in place.
#include "kernels/maximum/maximum_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/broadcasting.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(MaximumS8, EveryPairOfCodes) {
  std::vector<std::int8_t> x1, x2, expected;
  for (int a = -128; a <= 127; ++a)
    for (int b = -128; b <= 127; ++b) {
      x1.push_back(static_cast<std::int8_t>(a)), x2.push_back(static_cast<std::int8_t>(b));
      expected.push_back(static_cast<std::int8_t>(std::max(a, b)));
    }
  GuardedBuffer<std::int8_t> output(x1.size());
  MaximumS8::run({1, {65536}, {1}, {1}}, {x1.data(), x2.data(), output.data()});
  EXPECT_EQ(output.values(), expected);
}

TEST(MaximumS8, EveryBroadcast) {
  Random random(2);
  for (int i = 0; i < 2000; ++i) {
    check_binary<MaximumS8>({}, random_broadcast(random), random,
                            [](std::int8_t x1, std::int8_t x2) { return std::max(x1, x2); });
    if (HasFatalFailure()) return;
  }
}

static_assert(MaximumS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels

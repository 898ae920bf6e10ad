// avg_pool2d_s16 against the mean of taps by PyTorch's rules; rows through rings; sums at their limits.
#include "kernels/avg_pool2d_s16/avg_pool2d_s16.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/avg_pool2d_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;
using namespace testing::avg_pool2d_checks;

TEST(AvgPool2dS16, RandomShapes) {
  random_shapes<AvgPool2dS16>();
}

TEST(AvgPool2dS16, EveryWindowSizeAtTheExtremes) {
  every_window_size<AvgPool2dS16>();
}

TEST(AvgPool2dS16, LargestWindow) {
  Random random(3);
  const AvgPool2dS16Params p = whole_image<AvgPool2dS16>(255, 257, 1, random);
  for (const std::int32_t value : {-32768, 32767}) {
    check_input<AvgPool2dS16>(p, std::vector<std::int16_t>(255 * 257, static_cast<std::int16_t>(value)));
  }
  check<AvgPool2dS16>(p, random);
}

TEST(AvgPool2dS16, TiesGoAwayFromZero) {
  ties_go_away_from_zero<AvgPool2dS16>(1001);
}

static_assert(AvgPool2dS16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels

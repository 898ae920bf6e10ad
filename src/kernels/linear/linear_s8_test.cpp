// linear_s8 against the plain sum, over every small shape and random larger ones.
#include "kernels/linear/linear_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/linear_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing::linear_checks;

TEST(LinearS8, EverySmallShape) {
  every_small_shape<LinearS8>();
}

TEST(LinearS8, LargeShapes) {
  large_shapes<LinearS8>();
}

static_assert(LinearS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels

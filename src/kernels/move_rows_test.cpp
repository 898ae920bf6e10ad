// Moves of any length and distance, between guards; the device's forms run in tests/qemu.
#include "kernels/move_rows.hpp"

#include <cstdint>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace pudu::kernels {
namespace {

TEST(MoveRows, MovesEveryLengthByEveryDistance) {
  for (std::size_t bytes = 0; bytes < 140; ++bytes) {
    for (std::size_t distance = 1; distance < 70; distance += 1 + distance / 8) {
      std::vector<std::uint8_t> before(bytes + distance + 8);
      std::iota(before.begin(), before.end(), std::uint8_t{1});
      std::vector<std::uint8_t> down = before, up = before;
      move_down(down.data() + 4, down.data() + 4 + distance, bytes);
      move_up(up.data() + 4 + distance, up.data() + 4, bytes);
      std::vector<std::uint8_t> expected_down = before, expected_up = before;
      for (std::size_t i = 0; i < bytes; ++i) {
        expected_down[4 + i] = before[4 + distance + i];
        expected_up[4 + distance + i] = before[4 + i];
      }
      ASSERT_EQ(down, expected_down) << bytes << " by " << distance;
      ASSERT_EQ(up, expected_up) << bytes << " by " << distance;
    }
  }
}

}  // namespace
}  // namespace pudu::kernels

// Runs the network on one image and prints its scores.
#include <zephyr/sys/printk.h>

#include <cstdint>

#include "net/model.hpp"

namespace {

/// A vertical stroke, as the codes of the network's input.
void draw_one(std::int8_t* image) {
  constexpr pudu::TensorInfo info = digits_cnn::inputs[0];
  const std::int32_t width = info.shape[info.rank - 1];
  const std::int32_t pixels = static_cast<std::int32_t>(info.bytes);
  for (std::int32_t i = 0; i < pixels; ++i) {
    const std::int32_t x = i % width;
    const bool is_stroke = x == width / 2 || x == width / 2 - 1;
    image[i] = is_stroke ? std::int8_t{127} : static_cast<std::int8_t>(info.zero_point);
  }
}

}  // namespace

int main() {
  draw_one(static_cast<std::int8_t*>(digits_cnn::input_data(0)));
  if (digits_cnn::run() != pudu::RunStatus::Ok) {
    printk("the network did not run\n");
    return 1;
  }
  const auto* scores = static_cast<const std::int8_t*>(digits_cnn::output_data(0));
  int best = 0;
  for (int i = 1; i < 10; ++i) best = scores[i] > scores[best] ? i : best;
  printk("digit %d of 10, scores", best);
  for (int i = 0; i < 10; ++i) printk(" %d", scores[i]);
  printk("\n");
  return 0;
}

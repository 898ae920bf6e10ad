// conv2d_mve_s8 against conv2d_s8, which its own test proves against the plain sum: every small image, random larger
// ones. The loops for the device are compared in tests/qemu.
#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/conv2d_mve/prepare.hpp"
#include "kernels/testing/prepared.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

struct Shape {
  std::int32_t batches, h, w, in, out, kernel_h, kernel_w, stride_h, stride_w, top, left;
};

/// Counts the calls that were compared.
struct Compared {
  std::int32_t of[3] = {};  ///< by Conv2dSharing
};

void check(const Shape& s, Random& random, Compared& compared) {
  Conv2dS8Params p{};
  p.batches = s.batches;
  p.input_h = s.h, p.input_w = s.w, p.input_channels = s.in, p.output_channels = s.out, p.groups = 1;
  p.output_h = output_extent(s.h, s.top + random.between(0, 2), s.kernel_h, 1, s.stride_h);
  p.output_w = output_extent(s.w, s.left + random.between(0, 2), s.kernel_w, 1, s.stride_w);
  p.kernel_h = s.kernel_h, p.kernel_w = s.kernel_w, p.stride_h = s.stride_h, p.stride_w = s.stride_w;
  p.pad_top = s.top, p.pad_left = s.left, p.dilation_h = p.dilation_w = 1;
  if (p.output_h == 0 || p.output_w == 0 || !conv2d_mve::applies(p)) return;
  const std::int32_t taps = s.kernel_h * s.kernel_w * s.in;
  const PreparedChannels channels = random_prepared_channels(random, s.out, taps);
  p.input_offset = -random.zero_point();
  p.output_offset = channels.output_offset;
  p.activation_min = channels.activation_min, p.activation_max = channels.activation_max;
  const auto input = random.codes(static_cast<std::size_t>(s.batches * s.h * s.w * s.in));
  const auto weights = random.codes(static_cast<std::size_t>(s.out * taps));
  std::vector<std::int8_t> expected(static_cast<std::size_t>(s.batches * p.output_h * p.output_w * s.out));
  std::vector<std::uint8_t> base_scratch(Conv2dS8::scratch_bytes(p, Isa::Scalar) + 16);
  const Conv2dS8Operands base{
      input.data(),           weights.data(),  channels.bias.data(), channels.multipliers.data(),
      channels.shifts.data(), expected.data(), base_scratch.data()};
  Conv2dS8::run(p, base);
  for (const auto sharing : {Conv2dSharing::None, Conv2dSharing::Columns, Conv2dSharing::Rows}) {
    if (!conv2d_mve::may_share(p, sharing)) continue;
    const Conv2dMveS8Params q = conv2d_mve::params_of(p, sharing);
    std::vector<std::int32_t> constants(conv2d_mve::constant_words(q));
    if (!conv2d_mve::pack_constants(q, base, constants.data())) return;
    std::vector<std::int8_t> packed(conv2d_mve::packed_weight_bytes(q));
    conv2d_mve::pack_weights(q, weights.data(), packed.data());
    GuardedBuffer<std::int8_t> output(expected.size());
    GuardedBuffer<std::uint8_t> scratch(Conv2dMveS8::scratch_bytes(q, Isa::Mve));
    Conv2dMveS8::run(q, {input.data(), packed.data(), constants.data(), output.data(), scratch.data()});
    ASSERT_EQ(output.values(), expected) << describe(q);
    ++compared.of[static_cast<std::size_t>(sharing)];
  }
}

TEST(Conv2dMveS8, EverySmallKernel) {
  Random random(1);
  Compared compared;
  for (std::int32_t kernel_h = 1; kernel_h <= 5; ++kernel_h)
    for (std::int32_t kernel_w = 1; kernel_w <= 5; ++kernel_w)
      for (std::int32_t stride = 1; stride <= 3; ++stride)
        for (std::int32_t pad = 0; pad <= 2; ++pad)
          check({1, random.between(1, 8), random.between(2, 11), random.between(1, 20), random.between(2, 13), kernel_h,
                 kernel_w, stride, stride, pad, random.between(0, pad)},
                random, compared);
  EXPECT_GT(compared.of[0], 60);
  EXPECT_GT(compared.of[1], 10);
}

TEST(Conv2dMveS8, PointwiseLayers) {
  Random random(2);
  Compared compared;
  for (std::int32_t i = 0; i < 150; ++i) {
    check(
        {random.between(1, 2), random.between(1, 9), random.between(1, 17),
         random.one_in(2) ? 16 * random.between(1, 4) : random.between(1, 33), random.between(2, 33), 1, 1, 1, 1, 0, 0},
        random, compared);
  }
  EXPECT_GT(compared.of[0], 60);
}

TEST(Conv2dMveS8, FirstLayers) {
  Random random(3);
  Compared compared;
  for (std::int32_t i = 0; i < 60; ++i) {
    const std::int32_t stride = random.between(1, 2), kernel = random.one_in(3) ? 5 : 3;
    check({random.between(1, 2), random.between(8, 20), random.between(3, 9), kernel == 5 || random.one_in(2) ? 1 : 3,
           random.between(2, 9), kernel, kernel, stride, stride, random.between(0, 2), random.between(0, 2)},
          random, compared);
  }
  EXPECT_GT(compared.of[2], 15);
}

}  // namespace
}  // namespace pudu::kernels

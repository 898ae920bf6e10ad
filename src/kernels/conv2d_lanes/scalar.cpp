// The portable inner part of conv2d_lanes_s8, which the host runs: plain sums over the same blocks and streams.
#include "kernels/conv2d_lanes/gemm.hpp"
#include "kernels/conv2d_lanes/stream.hpp"

#if !PUDU_CONV2D_LANES_ASSEMBLY

namespace pudu::kernels::conv2d_lanes {
namespace {

constexpr std::int32_t positions = 8;

/// One channel over one block.
class ChannelOfBlock {
 public:
  ChannelOfBlock(const std::uint32_t* x, const std::int32_t* stream) : x_(x), first_x_(x), stream_(stream) {}

  /// To the step that makes the outputs.
  Step sum_up(std::int32_t first_target) {
    for (std::int32_t target = first_target;;) {
      std::int32_t exit;
      if (target != fold_position) {
        const std::int32_t length = run_length_at(target);
        multiply(length);
        exit = run_exit(length);
      } else {
        const std::int32_t bias = stream_[1], extra = stream_[3];
        Step step = step_at(chain_exit + 4 + stream_[2]);
        stream_ += 4;
        if (step != Step::Save && step != Step::Add) {
          if (step == Step::Merge) {
            step = step_at(merge_exit + 4 + stream_[0]);
            stream_ += 2;
          }
          for (std::uint32_t& sum : sums_) sum += static_cast<std::uint32_t>(bias);
          return step;
        }
        x_ = first_x_ + extra / 4;
        exit = step == Step::Save ? save_exit : add_exit;
      }
      target = exit + 4 + *stream_++;
    }
  }

  const std::int32_t* stream() const { return stream_; }
  std::int32_t sum(std::int32_t position) const { return static_cast<std::int32_t>(sums_[position]); }

 private:
  void multiply(std::int32_t length) {
    for (; length > 0; --length, x_ += 4) {
      const std::int32_t weight = *stream_++;
      for (std::int32_t j = 0; j < 4; ++j) {
        const auto low = static_cast<std::int16_t>(x_[j]);
        const auto high = static_cast<std::int16_t>((x_[j] - static_cast<std::uint32_t>(low)) >> 16);
        sums_[j] += static_cast<std::uint32_t>(weight * high);
        sums_[4 + j] += static_cast<std::uint32_t>(weight * low);
      }
    }
  }

  const std::uint32_t *x_, *first_x_;
  const std::int32_t* stream_;
  std::uint32_t sums_[positions] = {};
};

}  // namespace

void gemm(Block& block) noexcept {
  const std::int32_t *first = block.stream, *stream = first;
  const std::uint32_t* x = block.x;
  std::int8_t* block_output = block.output;
  block.has_sums = 0;
  for (;;) {
    const std::int32_t target = next_exit + 4 + *stream++;
    if (target == done_position) break;
    if (target == next_block_position) {
      if (--block.blocks == 0) break;
      x += block.block_bytes / 4;
      block_output += positions * block.stride;
      block.output = block_output, stream = first;
      continue;
    }
    ChannelOfBlock channel(x, stream);
    const Step step = channel.sum_up(target);
    stream = channel.stream();
    if (step == Step::General) {
      for (std::int32_t i = 0; i < positions; ++i) block.sums[i] = channel.sum(i);
      block.has_sums = 1;
      break;
    }
    const LanesConstants constants = constants_at(step, stream);
    stream += constant_words(step);
    for (std::int32_t i = 0; i < positions; ++i) {
      block.output[i * block.stride] = apply_lanes(form_of(step), constants, channel.sum(i));
    }
    ++block.output;
  }
  block.stream = stream;
}

}  // namespace pudu::kernels::conv2d_lanes

#endif

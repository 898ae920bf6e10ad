#include "host_kernels/convolution.hpp"

#include <algorithm>

namespace pudu::host_kernels {
namespace {

/// Positions whose windows are gathered at a time: a few tiles, whose windows fit the second cache.
constexpr std::int32_t gathered_positions = 8 * tile_positions;

std::size_t size_of(std::int32_t number) {
  return static_cast<std::size_t>(number);
}

/// Writes the windows of an image as rows of 16-bit numbers.
class Gatherer {
 public:
  Gatherer(const VectorLoops& loops, const WindowGeometry& geometry, std::int32_t pitch)
      : loops_(loops),
        g_(geometry),
        pitch_(pitch),
        is_pointwise_(g_.kernel_h == 1 && g_.kernel_w == 1 && g_.stride_h == 1 && g_.stride_w == 1 && g_.pad_top == 0 &&
                      g_.pad_left == 0 && g_.input_h == g_.output_h && g_.input_w == g_.output_w) {}

  /// Positions [begin, end) of an image.
  void gather(const std::int8_t* image, std::int32_t begin, std::int32_t end, std::int16_t* to) const {
    if (is_pointwise_ && pitch_ == g_.input_channels) {
      loops_.widen(image + begin * g_.input_channels, (end - begin) * g_.input_channels, to);
      return;
    }
    for (std::int32_t position = begin; position < end; ++position, to += pitch_) {
      gather_window(image, position / g_.output_w * g_.stride_h - g_.pad_top,
                    position % g_.output_w * g_.stride_w - g_.pad_left, to);
    }
  }

 private:
  std::int16_t* pad(std::int32_t count, std::int16_t* to) const {
    return std::fill_n(to, count, static_cast<std::int16_t>(g_.pad_value));
  }

  void gather_window(const std::int8_t* image, std::int32_t y, std::int32_t x, std::int16_t* to) const {
    for (std::int32_t ky = 0; ky < g_.kernel_h; ++ky, y += g_.dilation_h) {
      if (y < 0 || y >= g_.input_h) {
        to = pad(g_.kernel_w * g_.input_channels, to);
        continue;
      }
      const std::int8_t* row = image + y * g_.input_w * g_.input_channels;
      to = g_.dilation_w == 1 ? gather_row(row, x, to) : gather_taps(row, x, to);
    }
  }

  /// Taps beside each other.
  std::int16_t* gather_row(const std::int8_t* row, std::int32_t x, std::int16_t* to) const {
    const std::int32_t begin = std::clamp(-x, 0, g_.kernel_w);
    const std::int32_t end = std::clamp(g_.input_w - x, begin, g_.kernel_w);
    to = pad(begin * g_.input_channels, to);
    const std::int32_t count = (end - begin) * g_.input_channels;
    if (count > 0) loops_.widen(row + (x + begin) * g_.input_channels, count, to);
    return pad((g_.kernel_w - end) * g_.input_channels, to + count);
  }

  std::int16_t* gather_taps(const std::int8_t* row, std::int32_t x, std::int16_t* to) const {
    for (std::int32_t kx = 0; kx < g_.kernel_w; ++kx, x += g_.dilation_w) {
      if (x < 0 || x >= g_.input_w) {
        to = pad(g_.input_channels, to);
      } else {
        loops_.widen(row + x * g_.input_channels, g_.input_channels, to);
        to += g_.input_channels;
      }
    }
    return to;
  }

  const VectorLoops& loops_;
  const WindowGeometry& g_;
  std::int32_t pitch_;
  bool is_pointwise_;
};

}  // namespace

std::size_t WindowGeometry::input_bytes() const {
  return size_of(batches) * size_of(input_h) * size_of(input_w) * size_of(input_channels);
}

std::size_t WindowGeometry::output_bytes() const {
  return size_of(batches) * size_of(output_h) * size_of(output_w) * size_of(output_channels);
}

Convolution::Convolution(const LayerConstants& constants, std::int32_t output_channels, std::int32_t taps)
    : channels_(output_channels), pairs_((taps + 1) / 2), scaling_(constants.scaling) {
  const std::int32_t blocks = (channels_ + block_channels - 1) / block_channels;
  weights_.assign(size_of(blocks) * size_of(pairs_) * 2 * block_channels, 0);
  for (std::int32_t channel = 0; channel < channels_; ++channel) {
    const std::int8_t* from = constants.weights.data() + size_of(channel) * size_of(taps);
    std::int16_t* to = weights_.data() + size_of(channel / block_channels) * size_of(pairs_) * 2 * block_channels +
                       channel % block_channels * 2;
    for (std::int32_t tap = 0; tap < taps; ++tap) to[tap / 2 * 2 * block_channels + tap % 2] = from[tap];
  }
}

void Convolution::run(const VectorLoops& loops, const WindowGeometry& g, const std::int8_t* input,
                      std::int8_t* output) const {
  const std::int32_t pitch = 2 * pairs_, positions = g.output_h * g.output_w;
  const Gatherer gatherer(loops, g, pitch);
  // Behind an odd number of taps stays a 0.
  std::vector<std::int16_t> windows(size_of(gathered_positions) * size_of(pitch), 0);
  for (std::int32_t batch = 0; batch < g.batches; ++batch, input += g.input_h * g.input_w * g.input_channels) {
    for (std::int32_t begin = 0; begin < positions; begin += gathered_positions) {
      const std::int32_t end = std::min(begin + gathered_positions, positions);
      gatherer.gather(input, begin, end, windows.data());
      run_positions(loops, windows.data(), end - begin, output);
      output += size_of(end - begin) * size_of(channels_);
    }
  }
}

void Convolution::run_positions(const VectorLoops& loops, const std::int16_t* windows, std::int32_t positions,
                                std::int8_t* output) const {
  alignas(32) std::int32_t sums[2 * tile_positions * vector_channels];
  const std::int32_t pitch = 2 * pairs_;
  const std::int16_t* weights = weights_.data();
  for (std::int32_t block = 0; block < channels_; block += block_channels, weights += pitch * block_channels) {
    for (std::int32_t begin = 0; begin < positions; begin += tile_positions) {
      const std::int32_t count = std::min(tile_positions, positions - begin);
      loops.multiply({windows + begin * pitch, weights, sums, count, pairs_, pitch});
      for (std::int32_t first = block; first < std::min(block + block_channels, channels_); first += vector_channels) {
        const std::int32_t half = (first - block) / vector_channels;
        loops.scale(scaling_, {sums + half * tile_positions * vector_channels, output + begin * channels_ + first,
                               channels_, count, first, std::min(vector_channels, channels_ - first)});
      }
    }
  }
}

DepthwiseConvolution::DepthwiseConvolution(const LayerConstants& constants, std::int32_t channels, std::int32_t taps)
    : channels_(channels), taps_(taps), pairs_((taps + 1) / 2), scaling_(constants.scaling) {
  const std::int32_t blocks = (channels + vector_channels - 1) / vector_channels;
  weights_.assign(size_of(blocks) * size_of(pairs_) * 2 * vector_channels, 0);
  for (std::int32_t tap = 0; tap < taps; ++tap) {
    for (std::int32_t channel = 0; channel < channels; ++channel) {
      const std::int32_t pair = channel / vector_channels * pairs_ + tap / 2;
      weights_[size_of((pair * vector_channels + channel % vector_channels) * 2 + tap % 2)] =
          constants.weights[size_of(tap) * size_of(channels) + size_of(channel)];
    }
  }
}

void DepthwiseConvolution::run(const VectorLoops& loops, const WindowGeometry& g, const std::int8_t* input,
                               std::int8_t* output) const {
  const std::vector<std::int8_t> outside(size_of(channels_), static_cast<std::int8_t>(g.pad_value));
  // An odd number of taps has one more, of weight 0.
  std::vector<const std::int8_t*> values(size_of(g.output_w) * size_of(2 * pairs_), outside.data());
  std::vector<std::int32_t> sums(size_of(g.output_w) * vector_channels);
  for (std::int32_t batch = 0; batch < g.batches; ++batch, input += g.input_h * g.input_w * channels_) {
    for (std::int32_t out_y = 0; out_y < g.output_h; ++out_y, output += g.output_w * channels_) {
      for (std::int32_t tap = 0; tap < taps_; ++tap) {
        const std::int32_t y = out_y * g.stride_h - g.pad_top + tap / g.kernel_w * g.dilation_h;
        std::int32_t x = tap % g.kernel_w * g.dilation_w - g.pad_left;
        for (std::int32_t out_x = 0; out_x < g.output_w; ++out_x, x += g.stride_w) {
          const bool is_inside = y >= 0 && y < g.input_h && x >= 0 && x < g.input_w;
          values[size_of(out_x * 2 * pairs_ + tap)] =
              is_inside ? input + (y * g.input_w + x) * channels_ : outside.data();
        }
      }
      run_row(loops, values, g.output_w, sums.data(), output);
    }
  }
}

void DepthwiseConvolution::run_row(const VectorLoops& loops, const std::vector<const std::int8_t*>& values,
                                   std::int32_t positions, std::int32_t* sums, std::int8_t* output) const {
  const std::int16_t* weights = weights_.data();
  for (std::int32_t first = 0; first < channels_; first += vector_channels, weights += pairs_ * 2 * vector_channels) {
    const std::int32_t count = std::min(vector_channels, channels_ - first);
    loops.sum_depthwise({values.data(), weights, sums, positions, pairs_, first, count});
    loops.scale(scaling_, {sums, output + first, channels_, positions, first, count});
  }
}

}  // namespace pudu::host_kernels

// Portable transpose_conv2d_s8: for each output position the taps that meet an input pixel, a few channels at a time.
#include "kernels/dot_product.hpp"
#include "kernels/transpose_conv2d/transpose_conv2d_s8.hpp"

namespace pudu::kernels {
namespace {

/// The next tap along one axis that meets an input position, found by counting down, not by dividing at each tap: a
/// Cortex-M0 has no divide instruction.
class Taps {
 public:
  /// `origin`: output position plus padding.
  Taps(std::int32_t origin, std::int32_t taps, std::int32_t stride, std::int32_t dilation, std::int32_t extent) noexcept
      : taps_(taps), stride_(stride), dilation_(dilation), extent_(extent), distance_(origin), position_(0) {
    // distance = position * stride + rest
    position_ = distance_ / stride_;
    rest_ = distance_ - position_ * stride_;
    settle();
  }

  bool is_done() const noexcept { return tap_ >= taps_ || distance_ < 0; }
  std::int32_t tap() const noexcept { return tap_; }
  std::int32_t position() const noexcept { return position_; }

  void advance() noexcept {
    step();
    settle();
  }

 private:
  void step() noexcept {
    ++tap_;
    distance_ -= dilation_;
    rest_ -= dilation_;
    while (rest_ < 0) {
      rest_ += stride_;
      --position_;
    }
  }
  void settle() noexcept {
    while (!is_done() && (rest_ != 0 || position_ >= extent_)) step();
  }

  std::int32_t taps_, stride_, dilation_, extent_;
  std::int32_t tap_ = 0;
  std::int32_t distance_;  ///< origin - tap * dilation
  std::int32_t position_;  ///< floor(distance / stride)
  std::int32_t rest_ = 0;  ///< distance modulo stride
};

template <int Count>
void write_block(const TransposeConv2dS8Params& p, const TransposeConv2dS8Operands& operands,
                 const ChannelRequantizer& requantizer, const std::int8_t* image, const Taps& first_row,
                 const Taps& first_column, std::int32_t channel, std::int8_t* output) noexcept {
  const std::int32_t filter_elements = p.kernel_h * p.kernel_w * p.input_channels;
  const std::int8_t* filter = operands.weights + channel * filter_elements;
  std::uint32_t sums[Count] = {};
  for (Taps row = first_row; !row.is_done(); row.advance()) {
    for (Taps column = first_column; !column.is_done(); column.advance()) {
      const std::int8_t* x = image + (row.position() * p.input_w + column.position()) * p.input_channels;
      const std::int8_t* w = filter + (row.tap() * p.kernel_w + column.tap()) * p.input_channels;
      accumulate_dots(x, p.input_offset, w, filter_elements, p.input_channels, sums, std::make_index_sequence<Count>{});
    }
  }
  for (int n = 0; n < Count; ++n) output[channel + n] = requantizer.apply(channel + n, sums[n]);
}

}  // namespace

void TransposeConv2dS8::run(const Params& params, const Operands& operands) noexcept {
  const ChannelRequantizer requantizer{operands.bias,        operands.multipliers,  operands.shifts,
                                       params.output_offset, params.activation_min, params.activation_max};
  const std::int8_t* image = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t batch = 0; batch < params.batches; ++batch) {
    for (std::int32_t y = 0; y < params.output_h; ++y) {
      const Taps rows(y + params.pad_top, params.kernel_h, params.stride_h, params.dilation_h, params.input_h);
      for (std::int32_t x = 0; x < params.output_w; ++x, output += params.output_channels) {
        const Taps columns(x + params.pad_left, params.kernel_w, params.stride_w, params.dilation_w, params.input_w);
        std::int32_t channel = 0;
        for (; channel + channel_block <= params.output_channels; channel += channel_block) {
          write_block<channel_block>(params, operands, requantizer, image, rows, columns, channel, output);
        }
        for (; channel < params.output_channels; ++channel) {
          write_block<1>(params, operands, requantizer, image, rows, columns, channel, output);
        }
      }
    }
    image += params.input_h * params.input_w * params.input_channels;
  }
}

}  // namespace pudu::kernels

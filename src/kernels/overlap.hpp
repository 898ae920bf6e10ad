// How far the output of a kernel may lie over its input. A kernel that goes upwards through both has read the first
// bytes of its input when it writes over them, as long as the output begins early enough. How early follows from the
// order in which it reads and writes, which differs by kernel and ISA: a folder's overlap.hpp replays that order.
//
//   input             |=========================|
//   output   |=================|                      lead: from the output's first byte to the input's
//
// Limits: a pair of one input and the output, both whole and contiguous; the other operands lie apart from both.
#pragma once

#include <cstdint>

#include "kernels/kernel.hpp"
#include "kernels/taps.hpp"

namespace pudu::kernels {

/// Where the output of a call may lie that shares bytes with its input: the input's first byte lies at least
/// `least_lead` bytes behind the output's first (negative: it may also lie before it), and the distance is a multiple
/// of `grid`. The bytes of the output then are as if both lay apart; what is left of the input is undefined.
struct Overlap {
  bool is_safe = false;  ///< else they never share a byte
  std::int64_t least_lead = 0;
  std::int64_t grid = 1;  ///< more than 1: channels go one after the other, and only their own bytes may coincide
};

/// For kernels that read all of their input again and again, group of output channels by group.
inline constexpr Overlap never_overlaps{};

/// Any distance is safe: all is read before anything is written.
inline constexpr std::int64_t any_lead = -(std::int64_t{1} << 40);

/// Follows a kernel that never writes below what it has written before: each time it reads, what lies below the end of
/// its writes must not be the bytes that it reads.
class OverlapMeter {
 public:
  /// Now or from now on, up to the next read, bytes of the input are read; the lowest lies at `byte`.
  constexpr void read(std::int64_t byte) noexcept {
    if (written_ == 0) return;
    if (written_ - byte > least_lead_) least_lead_ = written_ - byte;
  }
  /// All bytes written so far end before `end`.
  constexpr void write(std::int64_t end) noexcept {
    if (end > written_) written_ = end;
  }
  constexpr Overlap overlap(std::int64_t grid = 1) const noexcept { return {true, least_lead_, grid}; }

 private:
  std::int64_t written_ = 0;
  std::int64_t least_lead_ = any_lead;
};

/// The windows of a convolution or pool over NHWC images. A pixel is all channels of a position.
struct ImageWindows {
  std::int32_t batches, input_h, input_w, output_h, output_w;
  std::int64_t input_pixel, output_pixel;  ///< bytes
  std::int32_t kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left;
  std::int32_t dilation_h = 1, dilation_w = 1;

  constexpr std::int32_t positions() const noexcept { return output_h * output_w; }
  constexpr std::int64_t input_row() const noexcept { return input_w * input_pixel; }
  constexpr std::int64_t output_row() const noexcept { return output_w * output_pixel; }
  constexpr std::int64_t input_image() const noexcept { return input_h * input_row(); }
  constexpr std::int64_t output_image() const noexcept { return output_h * output_row(); }

  static constexpr std::int64_t nothing = INT64_MAX;

  /// First byte of the image that the window of output (y, x) reads; `nothing` when all its taps lie outside.
  constexpr std::int64_t first_byte(std::int32_t y, std::int32_t x) const noexcept {
    const std::int32_t top = y * stride_h - pad_top, left = x * stride_w - pad_left;
    const TapRange rows = valid_taps(top, dilation_h, kernel_h, input_h);
    const TapRange columns = valid_taps(left, dilation_w, kernel_w, input_w);
    if (rows.size() <= 0 || columns.size() <= 0) return nothing;
    return (top + rows.begin * dilation_h) * input_row() + (left + columns.begin * dilation_w) * input_pixel;
  }

  /// The same of all positions [begin, end) of an image.
  constexpr std::int64_t first_byte_of(std::int32_t begin, std::int32_t end) const noexcept {
    std::int64_t first = nothing;
    for (std::int32_t position = begin; position < end;) {
      const std::int32_t y = position / output_w, x = position - y * output_w;
      const std::int64_t byte = first_byte(y, x);
      if (byte < first) first = byte;
      // Windows further on in the row begin further on.
      position = byte == nothing ? position + 1 : (y + 1) * output_w;
    }
    return first;
  }
};

/// Follows a kernel through its images.
class WindowMeter {
 public:
  explicit constexpr WindowMeter(const ImageWindows& windows) noexcept : windows_(windows) {}

  constexpr const ImageWindows& windows() const noexcept { return windows_; }
  constexpr void begin_image(std::int32_t image) noexcept {
    input_ = image * windows_.input_image(), output_ = image * windows_.output_image();
  }
  /// The windows of positions [begin, end), from the byte `channel` of their pixels on.
  constexpr void read(std::int32_t begin, std::int32_t end, std::int64_t channel = 0) noexcept {
    const std::int64_t byte = windows_.first_byte_of(begin, end);
    if (byte != ImageWindows::nothing) meter_.read(input_ + byte + channel);
  }
  /// Bytes of the image, from `byte` on.
  constexpr void read_bytes(std::int64_t byte) noexcept { meter_.read(input_ + byte); }
  /// Up to the outputs of position `end`.
  constexpr void write(std::int32_t end) noexcept { write_bytes(end * windows_.output_pixel); }
  constexpr void write_bytes(std::int64_t end) noexcept { meter_.write(output_ + end); }
  constexpr Overlap overlap(std::int64_t grid = 1) const noexcept { return meter_.overlap(grid); }

 private:
  ImageWindows windows_;
  std::int64_t input_ = 0, output_ = 0;
  OverlapMeter meter_;
};

/// Positions one after the other, of which each is read before it is written.
constexpr Overlap overlap_by_position(const ImageWindows& windows, std::int64_t grid = 1) noexcept {
  WindowMeter meter(windows);
  for (std::int32_t image = 0; image < windows.batches; ++image) {
    meter.begin_image(image);
    for (std::int32_t position = 0; position < windows.positions(); ++position) {
      meter.read(position, position + 1);
      meter.write(position + 1);
    }
  }
  return meter.overlap(grid);
}

/// Positions one after the other, whose channels read their own channel of the window and are written, one or some at a
/// time: pools and depthwise convolutions. `channel_bytes`: of one channel.
constexpr Overlap overlap_by_own_channel(const ImageWindows& windows, std::int64_t channel_bytes) noexcept {
  WindowMeter meter(windows);
  for (std::int32_t image = 0; image < windows.batches; ++image) {
    meter.begin_image(image);
    for (std::int32_t position = 0; position < windows.positions(); ++position) {
      meter.read(position, position + 1);
      // The channels behind read as much further on as they write.
      meter.write_bytes(position * windows.output_pixel + channel_bytes);
      if (windows.output_pixel > channel_bytes) meter.read(position, position + 1, channel_bytes);
      meter.write(position + 1);
    }
  }
  return meter.overlap();
}

/// Positions one after the other, whose windows are read again for each channel, up to the last of `channel_bytes`.
constexpr Overlap overlap_by_channel(const ImageWindows& windows, std::int64_t channel_bytes) noexcept {
  WindowMeter meter(windows);
  for (std::int32_t image = 0; image < windows.batches; ++image) {
    meter.begin_image(image);
    for (std::int32_t position = 0; position < windows.positions(); ++position) {
      meter.read(position, position + 1);
      meter.write_bytes((position + 1) * windows.output_pixel - channel_bytes);
      meter.read(position, position + 1);
      meter.write(position + 1);
    }
  }
  return meter.overlap();
}

/// Four channels through the whole image, then the next four; within a group `slide_rows` rows at a time, which are
/// read before they are written: depthwise convolutions of DSP cores. Groups that overlap would read what the one
/// before has written over.
constexpr Overlap overlap_by_slides(const ImageWindows& windows, std::int32_t channels,
                                    std::int32_t slide_rows) noexcept {
  constexpr std::int32_t group = 4;
  if (channels % group != 0) return never_overlaps;
  WindowMeter meter(windows);
  for (std::int32_t image = 0; image < windows.batches; ++image) {
    meter.begin_image(image);
    for (std::int32_t row = 0; row < windows.output_h; row += slide_rows) {
      const std::int32_t end = row + slide_rows < windows.output_h ? row + slide_rows : windows.output_h;
      meter.read(row * windows.output_w, end * windows.output_w);
      meter.write(end * windows.output_w);
    }
  }
  return meter.overlap(channels > group ? windows.output_pixel : windows.output_pixel / channels);
}

/// Elements one after the other, each read before it is written.
constexpr Overlap overlap_by_element(std::int64_t count, std::int64_t input_bytes, std::int64_t output_bytes) noexcept {
  if (count < 2) return {true, any_lead, 1};
  // Before element i is read, i are written: the distance is largest at one of the ends.
  const std::int64_t step = output_bytes - input_bytes;
  return {true, step > 0 ? (count - 1) * step : step, 1};
}

}  // namespace pudu::kernels

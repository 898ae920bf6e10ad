// conv2d_mve_s8 for MVE: brings windows or columns to where passes.cpp takes them, block by block. The copies are
// assembly, because GCC 12 makes no tail-predicated loops of them. No predicate of the compiler is alive around it: GCC
// 12 has no name for VPR among what an asm statement changes.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/mve.hpp"
#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "kernels/taps.hpp"

namespace pudu::kernels::conv2d_mve {
namespace {

using Kernel = Conv2dMveS8;

/// The pass over all channels, with what stays the same from block to block.
class Channels {
 public:
  Channels(const Conv2dMveS8Params& p, const Conv2dMveS8Operands& operands, Pass pass, std::int32_t loops,
           std::int32_t x_step) noexcept
      : p_(p), operands_(operands), pass_(pass) {
    distance_ = Kernel::sharing(p) == Conv2dSharing::Rows ? p.output_w * p.output_channels : p.output_channels;
    set_positions(4);
    arguments_.loops = loops;
    arguments_.x_step = x_step;
    arguments_.output_step = 4 * distance_;
    arguments_.window_bytes = Kernel::window_bytes(p);
    arguments_.offsets = offsets_;
    for (std::int32_t i = 0; i < 8; ++i) {
      arguments_.clamp[i] = static_cast<std::int16_t>(p.activation_min);
      arguments_.clamp[8 + i] = static_cast<std::int16_t>(p.activation_max);
    }
  }

  /// Where a block has fewer than four positions, its last ones are all the same.
  void set_positions(std::int32_t positions) noexcept {
    for (std::int32_t i = 0; i < 4; ++i) {
      const std::int32_t offset = (i < positions ? i : positions - 1) * distance_;
      offsets_[2 * i] = static_cast<std::uint16_t>(offset),
                   offsets_[2 * i + 1] = static_cast<std::uint16_t>(offset + 1);
    }
  }

  /// `position` is that of the first block's first output.
  void write(const std::int8_t* x, std::int32_t position, std::int32_t blocks) noexcept {
    const std::int32_t whole = p_.output_channels / 2;
    std::int8_t* output = operands_.output + position * p_.output_channels;
    write(x, output, operands_.weights, operands_.constants, whole, blocks);
    if (p_.output_channels % 2 == 0) return;
    write(x, output + p_.output_channels - 2, operands_.weights + whole * Kernel::pair_bytes(p_),
          operands_.constants + 8 * whole, 1, blocks);
  }

 private:
  void write(const std::int8_t* x, std::int8_t* output, const std::int8_t* weights, const std::int32_t* constants,
             std::int32_t pairs, std::int32_t blocks) noexcept {
    arguments_.x = x, arguments_.output = output;
    arguments_.weights = weights, arguments_.constants = constants;
    arguments_.pairs = pairs, arguments_.blocks = blocks;
    pass_(arguments_);
  }

  const Conv2dMveS8Params& p_;
  const Conv2dMveS8Operands& operands_;
  Pass pass_;
  std::int32_t distance_;  ///< of the outputs of a block's positions
  PassArguments arguments_{};
  std::uint16_t offsets_[8];
};

/// `rows` pieces of up to 16 bytes, `from_step` apart, to places `to_step` apart.
[[gnu::always_inline]] inline void copy_short_rows(std::int8_t* to, std::int32_t to_step, const std::int8_t* from,
                                                   std::int32_t from_step, std::int32_t rows,
                                                   std::int32_t row_bytes) noexcept {
  asm volatile(
      "vctp.8 %[row_bytes]\n"
      "wls lr, %[rows], 2f\n"
      "1:\n"
      "vpstt\n"
      "vldrbt.8 q0, [%[from]]\n"
      "vstrbt.8 q0, [%[to]]\n"
      "add %[from], %[from], %[from_step]\n"
      "add %[to], %[to], %[to_step]\n"
      "le lr, 1b\n"
      "2:\n"
      : [to] "+r"(to), [from] "+r"(from)
      : [rows] "r"(rows), [row_bytes] "r"(row_bytes), [from_step] "r"(from_step), [to_step] "r"(to_step)
      : "lr", "q0", "memory");
}

/// `rows` pieces of `row_bytes`, `step` apart, one behind the other.
[[gnu::always_inline]] inline void copy_rows(std::int8_t* to, const std::int8_t* from, std::int32_t rows,
                                             std::int32_t row_bytes, std::int32_t step) noexcept {
  if (row_bytes <= 16) return copy_short_rows(to, row_bytes, from, step, rows, row_bytes);
  std::int8_t* next;
  const std::int8_t* source;
  asm volatile(
      "1:\n"
      "mov %[source], %[from]\n"
      "mov %[next], %[to]\n"
      "wlstp.8 lr, %[row_bytes], 3f\n"
      "2:\n"
      "vldrb.8 q0, [%[source]], #16\n"
      "vstrb.8 q0, [%[next]], #16\n"
      "letp lr, 2b\n"
      "3:\n"
      "add %[to], %[to], %[row_bytes]\n"
      "add %[from], %[from], %[step]\n"
      "subs %[rows], %[rows], #1\n"
      "bne 1b\n"
      : [to] "+r"(to), [from] "+r"(from), [rows] "+r"(rows), [next] "=&r"(next), [source] "=&r"(source)
      : [row_bytes] "r"(row_bytes), [step] "r"(step)
      : "lr", "q0", "cc", "memory");
}

/// One window that reaches over the border, which is filled with the zero point.
[[gnu::noinline]] void copy_cut_window(const Conv2dMveS8Params& p, const std::int8_t* image, std::int32_t first_y,
                                       std::int32_t first_x, std::int8_t* to) noexcept {
  const std::int32_t channels = p.input_channels, row_bytes = p.kernel_w * channels;
  const TapRange columns = valid_taps(first_x, 1, p.kernel_w, p.input_w);
  const TapRange rows = valid_taps(first_y, 1, p.kernel_h, p.input_h);
  const std::int8_t* from = image + ((first_y + rows.begin) * p.input_w + first_x + columns.begin) * channels;
  const std::int32_t before = columns.begin * channels, inside = columns.size() * channels;
  const std::int32_t after = row_bytes - before - inside;
  if (rows.begin > 0) to = mve::fill_bytes(to, p.pad_value, rows.begin * row_bytes);
  for (std::int32_t row = rows.begin; row < rows.end; ++row, from += p.input_w * channels) {
    if (before > 0) to = mve::fill_bytes(to, p.pad_value, before);
    to = mve::copy_bytes(to, from, inside);
    if (after > 0) to = mve::fill_bytes(to, p.pad_value, after);
  }
  if (rows.end < p.kernel_h) mve::fill_bytes(to, p.pad_value, (p.kernel_h - rows.end) * row_bytes);
}

/// Windows of output positions, counted over all images, one behind the other.
class WindowCopier {
 public:
  WindowCopier(const Conv2dMveS8Params& p, const std::int8_t* input) noexcept
      : p_(p),
        input_(input),
        positions_(p.output_h * p.output_w),
        row_bytes_(p.kernel_w * p.input_channels),
        image_row_(p.input_w * p.input_channels),
        last_x_(p.input_w - p.kernel_w),
        last_y_(p.input_h - p.kernel_h) {}

  void copy(std::int32_t position, std::int32_t count, std::int32_t window, std::int8_t* to) const noexcept {
    const std::int32_t batch = position / positions_;
    position -= batch * positions_;
    const std::int32_t row = position / p_.output_w;
    std::int32_t left = p_.output_w - (position - row * p_.output_w), rows_left = p_.output_h - row;
    std::int32_t y = row * p_.stride_h - p_.pad_top, x = (p_.output_w - left) * p_.stride_w - p_.pad_left;
    const std::int8_t* image = input_ + batch * p_.input_h * image_row_;
    for (std::int8_t* const end = to + count * window; to != end;) {
      std::int32_t copied = 1;
      if (x >= 0 && x <= last_x_ && y >= 0 && y <= last_y_) {
        if (row_bytes_ <= 16) {
          copied = (last_x_ - x) / p_.stride_w + 1;
          copied = copied < left ? copied : left;
          copied = copied < count ? copied : count;
        }
        copy_inside(image + y * image_row_ + x * p_.input_channels, copied, window, to);
      } else {
        copy_cut_window(p_, image, y, x, to);
      }
      to += copied * window, count -= copied, left -= copied, x += copied * p_.stride_w;
      if (left > 0) continue;
      left = p_.output_w, x = -p_.pad_left, y += p_.stride_h;
      if (--rows_left == 0) rows_left = p_.output_h, y = -p_.pad_top, image += p_.input_h * image_row_;
    }
  }

 private:
  /// Neighbouring windows, one where rows are long; else row by row of all of them.
  void copy_inside(const std::int8_t* from, std::int32_t count, std::int32_t window, std::int8_t* to) const noexcept {
    if (count == 1) return copy_rows(to, from, p_.kernel_h, row_bytes_, image_row_);
    const std::int32_t step = p_.stride_w * p_.input_channels;
    for (std::int32_t row = p_.kernel_h; row > 0; --row, to += row_bytes_, from += image_row_) {
      copy_short_rows(to, window, from, step, count, row_bytes_);
    }
  }

  const Conv2dMveS8Params& p_;
  const std::int8_t* input_;
  std::int32_t positions_, row_bytes_, image_row_, last_x_, last_y_;
};

/// All positions, fewer than four, as one block; the last one again where there is none.
void run_few(const Conv2dMveS8Params& p, const Conv2dMveS8Operands& operands, Channels& channels,
             std::int32_t positions) noexcept {
  const WindowCopier windows(p, operands.input);
  auto* scratch = static_cast<std::int8_t*>(operands.scratch);
  const std::int32_t window = Kernel::window_bytes(p);
  for (std::int32_t i = 0; i < 4; ++i) {
    windows.copy(i < positions ? i : positions - 1, 1, window, scratch + i * window);
  }
  channels.set_positions(positions);
  channels.write(scratch, 0, 1);
}

/// Windows in the image; the last block from scratch where its loads reach beyond the image.
void run_in_place(const Conv2dMveS8Params& p, const Conv2dMveS8Operands& operands, Channels& channels,
                  std::int32_t positions) noexcept {
  const bool has_whole_units = p.input_channels % 16 == 0;
  const std::int32_t blocks = (has_whole_units ? positions : positions - 1) / 4;
  if (blocks > 0) channels.write(operands.input, 0, blocks);
  if (4 * blocks == positions) return;
  const std::int8_t* last = operands.input + (positions - 4) * p.input_channels;
  if (!has_whole_units) {
    mve::copy_bytes(static_cast<std::int8_t*>(operands.scratch), last, 4 * p.input_channels);
    last = static_cast<std::int8_t*>(operands.scratch);
  }
  channels.write(last, positions - 4, 1);
}

void run_windows(const Conv2dMveS8Params& p, const Conv2dMveS8Operands& operands, Channels& channels,
                 std::int32_t positions) noexcept {
  const WindowCopier windows(p, operands.input);
  auto* scratch = static_cast<std::int8_t*>(operands.scratch);
  const std::int32_t most = Kernel::strip_blocks(p);
  for (std::int32_t next = 0; next < positions;) {
    std::int32_t blocks = (positions - next) / 4;
    if (blocks == 0) blocks = 1, next = positions - 4;  // overlaps the block before
    if (blocks > most) blocks = most;
    windows.copy(next, 4 * blocks, Kernel::window_bytes(p), scratch);
    channels.write(scratch, next, blocks);
    next += 4 * blocks;
  }
}

/// A rectangle of pixels to planes of 16 channels: `slack` bytes follow the columns of a plane.
struct PlaneCopy {
  const std::int8_t* from;
  std::int8_t* to;
  std::int32_t rows, row_step;
  std::int32_t channels;
  std::int32_t columns;
  std::int32_t slack;
};

void copy_planes(const PlaneCopy& copy) noexcept {
  std::int8_t* to = copy.to;
  const std::int8_t *row = copy.from, *plane, *next;
  std::int32_t rows = copy.rows, left;
  asm volatile(
      "1:\n"
      "mov %[plane], %[row]\n"
      "mov %[left], %[channels]\n"
      "2:\n"
      "mov %[next], %[plane]\n"
      "vctp.8 %[left]\n"
      "wls lr, %[columns], 4f\n"
      "3:\n"
      "vpst\n"
      "vldrbt.8 q0, [%[next]]\n"
      "add %[next], %[next], %[channels]\n"
      "vstrb.8 q0, [%[to]], #16\n"
      "le lr, 3b\n"
      "4:\n"
      "add %[to], %[to], %[slack]\n"
      "add %[plane], %[plane], #16\n"
      "subs %[left], %[left], #16\n"
      "bgt 2b\n"
      "add %[row], %[row], %[row_step]\n"
      "subs %[rows], %[rows], #1\n"
      "bgt 1b\n"
      : [to] "+r"(to), [row] "+r"(row), [rows] "+r"(rows), [plane] "=&r"(plane), [next] "=&r"(next), [left] "=&r"(left)
      :
      [channels] "r"(copy.channels), [columns] "r"(copy.columns), [slack] "r"(copy.slack), [row_step] "r"(copy.row_step)
      : "lr", "q0", "cc", "memory");
}

/// `columns` pixels of the zero point in each of `planes` planes.
[[gnu::noinline]] void fill_planes(std::int8_t* to, std::int32_t planes, std::int32_t plane_bytes, std::int32_t columns,
                                   std::int32_t value) noexcept {
  for (; planes > 0; --planes, to += plane_bytes) mve::fill_bytes(to, value, 16 * columns);
}

/// The columns under `positions` outputs of one row.
class ColumnCopier {
 public:
  ColumnCopier(const Conv2dMveS8Params& p, std::int8_t* scratch) noexcept
      : p_(p), scratch_(scratch), plane_bytes_(Kernel::plane_bytes(p)), pixel_units_(Kernel::pixel_units(p)) {}

  void copy(const std::int8_t* image, std::int32_t y, std::int32_t x, std::int32_t columns) const noexcept {
    const TapRange rows = valid_taps(y, 1, p_.kernel_h, p_.input_h), inside = valid_taps(x, 1, columns, p_.input_w);
    std::int8_t* first = scratch_ + rows.begin * pixel_units_ * plane_bytes_;
    const std::int32_t planes = rows.size() * pixel_units_;
    if (planes > 0 && inside.size() > 0) {
      copy_planes({image + ((y + rows.begin) * p_.input_w + x + inside.begin) * p_.input_channels,
                   first + 16 * inside.begin, rows.size(), p_.input_w * p_.input_channels, p_.input_channels,
                   inside.size(), plane_bytes_ - 16 * inside.size()});
    }
    if (inside.begin > 0) fill_planes(first, planes, plane_bytes_, inside.begin, p_.pad_value);
    if (inside.end < columns) {
      fill_planes(first + 16 * inside.end, planes, plane_bytes_, columns - inside.end, p_.pad_value);
    }
    if (rows.begin > 0) fill_planes(scratch_, rows.begin * pixel_units_, plane_bytes_, columns, p_.pad_value);
    if (rows.end < p_.kernel_h) {
      fill_planes(scratch_ + rows.end * pixel_units_ * plane_bytes_, (p_.kernel_h - rows.end) * pixel_units_,
                  plane_bytes_, columns, p_.pad_value);
    }
  }

 private:
  const Conv2dMveS8Params& p_;
  std::int8_t* scratch_;
  std::int32_t plane_bytes_, pixel_units_;
};

void run_columns(const Conv2dMveS8Params& p, const Conv2dMveS8Operands& operands, Channels& channels) noexcept {
  auto* scratch = static_cast<std::int8_t*>(operands.scratch);
  const ColumnCopier columns(p, scratch);
  const std::int8_t* image = operands.input;
  std::int32_t position = 0;
  for (std::int32_t batch = 0; batch < p.batches; ++batch, image += p.input_h * p.input_w * p.input_channels) {
    for (std::int32_t y = 0; y < p.output_h; ++y, position += p.output_w) {
      for (std::int32_t x = 0; x < p.output_w; x += Kernel::strip_positions) {
        if (x + 4 > p.output_w) x = p.output_w - 4;  // overlaps the strip before
        const std::int32_t left = p.output_w - x;
        const std::int32_t count = left < Kernel::strip_positions ? left : Kernel::strip_positions;
        columns.copy(image, y * p.stride_h - p.pad_top, x * p.stride_w - p.pad_left, (count - 1) * p.stride_w + 3);
        channels.write(scratch, position + x, count / 4);
        if (count % 4 != 0) channels.write(scratch + 16 * (count - 4) * p.stride_w, position + x + count - 4, 1);
      }
    }
  }
}

/// The rows under `rows` of one column of windows, of `bytes` each; what lies outside of the image is the zero point.
void copy_shared_rows(const Conv2dMveS8Params& p, const std::int8_t* image, std::int32_t y, std::int32_t x,
                      std::int32_t rows, std::int8_t* to) noexcept {
  const std::int32_t channels = p.input_channels, bytes = p.kernel_w * channels, image_row = p.input_w * channels;
  const TapRange columns = valid_taps(x, 1, p.kernel_w, p.input_w), inside = valid_taps(y, 1, rows, p.input_h);
  if (columns.size() < p.kernel_w) {
    mve::fill_bytes(to, p.pad_value, rows * bytes);
  } else {
    if (inside.begin > 0) mve::fill_bytes(to, p.pad_value, inside.begin * bytes);
    if (inside.end < rows) mve::fill_bytes(to + inside.end * bytes, p.pad_value, (rows - inside.end) * bytes);
  }
  copy_short_rows(to + inside.begin * bytes + columns.begin * channels, bytes,
                  image + (y + inside.begin) * image_row + (x + columns.begin) * channels, image_row, inside.size(),
                  columns.size() * channels);
}

void run_rows(const Conv2dMveS8Params& p, const Conv2dMveS8Operands& operands, Channels& channels) noexcept {
  auto* scratch = static_cast<std::int8_t*>(operands.scratch);
  const std::int32_t most = Kernel::row_positions(p), pitch = Kernel::row_pitch(p);
  const std::int8_t* image = operands.input;
  std::int32_t first = 0;  // position of the image
  for (std::int32_t batch = 0; batch < p.batches; ++batch, first += p.output_h * p.output_w) {
    for (std::int32_t x = 0; x < p.output_w; ++x) {
      for (std::int32_t y = 0; y < p.output_h; y += most) {
        if (y + 4 > p.output_h) y = p.output_h - 4;  // overlaps the strip before
        const std::int32_t left = p.output_h - y, count = left < most ? left : most;
        const std::int32_t rows = (count - 1) * p.stride_h + p.kernel_h;
        copy_shared_rows(p, image, y * p.stride_h - p.pad_top, x * p.stride_w - p.pad_left, rows, scratch);
        channels.write(scratch, first + y * p.output_w + x, count / 4);
        if (count % 4 == 0) continue;
        channels.write(scratch + (count - 4) * pitch, first + (y + count - 4) * p.output_w + x, 1);
      }
    }
    image += p.input_h * p.input_w * p.input_channels;
  }
}

}  // namespace

void run(const Conv2dMveS8Params& p, const Conv2dMveS8Operands& operands, Pass pass) noexcept {
  if (Kernel::sharing(p) == Conv2dSharing::Columns) {
    Channels channels(p, operands, pass, (Kernel::planes(p) - 1) / column_loop_planes, 64 * p.stride_w);
    return run_columns(p, operands, channels);
  }
  if (Kernel::sharing(p) == Conv2dSharing::Rows) {
    Channels channels(p, operands, pass, 0, 4 * Kernel::row_pitch(p));
    return run_rows(p, operands, channels);
  }
  Channels channels(p, operands, pass, (Kernel::units(p) - 1) / long_loop_units, 4 * Kernel::window_bytes(p));
  const std::int32_t positions = p.batches * p.output_h * p.output_w;
  if (positions < 4) {
    run_few(p, operands, channels, positions);
  } else if (Kernel::reads_in_place(p)) {
    run_in_place(p, operands, channels, positions);
  } else {
    run_windows(p, operands, channels, positions);
  }
}

}  // namespace pudu::kernels::conv2d_mve

#endif

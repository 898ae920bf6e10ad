// depthwise_conv2d_5x5_dsp_s8 around its inner loops: weights of four channels are widened, then for every two rows of
// output the values are put beside each other and the channels run over them.
#include "kernels/depthwise_conv2d_5x5_dsp/columns.hpp"

namespace pudu::kernels::depthwise_conv2d_5x5_dsp {
namespace {

using Kernel = DepthwiseConv2d5x5DspS8;
using Params = DepthwiseConv2d5x5DspS8Params;
using Operands = DepthwiseConv2d5x5DspS8Operands;

/// Words of one channel's weights: rows (0, 1), (2, 3), (4, none), and for the second output row at stride 1, which
/// begins a row further down in the same pairs, (none, 0), (1, 2), (3, 4).
void prepare_weights(const std::int8_t* weights, std::int32_t stride, std::int32_t* first,
                     std::int32_t* second) noexcept {
  for (std::int32_t i = 0; i < 5; ++i) {
    const std::int8_t* w = weights + 5 * column_order[stride - 1][i];
    first[i] = pair_word(w[0], w[1]);
    first[5 + i] = pair_word(w[2], w[3]);
    first[10 + i] = pair_word(w[4], 0);
    if (stride != 1) continue;
    second[i] = pair_word(0, w[0]);
    second[5 + i] = pair_word(w[1], w[2]);
    second[10 + i] = pair_word(w[3], w[4]);
  }
}

/// Four channels of one image.
class Group {
 public:
  Group(const Params& params, void* scratch) noexcept
      : p_(params),
        columns_(static_cast<std::int32_t*>(scratch)),
        weights_(columns_ + Kernel::column_bytes(params) / sizeof(std::int32_t)),
        pairs_(pairs_of(params.stride_h)),
        outside_(pair_word(params.pad_value, params.pad_value)) {}

  void set_weights(const std::int8_t* weights) noexcept {
    for (std::int32_t channel = 0; channel < 4; ++channel) {
      prepare_weights(weights + 25 * channel, p_.stride_h, weights_ + weight_words * channel,
                      weights_ + weight_words * (4 + channel));
    }
  }

  /// All outputs; `input` and `output` at the first of the channels.
  void run(const std::int8_t* input, std::int8_t* output, const std::int32_t* constants, MakeRow make_row) noexcept {
    for (std::int32_t y = 0; y < p_.output_h; y += 2) {
      const std::int32_t rows = y + 1 < p_.output_h ? 2 : 1;
      gather(input, y * p_.stride_h - p_.pad_top, rows == 2 ? pairs_ : 3);
      for (std::int32_t row = 0; row < rows; ++row, output += p_.output_w * p_.channels) {
        make_rows(output, constants, row, make_row);
      }
    }
  }

 private:
  void make_rows(std::int8_t* output, const std::int32_t* constants, std::int32_t row, MakeRow make_row) noexcept {
    Row call{};
    // At stride 2 the second row begins a pair further down.
    call.columns = columns_ + (p_.stride_h == 2 ? 4 * row : 0);
    call.weights = weights_ + (p_.stride_h == 1 ? 4 * weight_words * row : 0);
    call.output = output;
    call.position_step = p_.channels;
    call.positions = p_.output_w;
    for (std::int32_t channel = 0; channel < 4; ++channel) {
      std::memcpy(&call.constants, constants + 4 * channel, sizeof call.constants);
      make_row(call);
      ++call.columns, ++call.output;
      call.weights += weight_words;
    }
  }

  bool is_outside(std::int32_t y) const noexcept { return y < 0 || y >= p_.input_h; }

  /// `pairs` pairs of rows from `y` on.
  void gather(const std::int8_t* input, std::int32_t y, std::int32_t pairs) noexcept {
    const std::int32_t columns = Kernel::columns(p_);
    const std::int32_t begin = p_.pad_left < columns ? p_.pad_left : columns;
    const std::int32_t inside_end = p_.input_w + p_.pad_left;
    const std::int32_t end = inside_end < columns ? inside_end : columns;
    for (std::int32_t pair = 0; pair < pairs; ++pair, y += 2) {
      std::int32_t* to = columns_ + 4 * pair;
      if (begin >= end || (is_outside(y) && is_outside(y + 1))) {
        fill_outside(to, 0, columns);
        continue;
      }
      fill_outside(to, 0, begin);
      fill_outside(to, end, columns);
      const std::int32_t low = is_outside(y) ? y + 1 : y, high = is_outside(y + 1) ? y : y + 1;
      const std::int32_t row = p_.input_w * p_.channels;
      fill_pair(
          {input + low * row, (high - low) * row, p_.channels, to + 4 * pairs_ * begin, 16 * pairs_, end - begin});
      if (low != y) overwrite(to, begin, end, 0);
      if (high != y + 1) overwrite(to, begin, end, 1);
    }
  }

  void fill_outside(std::int32_t* to, std::int32_t begin, std::int32_t end) noexcept {
    to += 4 * pairs_ * begin;
    for (; begin < end; ++begin, to += 4 * pairs_) to[0] = to[1] = to[2] = to[3] = outside_;
  }

  /// Halves whose row is outside.
  void overwrite(std::int32_t* to, std::int32_t begin, std::int32_t end, std::int32_t half) noexcept {
    auto* at = reinterpret_cast<std::int8_t*>(to + 4 * pairs_ * begin) + 2 * half;
    for (; begin < end; ++begin, at += 16 * pairs_) {
      for (std::int32_t channel = 0; channel < 4; ++channel) std::memcpy(at + 4 * channel, &outside_, 2);
    }
  }

  const Params& p_;
  std::int32_t* columns_;
  std::int32_t* weights_;
  std::int32_t pairs_, outside_;
};

}  // namespace

void run(const Params& p, const Operands& operands, MakeRow line, MakeRow rounded) noexcept {
  Group four(p, operands.scratch);
  for (std::int32_t group = 0; group < Kernel::groups(p); ++group) {
    four.set_weights(operands.weights + 100 * group);
    const std::int32_t* constants = operands.constants + 16 * group;
    // A line has no shift among its constants, the fourth word.
    const MakeRow make_row = rounded != nullptr && constants[3] != 0 ? rounded : line;
    const std::int32_t channel = 4 * group + 4 <= p.channels ? 4 * group : p.channels - 4;
    for (std::int32_t image = 0; image < p.batches; ++image) {
      four.run(operands.input + image * p.input_h * p.input_w * p.channels + channel,
               operands.output + image * p.output_h * p.output_w * p.channels + channel, constants, make_row);
    }
  }
}

}  // namespace pudu::kernels::depthwise_conv2d_5x5_dsp

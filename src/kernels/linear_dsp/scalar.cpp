// linear_dsp_s8 around its inner products, and their portable twins, which the host runs.
#include "kernels/linear_dsp/dots.hpp"
#include "kernels/linear_dsp/instances.hpp"

namespace pudu::kernels::linear_dsp {

#if !PUDU_LINEAR_DSP_ASSEMBLY
namespace {

/// `order[i]` is where value i of a unit of weights lies.
template <class Weight>
void add_products(const std::int16_t* x, const std::int16_t* x_end, const Weight* w, const int (&order)[4],
                  std::int32_t (&sums)[4]) noexcept {
  std::uint32_t wrapping[4] = {};
  for (; x != x_end; x += 4, w += 16) {
    for (int row = 0; row < 4; ++row) {
      for (int i = 0; i < 4; ++i) wrapping[row] += static_cast<std::uint32_t>(x[i] * w[4 * row + order[i]]);
    }
  }
  for (int row = 0; row < 4; ++row) sums[row] = static_cast<std::int32_t>(wrapping[row]);
}

}  // namespace

void dots_int8(const std::int16_t* x, const std::int16_t* x_end, const void* weights,
               std::int32_t (&sums)[4]) noexcept {
  add_products(x, x_end, static_cast<const std::int8_t*>(weights), {0, 2, 1, 3}, sums);
}

void dots_int16(const std::int16_t* x, const std::int16_t* x_end, const void* weights,
                std::int32_t (&sums)[4]) noexcept {
  add_products(x, x_end, static_cast<const std::int16_t*>(weights), {0, 1, 2, 3}, sums);
}

template <int WeightBits, RequantizeForm Form, int Words>
void run_groups(Groups& groups) noexcept {
  const auto group_bytes = (groups.x_end - groups.x) * (WeightBits / 2);
  for (; groups.count > 0; --groups.count) {
    std::int32_t sums[4];
    (WeightBits == 16 ? dots_int16 : dots_int8)(groups.x, groups.x_end, groups.weights, sums);
    for (const std::int32_t sum : sums) {
      ChannelConstants channel{};
      if constexpr (Words == 1) channel = {0, groups.multiplier, groups.addend, groups.shift};
      std::memcpy(&channel, groups.constants, Words * sizeof(std::int32_t));
      *groups.output++ = apply_form(channel.shift != 0 ? RequantizeForm::Rounded : Form, channel, {}, sum);
      groups.constants += Words;
    }
    groups.weights = static_cast<const std::int8_t*>(groups.weights) + group_bytes;
  }
}

PUDU_LINEAR_DSP_INSTANCES
#endif

namespace {

void widen_vector(const LinearDspS8Params& p, const std::int8_t* input, std::int16_t* to) noexcept {
  to = widen(input, p.input_features / 4, to);
  const std::int32_t rest = p.input_features % 4;
  if (rest == 0) return;
  std::int8_t last[4] = {};
  std::memcpy(last, input + p.input_features - rest, static_cast<std::size_t>(rest));
  widen(last, 1, to);
}

/// Outputs of any form. Gives the end.
std::int8_t* write_outputs(const LinearDspS8Params& p, const std::int32_t* constants, const std::int32_t (&sums)[4],
                           std::int32_t count, std::int8_t* output) noexcept {
  const GeneralRequantization general{p.output_offset, p.activation_min, p.activation_max};
  for (std::int32_t i = 0; i < count; ++i, constants += 4) {
    ChannelConstants channel;
    std::memcpy(&channel, constants, sizeof channel);
    auto form = static_cast<RequantizeForm>(p.form);
    // A line has no shift among its constants.
    if (form != RequantizeForm::General && channel.shift != 0) form = RequantizeForm::Rounded;
    *output++ = apply_form(form, channel, general, sums[i]);
  }
  return output;
}

/// Outputs of form Rounded with one scale, of which only the biases are apart.
std::int8_t* write_uniform(const std::int32_t* scale, const std::int32_t* bias, const std::int32_t (&sums)[4],
                           std::int32_t count, std::int8_t* output) noexcept {
  for (std::int32_t i = 0; i < count; ++i) {
    *output++ = apply_form(RequantizeForm::Rounded, {bias[i], scale[0], scale[1], scale[2]}, {}, sums[i]);
  }
  return output;
}

/// Outputs of a Line form, whose constants are two words.
std::int8_t* write_lines(const LinearDspS8Params& p, const std::int32_t* constants, const std::int32_t (&sums)[4],
                         std::int32_t count, std::int8_t* output) noexcept {
  const auto form = static_cast<RequantizeForm>(p.form);
  for (std::int32_t i = 0; i < count; ++i, constants += 2) {
    *output++ = apply_line(form, constants[0], constants[1], sums[i]);
  }
  return output;
}

}  // namespace

void run(const LinearDspS8Params& p, const LinearDspS8Operands& operands, RunGroups run_groups, Dots dots) noexcept {
  auto* x = static_cast<std::int16_t*>(operands.scratch);
  const std::int32_t values = 4 * LinearDspS8::units(p), group_bytes = values * p.weight_bits / 2;
  std::int8_t* output = operands.output;
  for (std::int32_t batch = 0; batch < p.batches; ++batch) {
    widen_vector(p, operands.input + batch * p.input_features, x);
    const bool is_uniform = p.constant_words == 1;
    Groups groups{
        x, x + values, operands.weights, operands.constants + (is_uniform ? 3 : 0), output, p.output_features / 4, 0,
        0, 0};
    if (is_uniform) {
      groups.multiplier = operands.constants[0], groups.addend = operands.constants[1];
      groups.shift = operands.constants[2];
    }
    const bool has_loop = run_groups != nullptr && groups.count > 0;
    if (has_loop) run_groups(groups);
    output = groups.output;
    if (dots == nullptr) continue;
    const auto* weights = static_cast<const std::uint8_t*>(groups.weights);
    const std::int32_t* constants = groups.constants;
    for (std::int32_t left = has_loop ? p.output_features % 4 : p.output_features; left > 0; left -= 4) {
      std::int32_t sums[4];
      dots(x, x + values, weights, sums);
      const std::int32_t count = left < 4 ? left : 4;
      if (is_uniform) {
        output = write_uniform(operands.constants, constants, sums, count, output);
      } else {
        output = p.constant_words == 2 ? write_lines(p, constants, sums, count, output)
                                       : write_outputs(p, constants, sums, count, output);
      }
      constants += p.constant_words * count;
      weights += group_bytes;
    }
  }
}

}  // namespace pudu::kernels::linear_dsp

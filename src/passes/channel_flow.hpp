// How channels run through a program: which calls work on each channel by itself, which mix channels, and what is known
// of the codes of each channel whatever the input.
//
// Why on the program: every integer that a kernel sees is in it (weights, biases, multipliers, tables), so constants
// are computed with the device's own arithmetic, whichever that is. Codes lie channels innermost: element i of a buffer
// of C channels belongs to channel i % C. Limits: a call that is not named here is opaque; the channels of what it
// reads and writes are left alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "program/program.hpp"

namespace pudu::passes {

/// Codes that an element may have, whatever the input of the model; both within int8.
struct CodeInterval {
  std::int32_t low = -128;
  std::int32_t high = 127;
  bool is_constant() const { return low == high; }
};

enum class ChannelRole : std::uint8_t {
  Mixing,     ///< conv2d without groups, linear: every output channel reads every input channel
  Depthwise,  ///< output channel o reads input channel o / multiplier
  Separate,   ///< output channel c reads channel c of its inputs: tables, pools, elementwise arithmetic
  Opaque,
};

/// Geometry of a Mixing or Depthwise call: what a row of weights is made of.
struct LayerGeometry {
  std::int64_t input_channels = 0;  ///< of the buffer; a linear layer's row may hold several pixels of them
  std::int64_t output_channels = 0;
  std::int64_t taps = 1;        ///< kernel_h * kernel_w, or the pixels of a linear layer's row
  std::int64_t multiplier = 1;  ///< of a Depthwise call
  bool has_padding = false;     ///< some windows reach over the border, where a tap contributes nothing
  std::int32_t input_offset = 0;
  std::int32_t output_offset = 0;
  std::int32_t activation_min = -128;
  std::int32_t activation_max = 127;
};

/// Integers of a Mixing or Depthwise call.
struct LayerConstants {
  std::vector<std::int8_t> weights;  ///< Mixing: [output][tap][input]; Depthwise: [tap][output]
  std::vector<std::int32_t> bias;
  std::vector<std::int32_t> multipliers;
  std::vector<std::int32_t> shifts;
};

/// The bounds of an accumulator, sums over all taps in 64 bits.
struct AccumulatorInterval {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

struct ChannelCall {
  ChannelRole role = ChannelRole::Opaque;
  LayerGeometry geometry;              ///< of a Mixing or Depthwise call; output_channels of all
  std::vector<std::string_view> data;  ///< operands that carry channels; one or two
  bool knows_input = false;            ///< are these buffers whose channels are known?
};

/// One number for all channels that can only be kept or dropped together.
using ChannelClass = std::size_t;

class ChannelFlow {
 public:
  /// `program` is verified and stays as it is.
  explicit ChannelFlow(const program::Program& program);

  const ChannelCall& call(std::size_t step) const { return calls_[step]; }
  std::size_t buffer_count() const { return channels_.size(); }
  /// Channels of a buffer, 0 where they are not known.
  std::int64_t channels(program::BufferId buffer) const { return channels_[program::index_of(buffer)]; }
  const CodeInterval& codes(program::BufferId buffer, std::int64_t channel) const {
    return codes_[program::index_of(buffer)][static_cast<std::size_t>(channel)];
  }
  ChannelClass class_of(program::BufferId buffer, std::int64_t channel) const;
  std::size_t class_count() const { return parents_.size(); }
  /// Must the class stay whatever it holds: is one of its channels a model's input or output, or used by an Opaque
  /// call?
  bool is_pinned(ChannelClass id) const { return is_pinned_[id]; }
  /// The accumulator of an output channel of a Mixing or Depthwise call.
  AccumulatorInterval accumulator(std::size_t step, std::int64_t channel) const;
  LayerConstants constants(std::size_t step) const;

 private:
  ChannelCall layer_call(const program::KernelCall& call) const;
  ChannelCall separate_call(const program::KernelCall& call) const;
  void find_channels();
  void link_classes();
  void pin_classes();
  void find_codes();
  void find_separate_codes(std::size_t step);
  void pin(program::BufferId buffer);
  void link(ChannelClass a, ChannelClass b);

  const program::Program& program_;
  std::vector<ChannelCall> calls_;
  std::vector<std::int64_t> channels_;            ///< by buffer
  std::vector<std::size_t> first_class_;          ///< by buffer: of its channel 0
  std::vector<ChannelClass> parents_;             ///< by channel of all buffers; a class is its representative
  std::vector<bool> is_pinned_;                   ///< by class
  std::vector<std::vector<CodeInterval>> codes_;  ///< by buffer and channel
};

/// The operand's constant elements; T is its type.
template <class T>
std::vector<T> constant_elements(const program::Program& program, const program::KernelCall& call,
                                 std::string_view operand) {
  const program::Operand* found = call.find_operand(operand);
  if (found == nullptr || program.buffer(found->buffer).data == nullptr) return {};
  const std::vector<std::byte>& bytes = *program.buffer(found->buffer).data;
  const auto* elements = reinterpret_cast<const T*>(bytes.data());
  return {elements, elements + bytes.size() / sizeof(T)};
}

}  // namespace pudu::passes

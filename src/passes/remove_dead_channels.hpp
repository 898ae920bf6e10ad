// Removes channels that no output of the model depends on, from weights, loops and the arena, without changing a bit.
//
// A channel is dead when nothing that is computed from it changes with it: its code is the same whatever the input
// (rows of zeros, an activation that always clamps), or all that reads it has zeros there. What a constant channel
// contributes to a layer goes into the layer's biases: bias + sum of (code - zero point) * weight. Where a padded
// border would make a difference the channel stays. Removal runs through depthwise layers, pools, tables and sums, and
// stops at the model's inputs and outputs and at calls that need all channels (channel_flow.hpp). Channels that come in
// fours stay a multiple of four, since kernels take four at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "program/program.hpp"

namespace pudu::passes {

/// Output channels of one layer that are gone.
struct DeadChannels {
  std::string layer;
  std::int64_t removed = 0;
  std::int64_t of = 0;
};

struct DeadChannelReport {
  std::vector<DeadChannels> layers;   ///< those that lost channels, in the order of execution
  std::int64_t macs = 0;              ///< multiply-accumulates saved per inference
  std::int64_t constant_bytes = 0;    ///< of weights, biases and factors
  std::int64_t activation_bytes = 0;  ///< sum over buffers; what the arena saves shows in its plan

  std::int64_t channels() const;
};

/// `program` is one that ops::check_calls accepts, of the dialect (before kernels are prepared). Internal when the
/// result does not verify.
Result<DeadChannelReport> remove_dead_channels(program::Program& program);

}  // namespace pudu::passes

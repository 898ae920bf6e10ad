// Partial execution: part of a wide layer's channels at a time.
//
// A pool over the whole image takes every channel for itself, and so do tables, depthwise convolutions and pools before
// it. So a convolution with such a pool behind it may compute some of its output channels, have them pooled, and only
// then compute the next: the wide image between them is never there as a whole. Each part is the same kernels' calls
// with fewer channels, over slices of the same weights, so the bytes and the work are the same. What it takes is that
// the convolution reads its input once for every part, and calls.
//
// Rows cannot do it where the image has few of them, or where nobody can add up rows (a stock runtime's pools take
// whole images). Limits: one image; calls whose results nobody else reads; channels in parts of multiples of 16, which
// is where parts of a buffer may begin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "program/program.hpp"

namespace pudu::partial {

/// Channels of every part but the last are a multiple of so many.
inline constexpr std::int32_t channel_step = 16;

inline constexpr std::int32_t most_parts = 16;

/// A convolution, channelwise calls, and the pool: in their order, with nothing that must run between them.
struct ChannelChain {
  std::vector<std::size_t> calls;  ///< indices into Program::calls, ascending
  std::int32_t channels = 0;       ///< between them
};

/// All chains of a program, in the order of their pools. No call is in two of them.
std::vector<ChannelChain> channel_chains(const program::Program& program);

/// Replaces the calls of the chain by `parts` times as many of about as many channels each, and a concatenation of what
/// they leave. Calls and buffers of part i have the names of the whole ones with ".channels<i>" behind them. `parts` is
/// 1 to most_parts; fewer are made where channels in multiples of channel_step leave none for the last.
program::Program split_channels(const program::Program& program, const ChannelChain& chain, std::int32_t parts);

/// What was split: from the call `first` to the call `last`.
struct ChannelSplit {
  std::string first, last;
  std::int32_t channels = 0;
  std::int32_t parts = 0;
};

struct PartialProgram {
  program::Program program;
  std::vector<ChannelSplit> splits;  ///< empty: the program is as it was
};

/// Splits chains where fewer bytes are alive at a time then, layer by layer and with every buffer in memory of its own;
/// each into as many parts as bring it below `enough_bytes`, or as few as need the least. Without that number enough is
/// what the calls outside of the chain need, so that only what lowers the peak of the program is split.
PartialProgram split_wide_layers(const program::Program& program, std::optional<std::size_t> enough_bytes = {});

}  // namespace pudu::partial

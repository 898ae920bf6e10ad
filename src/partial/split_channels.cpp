#include "partial/split_channels.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/sum/sum_s8.hpp"
#include "ops/kernel_binding.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "program/memory_map.hpp"
#include "program/unused_buffers.hpp"

namespace pudu::partial {
namespace {

using program::Buffer;
using program::BufferId;
using program::BufferKind;
using program::KernelCall;
using program::Operand;
using program::Program;

std::int64_t parameter(const KernelCall& call, std::string_view name) {
  return std::get<std::vector<std::int64_t>>(call.find_parameter(name)->values).front();
}

void set(KernelCall& call, std::string_view name, std::int64_t value) {
  for (program::Parameter& each : call.parameters) {
    if (each.name == name) std::get<std::vector<std::int64_t>>(each.values).front() = value;
  }
}

const Buffer& buffer_of(const Program& program, const KernelCall& call, std::string_view operand) {
  return program.buffer(call.find_operand(operand)->buffer);
}

bool is_pool(const KernelCall& call) {
  return call.kernel == kernels::AvgPool2dS8::name || call.kernel == kernels::MaxPool2dS8::name;
}

/// Does the call make one position of an image, each channel for itself?
bool ends_chain(const Program& program, const KernelCall& call) {
  if (is_pool(call)) {
    return parameter(call, "batches") == 1 && parameter(call, "output_h") == 1 && parameter(call, "output_w") == 1;
  }
  if (call.kernel != kernels::SumS8::name || parameter(call, "outer_count") != 1) return false;
  const Buffer& input = buffer_of(program, call, "input");
  return input.shape.size() == 4 && input.shape[0] == 1 && input.shape[3] == parameter(call, "inner_count");
}

/// Does every channel of the result depend on the same channel of the input alone?
bool is_channelwise(const KernelCall& call) {
  if (is_pool(call)) return parameter(call, "batches") == 1;
  if (call.kernel == kernels::DepthwiseConv2dS8::name) {
    return parameter(call, "batches") == 1 && parameter(call, "depth_multiplier") == 1;
  }
  return call.kernel == kernels::LutS8::name;
}

bool begins_chain(const KernelCall& call) {
  return call.kernel == kernels::Conv2dS8::name && parameter(call, "batches") == 1 && parameter(call, "groups") == 1;
}

struct Use {
  std::optional<std::size_t> writer, reader;
  bool is_private = true;  ///< one call writes it, one reads it, once, and nobody else has it
};

std::vector<Use> uses_of(const Program& program) {
  std::vector<Use> uses(program.buffers.size());
  const auto note = [](std::optional<std::size_t>& who, std::size_t call, Use& use) {
    use.is_private = use.is_private && !who;
    who = call;
  };
  for (std::size_t i = 0; i < program.calls.size(); ++i) {
    for (const Operand& operand : program.calls[i].operands) {
      Use& use = uses[program::index_of(operand.buffer)];
      note(program::is_written(operand.name) ? use.writer : use.reader, i, use);
    }
  }
  for (const program::Port& port : program.outputs) uses[program::index_of(port.buffer)].is_private = false;
  return uses;
}

/// From the call that makes one position back to the convolution.
std::optional<ChannelChain> chain_that_ends_at(const Program& program, const std::vector<Use>& uses, std::size_t last) {
  ChannelChain chain;
  const Buffer& image = buffer_of(program, program.calls[last], "input");
  if (image.shape.size() != 4) return std::nullopt;
  chain.channels = static_cast<std::int32_t>(image.shape[3]);
  chain.calls = {last};
  for (std::size_t call = last;;) {
    const Buffer& input = buffer_of(program, program.calls[call], "input");
    const Use& use = uses[program::index_of(input.id)];
    const bool is_image = input.kind == BufferKind::Activation && input.shape.size() == 4 && input.shape[0] == 1 &&
                          input.shape[3] == chain.channels;
    if (!is_image || !use.is_private || !use.writer || !use.reader) return std::nullopt;
    call = *use.writer;
    chain.calls.insert(chain.calls.begin(), call);
    if (begins_chain(program.calls[call])) break;
    if (!is_channelwise(program.calls[call])) return std::nullopt;
  }
  return chain.channels >= 2 * channel_step ? std::optional(std::move(chain)) : std::nullopt;
}

/// Bytes [begin, begin + count) of every `total_bytes`.
std::vector<std::byte> innermost_slice(const std::vector<std::byte>& data, std::size_t total_bytes, std::size_t begin,
                                       std::size_t count) {
  std::vector<std::byte> slice;
  slice.reserve(data.size() / total_bytes * count);
  for (std::size_t at = 0; at < data.size(); at += total_bytes) {
    const auto from = data.begin() + static_cast<std::ptrdiff_t>(at + begin);
    slice.insert(slice.end(), from, from + static_cast<std::ptrdiff_t>(count));
  }
  return slice;
}

/// Channels of all parts but the last, which has the rest.
std::int32_t part_channels(std::int32_t channels, std::int32_t parts) {
  const std::int32_t steps = (channels + channel_step - 1) / channel_step;
  return (steps + parts - 1) / parts * channel_step;
}

/// Some channels of a chain.
struct Part {
  std::int32_t begin = 0, count = 0;
  std::string suffix;
};

class Splitter {
 public:
  Splitter(const Program& program, const ChannelChain& chain) : source_(program), chain_(chain), result_(program) {
    result_.calls.clear();
  }

  Program run(std::int32_t parts) {
    const std::set<std::size_t> in_chain(chain_.calls.begin(), chain_.calls.end());
    for (std::size_t i = 0; i < source_.calls.size(); ++i) {
      // All of it where its last call stood: what the convolution reads is there by then, and is still needed.
      if (i == chain_.calls.back()) add_parts(parts);
      if (!in_chain.contains(i)) result_.calls.push_back(source_.calls[i]);
    }
    program::drop_unused_buffers(result_);
    return std::move(result_);
  }

 private:
  void add_parts(std::int32_t parts) {
    const std::int32_t size = part_channels(chain_.channels, parts);
    std::vector<BufferId> ends;
    for (std::int32_t begin = 0; begin < chain_.channels; begin += size) {
      const Part part{begin, std::min(size, chain_.channels - begin), ".channels" + std::to_string(ends.size())};
      std::map<BufferId, BufferId> renamed;
      for (const std::size_t call : chain_.calls) add_call(source_.calls[call], part, renamed);
      ends.push_back(renamed.at(program::output_of(source_.calls[chain_.calls.back()])));
    }
    concatenate(ends);
  }

  bool is_first(const KernelCall& call) const { return call.name == source_.calls[chain_.calls.front()].name; }

  void add_call(KernelCall call, const Part& part, std::map<BufferId, BufferId>& renamed) {
    const bool is_first = this->is_first(call);
    call.name += part.suffix;
    call.macs = call.macs * part.count / chain_.channels;
    narrow_parameters(call, part);
    std::vector<Operand> operands;
    for (const Operand& operand : call.operands) {
      if (operand.name == "scratch") continue;
      BufferId id = operand.buffer;
      if (operand.name == "output") {
        id = renamed[id] = add_narrow(source_.buffer(id), part);
      } else if (renamed.contains(id)) {
        id = renamed.at(id);
      } else if (source_.buffer(id).kind == BufferKind::Constant && operand.name != "table") {
        id = add_slice(source_.buffer(id), part, is_first && operand.name == "weights");
      }
      operands.push_back({operand.name, id});
    }
    call.operands = std::move(operands);
    add_scratch(call);
    result_.calls.push_back(std::move(call));
  }

  void narrow_parameters(KernelCall& call, const Part& part) const {
    if (call.kernel == kernels::LutS8::name) {
      set(call, "count", parameter(call, "count") / chain_.channels * part.count);
    } else if (call.kernel == kernels::SumS8::name) {
      set(call, "inner_count", part.count);
    } else if (is_pool(call)) {
      set(call, "channels", part.count);
    } else {
      set(call, "output_channels", part.count);
      if (call.kernel == kernels::DepthwiseConv2dS8::name) set(call, "input_channels", part.count);
    }
  }

  /// The same with fewer channels, which are the last dimension, or, of what the pool leaves, perhaps all that there
  /// is.
  BufferId add_narrow(const Buffer& whole, const Part& part) {
    Buffer narrow = whole;
    narrow.name += part.suffix;
    narrow.kind = BufferKind::Activation;
    if (narrow.shape.back() == chain_.channels) {
      narrow.shape.back() = part.count;
    } else {
      narrow.shape = {1, 1, 1, part.count};
    }
    return result_.add_buffer(std::move(narrow));
  }

  /// Of a constant whose outermost (a convolution's weights) or innermost dimension are the channels.
  BufferId add_slice(const Buffer& whole, const Part& part, bool is_outermost) {
    Buffer slice = whole;
    slice.name += part.suffix;
    const std::size_t channels = static_cast<std::size_t>(chain_.channels);
    const std::size_t block = is_outermost ? whole.bytes() / channels : program::size_in_bytes(whole.type);
    const std::size_t total = block * channels;
    slice.data = std::make_shared<const std::vector<std::byte>>(
        innermost_slice(*whole.data, total, block * static_cast<std::size_t>(part.begin),
                        block * static_cast<std::size_t>(part.count)));
    (is_outermost ? slice.shape.front() : slice.shape.back()) = part.count;
    return result_.add_buffer(std::move(slice));
  }

  void add_scratch(KernelCall& call) {
    const std::size_t bytes =
        ops::planned_scratch_bytes(*ops::find_kernel(call.kernel), call.parameters, source_.target);
    if (bytes == 0) return;
    const BufferId scratch = result_.add_buffer({.name = call.name + ".scratch",
                                                 .kind = BufferKind::Scratch,
                                                 .type = program::ElementType::UInt8,
                                                 .shape = {static_cast<std::int64_t>(bytes)}});
    call.operands.push_back({"scratch", scratch});
  }

  /// Needs no call where the parts can be written to their places (schedule/share_storage.hpp).
  void concatenate(const std::vector<BufferId>& ends) {
    const KernelCall& pool = source_.calls[chain_.calls.back()];
    kernels::ConcatS8Params params{.input_count = static_cast<std::int32_t>(ends.size()),
                                   .outer_count = 1,
                                   .input_bytes = {},
                                   .output_stride = chain_.channels,
                                   .output_offset = 0};
    KernelCall call{.name = pool.name + ".concat",
                    .op = "concat",
                    .kernel = kernels::ConcatS8::name,
                    .parameters = {},
                    .operands = {},
                    .source = pool.source};
    for (std::size_t i = 0; i < ends.size(); ++i) {
      params.input_bytes[i] = static_cast<std::int32_t>(result_.buffer(ends[i]).bytes());
      call.operands.push_back({"inputs." + std::to_string(i), ends[i]});
    }
    call.operands.push_back({"output", program::output_of(pool)});
    call.parameters = ops::to_parameters(params);
    result_.calls.push_back(std::move(call));
  }

  const Program& source_;
  const ChannelChain& chain_;
  Program result_;
};

/// Bytes alive at each step, layer by layer, every buffer in memory of its own.
std::vector<std::size_t> live_bytes(const Program& program) {
  std::vector<std::size_t> bytes(std::max<std::size_t>(program.calls.size(), 1), 0);
  const auto lifetimes = program::lifetimes(program);
  for (const Buffer& buffer : program.buffers) {
    const auto& lifetime = lifetimes[program::index_of(buffer.id)];
    if (!lifetime) continue;
    for (int step = lifetime->begin_step; step < lifetime->end_step; ++step) {
      bytes[static_cast<std::size_t>(step)] += buffer.bytes();
    }
  }
  return bytes;
}

/// Bytes alive while the chain runs: from its first call to behind its last.
std::size_t peak_of_chain(const Program& program, const ChannelChain& chain) {
  const std::vector<std::size_t> bytes = live_bytes(program);
  std::size_t most = 0;
  for (const std::size_t call : chain.calls) most = std::max(most, bytes[call]);
  return most;
}

/// Bytes alive while other calls run.
std::size_t peak_of_others(const Program& program, const ChannelChain& chain) {
  const std::vector<std::size_t> bytes = live_bytes(program);
  std::size_t most = 0;
  for (std::size_t i = 0; i < program.calls.size(); ++i) {
    if (std::find(chain.calls.begin(), chain.calls.end(), i) == chain.calls.end()) most = std::max(most, bytes[i]);
  }
  return most;
}

/// The same of the calls that have taken its place, which bear names of its calls.
std::size_t peak_of_parts(const Program& program, const Program& source, const ChannelChain& chain) {
  const std::vector<std::size_t> bytes = live_bytes(program);
  std::size_t most = 0;
  for (std::size_t i = 0; i < program.calls.size(); ++i) {
    for (const std::size_t call : chain.calls) {
      const std::string& name = source.calls[call].name;
      const bool is_part =
          program.calls[i].name.starts_with(name + ".channels") || program.calls[i].name.starts_with(name + ".concat");
      if (is_part) most = std::max(most, bytes[i]);
    }
  }
  return most;
}

struct Candidate {
  Program program;
  std::int32_t parts = 0;  ///< that were made
};

/// The fewest parts with which the chain needs the least bytes, or no more than is enough.
std::optional<Candidate> best_split(const Program& program, const ChannelChain& chain, std::size_t enough_bytes) {
  std::optional<Candidate> best;
  std::size_t least = peak_of_chain(program, chain);
  const std::int32_t most = std::min(most_parts, (chain.channels + channel_step - 1) / channel_step);
  for (std::int32_t parts = 2; parts <= most && least > enough_bytes; parts *= 2) {
    Program split = split_channels(program, chain, parts);
    const std::size_t bytes = peak_of_parts(split, program, chain);
    if (bytes >= least) break;
    least = bytes;
    const std::int32_t size = part_channels(chain.channels, parts);
    best = Candidate{std::move(split), (chain.channels + size - 1) / size};
  }
  return best;
}

}  // namespace

std::vector<ChannelChain> channel_chains(const Program& program) {
  const std::vector<Use> uses = uses_of(program);
  std::vector<ChannelChain> chains;
  std::set<std::size_t> taken;
  for (std::size_t i = 0; i < program.calls.size(); ++i) {
    if (!ends_chain(program, program.calls[i])) continue;
    std::optional<ChannelChain> chain = chain_that_ends_at(program, uses, i);
    if (!chain) continue;
    const bool is_free =
        std::none_of(chain->calls.begin(), chain->calls.end(), [&](std::size_t call) { return taken.contains(call); });
    if (!is_free) continue;
    taken.insert(chain->calls.begin(), chain->calls.end());
    chains.push_back(std::move(*chain));
  }
  return chains;
}

static_assert(most_parts <= kernels::ConcatS8::max_inputs, "one call puts the parts together");

Program split_channels(const Program& program, const ChannelChain& chain, std::int32_t parts) {
  return Splitter(program, chain).run(parts);
}

PartialProgram split_wide_layers(const Program& program, std::optional<std::size_t> enough_bytes) {
  PartialProgram result{program, {}};
  std::set<std::string> seen;
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (const ChannelChain& chain : channel_chains(result.program)) {
      const std::string first = result.program.calls[chain.calls.front()].name;
      const std::string last = result.program.calls[chain.calls.back()].name;
      if (first.find(".channels") != std::string::npos || !seen.insert(last).second) continue;
      const std::size_t enough = enough_bytes.value_or(peak_of_others(result.program, chain));
      std::optional<Candidate> split = best_split(result.program, chain, enough);
      if (!split) continue;
      result.splits.push_back({first, last, chain.channels, split->parts});
      result.program = std::move(split->program);
      has_changed = true;
      break;
    }
  }
  return result;
}

}  // namespace pudu::partial

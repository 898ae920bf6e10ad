// What the makers of kernel calls for emulated cores share: packing of a call, random shapes and parameters.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <type_traits>
#include <vector>

#include "kernels/avg_pool2d/overlap.hpp"
#include "kernels/avg_pool2d_s16/overlap.hpp"
#include "kernels/conv2d/overlap.hpp"
#include "kernels/conv2d_dsp/overlap.hpp"
#include "kernels/conv2d_lanes/overlap.hpp"
#include "kernels/conv2d_mve/overlap.hpp"
#include "kernels/conv2d_winograd_dsp/overlap.hpp"
#include "kernels/conv2d_winograd_rows_dsp/overlap.hpp"
#include "kernels/depthwise_conv2d/overlap.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/overlap.hpp"
#include "kernels/depthwise_conv2d_dsp/overlap.hpp"
#include "kernels/depthwise_conv2d_lanes/overlap.hpp"
#include "kernels/depthwise_conv2d_mve/overlap.hpp"
#include "kernels/max_pool2d/overlap.hpp"
#include "kernels/max_pool2d_s16/overlap.hpp"
#include "kernels/quantize_ties_away/overlap.hpp"
#include "kernels/requantize_s16_s8/overlap.hpp"
#include "kernels/requantize_s8_s16/overlap.hpp"
#include "kernels/testing/reference.hpp"
#include "kernels/wide_overlap.hpp"
#include "qemu/kernel_calls.hpp"
#include "qemu/kernel_runner/model.hpp"

namespace pudu::testing {

using namespace kernels;
using namespace kernels::testing;
using kernel_runner::CallHeader;
using kernel_runner::KernelId;

inline std::size_t elements(std::initializer_list<std::int32_t> extents) {
  std::size_t product = 1;
  for (const std::int32_t extent : extents) product *= static_cast<std::size_t>(extent);
  return product;
}

/// Holds the operands of a call, runs it on the host and packs both for the device.
class CallBuilder {
 public:
  explicit CallBuilder(Random& random) : random_(random) {}

  const std::int8_t* codes(std::size_t count) { return hold(random_.codes(count)); }
  const std::int8_t* codes(std::vector<std::int8_t> values) { return hold(std::move(values)); }
  const std::int32_t* numbers(const std::vector<std::int32_t>& values) { return hold(values); }
  const std::int16_t* wide_codes(std::size_t count) { return hold(random_.wide_codes(count)); }
  /// An operand that prepared kernels want on a word's border.
  template <class T>
  const T* aligned(std::vector<T> values) {
    const T* held = hold(std::move(values));
    alignment_[held] = 4;
    return held;
  }
  /// Structures of words as words.
  template <class T>
  const std::int32_t* words(const std::vector<T>& values) {
    std::vector<std::int32_t> words(values.size() * sizeof(T) / sizeof(std::int32_t));
    std::memcpy(words.data(), values.data(), words.size() * sizeof(std::int32_t));
    return hold(std::move(words));
  }
  /// Random codes of either width.
  template <class Code>
  const Code* codes_of(std::size_t count) {
    if constexpr (sizeof(Code) == 2) {
      return wide_codes(count);
    } else {
      return codes(count);
    }
  }
  template <class Code>
  Code* output_of() {
    if constexpr (sizeof(Code) == 2) {
      return wide_output();
    } else {
      return output();
    }
  }
  std::int8_t* output() { return reinterpret_cast<std::int8_t*>(expected_.data()) + output_offset_; }
  std::int16_t* wide_output() {
    output_offset_ &= ~1U;
    return reinterpret_cast<std::int16_t*>(expected_.data() + output_offset_);
  }
  /// An output of words; what it holds before is the same on host and device.
  std::int32_t* words_output() {
    output_offset_ = 0;
    return reinterpret_cast<std::int32_t*>(expected_.data());
  }
  void* scratch() { return scratch_.data(); }

  /// `output_bytes` must be those that the kernel writes.
  template <class Kernel>
  MaybeCall finish(KernelId id, const typename Kernel::Params& params, const typename Kernel::Operands& operands,
                   std::size_t output_bytes, std::size_t work) {
    if (output_bytes + 16 > kernel_runner::output_bytes) return std::nullopt;
    CallHeader header{};
    header.kernel = id;
    header.params_bytes = sizeof params;
    if (overlap_request != nullptr && !share_bytes<Kernel>(params, operands, output_bytes, header)) return std::nullopt;
    request_.resize(sizeof header + sizeof params);
    std::size_t index = 0;
    Kernel::Operands::visit(operands, [&](std::string_view name, const auto& pointer) {
      header.operand_offsets[index++] = name == "output" ? output_offset_ : place(pointer);
    });
    if (request_.size() > kernel_runner::input_bytes) return std::nullopt;
    std::memcpy(request_.data(), &header, sizeof header);
    std::memcpy(request_.data() + sizeof header, &params, sizeof params);
    request_.resize(kernel_runner::input_bytes);
    typename Kernel::Operands bound = operands;
    bind_output(bound.output, expected_);
    Kernel::run(params, bound);
    DeviceCall call{describe(params), static_cast<std::int64_t>(work), std::move(request_), std::move(expected_)};
    if (overlap_request != nullptr) call.on_host = run_overlapping<Kernel>(params, operands, header);
    return call;
  }

 private:
  template <class T>
  void bind_output(T*& output, emulator::SampleBytes& memory) {
    output = reinterpret_cast<T*>(memory.data() + output_offset_);
  }

  std::size_t bytes_of(const void* pointer) const {
    for (const auto& bytes : held_) {
      if (bytes.data() == pointer) return bytes.size();
    }
    return 0;
  }

  /// Places input and output over each other. False where they cannot, or would lie apart.
  template <class Kernel>
  bool share_bytes(const typename Kernel::Params& params, const typename Kernel::Operands& operands,
                   std::size_t output_bytes, CallHeader& header) {
    if constexpr (requires { overlap_of(params, Isa::Scalar); }) {
      const Overlap overlap = overlap_of(params, overlap_request->isa);
      const auto input_bytes = static_cast<std::int64_t>(bytes_of(operands.input));
      if (!overlap.is_safe || (overlap.least_lead == any_lead && overlap_request->is_too_far)) return false;
      std::int64_t steps = -random_.between(0, static_cast<std::int32_t>(input_bytes / overlap.grid));
      if (overlap.least_lead != any_lead) {
        // Divided, rounded up.
        steps = overlap.least_lead / overlap.grid + (overlap.least_lead % overlap.grid > 0 ? 1 : 0);
      }
      const std::int64_t lead = (steps - (overlap_request->is_too_far ? 1 : 0)) * overlap.grid;
      if (lead >= static_cast<std::int64_t>(output_bytes) || lead <= -input_bytes) return false;
      const std::int64_t alignment = std::max<std::int64_t>(4, static_cast<std::int64_t>(alignment_[operands.input]));
      std::int64_t input = (16 + std::max<std::int64_t>(lead, 0) + alignment - 1) / alignment * alignment;
      // Outputs of 16 bits lie at even addresses.
      const auto code_bytes = static_cast<std::int32_t>(sizeof *operands.output);
      if (alignment_[operands.input] == 1) input += random_.between(0, 3) / code_bytes * code_bytes;
      const std::int64_t output = input - lead;
      const std::int64_t end = std::max(input + input_bytes, output + static_cast<std::int64_t>(output_bytes));
      if (end + 16 > static_cast<std::int64_t>(kernel_runner::output_bytes)) return false;
      header.moved_input = static_cast<std::uint32_t>(input);
      header.input_size = static_cast<std::uint32_t>(input_bytes);
      header.output_size = static_cast<std::uint32_t>(output_bytes);
      output_offset_ = static_cast<std::uint32_t>(output);
      return true;
    } else {
      return false;
    }
  }

  /// The same call in one memory.
  template <class Kernel>
  emulator::SampleBytes run_overlapping(const typename Kernel::Params& params,
                                        const typename Kernel::Operands& operands, const CallHeader& header) {
    emulator::SampleBytes memory(kernel_runner::output_bytes, kernel_runner::guard);
    if constexpr (requires { overlap_of(params, Isa::Scalar); }) {
      const auto* original = reinterpret_cast<const std::uint8_t*>(operands.input);
      std::copy(original, original + header.input_size, memory.begin() + header.moved_input);
      typename Kernel::Operands bound = operands;
      bound.input = reinterpret_cast<decltype(bound.input)>(memory.data() + header.moved_input);
      bind_output(bound.output, memory);
      Kernel::run(params, bound);
      if (!clear_input(header, output_offset_, original, memory.data())) memory.back() = kernel_runner::input_overrun;
    }
    return memory;
  }

  template <class T>
  const T* hold(std::vector<T> values) {
    std::vector<std::uint8_t> bytes(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    held_.push_back(std::move(bytes));
    alignment_[held_.back().data()] = sizeof(T);
    return reinterpret_cast<const T*>(held_.back().data());
  }

  /// int8 operands may lie anywhere, int16 ones at even addresses.
  std::uint32_t place(const void* pointer) {
    const auto alignment = alignment_.find(pointer);
    if (pointer == nullptr || alignment == alignment_.end()) return kernel_runner::no_operand;
    request_.resize((request_.size() + 3) / 4 * 4);
    if (alignment->second == 1) request_.resize(request_.size() + static_cast<std::size_t>(random_.between(0, 3)));
    if (alignment->second == 2) request_.resize(request_.size() + 2 * static_cast<std::size_t>(random_.between(0, 1)));
    const auto offset = static_cast<std::uint32_t>(request_.size());
    for (const auto& bytes : held_) {
      if (bytes.data() == pointer) request_.insert(request_.end(), bytes.begin(), bytes.end());
    }
    return offset;
  }

  Random& random_;
  std::uint32_t output_offset_ = static_cast<std::uint32_t>(random_.between(0, 3));
  std::vector<std::vector<std::uint8_t>> held_;
  std::map<const void*, std::size_t> alignment_;
  emulator::SampleBytes request_;
  emulator::SampleBytes expected_ = emulator::SampleBytes(kernel_runner::output_bytes, kernel_runner::guard);
  std::vector<std::int32_t> scratch_ = std::vector<std::int32_t>(64 * 1024);
};

/// Spatial shape of a window operator; `right` and `bottom` are implied by the output size.
struct WindowShape {
  std::int32_t batches = 1, h = 8, w = 8, in = 16, out = 16, kh = 1, kw = 1, sh = 1, sw = 1;
  std::int32_t top = 0, left = 0, bottom = 0, right = 0, dh = 1, dw = 1, groups = 1;
};

/// Kernel, stride and padding of the windows that are made while this is set; else they are random.
struct GridPoint {
  std::int32_t kernel, stride, padding;
};
inline const GridPoint* grid_point = nullptr;

inline WindowShape random_window(Random& random) {
  WindowShape s;
  s.batches = random.one_in(4) ? 2 : 1;
  s.h = random.between(1, 17), s.w = random.between(1, 17);
  s.kh = random.between(1, 5), s.kw = random.between(1, 5);
  s.sh = random.between(1, 3), s.sw = random.between(1, 3);
  s.top = random.between(0, 3), s.left = random.between(0, 3);
  s.bottom = random.between(0, 3), s.right = random.between(0, 3);
  if (random.one_in(2)) s.top = s.left = s.bottom = s.right = 0;
  if (random.one_in(4)) s.dh = random.between(1, 3), s.dw = random.between(1, 3);
  if (grid_point != nullptr) {
    s.kh = s.kw = grid_point->kernel, s.sh = s.sw = grid_point->stride;
    s.top = s.left = s.bottom = s.right = grid_point->padding;
  }
  return s;
}

template <class Params>
void set_window(Params& p, const WindowShape& s) {
  p.batches = s.batches;
  p.input_h = s.h, p.input_w = s.w;
  p.output_h = output_extent(s.h, s.top + s.bottom, s.kh, s.dh, s.sh);
  p.output_w = output_extent(s.w, s.left + s.right, s.kw, s.dw, s.sw);
  p.kernel_h = s.kh, p.kernel_w = s.kw, p.stride_h = s.sh, p.stride_w = s.sw;
  p.pad_top = s.top, p.pad_left = s.left;
}

template <class Params>
void set_range(Params& p, Random& random) {
  const Clamp clamp = random_clamp(random);
  p.activation_min = clamp.low, p.activation_max = clamp.high;
}

template <class Params>
void set_offsets(Params& p, Random& random) {
  p.input_offset = -random.zero_point();
  p.output_offset = random.zero_point();
  set_range(p, random);
}

/// Every other layer has right shifts alone, as nearly all real ones, and all those that are measured.
inline bool measures = false;
inline ChannelParameters channels_of(Random& random, std::int32_t channels, std::int32_t taps) {
  ChannelParameters result = random_channels(random, channels, taps);
  if (measures || random.one_in(2)) {
    for (std::int32_t& shift : result.shifts) shift = std::min(shift, -1);
  }
  return result;
}

}  // namespace pudu::testing

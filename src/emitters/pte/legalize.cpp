#include "emitters/pte/legalize.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "emitters/pte/broadcast.hpp"
#include "emitters/pte/legal_calls.hpp"
#include "emitters/pte/own_operators.hpp"
#include "emitters/pte/windows.hpp"
#include "kernels/add/add_s8.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/batch_matmul/batch_matmul_s8.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/concat_f32/concat_f32.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/div/div_s8.hpp"
#include "kernels/index_select/index_select_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/maximum/maximum_s8.hpp"
#include "kernels/minimum/minimum_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "kernels/pad/pad_s8.hpp"
#include "kernels/strided_slice/strided_slice_s8.hpp"
#include "kernels/sum/sum_s8.hpp"
#include "kernels/transpose_conv2d/transpose_conv2d_s8.hpp"
#include "ops/kernel_binding.hpp"

namespace pudu::emitters {
namespace {

using program::BufferId;
using program::KernelCall;

constexpr std::int32_t code_min = -128, code_max = 127;

class Legalizer : private LegalCalls {
 public:
  Legalizer(const program::Program& source, targets::KernelLibrary library, RowPadding row_padding)
      : LegalCalls(source, library), source_(source), row_padding_(row_padding) {}

  Result<program::Program> run() {
    for (std::size_t i = 0; i < source_.calls.size(); ++i) legalize(i);
    return std::move(*this).take();
  }

 private:
  void legalize(std::size_t index) {
    const KernelCall& call = source_.calls[index];
    const std::string_view kernel = call.kernel;
    if (const std::string why = why_not_stock(call); !why.empty()) return own_operator(call, why);
    if (kernel == kernels::Conv2dS8::name) return convolution<kernels::Conv2dS8>(call);
    if (kernel == kernels::DepthwiseConv2dS8::name) return convolution<kernels::DepthwiseConv2dS8>(call);
    if (kernel == kernels::AvgPool2dS8::name) return average_pool(call);
    if (kernel == kernels::MaxPool2dS8::name) return max_pool(call);
    if (kernel == kernels::SumS8::name) return sum(call);
    if (kernel == kernels::AddS8::name) return append(with_plain_broadcast<kernels::AddS8>(call));
    if (kernel == kernels::MinimumS8::name) return append(with_plain_broadcast<kernels::MinimumS8>(call));
    if (kernel == kernels::MaximumS8::name) return append(with_plain_broadcast<kernels::MaximumS8>(call));
    if (kernel == kernels::MulS8::name) return unbounded<kernels::MulS8>(with_plain_broadcast<kernels::MulS8>(call));
    if (kernel == kernels::DivS8::name) return unbounded<kernels::DivS8>(call);
    if (kernel == kernels::BatchMatmulS8::name) return unbounded<kernels::BatchMatmulS8>(call);
    if (kernel == kernels::TransposeConv2dS8::name) return transposed_convolution(call);
    if (kernel == kernels::ConcatS8::name || kernel == kernels::ConcatF32::name) return concatenation(index);
    if (kernel == kernels::IndexSelectS8::name) return selection(call);
    static const std::set<std::string_view> direct = {
        "linear_s8", "lut_s8",           "softmax_s8",   "copy_s8",          "quantize_f32_s8",   "dequantize_s8_f32",
        "pad_s8",    "strided_slice_s8", "transpose_s8", "quantize_f32_s16", "dequantize_s16_f32"};
    if (direct.contains(kernel)) return append(call);
    refuse(call, fmt::format("no operator of ExecuTorch's computes what the kernel {} does", kernel), "");
  }

  /// A call as it is, of an operator that only Pudu's library has.
  void own_operator(const KernelCall& call, const std::string& why) {
    if (result().target.kernels == targets::KernelLibrary::CmsisNn) {
      return refuse(call, why + ", which no operator of ExecuTorch's computes",
                    "Pudu's operator library, which has one: without --kernels cmsis-nn");
    }
    append(call);
  }

  template <class Kernel>
  void convolution(const KernelCall& source) {
    KernelCall call = source;
    auto params = params_of<Kernel>(call);
    const std::vector<targets::Isa> isas = result().target.isas();
    const bool runs_on_mve = std::find(isas.begin(), isas.end(), targets::Isa::Mve) != isas.end();
    if constexpr (std::is_same_v<Kernel, kernels::Conv2dS8>) {
      if (runs_on_mve && fails_as_row(params)) turn_row_into_column(params);
    }
    const Windows windows = windows_of(params, params.dilation_h, params.dilation_w);
    const bool pads_one_row = runs_on_mve && params.input_h == 1 && params.pad_top > 0 && params.kernel_h == 1;
    const bool takes_any_rows = row_padding_ == RowPadding::ByImageSize && windows.begin_inside() && !pads_one_row;
    const auto is_stated = [&](const Windows& each) {
      return each.w.is_symmetric() && (takes_any_rows || each.h.is_symmetric());
    };
    if (!is_stated(windows) || pads_one_row) {
      Pads pads = windows.needed();
      if (takes_any_rows) pads.top = pads.bottom = 0;
      // The zero point counts as nothing.
      pad_input(call, params, params.input_channels, pads, -params.input_offset);
      if (!is_stated(windows_of(params, params.dilation_h, params.dilation_w))) {
        return refuse(source, "windows that leave rows or columns of the input out",
                      "the output size that PyTorch's rule gives");
      }
    }
    call.parameters = ops::to_parameters(params);
    append(std::move(call));
  }

  /// The call, with its result clamped by a table behind it when the operator has no bounds of its own.
  void append_clamped(KernelCall call, std::int32_t low, std::int32_t high) {
    if (low <= code_min && high >= code_max) return append(std::move(call));
    const BufferId output = operand(call, "output").buffer;
    const BufferId unclamped = add_int8(call.name + ".unclamped", result().buffer(output).shape, output);
    operand(call, "output").buffer = unclamped;
    const KernelCall origin = call;
    append(std::move(call));
    const kernels::LutS8Params params{static_cast<std::int32_t>(result().buffer(output).bytes())};
    append_part<kernels::LutS8>(origin, "clamp", params,
                                {{"input", unclamped}, {"table", clamp_table(low, high)}, {"output", output}});
  }

  BufferId clamp_table(std::int32_t low, std::int32_t high) {
    const auto [entry, is_new] = clamp_tables_.try_emplace({low, high});
    if (!is_new) return entry->second;
    std::vector<std::byte> table;
    for (std::int32_t code = code_min; code <= code_max; ++code) {
      table.push_back(static_cast<std::byte>(std::clamp(code, low, high)));
    }
    entry->second = add_constant(fmt::format("clamp_{}_{}", low, high), {256}, std::move(table));
    return entry->second;
  }

  static std::vector<std::byte> bytes_of(std::int32_t number, std::size_t count) {
    std::vector<std::byte> bytes(count * sizeof(number));
    for (std::size_t i = 0; i < count; ++i) std::memcpy(bytes.data() + i * sizeof(number), &number, sizeof(number));
    return bytes;
  }

  /// The same formula with weights of 1: a linear layer where a sum's elements are neighbours, else a depthwise
  /// convolution over a column of the image [count, 1].
  void sum(const KernelCall& source) {
    const auto p = params_of<kernels::SumS8>(source);
    const auto inner = static_cast<std::size_t>(p.inner_count);
    const std::size_t weights = inner * static_cast<std::size_t>(p.sum_count);
    const bool is_linear = p.inner_count == 1;
    using Sizes = std::vector<std::int64_t>;
    const Sizes shape = is_linear ? Sizes{1, p.sum_count} : Sizes{1, p.sum_count, 1, p.inner_count};
    const auto int32_constant = [&](const char* name, std::int32_t number) {
      return add_constant(source.name + name, {p.inner_count}, bytes_of(number, inner), program::ElementType::Int32);
    };
    KernelCall call = source;
    call.operands = {{"input", operand(call, "input").buffer},
                     {"weights", add_constant(source.name + ".ones", shape, {weights, std::byte{1}})},
                     {"multipliers", int32_constant(".multipliers", p.output_multiplier)},
                     {"shifts", int32_constant(".shifts", p.output_shift)},
                     {"output", operand(call, "output").buffer}};
    call.op = is_linear ? "linear" : "conv2d";
    call.kernel = is_linear ? kernels::LinearS8::name : kernels::DepthwiseConv2dS8::name;
    call.parameters = is_linear ? ops::to_parameters(as_linear(p)) : ops::to_parameters(as_depthwise(p));
    append(std::move(call));
  }

  static kernels::LinearS8Params as_linear(const kernels::SumS8Params& p) {
    return {.batches = p.outer_count,
            .input_features = p.sum_count,
            .output_features = 1,
            .input_offset = p.input_offset,
            .output_offset = p.output_offset,
            .activation_min = code_min,
            .activation_max = code_max};
  }

  static kernels::DepthwiseConv2dS8Params as_depthwise(const kernels::SumS8Params& p) {
    return {.batches = p.outer_count,
            .input_h = p.sum_count,
            .input_w = 1,
            .input_channels = p.inner_count,
            .output_h = 1,
            .output_w = 1,
            .output_channels = p.inner_count,
            .kernel_h = p.sum_count,
            .kernel_w = 1,
            .depth_multiplier = 1,
            .stride_h = 1,
            .stride_w = 1,
            .dilation_h = 1,
            .dilation_w = 1,
            .input_offset = p.input_offset,
            .output_offset = p.output_offset,
            .activation_min = code_min,
            .activation_max = code_max};
  }

  void average_pool(const KernelCall& source) {
    KernelCall call = source;
    auto params = params_of<kernels::AvgPool2dS8>(call);
    const Windows windows = windows_of(params, 1, 1);
    const bool is_inside = windows.needed() == Pads{};
    if (!is_inside && params.divisor_override != 0) {
      pad_input(call, params, params.channels, windows.needed(), params.pad_value);
    } else if (!is_inside && params.count_include_pad != 0) {
      // As ExecuTorch does: what counts is there.
      pad_input(call, params, params.channels, {params.pad_top, params.pad_left, params.pad_bottom, params.pad_right},
                params.pad_value);
    }
    params.divisor_override = 0;
    params.count_include_pad = 0;
    params.pad_bottom = params.pad_top;
    params.pad_right = params.pad_left;
    if (!windows_of(params, 1, 1).ceil_mode()) {
      return refuse(source, "an output size that is not PyTorch's, or is in one direction only with ceil_mode",
                    "sizes of one rounding mode");
    }
    const std::int32_t low = params.activation_min, high = params.activation_max;
    params.activation_min = code_min;
    params.activation_max = code_max;
    call.parameters = ops::to_parameters(params);
    append_clamped(std::move(call), low, high);
  }

  void max_pool(const KernelCall& source) {
    KernelCall call = source;
    auto params = params_of<kernels::MaxPool2dS8>(call);
    if (const Windows windows = windows_of(params, 1, 1); !windows.is_symmetric()) {
      // The stock operator has no ceil_mode. The least code never wins against a valid tap.
      pad_input(call, params, params.channels, windows.needed(), code_min);
      if (!windows_of(params, 1, 1).is_symmetric()) {
        return refuse(source, "windows that leave rows or columns of the input out",
                      "the output size that PyTorch's rule gives");
      }
    }
    call.parameters = ops::to_parameters(params);
    append(std::move(call));
  }

  /// A call of an operator that has no bounds.
  template <class Kernel>
  void unbounded(KernelCall call) {
    auto params = params_of<Kernel>(call);
    const std::int32_t low = params.activation_min, high = params.activation_max;
    params.activation_min = code_min;
    params.activation_max = code_max;
    call.parameters = ops::to_parameters(params);
    append_clamped(std::move(call), low, high);
  }

  void transposed_convolution(const KernelCall& call) {
    if (result().target.kernels == targets::KernelLibrary::CmsisNn) {
      return refuse(call, "a transposed convolution, of which CMSIS-NN's kernel computes only some right",
                    "Pudu's operator library: without --kernels cmsis-nn");
    }
    append(call);
  }

  /// The call with operands that are whole, or broadcast over all but the innermost dimension.
  template <class Kernel>
  KernelCall with_plain_broadcast(KernelCall call) {
    auto params = params_of<Kernel>(call);
    const BroadcastShape shape{params.rank, params.output_shape};
    const BroadcastForm form1 = form_of(shape, params.input1_strides);
    const BroadcastForm form2 = form_of(shape, params.input2_strides);
    const bool one_is_whole = form1 == BroadcastForm::Whole || form2 == BroadcastForm::Whole;
    // One operand at least is as large as the output.
    const bool spreads1 = form1 == BroadcastForm::Other || (form1 != BroadcastForm::Whole && !one_is_whole);
    spread(call, "input1", shape, params.input1_strides, spreads1, form2 == BroadcastForm::Whole);
    const bool spreads2 = form2 == BroadcastForm::Other;
    spread(call, "input2", shape, params.input2_strides, spreads2, true);
    call.parameters = ops::to_parameters(params);
    return call;
  }

  /// Replaces an operand by one with its elements repeated: as the channels when that will do, else as the output.
  void spread(KernelCall& call, std::string_view name, const BroadcastShape& shape, std::int32_t (&strides)[6],
              bool is_needed, bool may_be_channels) {
    if (!is_needed) return;
    const bool to_channels = may_be_channels && is_scalar(shape, strides);
    const kernels::StridedSliceS8Params params =
        to_channels ? spread_over_channels(shape) : spread_over(shape, strides);
    program::Operand& input = operand(call, name);
    const std::vector<std::int64_t> sizes(params.output_shape, params.output_shape + params.rank);
    const program::Buffer& buffer = result().buffer(input.buffer);
    if (buffer.data) {
      input.buffer = add_constant(buffer.name + ".spread", sizes, gather(*buffer.data, params));
    } else {
      const BufferId output = add_int8(call.name + "." + std::string(name) + ".spread", sizes, input.buffer);
      append_part<kernels::StridedSliceS8>(call, "spread", params, {{"input", input.buffer}, {"output", output}});
      input.buffer = output;
    }
    to_channels ? set_channel_strides(shape, strides) : set_whole_strides(shape, strides);
  }

  /// One dimension at a time.
  void selection(const KernelCall& source) {
    const auto p = params_of<kernels::IndexSelectS8>(source);
    const BufferId input = source.find_operand("input")->buffer;
    const BufferId output = source.find_operand("output")->buffer;
    const BufferId indices1 = source.find_operand("indices1")->buffer;
    const BufferId indices2 = source.find_operand("indices2")->buffer;
    const bool cuts1 = !is_identity(indices1, p.size1);
    const bool cuts2 = !is_identity(indices2, p.size2);
    const std::int32_t inner = p.middle_count * p.size2 * p.inner_count;
    const std::int32_t outer = p.outer_count * p.count1 * p.middle_count;
    BufferId middle = input;
    if (cuts1 && cuts2) {
      middle = add_int8(source.name + ".selected", {p.outer_count, p.count1, inner}, output);
      append_selection(source, {p.outer_count, p.size1, p.count1, 1, 1, 1, inner}, input, indices1, middle);
    }
    if (cuts2)
      return append_selection(source, {outer, p.size2, p.count2, 1, 1, 1, p.inner_count}, middle, indices2, output);
    append_selection(source, {p.outer_count, p.size1, p.count1, 1, 1, 1, inner}, input, indices1, output);
  }

  void append_selection(const KernelCall& of, const kernels::IndexSelectS8Params& params, BufferId input,
                        BufferId indices, BufferId output) {
    if (!no_indices_) {
      no_indices_ =
          add_constant("index_0", {1}, std::vector<std::byte>(sizeof(std::int32_t)), program::ElementType::Int32);
    }
    append_part<kernels::IndexSelectS8>(
        of, "select", params,
        {{"input", input}, {"indices1", indices}, {"indices2", *no_indices_}, {"output", output}});
  }

  bool is_identity(BufferId indices, std::int32_t size) const {
    const std::vector<std::byte>& data = *source_.buffer(indices).data;
    if (data.size() != static_cast<std::size_t>(size) * sizeof(std::int32_t)) return false;
    for (std::int32_t i = 0; i < size; ++i) {
      std::int32_t index = 0;
      std::memcpy(&index, data.data() + static_cast<std::size_t>(i) * sizeof index, sizeof index);
      if (index != i) return false;
    }
    return true;
  }

  /// Calls that fill one output are emitted as one operator, so nothing may come between them.
  void concatenation(std::size_t index) {
    const KernelCall& call = source_.calls[index];
    const BufferId output = call.find_operand("output")->buffer;
    const auto& offset = std::get<std::vector<std::int64_t>>(call.find_parameter("output_offset")->values);
    const bool continues = offset.front() != 0;
    const bool follows = index > 0 && source_.calls[index - 1].kernel == call.kernel &&
                         source_.calls[index - 1].find_operand("output")->buffer == output;
    if (continues && !follows) {
      return refuse(call, "parts of one concatenation with another call between them", "parts that follow each other");
    }
    append(call);
  }

  const program::Program& source_;
  RowPadding row_padding_;
  std::map<std::pair<std::int32_t, std::int32_t>, BufferId> clamp_tables_;
  std::optional<BufferId> no_indices_;  ///< of the second dimension, where only one is cut
};

/// ExecuTorch keeps a changed buffer only where its own ahead-of-time flow has planned it, and no operator of the
/// dialect writes one.
Status check_no_states(const program::Program& source) {
  Error error{ErrorKind::Unsupported, {}};
  for (const program::Buffer& buffer : source.buffers) {
    if (buffer.kind != program::BufferKind::State) continue;
    error.diagnostics.push_back(
        {.where = buffer.name,
         .found = "a state of " + std::to_string(buffer.bytes()) + " bytes that the model keeps from run to run",
         .allowed = "models without state in a .pte",
         .hint = "write C++: an output that is a folder (docs/state.md)"});
  }
  if (error.diagnostics.empty()) return {};
  return error;
}

}  // namespace

Result<program::Program> legalize_for_executorch(const program::Program& source, targets::KernelLibrary library,
                                                 RowPadding row_padding) {
  PUDU_TRY(check_no_states(source));
  return Legalizer(source, library, row_padding).run();
}

}  // namespace pudu::emitters

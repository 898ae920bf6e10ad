#include "emitters/pte/call_writer.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "emitters/pte/forms.hpp"
#include "emitters/pte/own_operators.hpp"
#include "emitters/pte/rows.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/concat_f32/concat_f32.hpp"
#include "kernels/copy/copy_s8.hpp"
#include "kernels/dequantize/dequantize_s8_f32.hpp"
#include "kernels/index_select/index_select_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"
#include "kernels/softmax/softmax_s8.hpp"
#include "ops/kernel_binding.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "ops/row_calls.hpp"
#include "pte/kernel_operators.hpp"

namespace pudu::emitters {
namespace {

using program::BufferId;
using program::KernelCall;

pte::ScalarType scalar_type(program::ElementType type) {
  switch (type) {
    case program::ElementType::Int8:
      return pte::ScalarType::Int8;
    case program::ElementType::UInt8:
      return pte::ScalarType::UInt8;
    case program::ElementType::Int16:
      return pte::ScalarType::Int16;
    case program::ElementType::Int32:
      return pte::ScalarType::Int32;
    case program::ElementType::Float32:
      break;
  }
  return pte::ScalarType::Float32;
}

/// The codes of quantize and dequantize: their dtype argument and range.
struct CodeType {
  std::int64_t dtype, min, max;
};
CodeType code_type(program::ElementType type) {
  if (type == program::ElementType::Int16)
    return {static_cast<std::int64_t>(pte::ScalarType::Int16), INT16_MIN, INT16_MAX};
  return {static_cast<std::int64_t>(pte::ScalarType::Int8), INT8_MIN, INT8_MAX};
}

template <class Kernel>
typename Kernel::Params params_of(const KernelCall& call) {
  return ops::detail::to_params<typename Kernel::Params>(call.parameters);
}

}  // namespace

CallWriter::CallWriter(const program::Program& program, const program::MemoryMap& memory, const PteOptions& options,
                       PlanBuilder& builder)
    : program_(program), memory_(memory), options_(options), builder_(builder) {
  for (const program::Port& port : program.inputs) {
    const std::vector<std::int64_t>& sizes = port.shape;
    const bool is_image = sizes.size() == 4 && options.channels_last_inputs.contains(port.buffer);
    port_views_.emplace(port.buffer,
                        is_image ? channels_last_view(sizes[0], sizes[1], sizes[2], sizes[3]) : contiguous_view(sizes));
  }
  for (const program::Port& port : program.outputs) port_views_.emplace(port.buffer, contiguous_view(port.shape));
}

ValueId CallWriter::input_port(const program::Port& port) {
  return tensor(port.buffer, port_views_.at(port.buffer));
}

ValueId CallWriter::output_port(const program::Port& port) {
  return tensor(port.buffer, contiguous_view(port.shape));
}

const std::map<std::string_view, CallWriter::Writer>& CallWriter::writers() {
  static const std::map<std::string_view, Writer> table = {
      {"quantize_f32_s8", &CallWriter::quantize},
      {"dequantize_s8_f32", &CallWriter::dequantize},
      {"quantize_f32_s16", &CallWriter::quantize},
      {"dequantize_s16_f32", &CallWriter::dequantize},
      {"conv2d_s8", &CallWriter::conv2d},
      {"depthwise_conv2d_s8", &CallWriter::depthwise_conv2d},
      {"transpose_conv2d_s8", &CallWriter::transpose_conv2d},
      {"linear_s8", &CallWriter::linear},
      {"batch_matmul_s8", &CallWriter::batch_matmul},
      {"minimum_s8", &CallWriter::minimum},
      {"maximum_s8", &CallWriter::maximum},
      {"div_s8", &CallWriter::div},
      {"add_s8", &CallWriter::add},
      {"mul_s8", &CallWriter::mul},
      {"lut_s8", &CallWriter::lut},
      {"avg_pool2d_s8", &CallWriter::avg_pool2d},
      {"max_pool2d_s8", &CallWriter::max_pool2d},
      {"softmax_s8", &CallWriter::softmax},
      {"pad_s8", &CallWriter::pad},
      {"transpose_s8", &CallWriter::transpose},
      {"strided_slice_s8", &CallWriter::strided_slice},
      {"index_select_s8", &CallWriter::index_select},
      {"copy_s8", &CallWriter::copy},
  };
  return table;
}

Status CallWriter::write(std::size_t index) {
  const KernelCall& call = program_.calls[index];
  if (call.kernel == kernels::ConcatS8::name || call.kernel == kernels::ConcatF32::name) {
    concat(index);
    return {};
  }
  if (!why_not_stock(call).empty()) {
    own_operator(call);
    return {};
  }
  return write_call(call);
}

Status CallWriter::write_call(const KernelCall& call) {
  const auto writer = writers().find(call.kernel);
  if (writer == writers().end()) {
    return internal_error({.where = call.name, .found = "kernel '" + call.kernel + "' was not legalized"});
  }
  (this->*writer->second)(call);
  return {};
}

Status CallWriter::write_rows(std::size_t index, program::RowRange rows, const program::WindowRows& windows) {
  const KernelCall& whole = program_.calls[index];
  const std::optional<ops::RowForm> form = ops::row_form(program_, whole);
  if (!form || !runs_by_rows(program_, whole)) {
    return internal_error({.where = whole.name, .found = "a plan that runs it by rows", .allowed = "whole calls"});
  }
  Part part{.rows = rows.count()};
  const auto begin_at = [&](BufferId id, std::int32_t row) {
    part.offsets[id] = std::ptrdiff_t{row - windows.first_row(id)} * row_bytes(id);
  };
  for (const ops::RowInput& input : form->inputs) {
    begin_at(whole.find_operand(input.operand)->buffer, input.rows_read(rows).begin);
  }
  begin_at(program::output_of(whole), rows.begin);
  part_ = std::move(part);
  Status status = write_call(ops::row_call(program_, whole, rows));
  part_.reset();
  return status;
}

void CallWriter::move_rows(BufferId window, std::int32_t from_slot, std::int32_t to_slot, std::int32_t count) {
  const program::Buffer& buffer = program_.buffer(window);
  const std::int32_t distance = std::abs(from_slot - to_slot);
  const bool goes_down = to_slot < from_slot;
  for (std::int32_t done = 0; done < count && distance > 0;) {
    const std::int32_t rows = std::min(count - done, distance);
    const std::int32_t first = goes_down ? done : count - done - rows;
    const TensorView view = contiguous_view({1, rows, buffer.shape[2], buffer.shape[3]});
    const auto at = [&](std::int32_t slot) {
      return tensor(window, view, static_cast<std::size_t>((slot + first) * row_bytes(window)));
    };
    builder_.call("aten::slice_copy", "Tensor_out",
                  {at(from_slot), builder_.integer(1), builder_.integer(0), builder_.integer(rows), builder_.integer(1),
                   at(to_slot)});
    done += rows;
  }
}

std::ptrdiff_t CallWriter::row_bytes(BufferId id) const {
  const program::Buffer& buffer = program_.buffer(id);
  return static_cast<std::ptrdiff_t>(buffer.bytes()) / buffer.shape[1];
}

void CallWriter::own_operator(const KernelCall& call) {
  const ops::KernelBinding& kernel = *ops::find_kernel(call.kernel);
  std::vector<ValueId> args, written;
  bool has_scratch = false;
  for (const ops::OperandField& field : kernel.operands) {
    const std::string name(field.name);
    if (field.is_scratch) {
      has_scratch = true;
    } else if (!field.is_written) {
      args.push_back(operand(call, name));
    } else if (name != "output") {
      written.push_back(operand(call, name));
    }
  }
  for (const program::Parameter& parameter : call.parameters) {
    if (const auto* reals = std::get_if<std::vector<double>>(&parameter.values)) {
      args.push_back(builder_.real(reals->front()));
      continue;
    }
    const auto& values = std::get<std::vector<std::int64_t>>(parameter.values);
    const bool is_list = std::any_of(kernel.params.begin(), kernel.params.end(), [&](const ops::ParamField& field) {
      return field.name == parameter.name && field.is_array;
    });
    args.push_back(is_list ? builder_.integers(values) : builder_.integer(values.front()));
  }
  if (has_scratch) args.push_back(scratch(call));
  args.insert(args.end(), written.begin(), written.end());
  args.push_back(operand(call, "output"));
  builder_.call(pte::own_operator_name(call.kernel), "out", args);
}

ValueId CallWriter::tensor(BufferId id, const TensorView& view, std::size_t byte_offset) {
  const program::Buffer& buffer = program_.buffer(id);
  if (buffer.kind == program::BufferKind::Constant)
    return builder_.constant(scalar_type(buffer.type), view, buffer.data);
  std::size_t offset = memory_.offset(id) + byte_offset;
  // Offsets of rows may be negative, of a window that lies behind the place of its first row.
  if (part_ && part_->offsets.contains(id)) offset += static_cast<std::size_t>(part_->offsets.at(id));
  return builder_.planned(scalar_type(buffer.type), view, offset);
}

ValueId CallWriter::operand(const KernelCall& call, std::string_view name, const TensorView& view,
                            std::size_t byte_offset) {
  return tensor(call.find_operand(name)->buffer, view, byte_offset);
}

ValueId CallWriter::operand(const KernelCall& call, std::string_view name) {
  const BufferId id = call.find_operand(name)->buffer;
  return tensor(id, contiguous_view(program_.buffer(id).shape));
}

ValueId CallWriter::scratch(const KernelCall& call) {
  const program::Operand* scratch = call.find_operand("scratch");
  if (scratch != nullptr && part_) {
    const std::size_t bytes =
        ops::planned_scratch_bytes(*ops::find_kernel(call.kernel), call.parameters, program_.target);
    if (bytes > 0) return tensor(scratch->buffer, contiguous_view({static_cast<std::int64_t>(bytes)}));
    scratch = nullptr;
  }
  // The operators take an empty tensor where there is none to take.
  if (scratch == nullptr) return builder_.planned(pte::ScalarType::UInt8, contiguous_view({0}), 0);
  return operand(call, "scratch");
}

std::int64_t CallWriter::zero_point_of(const KernelCall& call) const {
  const auto& quantization = program_.buffer(call.find_operand("input")->buffer).quantization;
  return quantization ? quantization->zero_point : 0;
}

TensorView CallWriter::elementwise_view(const KernelCall& call) const {
  const BufferId output = call.find_operand("output")->buffer;
  const program::Operand* input = call.find_operand("input");
  if (part_) {
    const std::vector<std::int64_t>& shape = program_.buffer(output).shape;
    return contiguous_view({1, part_->rows, shape[2], shape[3]});
  }
  if (const auto view = port_views_.find(output); view != port_views_.end()) return view->second;
  if (input != nullptr) {
    if (const auto view = port_views_.find(input->buffer); view != port_views_.end()) return view->second;
  }
  return contiguous_view(program_.buffer(output).shape);
}

program::ElementType CallWriter::type_of(const KernelCall& call, std::string_view operand) const {
  return program_.buffer(call.find_operand(operand)->buffer).type;
}

void CallWriter::quantize(const KernelCall& call) {
  const auto p = params_of<kernels::QuantizeF32S8>(call);
  const TensorView view = elementwise_view(call);
  builder_.call("cortex_m::quantize_per_tensor", "out",
                {operand(call, "input", view), builder_.real(p.scale), builder_.integer(p.zero_point),
                 builder_.integer(p.quant_min), builder_.integer(p.quant_max),
                 builder_.integer(code_type(type_of(call, "output")).dtype), operand(call, "output", view)});
}

void CallWriter::dequantize(const KernelCall& call) {
  const auto p = params_of<kernels::DequantizeS8F32>(call);
  const CodeType codes = code_type(type_of(call, "input"));
  const TensorView view = elementwise_view(call);
  builder_.call("cortex_m::dequantize_per_tensor", "out",
                {operand(call, "input", view), builder_.real(p.scale), builder_.integer(p.zero_point),
                 builder_.integer(codes.min), builder_.integer(codes.max), builder_.integer(codes.dtype),
                 operand(call, "output", view)});
}

void CallWriter::lut(const KernelCall& call) {
  const TensorView view = elementwise_view(call);
  builder_.call(
      "cortex_m::quantized_activation", "out",
      {operand(call, "input", view), operand(call, "table", contiguous_view({256})), operand(call, "output", view)});
}

void CallWriter::softmax(const KernelCall& call) {
  const auto p = params_of<kernels::SoftmaxS8>(call);
  const TensorView rows = contiguous_view({p.outer_count, p.depth});
  constexpr std::int64_t output_zero_point = -128;
  builder_.call("cortex_m::softmax", "out",
                {operand(call, "input", rows), builder_.integer(1), builder_.integer(zero_point_of(call)),
                 builder_.integer(output_zero_point), builder_.integer(p.multiplier), builder_.integer(p.shift),
                 builder_.integer(p.diff_min), operand(call, "output", rows)});
}

void CallWriter::pad(const KernelCall& call) {
  const auto p = params_of<kernels::PadS8>(call);
  const Padding padding = as_padding(p).value();
  // Four pads, the last for the innermost dimension.
  std::vector<std::int64_t> before(max_operator_rank - padding.before.size(), 0);
  std::vector<std::int64_t> after = before;
  before.insert(before.end(), padding.before.begin(), padding.before.end());
  after.insert(after.end(), padding.after.begin(), padding.after.end());
  builder_.call("cortex_m::pad", "out",
                {operand(call, "input", contiguous_view(padding.input_sizes)), builder_.integers(before),
                 builder_.integers(after), builder_.integer(p.pad_value),
                 operand(call, "output", contiguous_view(padding.output_sizes()))});
}

void CallWriter::transpose(const KernelCall& call) {
  const Permutation permutation = as_permutation(params_of<kernels::TransposeS8>(call)).value();
  const char* const name = permutation.perm.size() <= max_operator_rank ? "cortex_m::transpose" : "aten::permute_copy";
  builder_.call(name, "out",
                {operand(call, "input", contiguous_view(permutation.input_sizes)), builder_.integers(permutation.perm),
                 operand(call, "output", contiguous_view(permutation.output_sizes()))});
}

void CallWriter::strided_slice(const KernelCall& call) {
  const auto p = params_of<kernels::StridedSliceS8>(call);
  const auto elements = static_cast<std::int64_t>(program_.buffer(call.find_operand("input")->buffer).bytes());
  if (const std::optional<Slice> slice = as_slice(p, elements)) {
    builder_.call("aten::slice_copy", "Tensor_out",
                  {operand(call, "input", contiguous_view(slice->input_sizes)), builder_.integer(slice->dim),
                   builder_.integer(slice->start), builder_.integer(slice->end), builder_.integer(slice->step),
                   operand(call, "output", contiguous_view(slice->output_sizes))});
    return;
  }
  const std::vector<std::int64_t> sizes(p.output_shape, p.output_shape + p.rank);
  const std::vector<std::int64_t> strides(p.input_strides, p.input_strides + p.rank);
  builder_.call(
      "aten::as_strided_copy", "out",
      {operand(call, "input", contiguous_view({elements})), builder_.integers(sizes), builder_.integers(strides),
       builder_.integer(p.input_start_offset), operand(call, "output", contiguous_view(sizes))});
}

void CallWriter::index_select(const KernelCall& call) {
  const auto p = params_of<kernels::IndexSelectS8>(call);
  builder_.call(
      "aten::index_select", "out",
      {operand(call, "input", contiguous_view({p.outer_count, p.size1, p.inner_count})), builder_.integer(1),
       operand(call, "indices1"), operand(call, "output", contiguous_view({p.outer_count, p.count1, p.inner_count}))});
}

void CallWriter::copy(const KernelCall& call) {
  const TensorView view = elementwise_view(call);
  const std::vector<std::int64_t> order(view.dim_order.begin(), view.dim_order.end());
  builder_.call(
      "dim_order_ops::_clone_dim_order", "out",
      {operand(call, "input", view), builder_.boolean(false), builder_.integers(order), operand(call, "output", view)});
}

/// Concatenations of many inputs are several calls that fill one output, one after the other: the last one writes all.
void CallWriter::concat(std::size_t index) {
  const auto output_of = [&](std::size_t i) { return program_.calls[i].find_operand("output")->buffer; };
  const auto is_part = [&](std::size_t i) {
    return i < program_.calls.size() && program_.calls[i].kernel == program_.calls[index].kernel &&
           output_of(i) == output_of(index);
  };
  if (is_part(index + 1)) return;
  std::size_t first = index;
  while (first > 0 && is_part(first - 1)) --first;
  std::vector<ValueId> pieces;
  std::int64_t outer = 1, row = 0;
  for (std::size_t i = first; i <= index; ++i) {
    const KernelCall& call = program_.calls[i];
    const auto values = [&call](std::string_view name) -> const std::vector<std::int64_t>& {
      return std::get<std::vector<std::int64_t>>(call.find_parameter(name)->values);
    };
    const std::vector<std::int64_t>& sizes = values(call.kernel == kernels::ConcatS8::name ? "input_bytes" : "sizes");
    outer = values("outer_count").front();
    row = values("output_stride").front();
    for (std::size_t input = 0; input < static_cast<std::size_t>(values("input_count").front()); ++input) {
      const TensorView view = contiguous_view({outer, sizes[input]});
      pieces.push_back(operand(call, "inputs." + std::to_string(input), view));
    }
  }
  builder_.call("aten::cat", "out",
                {builder_.tensors(pieces), builder_.integer(1),
                 operand(program_.calls[index], "output", contiguous_view({outer, row}))});
}

}  // namespace pudu::emitters

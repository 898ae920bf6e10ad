#include "emitters/pte/rows.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "emitters/pte/forms.hpp"
#include "emitters/pte/own_operators.hpp"
#include "emitters/pte/windows.hpp"
#include "kernels/add/add_s8.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/copy/copy_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/dequantize/dequantize_s8_f32.hpp"
#include "kernels/div/div_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/maximum/maximum_s8.hpp"
#include "kernels/minimum/minimum_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "kernels/pad/pad_s8.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"
#include "ops/kernel_binding.hpp"
#include "ops/row_calls.hpp"

namespace pudu::emitters {
namespace {

using program::KernelCall;
using program::Program;

template <class Kernel>
typename Kernel::Params params_of(const KernelCall& call) {
  return ops::detail::to_params<typename Kernel::Params>(call.parameters);
}

constexpr std::array<std::string_view, 9> elementwise = {
    kernels::AddS8::name,     kernels::MulS8::name,         kernels::DivS8::name,
    kernels::MinimumS8::name, kernels::MaximumS8::name,     kernels::LutS8::name,
    kernels::CopyS8::name,    kernels::QuantizeF32S8::name, kernels::DequantizeS8F32::name};

/// Rows at the image's top, at its bottom and between, of every number that there can be.
template <class Kernel, class IsStated>
bool are_all_stated(const Program& program, const KernelCall& call, const IsStated& is_stated) {
  const std::int32_t rows = ops::row_form(program, call).value().output_rows;
  const auto is_range_stated = [&](std::int32_t begin, std::int32_t end) {
    return is_stated(windows_of(params_of<Kernel>(ops::row_call(program, call, {begin, end})), 1, 1));
  };
  for (std::int32_t count = 1; count <= rows; ++count) {
    if (!is_range_stated(0, count) || !is_range_stated(rows - count, rows)) return false;
  }
  for (std::int32_t row = 0; row < rows; ++row) {
    if (!is_range_stated(row, row + 1)) return false;
  }
  return true;
}

/// One row of taps over one row: see windows.hpp.
template <class Kernel>
bool is_safe_in_one_row(const KernelCall& call) {
  const auto p = params_of<Kernel>(call);
  return p.kernel_h > 1 || (p.kernel_w == 1 && p.pad_top == 0 && p.pad_left == 0);
}

/// Columns alone, so that every row is made of one row.
bool pads_columns(const Program& program, const KernelCall& call) {
  const std::int32_t rows = ops::row_form(program, call).value().output_rows;
  for (std::int32_t count = 1; count <= rows; ++count) {
    const auto p = params_of<kernels::PadS8>(ops::row_call(program, call, {0, count}));
    if (p.input_shape[p.rank - 3] != count || !as_padding(p)) return false;
  }
  return program.buffer(call.find_operand("input")->buffer).shape[1] == rows;
}

}  // namespace

bool runs_by_rows(const Program& program, const KernelCall& call) {
  if (!why_not_stock(call).empty() || !ops::row_form(program, call)) return false;
  const std::string_view kernel = call.kernel;
  if (kernel == kernels::Conv2dS8::name) return is_safe_in_one_row<kernels::Conv2dS8>(call);
  if (kernel == kernels::DepthwiseConv2dS8::name) return is_safe_in_one_row<kernels::DepthwiseConv2dS8>(call);
  if (kernel == kernels::AvgPool2dS8::name) {
    return are_all_stated<kernels::AvgPool2dS8>(program, call,
                                                [](const Windows& each) { return each.ceil_mode().has_value(); });
  }
  if (kernel == kernels::MaxPool2dS8::name) {
    return are_all_stated<kernels::MaxPool2dS8>(program, call, [](const Windows& each) { return each.is_symmetric(); });
  }
  if (kernel == kernels::PadS8::name) return pads_columns(program, call);
  return std::find(elementwise.begin(), elementwise.end(), kernel) != elementwise.end();
}

}  // namespace pudu::emitters

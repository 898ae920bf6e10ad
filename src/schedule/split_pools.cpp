#include "schedule/split_pools.hpp"

#include <utility>
#include <vector>

#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/mean_of_sums/mean_of_sums_s8.hpp"
#include "kernels/row_sums/row_sums_s8.hpp"
#include "ops/kernel_binding.hpp"

namespace pudu::schedule {
namespace {

using kernels::AvgPool2dS8Params;

/// The parameters of an image; those of a sequence, an image of one row, as of one column (row_shapes.hpp).
AvgPool2dS8Params upright_params(const program::KernelCall& call) {
  auto p = ops::detail::to_params<AvgPool2dS8Params>(call.parameters);
  if (p.input_h == 1 && p.kernel_h == 1) {
    std::swap(p.input_h, p.input_w);
    std::swap(p.kernel_h, p.kernel_w);
    std::swap(p.pad_top, p.pad_left);
  }
  return p;
}

bool is_splittable(const program::KernelCall& call) {
  if (call.kernel != kernels::AvgPool2dS8::name) return false;
  const AvgPool2dS8Params p = upright_params(call);
  const bool is_one_window = p.batches == 1 && p.output_h == 1 && p.output_w == 1 && p.kernel_h > 1;
  const bool is_inside = p.pad_top == 0 && p.pad_left == 0 && p.kernel_h <= p.input_h && p.kernel_w <= p.input_w;
  return is_one_window && is_inside;
}

program::BufferId add_sums(program::Program& program, const std::string& name, std::int32_t channels) {
  program::Buffer buffer;
  buffer.name = name;
  buffer.kind = program::BufferKind::Activation;
  buffer.type = program::ElementType::Int32;
  buffer.shape = {1, 1, 1, channels};
  return program.add_buffer(std::move(buffer));
}

void split(program::Program& program, const program::KernelCall& pool, std::vector<program::KernelCall>& calls) {
  const AvgPool2dS8Params p = upright_params(pool);
  const std::string name = sums_name(pool.name);
  const program::BufferId sums = add_sums(program, name, p.channels);
  program::KernelCall first = pool, second = pool;
  first.name = name;
  first.kernel = kernels::RowSumsS8::name;
  first.parameters = ops::to_parameters(kernels::RowSumsS8Params{
      .rows = p.kernel_h, .input_w = p.input_w, .channels = p.channels, .columns = p.kernel_w, .adds = 0});
  first.operands = {{"input", pool.find_operand("input")->buffer}, {"output", sums}};
  const std::int32_t taps = p.kernel_h * p.kernel_w;
  const std::int32_t divisor = p.divisor_override != 0 ? p.divisor_override : taps;
  second.kernel = kernels::MeanOfSumsS8::name;
  second.parameters = ops::to_parameters(kernels::MeanOfSumsS8Params{.channels = p.channels,
                                                                     .taps = taps,
                                                                     .divisor = divisor,
                                                                     .addend = (divisor - taps) * p.pad_value,
                                                                     .activation_min = p.activation_min,
                                                                     .activation_max = p.activation_max});
  second.operands = {{"input", sums}, {"output", pool.find_operand("output")->buffer}};
  calls.push_back(std::move(first));
  calls.push_back(std::move(second));
}

}  // namespace

std::set<std::string> splittable_pools(const program::Program& program) {
  std::set<std::string> names;
  for (const program::KernelCall& call : program.calls) {
    if (is_splittable(call)) names.insert(call.name);
  }
  return names;
}

void split_pools(program::Program& program, const std::set<std::string>& names) {
  std::vector<program::KernelCall> calls;
  for (const program::KernelCall& call : program.calls) {
    if (names.contains(call.name)) {
      split(program, call, calls);
    } else {
      calls.push_back(call);
    }
  }
  program.calls = std::move(calls);
}

std::string sums_name(const std::string& pool) {
  return pool + ".sums";
}

}  // namespace pudu::schedule

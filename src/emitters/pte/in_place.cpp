#include "emitters/pte/in_place.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "emitters/pte/own_operators.hpp"
#include "kernels/add/add_s8.hpp"
#include "kernels/div/div_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/maximum/maximum_s8.hpp"
#include "kernels/minimum/minimum_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "ops/registry.hpp"
#include "pte/kernel_operators.hpp"
#include "pte/operators.hpp"

namespace pudu::emitters {
namespace {

using program::KernelCall;
using program::Program;

constexpr std::array<std::string_view, 6> elementwise = {kernels::AddS8::name,     kernels::MulS8::name,
                                                         kernels::DivS8::name,     kernels::MinimumS8::name,
                                                         kernels::MaximumS8::name, kernels::LutS8::name};

/// May the operator that computes the call write over this operand?
bool is_allowed(const KernelCall& call, std::string_view operand) {
  if (why_not_stock(call).empty()) {
    return std::find(elementwise.begin(), elementwise.end(), call.kernel) != elementwise.end();
  }
  const pte::Schema* schema = pte::find_schema({pte::own_operator_name(call.kernel), "out"});
  return schema != nullptr && schema->in_place_input == operand;
}

}  // namespace

std::vector<std::string_view> in_place_operands(const Program& program, const KernelCall& call) {
  const ops::KernelBinding* kernel = ops::find_kernel(call.kernel);
  const program::Operand* output = call.find_operand("output");
  if (kernel == nullptr || output == nullptr || call.parameters.empty()) return {};
  std::vector<std::string_view> names = kernel->in_place_inputs(call.parameters);
  std::erase_if(names, [&](std::string_view name) {
    const program::Operand* operand = call.find_operand(name);
    return operand == nullptr || !is_allowed(call, name) ||
           program.buffer(operand->buffer).bytes() != program.buffer(output->buffer).bytes();
  });
  return names;
}

}  // namespace pudu::emitters

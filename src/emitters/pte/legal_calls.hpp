// The program that legalization writes: calls with scratch of the right size, and the buffers, constants and calls that
// come between them. What each call becomes is legalize.cpp's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "emitters/pte/windows.hpp"
#include "kernels/pad/pad_s8.hpp"
#include "ops/kernel_binding.hpp"
#include "program/program.hpp"
#include "targets/target.hpp"

namespace pudu::emitters {

/// The parameters of a call of `Kernel`.
template <class Kernel>
typename Kernel::Params params_of(const program::KernelCall& call) {
  return ops::detail::to_params<typename Kernel::Params>(call.parameters);
}

/// The operand of that name, which the call has.
program::Operand& operand(program::KernelCall& call, std::string_view name);

class LegalCalls {
 public:
  /// The buffers of `source`, for the kernels of `library`; no calls yet.
  LegalCalls(const program::Program& source, targets::KernelLibrary library);

  program::Program& result() { return result_; }

  /// Adds the call with scratch of the right size for its parameters.
  void append(program::KernelCall call);

  /// A call that a call of the source has become, in part.
  template <class Kernel>
  void append_part(const program::KernelCall& of, const char* op, const typename Kernel::Params& params,
                   std::vector<program::Operand> operands) {
    append({.name = unique(of.name + "." + op),
            .op = op,
            .kernel = Kernel::name,
            .parameters = ops::to_parameters(params),
            .operands = std::move(operands),
            .source = of.source});
  }

  /// Puts a call that writes `value` around the image before `call`, and makes it the call's input.
  template <class Params>
  void pad_input(program::KernelCall& call, Params& params, std::int32_t channels, const Pads& pads,
                 std::int32_t value);

  /// An activation with the quantization of `like`.
  program::BufferId add_int8(const std::string& name, std::vector<std::int64_t> shape, program::BufferId like);
  program::BufferId add_constant(const std::string& name, std::vector<std::int64_t> shape, std::vector<std::byte> data,
                                 program::ElementType type = program::ElementType::Int8);

  /// The call has no legal form: take() has the error.
  void refuse(const program::KernelCall& call, std::string found, std::string allowed);

  /// The program, or Unsupported with all that was refused.
  Result<program::Program> take() &&;

 private:
  std::string unique(const std::string& name);

  program::Program result_;
  std::set<std::string> names_;
  Error error_{ErrorKind::Unsupported, {}};
};

template <class Params>
void LegalCalls::pad_input(program::KernelCall& call, Params& params, std::int32_t channels, const Pads& pads,
                           std::int32_t value) {
  program::Operand& input = emitters::operand(call, "input");
  const kernels::PadS8Params pad = {
      .rank = 4,
      .input_shape = {params.batches, params.input_h, params.input_w, channels},
      .pad_before = {0, pads.top, pads.left, 0},
      .pad_after = {0, pads.bottom, pads.right, 0},
      .pad_value = value,
  };
  params.input_h += pads.top + pads.bottom;
  params.input_w += pads.left + pads.right;
  params.pad_top -= pads.top;
  params.pad_left -= pads.left;
  const program::BufferId padded =
      add_int8(call.name + ".padded", {params.batches, params.input_h, params.input_w, channels}, input.buffer);
  append_part<kernels::PadS8>(call, "pad", pad, {{"input", input.buffer}, {"output", padded}});
  input.buffer = padded;
}

}  // namespace pudu::emitters

// A variant: another kernel that computes the bytes of a call, with operands made of the call's constants. Each file
// <kernel>.cpp of this folder describes the variants of one kernel; variants.cpp is the list of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ops/kernel_binding.hpp"
#include "prepare/prepare.hpp"
#include "program/program.hpp"
#include "targets/target.hpp"

namespace pudu::prepare {

/// What a call costs, by the model; of one run, and of the call's own constants. Code is not counted: kernels share it.
struct Cost {
  double instructions = 0;
  std::size_t constant_bytes = 0;
};

/// A constant operand of a variant.
struct PreparedConstant {
  std::string operand;
  program::ElementType type = program::ElementType::Int32;
  std::shared_ptr<const std::vector<std::byte>> data;
};

template <class T>
PreparedConstant prepared_constant(std::string operand, std::span<const T> values) {
  const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
  return {std::move(operand), ops::detail::element_of<T>(),
          std::make_shared<const std::vector<std::byte>>(bytes, bytes + values.size_bytes())};
}

/// A call of another kernel in the place of one. Operands of the old call that the new kernel has under the same name
/// and that are no constants stay bound; scratch is added.
struct Candidate {
  std::string kernel;
  std::string description;
  std::vector<program::Parameter> parameters;
  std::vector<PreparedConstant> constants;
  Cost cost;
  /// Instructions of the kernel with these constants and other sizes of the image; none: kernel_instructions() tells.
  std::function<double(std::span<const program::Parameter>)> instructions_of = {};
};

/// An operand of a call with its bytes; without bytes it is absent or computed.
using BoundConstant = std::pair<std::string, std::shared_ptr<const std::vector<std::byte>>>;

/// The call to replace, with what candidates are made of.
class SourceCall {
 public:
  SourceCall(const program::Program& program, const program::KernelCall& call) : program_(program), call_(call) {}

  const program::KernelCall& call() const { return call_; }
  targets::Isa isa() const { return program_.target.isa; }
  /// Does the core multiply 32 bits to 64 (SMULL)? All do but those of Armv6-M and the baseline of Armv8-M.
  bool has_long_products() const;

  template <class Params>
  Params params() const {
    return ops::detail::to_params<Params>(call_.parameters);
  }

  /// The values of a constant operand; empty when it is absent or computed. T has the operand's size.
  template <class T>
  std::vector<T> constant(std::string_view operand) const {
    const std::span<const std::byte> bytes = constant_bytes_of(operand);
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    return values;
  }

  /// Bytes of all constant operands.
  std::size_t constant_bytes() const;
  std::vector<BoundConstant> bound_constants() const;

  /// Scratch that a candidate for the call needs on the program's target.
  std::size_t scratch_bytes(const Candidate& candidate) const;

 private:
  std::span<const std::byte> constant_bytes_of(std::string_view operand) const;

  const program::Program& program_;
  const program::KernelCall& call_;
};

/// One kernel's variants for one instruction set. A core of a larger set runs those of a smaller one, too, but the base
/// kernel has code for the larger set that they lack; so every variant names the sets that it is for.
struct VariantFamily {
  std::string_view base;  ///< kernel of the calls that may be replaced
  targets::Isa isa;
  /// Candidates for the call; none when the variant does not apply.
  std::vector<Candidate> (*candidates)(const SourceCall& call, Optimize optimize);
};

std::span<const VariantFamily> variant_families();

/// Instructions of one run of the call as it is, by the table of measured counts (docs/kernels.md).
double base_instructions(const program::Program& program, const program::KernelCall& call);

/// Instructions that a byte of constants counts as: speed 0, balanced 32, size 256.
double instructions_per_byte(Optimize optimize);

/// All candidates for the call.
std::vector<Candidate> candidates_for(const SourceCall& call, Optimize optimize);

/// The best of `candidates` for the call that need at most `scratch_bytes`, or none when it should stay as it is: the
/// fewest instructions, where a byte of constants counts as many instructions as `optimize` says.
std::optional<Candidate> choose_variant(const SourceCall& call, std::vector<Candidate> candidates, const Cost& base,
                                        Optimize optimize,
                                        std::size_t scratch_bytes = std::numeric_limits<std::size_t>::max());

}  // namespace pudu::prepare

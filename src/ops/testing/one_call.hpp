// A call of a kernel with operands of random contents, run whole or by rows.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernels/testing/random_data.hpp"
#include "ops/kernel_binding.hpp"
#include "ops/registry.hpp"
#include "ops/row_calls.hpp"

namespace pudu::ops::testing {

using Bytes = std::vector<std::byte>;
using Shape = std::vector<std::int64_t>;

/// A program of one call whose computed operands have random contents.
class OneCall {
 public:
  explicit OneCall(kernels::testing::Random& random) : random_(random) {
    program_.name = "one";
    program_.target = {targets::Cpu::M4, targets::Isa::Dsp};
    call_.name = call_.op = "call";
  }

  OneCall& image(const std::string& operand, const Shape& shape) {
    const program::BufferId id = add(operand, program::BufferKind::Input, program::ElementType::Int8, shape);
    const std::vector<std::int8_t> codes = random_.codes(program_.buffer(id).bytes());
    const auto* bytes = reinterpret_cast<const std::byte*>(codes.data());
    contents_[operand].assign(bytes, bytes + codes.size());
    return *this;
  }
  OneCall& wide_image(const std::string& operand, const Shape& shape) {
    const program::BufferId id = add(operand, program::BufferKind::Input, program::ElementType::Int16, shape);
    const std::vector<std::int16_t> codes = random_.wide_codes(program_.buffer(id).bytes() / 2);
    const auto* bytes = reinterpret_cast<const std::byte*>(codes.data());
    contents_[operand].assign(bytes, bytes + 2 * codes.size());
    return *this;
  }
  OneCall& codes(const std::string& operand, std::size_t count) {
    return constant(operand, random_.codes(count), program::ElementType::Int8);
  }
  template <class T>
  OneCall& constant(const std::string& operand, const std::vector<T>& values, program::ElementType type) {
    const program::BufferId id =
        add(operand, program::BufferKind::Constant, type, {static_cast<std::int64_t>(values.size())});
    const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
    program_.buffer(id).data = std::make_shared<const Bytes>(bytes, bytes + values.size() * sizeof(T));
    return *this;
  }
  OneCall& numbers(const std::string& operand, const std::vector<std::int32_t>& values) {
    return constant(operand, values, program::ElementType::Int32);
  }
  OneCall& output(const Shape& shape, program::ElementType type = program::ElementType::Int8) {
    add("output", program::BufferKind::Activation, type, shape);
    return *this;
  }
  template <class Kernel>
  OneCall& kernel(const typename Kernel::Params& params) {
    call_.kernel = Kernel::name;
    call_.parameters = to_parameters(params);
    const std::size_t bytes = find_kernel(Kernel::name)->scratch_bytes(call_.parameters, kernels::Isa::Mve);
    const std::size_t largest = std::max(bytes, Kernel::scratch_bytes(params, kernels::Isa::Dsp));
    if (largest > 0)
      add("scratch", program::BufferKind::Scratch, program::ElementType::UInt8, {static_cast<std::int64_t>(largest)});
    program_.calls = {call_};
    return *this;
  }

  const program::Program& program() const { return program_; }
  const program::KernelCall& call() const { return call_; }
  const program::Buffer& buffer(std::string_view operand) const {
    return program_.buffer(call_.find_operand(operand)->buffer);
  }

  Bytes run_whole() { return run(call_, {}, buffer("output").bytes()); }
  /// The call of `rows`, with copies of the rows that it reads.
  Bytes run_rows(const RowForm& form, program::RowRange rows) {
    const program::KernelCall part = row_call(program_, call_, rows);
    const KernelBinding& binding = *find_kernel(part.kernel);
    for (const kernels::Isa isa : {kernels::Isa::Scalar, kernels::Isa::Dsp, kernels::Isa::Mve}) {
      // The program has a scratch buffer for the rows only if the whole call has one.
      if (binding.scratch_bytes(part.parameters, isa) == 0) continue;
      EXPECT_GT(binding.scratch_bytes(call_.parameters, isa), 0U);
    }
    std::map<std::string, Bytes, std::less<>> copies;
    for (const RowInput& input : form.inputs) {
      const std::size_t row_bytes = buffer(input.operand).bytes() / static_cast<std::size_t>(input.rows);
      const program::RowRange read = input.rows_read(rows);
      const auto begin = contents_[input.operand].begin() + read.begin * static_cast<std::ptrdiff_t>(row_bytes);
      copies[input.operand].assign(begin, begin + read.count() * static_cast<std::ptrdiff_t>(row_bytes));
    }
    const std::size_t row_bytes = buffer("output").bytes() / static_cast<std::size_t>(form.output_rows);
    return run(part, copies, static_cast<std::size_t>(rows.count()) * row_bytes);
  }

 private:
  program::BufferId add(const std::string& operand, program::BufferKind kind, program::ElementType type,
                        const Shape& shape) {
    program::Buffer added;
    added.name = operand, added.kind = kind, added.type = type, added.shape = shape;
    const program::BufferId id = program_.add_buffer(std::move(added));
    call_.operands.push_back({operand, id});
    return id;
  }

  Bytes run(const program::KernelCall& call, const std::map<std::string, Bytes, std::less<>>& copies,
            std::size_t output_bytes) {
    kernels::testing::GuardedBuffer<std::byte> output(output_bytes);
    const program::Operand* scratch = call.find_operand("scratch");
    kernels::testing::GuardedBuffer<std::byte> scratch_bytes(
        scratch != nullptr ? find_kernel(call.kernel)->scratch_bytes(call.parameters, kernels::Isa::Scalar) : 0);
    find_kernel(call.kernel)->run(call.parameters, [&](std::string_view name) -> void* {
      if (name == "output") return output.data();
      if (name == "scratch") return scratch_bytes.data();
      if (const auto copy = copies.find(name); copy != copies.end()) return const_cast<std::byte*>(copy->second.data());
      const program::Operand* operand = call.find_operand(name);
      if (operand == nullptr) return nullptr;
      const program::Buffer& bound = program_.buffer(operand->buffer);
      return const_cast<std::byte*>(bound.data ? bound.data->data() : contents_.find(name)->second.data());
    });
    return output.values();
  }

  kernels::testing::Random& random_;
  program::Program program_;
  program::KernelCall call_;
  std::map<std::string, Bytes, std::less<>> contents_;
};

}  // namespace pudu::ops::testing

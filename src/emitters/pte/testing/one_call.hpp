// Programs of one kernel call, and what they compute on the simulator.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/kernel.hpp"
#include "ops/kernel_binding.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"
#include "simulator/simulator.hpp"

namespace pudu::emitters::testing {

using Shape = std::vector<std::int64_t>;

inline std::size_t elements_of(const Shape& shape) {
  std::size_t count = 1;
  for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
  return count;
}

/// Every buffer at a place of its own.
inline program::MemoryMap spread_out(const program::Program& program) {
  program::MemoryMap map;
  map.lifetimes = program::lifetimes(program);
  map.offsets.resize(program.buffers.size());
  for (const program::Buffer& buffer : program.buffers) {
    if (!map.lifetimes[program::index_of(buffer.id)]) continue;
    map.offsets[program::index_of(buffer.id)] = map.arena_bytes;
    map.arena_bytes += kernels::round_up(buffer.bytes(), 16);
  }
  return map;
}

/// Inputs are int8 with scale 1/16 and zero point 3; constants are seeded noise.
class OneCall {
 public:
  explicit OneCall(const char* kernel) {
    program.name = "one";
    program.target.kernels = targets::KernelLibrary::Builtin;
    program.calls.push_back({.name = "call", .op = "op", .kernel = kernel});
  }

  OneCall& input(const std::string& name, const Shape& shape) {
    const program::BufferId id = add(name, shape, program::BufferKind::Input, program::ElementType::Int8);
    program.inputs.push_back({name, id, shape});
    return *this;
  }
  OneCall& output(const Shape& shape) {
    const program::BufferId id = add("output", shape, program::BufferKind::Activation, program::ElementType::Int8);
    program.outputs.push_back({"output", id, shape});
    return *this;
  }
  OneCall& int8_constant(const std::string& name, const Shape& shape) {
    std::vector<std::int8_t> values(elements_of(shape));
    for (std::int8_t& value : values) value = static_cast<std::int8_t>(generator_() & 0xFFU);
    return constant(name, shape, program::ElementType::Int8, values);
  }
  OneCall& int32_constant(const std::string& name, const std::vector<std::int32_t>& values) {
    return constant(name, {static_cast<std::int64_t>(values.size())}, program::ElementType::Int32, values);
  }
  template <class Params>
  program::Program with(const Params& params) {
    program::KernelCall& call = program.calls[0];
    call.parameters = ops::to_parameters(params);
    const std::size_t scratch =
        ops::planned_scratch_bytes(*ops::find_kernel(call.kernel), call.parameters, program.target);
    if (scratch > 0) {
      add("scratch", {static_cast<std::int64_t>(scratch)}, program::BufferKind::Scratch, program::ElementType::UInt8);
    }
    const Status status = program::verify(program);
    EXPECT_TRUE(status.ok()) << to_string(status.error());
    return program;
  }

  program::Program program;

 private:
  program::BufferId add(const std::string& name, const Shape& shape, program::BufferKind kind,
                        program::ElementType type) {
    program::Buffer buffer{.name = name, .kind = kind, .type = type, .shape = shape};
    if (kind != program::BufferKind::Constant) buffer.quantization = program::Quantization{1.0F / 16, 3};
    const program::BufferId id = program.add_buffer(std::move(buffer));
    program.calls[0].operands.push_back({name, id});
    return id;
  }
  template <class T>
  OneCall& constant(const std::string& name, const Shape& shape, program::ElementType type,
                    const std::vector<T>& values) {
    const program::BufferId id = add(name, shape, program::BufferKind::Constant, type);
    const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
    program.buffer(id).data = std::make_shared<const std::vector<std::byte>>(bytes, bytes + values.size() * sizeof(T));
    return *this;
  }

  std::mt19937 generator_{11};
};

/// The outputs of seeded inputs.
inline std::vector<std::vector<std::byte>> simulate(const program::Program& program) {
  std::mt19937 generator(5);
  std::vector<std::vector<std::byte>> inputs;
  for (const program::Port& port : program.inputs) {
    std::vector<std::byte> bytes(program.buffer(port.buffer).bytes());
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(generator() & 0xFFU);
    inputs.push_back(std::move(bytes));
  }
  auto simulator = simulator::Simulator::create(program, spread_out(program), simulator::FreeMemory::Poisoned);
  EXPECT_TRUE(simulator.ok()) << (simulator.ok() ? "" : to_string(simulator.error()));
  auto outputs = simulator->run(inputs);
  EXPECT_TRUE(outputs.ok()) << (outputs.ok() ? "" : to_string(outputs.error()));
  return std::move(outputs).value();
}

}  // namespace pudu::emitters::testing

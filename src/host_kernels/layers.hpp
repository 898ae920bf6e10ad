// The layers of a program as the host runs them: fast stand-ins for the portable twins of the kernels that networks
// spend their time in, over constants taken out of the very operands that the device's kernels read. The bytes are
// those of the twins, which stay the reference: the tests compare both.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "host_kernels/vector_loops.hpp"
#include "ops/kernel_binding.hpp"
#include "program/program.hpp"

namespace pudu::host_kernels {

/// One call's constants, unpacked. Runs may overlap in time.
class Layer {
 public:
  Layer() = default;
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  Layer(Layer&&) = delete;
  Layer& operator=(Layer&&) = delete;

  /// `parameters` are those of the call, or of the same call for some of its rows (ops/row_calls.hpp). Scratch is not
  /// touched. False, with nothing done, where the twin has to run: input and output overlap in another way than the
  /// kernel allows.
  virtual bool run(std::span<const program::Parameter> parameters, const ops::OperandAddress& address) const = 0;
};

/// Of a call whose operands ops::check_calls accepts; null where the host has nothing faster than the twin.
std::unique_ptr<const Layer> make_layer(const program::Program& program, const program::KernelCall& call,
                                        const VectorLoops& loops);

/// Of a whole program; made once, and shared by all that run it.
class ProgramLayers {
 public:
  /// On all cores. The program may go afterwards.
  static std::shared_ptr<const ProgramLayers> make(const program::Program& program,
                                                   const VectorLoops& loops = best_loops());
  /// Every call runs the twin of its kernel.
  static std::shared_ptr<const ProgramLayers> twins_only();

  /// Of calls[call]; null: the twin.
  const Layer* layer(std::size_t call) const { return call < layers_.size() ? layers_[call].get() : nullptr; }
  /// How many calls do not run the twin.
  std::size_t size() const;

 private:
  std::vector<std::unique_ptr<const Layer>> layers_;
};

}  // namespace pudu::host_kernels

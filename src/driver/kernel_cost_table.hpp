// What kernels cost where no cost model of prepare/ knows them, fitted to counts in QEMU: bench/fit_kernel_costs wrote
// kernel_cost_table.inc and says how. For estimates only; nothing is chosen by it.
#pragma once

#include <cstddef>
#include <string_view>

#include "emulator/cycles.hpp"
#include "kernels/kernel.hpp"

namespace pudu::driver {

/// What one call does.
struct KernelWork {
  double macs = 0;
  double read = 0;                   ///< elements of its inputs
  double written = 0;                ///< elements of its output
  double modelled_instructions = 0;  ///< by the model that chose the kernel; 0: there is none
};

/// Instructions are linear in the work.
struct KernelCost {
  double per_call = 0;
  double per_mac = 0;
  double per_read = 0;
  double per_written = 0;
  double per_modelled = 0;
  bool is_guess = false;  ///< not measured on the ISA: that of an ordinary kernel

  double instructions(const KernelWork& work) const {
    return per_call + per_mac * work.macs + per_read * work.read + per_written * work.written +
           per_modelled * work.modelled_instructions;
  }
};

KernelCost kernel_cost(std::string_view kernel, kernels::Isa isa);

/// Cycles of an instruction of the kernel, as emulator::cycles_of has counted them; of the mean kernel where it was not
/// measured on that core.
double cycles_per_instruction(std::string_view kernel, emulator::CycleModel model);

/// Bytes of a firmware's code, with the start-up of our boards: by the number of different kernels and of calls.
double estimated_code_bytes(kernels::Isa isa, std::size_t kernels, std::size_t calls);

}  // namespace pudu::driver

#include "targets/markdown.hpp"

namespace pudu::targets {
namespace {

constexpr const char* introduction = R"(# Targets
Printed from src/targets/cpus.def by `pudu targets --markdown`; do not edit.

`--target` names the CPU that a model is compiled for, without a data type. Case does not matter, and `cortex-` may be
left out: `cortex-m55`, `Cortex-M55` and `m55` are the same, as are `cortex-m0plus` and `M0+`. `--isa` chooses one of the
CPU's smaller instruction sets, for a part that lacks an optional extension.

| CPU | architecture | ISAs | default | FPU | emulated by |
|---|---|---|---|---|---|
)";

constexpr const char* isas = R"(
ISAs are cumulative: `scalar` runs everywhere, `dsp` are the SIMD instructions on packed 16-bit values (Armv7E-M and
Armv8-M Mainline with the DSP extension), `mve` are the vectors of Armv8.1-M (Helium). The default is the largest ISA of the CPU:
the answer of CMSIS-NN's own `resolve_backend`, and MVE for the Cortex-M52, which it does not know. A board emulates the CPU
itself or a larger core that runs its code ([boards.md](boards.md)).

## Compiler flags
What `pudu run --on qemu` and `pudu bench` give to `arm-none-eabi-g++`, and what your own build needs for the same code. With
`--isa` below the default, the flags are those of the largest CPU whose default it is and whose code the CPU runs, since a
compiler cannot be told to leave out some instructions of a CPU.

| CPU | flags |
|---|---|
)";

constexpr const char* any = R"(
## any
`--target any` compiles once for every CPU of the table. It does not fall back to one ISA: each scratch buffer is as large
as the largest that any ISA's kernel asks for, and where what a kernel reads depends on the ISA, the artifact carries
every form. The same C++ sources build for every CPU, and their `static_assert`s check the planned scratch against the
kernels of every ISA. The results are the same bytes on every CPU. What it costs is RAM for the worst case: `pudu
analyze` and the report show the arena of `any` beside the exact targets'.

`--isa` does not go with `any`. A model for any CPU is emulated on a Cortex-M55, or on the CPU that `pudu run ARTIFACT --on
qemu --target cortex-m0` names.

## Kernels
`--kernels builtin`, the default, calls Pudu's own kernels; `--kernels cmsis-nn` calls CMSIS-NN and plans the scratch that it
asks for ([scratch.md](scratch.md)). Both run on every CPU.
)";

}  // namespace

std::string isa_list(Cpu cpu) {
  std::string text;
  for (const Isa isa : supported_isas(cpu)) text += (text.empty() ? "" : ", ") + std::string(to_string(isa));
  return text;
}

std::string targets_markdown() {
  std::string text = introduction;
  for (const CpuInfo& cpu : all_cpus()) {
    for (const std::string& cell :
         {std::string(cpu.name), std::string(cpu.architecture), isa_list(cpu.cpu),
          std::string(to_string(resolve_backend(cpu.cpu))), std::string(cpu.has_fpu ? "yes" : "no"),
          std::string(cpu.board.empty() ? "-" : cpu.board)}) {
      text += "| " + cell + " ";
    }
    text += "|\n";
  }
  text += isas;
  for (const CpuInfo& cpu : all_cpus()) {
    text += "| " + std::string(cpu.name) + " | `" + std::string(cpu.compiler_flags) + "` |\n";
  }
  return text + any;
}

}  // namespace pudu::targets

// What a Thumb instruction is, as far as counting by class and published timings tell instructions apart.
//
// Why: QEMU's plugin reports opcode bytes only, and QEMU 7.2 reports the size of some 16-bit instructions wrongly.
// Covers what compilers emit for Armv6-M to Armv8.1-M with floating point and MVE. The test compares it with a
// disassembler on real firmware.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pudu::emulator {

/// The classes of a count. MVE is every instruction on vectors, their loads and stores included.
enum class InstructionClass : std::uint8_t { Load, Store, Multiply, Mve, Branch, Other };
inline constexpr std::size_t instruction_class_count = 6;
/// "load", "store", "multiply", "mve", "branch", "other".
std::string_view to_string(InstructionClass kind);

/// What the tables of timings tell apart.
enum class Form : std::uint8_t {
  Simple,  ///< arithmetic, logic, moves, hints
  Load,
  LoadWithUpdate,  ///< pre- or post-indexed: the base register changes, too
  Store,
  StoreIndexed,  ///< with a register as offset
  LoadMultiple,  ///< LDM, POP, LDRD
  StoreMultiple,
  Multiply,      ///< 32-bit product: MUL, and DSP products without accumulation
  MultiplyAdd,   ///< MLA, MLS, and DSP products with accumulation
  MultiplyLong,  ///< 64-bit product
  MultiplyAddLong,
  Divide,
  BranchIf,  ///< B with a condition, CBZ, CBNZ
  Branch,    ///< B
  Call,      ///< BL
  BranchTo,  ///< to an address in a register: BX, BLX, MOV PC
  TableBranch,
  LoopStart,  ///< WLS, DLS
  LoopEnd,    ///< LE, LETP
  Status,     ///< MRS, MSR
  Barrier,
  Float,  ///< scalar floating point without what follows
  FloatMultiplyAdd,
  FloatDivide,  ///< and square root
  FloatLoad,
  FloatStore,
  VectorLoad,
  VectorStore,
  VectorMultiply,
  VectorOther,
};

struct Instruction {
  std::uint8_t bytes = 2;
  Form form = Form::Simple;
  std::uint8_t registers = 1;  ///< that a load or store transfers, the program counter included
  bool sets_pc = false;        ///< a load that is a branch, too: POP {..., pc}
};

InstructionClass class_of(Form form);
inline bool is_branch(const Instruction& instruction) {
  return instruction.sets_pc || class_of(instruction.form) == InstructionClass::Branch;
}

/// `second` is the halfword behind `first`; it does not matter where the instruction has 16 bits.
Instruction decode_thumb(std::uint16_t first, std::uint16_t second);

}  // namespace pudu::emulator

// Encodings are those of the Armv8-M Architecture Reference Manual (DDI 0553), chapters C2.2 and C2.3.
#include "emulator/thumb.hpp"

#include <bit>

namespace pudu::emulator {
namespace {

constexpr bool matches(std::uint16_t halfword, unsigned mask, unsigned value) {
  return (halfword & mask) == value;
}

std::uint8_t count_bits(unsigned bits) {
  return static_cast<std::uint8_t>(std::popcount(bits));
}

Instruction narrow(Form form, std::uint8_t registers = 1, bool sets_pc = false) {
  return {2, form, registers, sets_pc};
}

Instruction wide(Form form, std::uint8_t registers = 1, bool sets_pc = false) {
  return {4, form, registers, sets_pc};
}

/// ADD, CMP, MOV with high registers, BX, BLX.
Instruction decode_high_registers(std::uint16_t code) {
  if (matches(code, 0xff00, 0x4700)) return narrow(Form::BranchTo);
  const bool writes = !matches(code, 0xff00, 0x4500);  // CMP
  const bool to_pc = writes && matches(code, 0x0087, 0x0087);
  return narrow(to_pc ? Form::BranchTo : Form::Simple);
}

/// Loads and stores with a register as offset: three bits say which.
Instruction decode_register_offset(std::uint16_t code) {
  const bool is_store = (code >> 9 & 7U) < 3;
  return narrow(is_store ? Form::StoreIndexed : Form::Load);
}

Instruction decode_miscellaneous(std::uint16_t code) {
  const bool has_extra = (code & 0x100U) != 0;  // LR of PUSH, PC of POP
  const auto registers = static_cast<std::uint8_t>(count_bits(code & 0xffU) + (has_extra ? 1 : 0));
  if (matches(code, 0xfe00, 0xb400)) return narrow(Form::StoreMultiple, registers);
  if (matches(code, 0xfe00, 0xbc00)) return narrow(Form::LoadMultiple, registers, has_extra);
  if (matches(code, 0xf500, 0xb100)) return narrow(Form::BranchIf);
  return narrow(Form::Simple);
}

Instruction decode_narrow(std::uint16_t code) {
  const bool loads = (code & 0x0800U) != 0;
  switch (code >> 12) {
    case 0x4:
      if (matches(code, 0xffc0, 0x4340)) return narrow(Form::Multiply);
      if (matches(code, 0xfc00, 0x4400)) return decode_high_registers(code);
      return narrow(loads ? Form::Load : Form::Simple);  // LDR from the literal pool
    case 0x5:
      return decode_register_offset(code);
    case 0x6:
    case 0x7:
    case 0x8:
    case 0x9:
      return narrow(loads ? Form::Load : Form::Store);
    case 0xb:
      return decode_miscellaneous(code);
    case 0xc:
      return narrow(loads ? Form::LoadMultiple : Form::StoreMultiple, count_bits(code & 0xffU));
    case 0xd:
      return narrow(matches(code, 0x0e00, 0x0e00) ? Form::Simple : Form::BranchIf);  // UDF, SVC
    case 0xe:
      return narrow(Form::Branch);
    default:
      return narrow(Form::Simple);
  }
}

/// LDM, STM and their kin, 0xE800 to 0xE9FF.
Instruction decode_multiple(std::uint16_t first, std::uint16_t second) {
  const bool loads = (first & 0x10U) != 0;
  if ((first & 0x40U) == 0) {
    if (matches(first, 0xffff, 0xe89f)) return wide(Form::Simple);  // CLRM
    const bool sets_pc = loads && (second & 0x8000U) != 0;
    return wide(loads ? Form::LoadMultiple : Form::StoreMultiple, count_bits(second), sets_pc);
  }
  if (matches(first, 0xfff0, 0xe8d0) && matches(second, 0xffe0, 0xf000)) return wide(Form::TableBranch);
  if (matches(first, 0xfff0, 0xe840) && matches(second, 0xf000, 0xf000)) return wide(Form::Simple);  // TT
  if (first == 0xe97f && second == 0xe97f) return wide(Form::Simple);                                // SG
  const bool is_single = (first & 0x120U) == 0;  // exclusive, acquire and release
  if (is_single) return wide(loads ? Form::Load : Form::Store);
  return wide(loads ? Form::LoadMultiple : Form::StoreMultiple, 2);  // LDRD, STRD
}

/// Low-overhead loops and VCTP: what would be BLX with an immediate on other architectures.
Instruction decode_loop(std::uint16_t first, std::uint16_t second) {
  if (matches(second, 0xf801, 0xe801)) return wide(Form::VectorOther);           // VCTP
  if (first == 0xf00f && second == 0xe001) return wide(Form::Simple);            // LCTP
  const bool starts = matches(first, 0xff80, 0xf000) && (first & 0xfU) != 0xfU;  // WLS and DLS name a register
  return wide(starts ? Form::LoopStart : Form::LoopEnd);
}

/// Branches and miscellaneous control: 0xF000 to 0xF7FF with the top bit of `second`.
Instruction decode_control(std::uint16_t first, std::uint16_t second) {
  switch (second & 0xd000U) {
    case 0x8000:
      if (!matches(first, 0x0380, 0x0380)) return wide(Form::BranchIf);
      if (matches(first, 0xfff0, 0xf3b0)) return wide(Form::Barrier);
      if (matches(first, 0xffe0, 0xf380) || matches(first, 0xffe0, 0xf3e0)) return wide(Form::Status);
      return wide(Form::Simple);  // hints
    case 0x9000:
      return wide(Form::Branch);
    case 0xc000:
      return decode_loop(first, second);
    default:
      return wide(Form::Call);
  }
}

/// LDR, STR and their kin, 0xF800 to 0xF9FF.
Instruction decode_single(std::uint16_t first, std::uint16_t second) {
  const bool loads = (first & 0x10U) != 0;
  const unsigned target = second >> 12;
  const bool has_long_offset = (first & 0x80U) != 0 || (first & 0xfU) == 0xfU;
  const bool has_register_offset = !has_long_offset && (second & 0x0fc0U) == 0;
  const bool updates = !has_long_offset && (second & 0x0900U) == 0x0900U;
  if (!loads) return wide(has_register_offset ? Form::StoreIndexed : Form::Store);
  const bool is_word = (first & 0x60U) == 0x40U;
  if (target == 15 && !is_word) return wide(Form::Simple);  // PLD, PLI
  return wide(updates ? Form::LoadWithUpdate : Form::Load, 1, target == 15);
}

/// 0xFB00 to 0xFBFF.
Instruction decode_multiply(std::uint16_t first, std::uint16_t second) {
  const unsigned accumulator = second >> 12;
  const unsigned operation = first >> 4 & 7U;
  if ((first & 0x80U) == 0) return wide(accumulator == 15 ? Form::Multiply : Form::MultiplyAdd);
  if ((operation == 1 || operation == 3) && matches(second, 0x00f0, 0x00f0)) return wide(Form::Divide);
  return wide(operation == 0 || operation == 2 ? Form::MultiplyLong : Form::MultiplyAddLong);
}

/// Scalar floating point: coprocessors 9 to 11 in 0xEC to 0xEE and 0xFE.
Instruction decode_float(std::uint16_t first, std::uint16_t second) {
  if ((first & 0x0e00U) == 0x0c00U) {
    if (matches(first, 0xffe0, 0xec40)) return wide(Form::Float);  // VMOV of two registers
    const bool loads = (first & 0x10U) != 0;
    const bool is_single = (first & 0x0120U) == 0x0100U;  // VLDR, VSTR
    const bool is_double = (second & 0x0f00U) == 0x0b00U;
    const unsigned words = second & 0xffU;
    const auto registers = static_cast<std::uint8_t>(is_single ? (is_double ? 2U : 1U) : words);
    return wide(loads ? Form::FloatLoad : Form::FloatStore, registers);
  }
  if ((second & 0x10U) != 0) {
    // Moves between registers of the core and the unit. VDUP and lanes of 8 and 16 bits are MVE's.
    const bool is_word = (first & 0x00c0U) == 0 && (second & 0x0060U) == 0;
    const bool is_lane = (second & 0x0f00U) == 0x0b00U && !is_word;
    return wide(is_lane ? Form::VectorOther : Form::Float);
  }
  if (matches(first, 0xffb0, 0xee80)) return wide(Form::FloatDivide);
  const bool is_square_root = matches(first, 0xffbf, 0xeeb1) && matches(second, 0x00c0, 0x00c0);
  if (is_square_root) return wide(Form::FloatDivide);
  const unsigned operation = first >> 4 & 0xbU;
  const bool adds_product =
      (first & 0xff00U) == 0xee00U && (operation == 0 || operation == 1 || operation >= 9) && operation != 0xb;
  return wide(adds_product ? Form::FloatMultiplyAdd : Form::Float);
}

/// Products of vectors among what else is encoded beside them; the first row that matches decides.
struct VectorRow {
  std::uint32_t mask;
  std::uint32_t value;
  Form form;
};
constexpr VectorRow vector_rows[] = {
    {0xef810f40, 0xee810f00, Form::VectorOther},     // VADDV, VADDLV
    {0xeff10e40, 0xeee00e00, Form::VectorOther},     // VMAXV, VMINV and kin
    {0xef800f41, 0xee800f01, Form::VectorOther},     // VABAV
    {0xefb11f70, 0xee311e60, Form::VectorOther},     // VSHL by a register
    {0xff811f70, 0xfe011e60, Form::VectorOther},     // VBRSR
    {0xefb10f51, 0xee310e01, Form::VectorOther},     // VMOVN and kin
    {0xef800e40, 0xee800e00, Form::VectorMultiply},  // VMLADAV, VMLALDAV and kin
    {0xef800f50, 0xee000e40, Form::VectorMultiply},  // by a scalar: VMUL, VMLA, VQDMULH, VFMA and kin
    {0xef800f50, 0xee000e00, Form::VectorMultiply},  // VMULH, VMULL, VQDMLADH, VCMUL and kin
    {0xefb10f51, 0xee300f01, Form::VectorMultiply},  // VQDMULL
    {0xefb10f70, 0xee300f60, Form::VectorMultiply},  // VQDMULL by a scalar
    {0xff811f51, 0xef000950, Form::VectorMultiply},  // VMUL of integers
    {0xef811f51, 0xef000b40, Form::VectorMultiply},  // VQDMULH, VQRDMULH
    {0xff810f51, 0xef000c50, Form::VectorMultiply},  // VFMA, VFMS
    {0xff810f51, 0xff000d50, Form::VectorMultiply},  // VMUL of floating point
};

Instruction decode_vector(std::uint16_t first, std::uint16_t second) {
  const bool is_memory_space = (first & 0xee00U) == 0xec00U;
  if (is_memory_space) {
    if (matches(first, 0xffe0, 0xec40) || matches(first, 0xffe0, 0xec00)) return wide(Form::VectorOther);  // VMOV
    const bool is_memory = matches(second, 0x0e00, 0x0e00);
    if (!is_memory) return wide(Form::VectorMultiply);  // VCMLA
    return wide((first & 0x10U) != 0 ? Form::VectorLoad : Form::VectorStore);
  }
  const std::uint32_t word = static_cast<std::uint32_t>(first) << 16 | second;
  for (const VectorRow& row : vector_rows) {
    if ((word & row.mask) == row.value) return wide(row.form);
  }
  return wide(Form::VectorOther);
}

Instruction decode_coprocessor(std::uint16_t first, std::uint16_t second) {
  const unsigned coprocessor = second >> 8 & 0xfU;
  const bool is_vector_space = (first & 0x0f00U) == 0x0f00U;
  const bool is_float = coprocessor >= 9 && coprocessor <= 11 && !is_vector_space;
  return is_float ? decode_float(first, second) : decode_vector(first, second);
}

Instruction decode_wide(std::uint16_t first, std::uint16_t second) {
  if (matches(first, 0xfe00, 0xe800)) return decode_multiple(first, second);
  if ((first & 0xec00U) == 0xec00U) return decode_coprocessor(first, second);
  if (matches(first, 0xf800, 0xf000)) {
    return (second & 0x8000U) != 0 ? decode_control(first, second) : wide(Form::Simple);
  }
  if (matches(first, 0xfe00, 0xf800)) return decode_single(first, second);
  if (matches(first, 0xff00, 0xfb00)) return decode_multiply(first, second);
  return wide(Form::Simple);
}

}  // namespace

std::string_view to_string(InstructionClass kind) {
  constexpr std::string_view names[instruction_class_count] = {"load", "store", "multiply", "mve", "branch", "other"};
  return names[static_cast<std::size_t>(kind)];
}

InstructionClass class_of(Form form) {
  switch (form) {
    case Form::Load:
    case Form::LoadWithUpdate:
    case Form::LoadMultiple:
    case Form::FloatLoad:
      return InstructionClass::Load;
    case Form::Store:
    case Form::StoreIndexed:
    case Form::StoreMultiple:
    case Form::FloatStore:
      return InstructionClass::Store;
    case Form::Multiply:
    case Form::MultiplyAdd:
    case Form::MultiplyLong:
    case Form::MultiplyAddLong:
      return InstructionClass::Multiply;
    case Form::BranchIf:
    case Form::Branch:
    case Form::Call:
    case Form::BranchTo:
    case Form::TableBranch:
    case Form::LoopStart:
    case Form::LoopEnd:
      return InstructionClass::Branch;
    case Form::VectorLoad:
    case Form::VectorStore:
    case Form::VectorMultiply:
    case Form::VectorOther:
      return InstructionClass::Mve;
    default:
      return InstructionClass::Other;
  }
}

Instruction decode_thumb(std::uint16_t first, std::uint16_t second) {
  return first >= 0xe800 ? decode_wide(first, second) : decode_narrow(first);
}

}  // namespace pudu::emulator

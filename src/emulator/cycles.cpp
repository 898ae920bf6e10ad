// Sources, tables "instruction set summary": Cortex-M0 DDI 0432C, Cortex-M0+ DDI 0484C, Cortex-M3 DDI 0337I, Cortex-M4
// DDI 0439D (its FPU's table included) and 100166_0001. The rules of neighbouring loads and stores: DDI 0337I, section
// "Load/store timings". The dual-beat core: Introduction to the Armv8.1-M architecture (Arm white paper), which
// explains beats and their overlap but gives no table.
#include "emulator/cycles.hpp"

namespace pudu::emulator {
namespace {

/// Cycles of one instruction: `base`, and `per_register` for each that it transfers.
struct Cost {
  CycleRange base;
  std::uint64_t per_register = 0;
};

constexpr CycleRange always(std::uint64_t cycles) {
  return {cycles, cycles, cycles};
}

bool is_load(Form form) {
  return form == Form::Load;
}

Cost armv6m_cost(Form form, std::uint64_t status_cycles) {
  switch (form) {
    case Form::Load:
    case Form::LoadWithUpdate:
    case Form::Store:
    case Form::StoreIndexed:
    case Form::Call:
      return {always(2)};
    case Form::LoadMultiple:
    case Form::StoreMultiple:
      return {always(1), 1};
    case Form::Multiply:
      return {{1, 1, 32}};  // the maker of the chip chooses
    case Form::Status:
    case Form::Barrier:
      return {always(status_cycles)};
    default:
      return {always(1)};
  }
}

Cost armv7m_cost(Form form) {
  switch (form) {
    case Form::Load:
    case Form::StoreIndexed:
    case Form::TableBranch:
      return {always(2)};
    case Form::LoadWithUpdate:
      return {{1, 2, 2}};
    case Form::Store:
      return {{1, 1, 2}};  // 2 where the write buffer is full
    case Form::LoadMultiple:
    case Form::StoreMultiple:
    case Form::FloatLoad:
    case Form::FloatStore:
      return {always(1), 1};
    case Form::Divide:
      return {{2, 7, 12}};
    case Form::Status:
      return {{1, 2, 2}};
    case Form::Barrier:
      return {{1, 1, 4}};
    case Form::FloatMultiplyAdd:
      return {always(3)};
    case Form::FloatDivide:
      return {always(14)};
    default:
      return {always(1)};
  }
}

Cost m3_cost(Form form) {
  switch (form) {
    case Form::MultiplyAdd:
      return {always(2)};
    case Form::MultiplyLong:
      return {{3, 4, 5}};
    case Form::MultiplyAddLong:
      return {{4, 5, 7}};
    default:
      return armv7m_cost(form);
  }
}

/// No table is published: what is known of the Cortex-M4, single loads and stores in one cycle, a loop end that costs
/// nothing once the loop runs, and vectors in two beats of 64 bits.
Cost dual_beat_cost(Form form) {
  switch (form) {
    case Form::Load:
    case Form::LoadWithUpdate:
    case Form::Store:
    case Form::StoreIndexed:
      return {{1, 1, 2}};
    case Form::LoadMultiple:
    case Form::StoreMultiple:
    case Form::FloatLoad:
    case Form::FloatStore:
      return {{0, 0, 1}, 1};
    case Form::LoopEnd:
      return {{0, 0, 1}};
    case Form::VectorLoad:
    case Form::VectorStore:
    case Form::VectorMultiply:
    case Form::VectorOther:
      return {{1, 2, 2}};
    default:
      return armv7m_cost(form);
  }
}

Cost cost_of(CycleModel model, Form form) {
  switch (model) {
    case CycleModel::M0:
      return armv6m_cost(form, 4);
    case CycleModel::M0Plus:
      return armv6m_cost(form, 3);
    case CycleModel::M3:
      return m3_cost(form);
    case CycleModel::M4:
      return armv7m_cost(form);
    case CycleModel::DualBeat:
      break;
  }
  return dual_beat_cost(form);
}

/// What a branch costs more when it is taken.
CycleRange refill(CycleModel model, const Instruction& branch) {
  const bool through_memory = branch.sets_pc;
  switch (model) {
    case CycleModel::M0:
      return always(through_memory ? 3 : 2);
    case CycleModel::M0Plus:
      return always(through_memory ? 2 : 1);
    case CycleModel::DualBeat:
      if (branch.form == Form::LoopEnd) return {0, 0, 3};
      [[fallthrough]];
    default:
      return {1, through_memory ? 3U : 2U, 3};
  }
}

/// On the Cortex-M3 and M4 a load or store directly behind a load takes one cycle less.
CycleRange neighbour_saving(CycleModel model, const Instruction* previous, const Instruction& instruction) {
  if (model != CycleModel::M3 && model != CycleModel::M4) return {};
  if (previous == nullptr || !is_load(previous->form)) return {};
  const bool follows_fast = is_load(instruction.form) || instruction.form == Form::StoreIndexed;
  return follows_fast ? CycleRange{1, 1, 0} : CycleRange{};
}

bool is_vector(Form form) {
  return class_of(form) == InstructionClass::Mve;
}

/// Loads and stores of vectors share a unit; products have one, all else a third.
int vector_unit(Form form) {
  if (form == Form::VectorLoad || form == Form::VectorStore) return 0;
  return form == Form::VectorMultiply ? 1 : 2;
}

/// The second half of a vector instruction overlaps with the first half of one for another unit right behind it.
class VectorOverlap {
 public:
  /// Most vector code is a loop: in front of its first instruction runs its last.
  explicit VectorOverlap(std::span<const Instruction> instructions) {
    for (const Instruction& instruction : instructions) note(instruction);
    if (instructions.empty() || instructions.back().form != Form::LoopEnd) previous_unit_ = none;
  }

  CycleRange saving(const Instruction& instruction) {
    const int before = previous_unit_;
    note(instruction);
    const bool overlaps = is_vector(instruction.form) && before != none && before != previous_unit_;
    return overlaps ? CycleRange{0, 1, 0} : CycleRange{};
  }

 private:
  static constexpr int none = -1;
  void note(const Instruction& instruction) {
    if (instruction.form == Form::LoopEnd) return;
    previous_unit_ = is_vector(instruction.form) ? vector_unit(instruction.form) : none;
  }

  int previous_unit_ = none;
};

CycleRange minus(CycleRange range, const CycleRange& saving) {
  return {range.low - saving.low, range.estimate - saving.estimate, range.high - saving.high};
}

}  // namespace

CycleRange& CycleRange::operator+=(const CycleRange& other) {
  low += other.low;
  estimate += other.estimate;
  high += other.high;
  return *this;
}

std::optional<CycleModel> cycle_model_for(std::string_view cpu) {
  if (cpu == "cortex-m0") return CycleModel::M0;
  if (cpu == "cortex-m0plus") return CycleModel::M0Plus;
  if (cpu == "cortex-m3") return CycleModel::M3;
  if (cpu == "cortex-m4") return CycleModel::M4;
  if (cpu == "cortex-m55") return CycleModel::DualBeat;
  return std::nullopt;
}

CycleRange cycles_of(CycleModel model, std::span<const Instruction> instructions, std::uint64_t times,
                     std::uint64_t left) {
  CycleRange once;
  const Instruction* previous = nullptr;
  VectorOverlap overlap(instructions);
  for (const Instruction& instruction : instructions) {
    const Cost cost = cost_of(model, instruction.form);
    CycleRange cycles = cost.base;
    cycles += always(cost.per_register) * instruction.registers;
    cycles = minus(cycles, neighbour_saving(model, previous, instruction));
    if (model == CycleModel::DualBeat) cycles = minus(cycles, overlap.saving(instruction));
    once += cycles;
    previous = &instruction;
  }
  CycleRange total = once * times;
  if (!instructions.empty() && is_branch(instructions.back())) total += refill(model, instructions.back()) * left;
  return total;
}

}  // namespace pudu::emulator

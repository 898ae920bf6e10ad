// The decoder against instructions whose encodings the architecture manual gives. tests/qemu compares it with a
// disassembler on whole images.
#include "emulator/thumb.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace pudu::emulator {
namespace {

struct Case {
  const char* text;
  std::uint16_t first;
  std::uint16_t second;
  int bytes;
  Form form;
  InstructionClass kind;
  int registers = 1;
  bool sets_pc = false;
};

void PrintTo(const Case& test, std::ostream* out) {
  *out << test.text;
}

using enum InstructionClass;

constexpr Case cases[] = {
    {"movs r0, #1", 0x2001, 0xffff, 2, Form::Simple, Other},
    {"muls r0, r1", 0x4348, 0, 2, Form::Multiply, Multiply},
    {"mvns r0, r1", 0x43c8, 0, 2, Form::Simple, Other},
    {"bx lr", 0x4770, 0, 2, Form::BranchTo, Branch},
    {"blx r3", 0x4798, 0, 2, Form::BranchTo, Branch},
    {"mov pc, lr", 0x46f7, 0, 2, Form::BranchTo, Branch},
    {"mov r10, r10", 0x46d2, 0, 2, Form::Simple, Other},
    {"cmp r15, r14", 0x45f7, 0, 2, Form::Simple, Other},
    {"ldr r0, [pc, #4]", 0x4801, 0, 2, Form::Load, Load},
    {"str r0, [r1, r2]", 0x5088, 0, 2, Form::StoreIndexed, Store},
    {"ldrsb r0, [r1, r2]", 0x5688, 0, 2, Form::Load, Load},
    {"strh r0, [r1]", 0x8008, 0, 2, Form::Store, Store},
    {"ldr r0, [sp, #4]", 0x9801, 0, 2, Form::Load, Load},
    {"adr r0, 4", 0xa001, 0, 2, Form::Simple, Other},
    {"push {r4, r5, lr}", 0xb530, 0, 2, Form::StoreMultiple, Store, 3},
    {"pop {r4, pc}", 0xbd10, 0, 2, Form::LoadMultiple, Load, 2, true},
    {"pop {r4, r5}", 0xbc30, 0, 2, Form::LoadMultiple, Load, 2},
    {"cbnz r0, .+4", 0xb900, 0, 2, Form::BranchIf, Branch},
    {"ite eq", 0xbf0c, 0, 2, Form::Simple, Other},
    {"ldmia r0!, {r1, r2, r3}", 0xc80e, 0, 2, Form::LoadMultiple, Load, 3},
    {"bne .", 0xd1fe, 0, 2, Form::BranchIf, Branch},
    {"svc 0", 0xdf00, 0, 2, Form::Simple, Other},
    {"b .", 0xe7fe, 0, 2, Form::Branch, Branch},
    {"ldmia.w r0, {r1, r2, r3, pc}", 0xe890, 0x800e, 4, Form::LoadMultiple, Load, 4, true},
    {"ldrd r0, r1, [r2]", 0xe9d2, 0x0100, 4, Form::LoadMultiple, Load, 2},
    {"strd r0, r1, [r2, #8]", 0xe9c2, 0x0102, 4, Form::StoreMultiple, Store, 2},
    {"ldrex r0, [r1]", 0xe851, 0x0f00, 4, Form::Load, Load},
    {"tbb [pc, r0]", 0xe8df, 0xf000, 4, Form::TableBranch, Branch},
    {"add.w r0, r1, r2", 0xeb01, 0x0002, 4, Form::Simple, Other},
    {"movw r0, #1", 0xf240, 0x0001, 4, Form::Simple, Other},
    {"beq.w .", 0xf43f, 0xaffe, 4, Form::BranchIf, Branch},
    {"b.w .", 0xf7ff, 0xbffe, 4, Form::Branch, Branch},
    {"bl .", 0xf7ff, 0xfffe, 4, Form::Call, Branch},
    {"mrs r0, msp", 0xf3ef, 0x8008, 4, Form::Status, Other},
    {"dsb sy", 0xf3bf, 0x8f4f, 4, Form::Barrier, Other},
    {"nop.w", 0xf3af, 0x8000, 4, Form::Simple, Other},
    {"ldr.w r0, [r1, #4]", 0xf8d1, 0x0004, 4, Form::Load, Load},
    {"ldr.w r0, [r1], #4", 0xf851, 0x0b04, 4, Form::LoadWithUpdate, Load},
    {"ldr.w r0, [r1, r2]", 0xf851, 0x0002, 4, Form::Load, Load},
    {"ldr.w pc, [r1, #4]", 0xf8d1, 0xf004, 4, Form::Load, Load, 1, true},
    {"strb.w r0, [r1, r2]", 0xf801, 0x0002, 4, Form::StoreIndexed, Store},
    {"strb.w r0, [r1], #1", 0xf801, 0x0b01, 4, Form::Store, Store},
    {"pld [r0]", 0xf890, 0xf000, 4, Form::Simple, Other},
    {"sxtb16 r0, r1", 0xfa2f, 0xf081, 4, Form::Simple, Other},
    {"mul.w r0, r1, r2", 0xfb01, 0xf002, 4, Form::Multiply, Multiply},
    {"mla r0, r1, r2, r3", 0xfb01, 0x3002, 4, Form::MultiplyAdd, Multiply},
    {"smlad r0, r1, r2, r3", 0xfb21, 0x3002, 4, Form::MultiplyAdd, Multiply},
    {"smmul r0, r1, r2", 0xfb51, 0xf002, 4, Form::Multiply, Multiply},
    {"smull r0, r1, r2, r3", 0xfb82, 0x0103, 4, Form::MultiplyLong, Multiply},
    {"smlal r0, r1, r2, r3", 0xfbc2, 0x0103, 4, Form::MultiplyAddLong, Multiply},
    {"sdiv r0, r1, r2", 0xfb91, 0xf0f2, 4, Form::Divide, Other},
    {"vldr s0, [r0]", 0xed90, 0x0a00, 4, Form::FloatLoad, Load},
    {"vldr d0, [r0]", 0xed90, 0x0b00, 4, Form::FloatLoad, Load, 2},
    {"vpush {d8, d9}", 0xed2d, 0x8b04, 4, Form::FloatStore, Store, 4},
    {"vmul.f32 s0, s1, s2", 0xee20, 0x0a81, 4, Form::Float, Other},
    {"vfma.f32 s0, s1, s2", 0xeea0, 0x0a81, 4, Form::FloatMultiplyAdd, Other},
    {"vdiv.f32 s0, s1, s2", 0xee80, 0x0a81, 4, Form::FloatDivide, Other},
    {"vsqrt.f32 s0, s1", 0xeeb1, 0x0ae0, 4, Form::FloatDivide, Other},
    {"vmov s0, r0", 0xee00, 0x0a10, 4, Form::Float, Other},
    {"dls lr, r1", 0xf041, 0xe001, 4, Form::LoopStart, Branch},
    {"le lr, .", 0xf00f, 0xc001, 4, Form::LoopEnd, Branch},
    {"letp lr, .", 0xf01f, 0xc001, 4, Form::LoopEnd, Branch},
    {"lctp", 0xf00f, 0xe001, 4, Form::Simple, Other},
    {"vctp.8 r0", 0xf000, 0xe801, 4, Form::VectorOther, Mve},
    {"vldrb.u8 q0, [r0], #16", 0xfcb0, 0x1e10, 4, Form::VectorLoad, Mve},
    {"vldrw.u32 q0, [r0]", 0xed90, 0x1f00, 4, Form::VectorLoad, Mve},
    {"vstrb.8 q0, [r0]", 0xed80, 0x1e00, 4, Form::VectorStore, Mve},
    {"vmladava.s8 r0, q0, q1", 0xeef0, 0x0f22, 4, Form::VectorMultiply, Mve},
    {"vmlaldava.s32 r2, r3, q6, q7", 0xeebd, 0x2e2e, 4, Form::VectorMultiply, Mve},
    {"vqrdmulh.s32 q0, q1, q2", 0xff22, 0x0b44, 4, Form::VectorMultiply, Mve},
    {"vaddva.s32 r2, q7", 0xeef9, 0x2f2e, 4, Form::VectorOther, Mve},
    {"vmaxv.s8 r0, q1", 0xeee2, 0x0f02, 4, Form::VectorOther, Mve},
    {"vadd.i8 q0, q1, q2", 0xef02, 0x0844, 4, Form::VectorOther, Mve},
    {"vdup.8 q0, r1", 0xeee0, 0x1b10, 4, Form::VectorOther, Mve},
    {"vpst", 0xfe71, 0x0f4d, 4, Form::VectorOther, Mve},
};

class Thumb : public testing::TestWithParam<Case> {};

TEST_P(Thumb, Decodes) {
  const Case& expected = GetParam();
  const Instruction instruction = decode_thumb(expected.first, expected.second);
  EXPECT_EQ(instruction.bytes, expected.bytes);
  EXPECT_EQ(instruction.form, expected.form);
  EXPECT_EQ(class_of(instruction.form), expected.kind) << to_string(class_of(instruction.form));
  EXPECT_EQ(instruction.registers, expected.registers);
  EXPECT_EQ(instruction.sets_pc, expected.sets_pc);
  EXPECT_EQ(is_branch(instruction), expected.kind == Branch || expected.sets_pc);
}

INSTANTIATE_TEST_SUITE_P(Instructions, Thumb, testing::ValuesIn(cases));

TEST(ThumbText, NamesEveryClass) {
  EXPECT_EQ(to_string(Load), "load");
  EXPECT_EQ(to_string(Mve), "mve");
  EXPECT_EQ(to_string(Other), "other");
}

}  // namespace
}  // namespace pudu::emulator

// The reader on ExecuTorch's own programs, and on programs of which one thing was changed: each must be refused, with a
// message that says where and what.
#include "pte/read.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "pte/testing/editable_program.hpp"

namespace pudu::pte {
namespace {

using testing::EditableProgram;
using testing::fixture;
using ::testing::HasSubstr;

// tiny_cnn.pte: 0 quantize %21 -> %22, 1 depthwise -> %29 with scratch %28, 2 max pool -> %44, 3 conv -> %63 with
// scratch %62, 4 max pool -> %77, 5 clone -> %95, 6 linear %102 (a view of %95) -> %103, 7 dequantize -> %114.
constexpr std::size_t depthwise = 1, conv = 3, linear = 6, dequantize = 7;

struct Refusal {
  std::string name;
  std::function<void(EditableProgram&)> edit;
  std::string message;
  ErrorKind kind = ErrorKind::InvalidInput;
};

/// For a message's sake: gtest prints parameters.
void PrintTo(const Refusal& refusal, std::ostream* stream) {
  *stream << refusal.name;
}

const std::vector<Refusal>& refusals() {
  static const std::vector<Refusal> table = {
      // Calls.
      {"ArgumentMissing", [](EditableProgram& p) { p.call(depthwise).args.pop_back(); },
       "instruction 1 cortex_m::quantized_depthwise_conv2d: 15 arguments; 16: input, weight, bias, stride, "},
      {"ArgumentTooMany", [](EditableProgram& p) { p.call(dequantize).args.push_back(0); },
       "instruction 7 cortex_m::dequantize_per_tensor: 9 arguments; 8: "},
      {"ArgumentOutOfRange", [](EditableProgram& p) { p.call(conv).args[1] = 120; },
       "instruction 3 cortex_m::quantized_conv2d, argument 1 (weight): value 120; the plan has 120 values"},
      {"ArgumentNegative", [](EditableProgram& p) { p.call(conv).args[0] = -1; },
       "instruction 3 cortex_m::quantized_conv2d, argument 0 (input): value -1; "},
      {"ArgumentOfOtherKind", [](EditableProgram& p) { p.call(conv).args[6] = 63; },
       "instruction 3 cortex_m::quantized_conv2d, argument 6 (input_offset): value 63, which is Tensor; int"},
      {"OptionalTensorOfOtherKind", [](EditableProgram& p) { p.call(conv).args[2] = 30; },
       "argument 2 (bias): value 30, which is Int; Tensor?"},
      {"ReturnedIsNotOut", [](EditableProgram& p) { p.call(conv).args.back() = 44; },
       "argument 14 (returned): value 44; value 63, which is `out`"},
      {"WritesConstant",
       [](EditableProgram& p) {
         p.call(conv).args[13] = 14;
         p.call(conv).args[14] = 14;
       },
       "argument 13 (out): value 14, a constant; a tensor that may be written"},
      {"OperatorOutOfRange", [](EditableProgram& p) { p.call(conv).op_index = 7; },
       "instruction 3: operator 7; the plan has 7 operators"},
      {"OperatorNegative", [](EditableProgram& p) { p.call(conv).op_index = -1; }, "instruction 3: operator -1; "},
      {"OperatorWithoutName", [](EditableProgram& p) { p.plan().operators[3]->name.clear(); },
       "an operator without a name"},
      {"ListItemOutOfRange", [](EditableProgram& p) { p.value(32).AsIntList()->items[1] = 1000; },
       "value 32, an item of the list: value 1000; the plan has 120 values"},
      {"ListItemNoInt", [](EditableProgram& p) { p.value(32).AsIntList()->items[1] = 22; },
       "value 32, an item of the list: value 22, which is Tensor; Int"},
      {"InputOutOfRange", [](EditableProgram& p) { p.plan().inputs[0] = 120; }, "input: value 120; the plan has 120"},
      {"OutputNegative", [](EditableProgram& p) { p.plan().outputs[0] = -2; }, "output: value -2; "},
      {"ChainInputOutOfRange", [](EditableProgram& p) { p.plan().chains[0]->inputs = {500}; },
       "chain, input: value 500; "},
      // Instructions that Cortex-M programs have not.
      {"DelegateOfNone",
       [](EditableProgram& p) { p.plan().chains[0]->instructions[0]->instr_args.Set(wire::DelegateCallT()); },
       "instruction 0: a call of delegate 0; kernel calls"},
      {"Move", [](EditableProgram& p) { p.plan().chains[0]->instructions[0]->instr_args.Set(wire::MoveCallT()); },
       "instruction 0: MoveCall; kernel calls, ", ErrorKind::Unsupported},
      {"Delegates",
       [](EditableProgram& p) { p.plan().delegates.push_back(std::make_unique<wire::BackendDelegateT>()); },
       "execution plan 0: 1 delegates; ", ErrorKind::Unsupported},
      {"NoInstruction", [](EditableProgram& p) { p.plan().chains[0]->instructions[0]->instr_args.Reset(); },
       "instruction 0: an instruction of type 0; "},
      // Values and tensors.
      {"NoValue", [](EditableProgram& p) { p.value(23).Reset(); }, "value 23: no content; "},
      {"ScalarType", [](EditableProgram& p) { p.tensor(29).scalar_type = 12; }, "value 29: scalar type 12; "},
      {"DimOrderTwice",
       [](EditableProgram& p) {
         p.tensor(29).dim_order = {0, 2, 2, 1};
       },
       "value 29: dim order [0, 2, 2, 1]; a permutation of 4 dimensions"},
      {"DimOrderShort",
       [](EditableProgram& p) {
         p.tensor(29).dim_order = {0, 1, 2};
       },
       "value 29: dim order [0, 1, 2]"},
      {"SizeNegative", [](EditableProgram& p) { p.tensor(29).sizes[1] = -8; }, "value 29: size -8; 0 or more"},
      {"SizeHuge", [](EditableProgram& p) { p.tensor(29).sizes.assign(4, INT32_MAX); }, "value 29: more than 4 GiB; "},
      {"RankHuge",
       [](EditableProgram& p) {
         p.tensor(29).sizes.assign(17, 1);
         p.tensor(29).dim_order.resize(17);
       },
       "value 29: a tensor of 17 dimensions; at most 16"},
      {"StorageOffset", [](EditableProgram& p) { p.tensor(29).storage_offset = 1; }, "value 29: storage offset 1; 0"},
      {"Layout", [](EditableProgram& p) { p.tensor(29).layout = 2; }, "value 29: layout 2; 0, strided"},
      {"Unbounded", [](EditableProgram& p) { p.tensor(29).shape_dynamism = 2; }, "value 29: shape dynamism 2; ",
       ErrorKind::Unsupported},
      {"External",
       [](EditableProgram& p) {
         p.tensor(14).extra_tensor_info = std::make_unique<wire::ExtraTensorInfoT>();
         p.tensor(14).extra_tensor_info->location = 1;
       },
       "value 14: its bytes are in another file; ", ErrorKind::Unsupported},
      // Places.
      {"MemoryIdZero", [](EditableProgram& p) { p.tensor(29).allocation_info->memory_id = 0; },
       "value 29: memory id 0; 1 to 1"},
      {"MemoryIdTooLarge", [](EditableProgram& p) { p.tensor(29).allocation_info->memory_id = 2; },
       "value 29: memory id 2; 1 to 1"},
      {"BehindThePool", [](EditableProgram& p) { p.tensor(29).allocation_info->memory_offset_low = 1600; },
       "value 29: 6272 bytes at offset 1600 of memory 1; the memory has 7840 bytes"},
      {"FarBehindThePool", [](EditableProgram& p) { p.tensor(29).allocation_info->memory_offset_high = 1; },
       "value 29: 6272 bytes at offset 4294967296 of memory 1; "},
      {"PoolTooSmall", [](EditableProgram& p) { p.plan().non_const_buffer_sizes[1] = 7839; },
       "value 44: 1568 bytes at offset 6272 of memory 1; the memory has 7839 bytes"},
      {"PoolNegative", [](EditableProgram& p) { p.plan().non_const_buffer_sizes[1] = -1; },
       "execution plan 0, memory pool 1: -1 bytes; "},
      {"NoPools", [](EditableProgram& p) { p.plan().non_const_buffer_sizes.clear(); },
       "execution plan 0: no sizes of memory pools; "},
      {"ConstantIndex", [](EditableProgram& p) { p.tensor(14).data_buffer_idx = 21; },
       "value 14: data 21 of the constant segment; it has 21 entries"},
      {"ConstantTooLarge", [](EditableProgram& p) { p.tensor(20).sizes = {11}; },
       "value 20: 44 bytes at offset 11056 of the constant segment; it has 11096 bytes"},
      {"ConstantOffset", [](EditableProgram& p) { p.program.constant_segment->offsets[20] = 20000; },
       "constant segment, offset 20: 20000; 0 to 11096"},
      {"SegmentIndex", [](EditableProgram& p) { p.program.constant_segment->segment_index = 1; },
       "constant segment: segment 1; the program has 1 segments"},
      {"SegmentTooLarge", [](EditableProgram& p) { p.program.segments[0]->size = 11097; },
       "segment 0: 11097 bytes at offset 0; the file holds 11096 bytes of segments"},
      {"SegmentOffset", [](EditableProgram& p) { p.program.segments[0]->offset = UINT64_MAX; },
       "segment 0: 11096 bytes at offset 18446744073709551615; "},
      // The flow of data.
      {"OutputOverInput", [](EditableProgram& p) { p.tensor(44).allocation_info->memory_offset_low = 6000; },
       "instruction 2 cortex_m::quantized_max_pool2d, argument 10 (out): value 44, 1568 bytes at offset 6000 of memory "
       "1, which lies over argument 0 (input); "},
      {"ScratchOverInput", [](EditableProgram& p) { p.tensor(28).allocation_info->memory_offset_low = 6912; },
       "instruction 1 cortex_m::quantized_depthwise_conv2d, argument 13 (scratch): value 28, 136 bytes at offset 6912 "
       "of memory 1, which lies over argument 0 (input); "},
      {"ReadsWhatNobodyWrote", [](EditableProgram& p) { p.call(0).args[0] = 114, p.plan().inputs.clear(); },
       "instruction 0 cortex_m::quantize_per_tensor, argument 0 (input): value 114, 40 bytes at offset 0 of memory 1, "
       "which nothing has written; "},
      {"ReadsWhatWasOverwritten", [](EditableProgram& p) { p.call(dequantize).args[0] = 44; },
       "instruction 7 cortex_m::dequantize_per_tensor, argument 0 (input): value 44, 1568 bytes at offset 6272 of "
       "memory 1, part of which instruction 6 has written over; "},
      // Scratch.
      {"ScratchTooSmall", [](EditableProgram& p) { p.tensor(62).sizes = {319}; },
       "instruction 3 cortex_m::quantized_conv2d, argument 12 (scratch): 319 bytes of scratch; cmsis-nn kernels need "
       "320 on ISA mve\nhint: recompile the model or downgrade the runtime"},
      {"ScratchForOtherIsa", [](EditableProgram& p) { p.tensor(62).sizes = {288}; }, "288 bytes of scratch; "},
      {"ConvolutionOfOtherRank",
       [](EditableProgram& p) {
         p.tensor(14).sizes = {16, 9, 8};
         p.tensor(14).dim_order = {0, 1, 2};
       },
       "instruction 3 cortex_m::quantized_conv2d: shapes, strides or paddings that no kernel takes; "},
      {"StrideOfOneNumber", [](EditableProgram& p) { p.value(66).AsIntList()->items.pop_back(); },
       "instruction 3 cortex_m::quantized_conv2d: shapes, strides or paddings that no kernel takes; "},
      // Plans.
      {"NoPlan", [](EditableProgram& p) { p.program.execution_plan.clear(); }, "execution plans: none; at least one"},
      {"NoChains", [](EditableProgram& p) { p.plan().chains.clear(); }, "execution plan 0: no chains; at least one"},
      {"NoName", [](EditableProgram& p) { p.plan().name.clear(); }, "execution plan 0: no name; "},
      {"Version", [](EditableProgram& p) { p.program.version = 1; }, "program version: 1; 0", ErrorKind::Unsupported},
      {"InlineConstants",
       [](EditableProgram& p) {
         for (int i = 0; i < 2; ++i) p.program.constant_buffer.push_back(std::make_unique<wire::BufferT>());
       },
       "constants: they are inside the flatbuffer; a constant segment", ErrorKind::Unsupported},
  };
  return table;
}

class PteRefusals : public ::testing::TestWithParam<Refusal> {};

TEST_P(PteRefusals, SaysWhereAndWhat) {
  EditableProgram program("tiny_cnn.pte");
  GetParam().edit(program);
  const std::vector<std::byte> file = program.build();
  const auto read_program = read(file);
  ASSERT_FALSE(read_program.ok());
  EXPECT_EQ(read_program.error().kind, GetParam().kind);
  EXPECT_THAT(to_string(read_program.error()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(Edits, PteRefusals, ::testing::ValuesIn(refusals()),
                         [](const auto& instance) { return instance.param.name; });

TEST(PteReader, ReadsWhatExecuTorchMade) {
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(PUDU_SOURCE_DIR) / "tests/data/pte")) {
    if (entry.path().extension() != ".pte") continue;
    ++count;
    const std::string name = entry.path().filename().string();
    const std::vector<std::byte> file = fixture(name);
    const auto program = read(file);
    ASSERT_TRUE(program.ok()) << name << "\n" << to_string(program.error());
    EXPECT_EQ(program->main().name, "forward") << name;
    EXPECT_EQ(program->main().pool_bytes.size(), 1) << name;
    EXPECT_FALSE(program->metadata) << name;
    EXPECT_EQ(program->file_bytes, file.size()) << name;
  }
  EXPECT_GE(count, 17);
}

TEST(PteReader, ReadsValues) {
  const std::vector<std::byte> file = fixture("tiny_cnn.pte");
  const auto program = read(file);
  ASSERT_TRUE(program.ok());
  const Plan& plan = program->main();
  EXPECT_THAT(plan.inputs, ::testing::ElementsAre(21));
  EXPECT_THAT(plan.outputs, ::testing::ElementsAre(114));
  const Tensor& input = *plan.tensor(21);
  EXPECT_EQ(input.type, ScalarType::Float32);
  EXPECT_THAT(input.sizes, ::testing::ElementsAre(1, 1, 28, 28));
  EXPECT_THAT(input.dim_order, ::testing::ElementsAre(0, 2, 1, 3));
  EXPECT_EQ(input.bytes, 3136);
  EXPECT_EQ(input.place->offset, 0);
  const Tensor& weight = *plan.tensor(5);
  EXPECT_TRUE(weight.is_constant());
  EXPECT_EQ(weight.data.size(), 72);
  EXPECT_EQ(weight.data.data(), file.data() + weight.data_offset);
  EXPECT_EQ(std::get<double>(plan.values[23]), 0.026170428842306137);
  EXPECT_THAT(plan.integers(std::get<IntList>(plan.values[32])), ::testing::ElementsAre(1, 1));
  EXPECT_TRUE(std::holds_alternative<Null>(plan.values[104]));
}

TEST(PteReader, AcceptsTheUnchangedProgram) {
  const std::vector<std::byte> file = EditableProgram("tiny_cnn.pte").build();
  const auto program = read(file);
  EXPECT_TRUE(program.ok()) << to_string(program.error());
}

TEST(PteReader, ReportsAllFaultsOfALevel) {
  EditableProgram program("tiny_cnn.pte");
  program.call(depthwise).args.pop_back();
  program.call(conv).args[1] = 120;
  program.call(linear).args[4] = 103;
  const auto result = read(program.build());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().diagnostics.size(), 3);
}

TEST(PteReader, TooManyFaultsAreCounted) {
  EditableProgram program("tiny_cnn.pte");
  program.plan().inputs.assign(250, -1);
  const auto result = read(program.build());
  ASSERT_FALSE(result.ok());
  ASSERT_EQ(result.error().diagnostics.size(), 101);
  EXPECT_EQ(result.error().diagnostics.back().found, "and 150 more faults");
}

TEST(PteReader, OtherIsaNeedsMoreScratch) {
  const std::vector<std::byte> m55 = fixture("tiny_cnn.pte"), m4 = fixture("tiny_cnn_m4.pte");
  EXPECT_TRUE(read(m55, {.isa = kernels::Isa::Mve}).ok());
  EXPECT_TRUE(read(m4, {.isa = kernels::Isa::Dsp}).ok());
  const auto refused = read(m4, {.isa = kernels::Isa::Mve});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(to_string(refused.error()), HasSubstr("bytes of scratch; cmsis-nn kernels need "));
}

}  // namespace
}  // namespace pudu::pte

#include "program/program.hpp"

#include <gmock/gmock.h>

#include <array>

#include "base/testing/mutate.hpp"

namespace pudu::program {
namespace {

std::shared_ptr<const std::vector<std::byte>> bytes_of(std::size_t count) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(i * 37));
  return std::make_shared<const std::vector<std::byte>>(std::move(bytes));
}

/// x -> conv (with scratch) -> softmax, plus a constant that shares its data with the weight.
struct Example {
  Program program;
  BufferId x, weight, shared, conv_out, scratch, probabilities;

  Example() {
    program.name = "tiny";
    program.target = {targets::Cpu::M55, targets::Isa::Dsp};
    x = add("x", BufferKind::Input, ElementType::Int8, {1, 2, 2, 3});
    program.buffer(x).quantization = Quantization{0.05F, -3};
    weight = add("conv.weight", BufferKind::Constant, ElementType::Int8, {4, 1, 1, 3});
    program.buffer(weight).data = bytes_of(12);
    shared = add("odd \"name\"\n", BufferKind::Constant, ElementType::Float32, {3});
    program.buffer(shared).data = program.buffer(weight).data;
    conv_out = add("conv.output", BufferKind::Activation, ElementType::Int8, {1, 2, 2, 4});
    scratch = add("conv.scratch", BufferKind::Scratch, ElementType::UInt8, {64});
    probabilities = add("softmax.output", BufferKind::Activation, ElementType::Int8, {1, 16});
    KernelCall conv{
        .name = "conv", .op = "conv2d", .kernel = "conv2d_s8", .source = "model.py:26 in forward", .macs = 48};
    conv.parameters = {{"input_offset", std::vector<std::int64_t>{3}},
                       {"stride", std::vector<std::int64_t>{1, 1}},
                       {"none", std::vector<std::int64_t>{}}};
    conv.operands = {{"input", x}, {"weight", weight}, {"output", conv_out}, {"scratch", scratch}};
    KernelCall softmax{.name = "softmax", .op = "soft max", .kernel = "softmax_s8"};
    softmax.parameters = {{"beta", std::vector<double>{1.0}},
                          {"table", std::vector<double>{0.1, -2.5e-8}},
                          {"no reals", std::vector<double>{}}};
    softmax.operands = {{"inputs.0", conv_out}, {"output", probabilities}};
    program.calls = {conv, softmax};
    program.inputs = {{"x", x, {1, 3, 2, 2}}};
    program.outputs = {{"softmax", probabilities, {16}}, {"same", x, {1, 2, 2, 3}}};
  }

  BufferId add(std::string name, BufferKind kind, ElementType type, std::vector<std::int64_t> shape) {
    return program.add_buffer({.name = std::move(name), .kind = kind, .type = type, .shape = std::move(shape)});
  }
};

void expect_equal(const Program& a, const Program& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.target, b.target);
  ASSERT_EQ(a.buffers.size(), b.buffers.size());
  for (std::size_t i = 0; i < a.buffers.size(); ++i) {
    const Buffer& left = a.buffers[i];
    const Buffer& right = b.buffers[i];
    EXPECT_EQ(std::tie(left.id, left.name, left.kind, left.type, left.shape, left.quantization),
              std::tie(right.id, right.name, right.kind, right.type, right.shape, right.quantization));
    ASSERT_EQ(left.data == nullptr, right.data == nullptr);
    if (left.data != nullptr) {
      EXPECT_EQ(*left.data, *right.data);
    }
  }
  ASSERT_EQ(a.calls.size(), b.calls.size());
  for (std::size_t i = 0; i < a.calls.size(); ++i) {
    const KernelCall& left = a.calls[i];
    const KernelCall& right = b.calls[i];
    EXPECT_EQ(std::tie(left.name, left.op, left.kernel, left.parameters, left.operands, left.source, left.macs),
              std::tie(right.name, right.op, right.kernel, right.parameters, right.operands, right.source, right.macs));
  }
  const auto expect_equal_ports = [](const std::vector<Port>& left, const std::vector<Port>& right) {
    ASSERT_EQ(left.size(), right.size());
    for (std::size_t i = 0; i < left.size(); ++i) {
      EXPECT_EQ(std::tie(left[i].name, left[i].buffer, left[i].shape),
                std::tie(right[i].name, right[i].buffer, right[i].shape));
    }
  };
  expect_equal_ports(a.inputs, b.inputs);
  expect_equal_ports(a.outputs, b.outputs);
}

TEST(Program, NamesSizesAndLookups) {
  for (const ElementType type :
       {ElementType::Int8, ElementType::UInt8, ElementType::Int16, ElementType::Int32, ElementType::Float32}) {
    EXPECT_EQ(parse_element_type(to_string(type)), type);
  }
  for (const BufferKind kind : {BufferKind::Input, BufferKind::Activation, BufferKind::Scratch, BufferKind::Constant}) {
    EXPECT_EQ(parse_buffer_kind(to_string(kind)), kind);
  }
  EXPECT_EQ(parse_element_type("i64"), std::nullopt);
  EXPECT_EQ(parse_buffer_kind("weights"), std::nullopt);
  EXPECT_EQ(size_in_bytes(ElementType::Int16), 2U);

  const Example example;
  EXPECT_EQ(example.program.buffer(example.shared).bytes(), 12U);
  const KernelCall& call = example.program.calls[0];
  EXPECT_EQ(call.find_operand("weight")->buffer, example.weight);
  EXPECT_EQ(call.find_operand("bias"), nullptr);
  EXPECT_EQ(call.find_parameter("stride")->values,
            (std::variant<std::vector<std::int64_t>, std::vector<double>>(std::vector<std::int64_t>{1, 1})));
  EXPECT_EQ(call.find_parameter("padding"), nullptr);
  EXPECT_TRUE(is_written("output"));
  EXPECT_TRUE(is_written("output_state"));
  EXPECT_TRUE(is_written("scratch"));
  EXPECT_FALSE(is_written("inputs.0"));
}

TEST(ProgramText, ShowsAProgram) {
  EXPECT_EQ(print(Example().program).text,
            R"(program tiny {
  target cortex-m55 dsp
  input %x : i8[1, 2, 2, 3] quant(0.05, -3)
  constant %conv.weight : i8[4, 1, 1, 3] = @0+12
  constant %"odd \"name\"\n" : f32[3] = @0+12
  activation %conv.output : i8[1, 2, 2, 4]
  scratch %conv.scratch : u8[64]
  activation %softmax.output : i8[1, 16]
  call conv = conv2d conv2d_s8(input = %x, weight = %conv.weight, output = %conv.output, scratch = %conv.scratch) {input_offset = 3, stride = [1, 1], none = []} macs 48 from "model.py:26 in forward"
  call softmax = "soft max" softmax_s8(inputs.0 = %conv.output, output = %softmax.output) {beta = 1.0, table = [0.1, -2.5e-08], "no reals" = reals[]}
  take "x" = %x [1, 3, 2, 2]
  return "softmax" = %softmax.output [16]
  return "same" = %x [1, 2, 2, 3]
}
)");
}

TEST(ProgramText, RoundTripsAndKeepsSharing) {
  const Program program = Example().program;
  const ProgramText printed = print(program);
  EXPECT_EQ(printed.constants.size(), 12U);
  const Result<Program> parsed = parse(printed.text, printed.constants);
  ASSERT_TRUE(parsed.ok()) << to_string(parsed.error());
  expect_equal(program, *parsed);
  EXPECT_EQ(parsed->buffers[1].data, parsed->buffers[2].data);
}

TEST(ProgramFile, RoundTrips) {
  const Program program = Example().program;
  const std::string file = serialize(program);
  const Result<Program> read = deserialize(file);
  ASSERT_TRUE(read.ok()) << to_string(read.error());
  expect_equal(program, *read);
  EXPECT_EQ(serialize(*read), file);
}

TEST(ProgramFile, NamesAreNoConstantsLine) {
  Example example;
  example.program.calls[0].source = "\nconstants 3\n";
  const Result<Program> read = deserialize(serialize(example.program));
  ASSERT_TRUE(read.ok()) << to_string(read.error());
  EXPECT_EQ(read->calls[0].source, "\nconstants 3\n");
}

TEST(ProgramFile, CutAndGrownFilesAreRejected) {
  const std::string file = serialize(Example().program);
  for (std::size_t length = 0; length < file.size(); ++length) {
    EXPECT_FALSE(deserialize(std::string_view(file).substr(0, length)).ok()) << length;
  }
  EXPECT_EQ(to_string(deserialize(file + "x").error()), "error: line 'constants <bytes>': 13 bytes behind it; 12");
  EXPECT_EQ(to_string(deserialize("program").error()),
            "error: line 'constants <bytes>': it is missing; it stands between a program and its constants");
  EXPECT_EQ(to_string(deserialize("program\nconstants many\n").error()),
            "error: line 'constants <bytes>': no number; a number of bytes");
}

struct ErrorCase {
  std::string_view body;  ///< the lines from the third on
  std::string_view message;
};

TEST(ProgramText, ErrorsNameTheLine) {
  const ErrorCase cases[] = {
      {"",
       "error: line 3: found the end of the text; expected 'input', 'activation', 'scratch', 'constant', 'state', "
       "'call', "
       "'take', 'return' or '}'"},
      {"target cortex-m55 mve",
       "error: line 3: found 'target'; expected 'input', 'activation', 'scratch', 'constant', 'state', 'call', 'take', "
       "'return' or '}'"},
      {"input x", "error: line 3: found 'x'; expected '%'"},
      {"input %x : i64[1]", "error: line 3: found 'i64'; expected an element type: i8, u8, i16, i32 or f32"},
      {"input %x : i8[-1]", "error: line 3: found '-1'; expected a size from 1 to 2147483647"},
      {"input %x : i8[1] quant(0.5)", "error: line 3: found ')'; expected ','"},
      {"input %x : i8[1]\ninput %x : i8[1]", "error: line 4: found 'x'; expected a name that no earlier buffer has"},
      {"input %x : i8[1] = @0+1", "error: line 3: found '='; expected the end of the line"},
      {"constant %x : i8[2] = @0+2", "error: line 3: constant at @0+2; there are 1 bytes of constants"},
      {"constant %x : i8[2] = @0+1\n}", "error: buffer 'x': data of 1 bytes; i8[2] takes 2"},
      {"}", "error: constants: 1 bytes; the text refers to the first 0 only"},
      {"call c = op kernel(input = %x)", "error: line 3: found 'x'; expected a buffer that an earlier line defines"},
      {"call c = op kernel(input %x)", "error: line 3: found '%'; expected '='"},
      {"call c = op kernel() {a = b}", "error: line 3: found 'b'; expected a number"},
      {"call c = op kernel() {a = [1, 2.0]}", "error: line 3: found '2.0'; expected an integer, as before"},
      {"call c = op kernel() {a = [2.0, 1]}", "error: line 3: found '1'; expected a real, as before"},
      {"call c = op kernel() {a = reals 1}", "error: line 3: found '1'; expected '['"},
      {"call c = op kernel() {a = reals[1]}", "error: line 3: found '1'; expected ']'"},
      {"call c = op kernel() {a = [1 2]}", "error: line 3: found '2'; expected ',' or ']'"},
      {"call c = op kernel() {a = 1 2}", "error: line 3: found '2'; expected ',' or '}'"},
      {"call c = op kernel() macs -1",
       "error: line 3: found '-1'; expected a number of multiply-accumulates from 0 to 9223372036854775807"},
      {"take x = %x", "error: line 3: found 'x'; expected the port's name in quotes"},
  };
  const std::array<std::byte, 1> constants{};
  for (const ErrorCase& test : cases) {
    const Result<Program> parsed = parse("program p {\ntarget cortex-m4 dsp\n" + std::string(test.body), constants);
    ASSERT_FALSE(parsed.ok()) << test.body;
    EXPECT_EQ(to_string(parsed.error()), test.message) << test.body;
    EXPECT_EQ(parsed.error().kind, ErrorKind::InvalidInput);
  }
}

TEST(ProgramText, UnknownTargetsAreUnsupported) {
  const Result<Program> parsed = parse("program p {\n  target cortex-m4 mve\n}\n", {});
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().kind, ErrorKind::Unsupported);
  EXPECT_EQ(to_string(parsed.error()),
            "error: line 2: ISA 'mve' is not supported by cortex-m4; supported: scalar, dsp");
}

TEST(ProgramFile, EditedFilesGiveAnErrorOrAProgramThatRoundTrips) {
  base::testing::Mutator mutator(5);
  const std::string file = serialize(Example().program);
  int read_count = 0;
  for (int i = 0; i < 20000; ++i) {
    const Result<Program> read = deserialize(mutator.mutate(file));
    if (!read) {
      EXPECT_FALSE(to_string(read.error()).empty());
      continue;
    }
    ++read_count;
    const std::string again = serialize(*read);
    const Result<Program> reread = deserialize(again);
    ASSERT_TRUE(reread.ok()) << again << to_string(reread.error());
    EXPECT_EQ(serialize(*reread), again);
  }
  EXPECT_GT(read_count, 100);
  EXPECT_LT(read_count, 19000);
}

struct VerifyCase {
  void (*damage)(Example& example);
  std::string_view message;
};

TEST(Verify, NamesEveryFault) {
  const VerifyCase cases[] = {
      {[](Example& e) { e.program.name = "3d-net"; }, "error: program '3d-net': its name; a C++ identifier"},
      {[](Example& e) {
         e.program.target = {targets::Cpu::M3, targets::Isa::Mve};
       },
       "error: target cortex-m3: ISA mve; an ISA of this CPU"},
      {[](Example& e) { e.program.buffer(e.scratch).name = "x"; },
       "error: buffer 'x': name used twice; names of buffers are unique"},
      {[](Example& e) { e.program.buffer(e.scratch).name = ""; },
       "error: buffer '': empty name; every buffer has a name"},
      {[](Example& e) { e.program.buffer(e.scratch).id = e.x; },
       "error: buffer 'conv.scratch': id 0; a buffer's id is its position, here 4"},
      {[](Example& e) { e.program.buffer(e.scratch).shape = {0}; },
       "error: buffer 'conv.scratch': shape [0]; positive sizes, at most 2147483647 elements"},
      {[](Example& e) {
         e.program.buffer(e.scratch).shape = {INT64_MAX, INT64_MAX};
       },
       "error: buffer 'conv.scratch': shape [9223372036854775807, 9223372036854775807]; positive sizes, at most "
       "2147483647 elements"},
      {[](Example& e) { e.program.buffer(e.x).quantization->scale = -1; },
       "error: buffer 'x': quantization scale -1.000000; positive and finite"},
      {[](Example& e) { e.program.buffer(e.weight).data = nullptr; },
       "error: buffer 'conv.weight': no data; constants and states have data"},
      {[](Example& e) { e.program.buffer(e.weight).data = bytes_of(11); },
       "error: buffer 'conv.weight': data of 11 bytes; i8[4, 1, 1, 3] takes 12"},
      {[](Example& e) { e.program.buffer(e.x).data = bytes_of(12); },
       "error: buffer 'x': data; only constants and states have data"},
      {[](Example& e) { e.program.calls[1].name = "conv"; },
       "error: call 'conv': name used twice; names of calls are unique"},
      {[](Example& e) { e.program.calls[1].name = ""; }, "error: call '': empty name; every call has a name"},
      {[](Example& e) { e.program.calls[1].op = ""; }, "error: call 'softmax': no operator; every call has one"},
      {[](Example& e) { e.program.calls[1].kernel = ""; }, "error: call 'softmax': no kernel; every call has one"},
      {[](Example& e) { e.program.calls[1].macs = -2; },
       "error: call 'softmax': -2 multiply-accumulates; not negative"},
      {[](Example& e) { e.program.calls[1].parameters[1].name = "beta"; },
       "error: call 'softmax': parameter 'beta' given twice; each once"},
      {[](Example& e) { e.program.calls[0].operands[1].name = "input"; },
       "error: call 'conv': operand 'input' given twice; each once"},
      {[](Example& e) { e.program.calls[0].operands[0].buffer = BufferId{77}; },
       "error: call 'conv', operand 'input': buffer id 77; ids below 6"},
      {[](Example& e) { e.program.calls[0].operands[0].buffer = e.conv_out; },
       "error: call 'conv', operand 'input': activation 'conv.output'; an earlier call writes what a call reads"},
      {[](Example& e) { e.program.calls[1].operands[1].buffer = e.weight; },
       "error: call 'softmax', operand 'output': constant 'conv.weight'; calls write activations and states only\n"
       "error: output 'softmax': buffer 'softmax.output'; one that a call writes"},
      {[](Example& e) { e.program.calls[1].operands[0].buffer = e.scratch; },
       "error: call 'softmax', operand 'inputs.0': scratch 'conv.scratch'; the operand 'scratch', and no other, has a "
       "scratch buffer"},
      {[](Example& e) { e.program.calls[0].operands[3].buffer = e.conv_out; },
       "error: call 'conv', operand 'scratch': activation 'conv.output'; the operand 'scratch', and no other, has a "
       "scratch buffer"},
      {[](Example& e) {
         e.program.calls[1].operands.push_back({"scratch", e.scratch});
       },
       "error: call 'softmax', operand 'scratch': scratch 'conv.scratch'; a scratch buffer serves one call only"},
      {[](Example& e) {
         e.program.inputs[0].buffer = e.conv_out;
         e.program.inputs[0].shape = {16};
       },
       "error: input 'x': activation 'conv.output'; a buffer of kind input"},
      {[](Example& e) { e.program.inputs[0].buffer = BufferId{6}; }, "error: input 'x': buffer id 6; ids below 6"},
      {[](Example& e) { e.program.inputs.push_back(e.program.inputs[0]); },
       "error: input 'x': name used twice; names of inputs are unique"},
      {[](Example& e) { e.program.inputs[0].shape = {13}; },
       "error: input 'x': shape [13]; as many elements as buffer 'x' [1, 2, 2, 3]"},
      {[](Example& e) { e.program.outputs[1].name = "softmax"; },
       "error: output 'softmax': name used twice; names of outputs are unique"},
      {[](Example& e) {
         e.program.outputs[0] = {"s", e.scratch, {64}};
       },
       "error: output 's': buffer 'conv.scratch'; one that a call writes"},
      {[](Example& e) {
         e.program.outputs[0] = {"w", e.weight, {12}};
       },
       "error: output 'w': buffer 'conv.weight'; one that a call writes"},
  };
  ASSERT_TRUE(verify(Example().program).ok()) << to_string(verify(Example().program).error());
  for (const VerifyCase& test : cases) {
    Example example;
    test.damage(example);
    const Status status = verify(example.program);
    ASSERT_FALSE(status.ok()) << test.message;
    EXPECT_EQ(to_string(status.error()), test.message);
  }
}

}  // namespace
}  // namespace pudu::program

// The simulator on small programs of copies and tables: what it refuses, what it computes, and that it notices kernels
// that write outside of the arena and plans that put two live buffers at one place.
#include "simulator/simulator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/copy/copy_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "ops/kernel_binding.hpp"

namespace pudu::simulator {
namespace {

using program::BufferId;
using program::BufferKind;
using program::ElementType;
using ::testing::ElementsAre;
using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

/// A program under construction, with buffers one behind the other in the arena.
class ProgramOf {
 public:
  explicit ProgramOf(std::int32_t elements) : elements_(elements) {
    program.name = "test";
    program.target = {targets::Cpu::M4, targets::Isa::Dsp};
  }

  BufferId input(const char* name) {
    const BufferId id = add(name, BufferKind::Input, elements_);
    program.inputs.push_back({name, id, {elements_}});
    return id;
  }
  void output(BufferId id) { program.outputs.push_back({program.buffer(id).name, id, program.buffer(id).shape}); }

  BufferId copy(const char* name, BufferId source) {
    const BufferId result = add(name, BufferKind::Activation, elements_);
    call(name, "copy_s8", kernels::CopyS8Params{elements_}, {{"input", source}, {"output", result}});
    return result;
  }
  /// result = source + added, through a table.
  BufferId table(const char* name, BufferId source, std::int8_t added) {
    Bytes entries;
    for (int code = -128; code < 128; ++code) entries.push_back(static_cast<std::byte>(code + added));
    const BufferId table_id = constant(std::string(name) + ".table", std::move(entries));
    const BufferId result = add(name, BufferKind::Activation, elements_);
    call(name, "lut_s8", kernels::LutS8Params{elements_}, {{"input", source}, {"table", table_id}, {"output", result}});
    return result;
  }
  BufferId constant(const std::string& name, Bytes data) {
    const BufferId id = add(name, BufferKind::Constant, static_cast<std::int64_t>(data.size()));
    program.buffer(id).data = std::make_shared<const Bytes>(std::move(data));
    return id;
  }
  BufferId add(const std::string& name, BufferKind kind, std::int64_t elements) {
    return program.add_buffer({.name = name, .kind = kind, .type = ElementType::Int8, .shape = {elements}});
  }
  template <class Params>
  void call(const std::string& name, const char* kernel, const Params& params, std::vector<program::Operand> operands) {
    program.calls.push_back({.name = name,
                             .op = "test",
                             .kernel = kernel,
                             .parameters = ops::to_parameters(params),
                             .operands = std::move(operands)});
  }

  /// Every buffer at a place of its own.
  program::MemoryMap spread_out() const {
    program::MemoryMap map;
    map.lifetimes = program::lifetimes(program);
    map.offsets.resize(program.buffers.size());
    for (const program::Buffer& buffer : program.buffers) {
      if (!map.lifetimes[program::index_of(buffer.id)]) continue;
      map.offsets[program::index_of(buffer.id)] = map.arena_bytes;
      map.arena_bytes += (buffer.bytes() + 15) / 16 * 16;
    }
    return map;
  }

  program::Program program;

 private:
  std::int32_t elements_;
};

Result<std::vector<Bytes>> run(const program::Program& program, const program::MemoryMap& map,
                               const std::vector<Bytes>& inputs, FreeMemory free_memory = FreeMemory::Untouched) {
  PUDU_TRY_ASSIGN(Simulator simulator, Simulator::create(program, map, free_memory));
  return simulator.run(inputs);
}

std::string message_of(const Result<std::vector<Bytes>>& result) {
  return result.ok() ? "ok" : to_string(result.error());
}

/// x -> a = x + 1 -> b = a + 1; returns b and a.
struct TwoTables : ProgramOf {
  TwoTables() : ProgramOf(3) {
    x = input("x");
    a = table("a", x, 1);
    b = table("b", a, 1);
    output(b);
    output(a);
  }
  BufferId x, a, b;
};

TEST(Simulator, RunsAProgramAgainAndAgain) {
  const TwoTables model;
  for (const FreeMemory free_memory : {FreeMemory::Untouched, FreeMemory::Poisoned}) {
    auto simulator = Simulator::create(model.program, model.spread_out(), free_memory);
    ASSERT_TRUE(simulator.ok());
    for (int start = 0; start < 3; ++start) {
      const std::vector<Bytes> inputs = {bytes_of({start, 10, -20})};
      const auto outputs = simulator->run(inputs);
      ASSERT_TRUE(outputs.ok()) << to_string(outputs.error());
      EXPECT_THAT(*outputs, ElementsAre(bytes_of({start + 2, 12, -18}), bytes_of({start + 1, 11, -19})));
    }
  }
}

TEST(Simulator, AMovedSimulatorRuns) {
  const TwoTables model;
  auto created = Simulator::create(model.program, model.spread_out());
  ASSERT_TRUE(created.ok());
  Simulator moved = std::move(created).value();
  const std::vector<Bytes> inputs = {bytes_of({1, 2, 3})};
  const auto outputs = moved.run(inputs);
  ASSERT_TRUE(outputs.ok());
  EXPECT_EQ(outputs->front(), bytes_of({3, 4, 5}));
}

TEST(Simulator, AnInputMayBeAnOutput) {
  ProgramOf model(2);
  const BufferId x = model.input("x");
  model.output(x);
  for (const FreeMemory free_memory : {FreeMemory::Untouched, FreeMemory::Poisoned}) {
    const auto outputs = run(model.program, model.spread_out(), {bytes_of({5, 6})}, free_memory);
    ASSERT_TRUE(outputs.ok()) << to_string(outputs.error());
    EXPECT_THAT(*outputs, ElementsAre(bytes_of({5, 6})));
  }
}

TEST(Simulator, AnInputThatIsAnOutputSurvivesTheCalls) {
  ProgramOf model(2);
  const BufferId x = model.input("x");
  const BufferId a = model.table("a", x, 1);
  model.output(model.table("b", a, 1));
  model.output(x);
  const auto outputs = run(model.program, model.spread_out(), {bytes_of({5, 6})}, FreeMemory::Poisoned);
  ASSERT_TRUE(outputs.ok());
  EXPECT_THAT(*outputs, ElementsAre(bytes_of({7, 8}), bytes_of({5, 6})));
}

TEST(Simulator, RefusesTheWrongNumberOfInputs) {
  const TwoTables model;
  const auto result = run(model.program, model.spread_out(), {});
  EXPECT_EQ(message_of(result), "error: inputs: 0 inputs; the model has 1");
  EXPECT_EQ(result.error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(message_of(run(model.program, model.spread_out(), {bytes_of({1, 2, 3}), bytes_of({1, 2, 3})})),
            "error: inputs: 2 inputs; the model has 1");
}

TEST(Simulator, RefusesAnInputOfTheWrongSize) {
  const TwoTables model;
  const auto result = run(model.program, model.spread_out(), {bytes_of({1, 2})});
  EXPECT_EQ(message_of(result), "error: x: 2 bytes; one sample has 3 bytes");
  EXPECT_EQ(result.error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(message_of(run(model.program, model.spread_out(), {bytes_of({1, 2, 3, 4})})),
            "error: x: 4 bytes; one sample has 3 bytes");
}

TEST(Simulator, RefusesAKernelItDoesNotKnow) {
  TwoTables model;
  model.program.calls[1].kernel = "lut_s9";
  const auto result = run(model.program, model.spread_out(), {bytes_of({1, 2, 3})});
  EXPECT_EQ(message_of(result),
            "error: b: unknown kernel 'lut_s9'; the kernels of this version of Pudu\n"
            "hint: compile the model again with this version");
  EXPECT_EQ(result.error().kind, ErrorKind::InvalidInput);
}

TEST(Simulator, RefusesAPlanThatDoesNotFit) {
  const TwoTables model;
  const std::vector<Bytes> inputs = {bytes_of({1, 2, 3})};
  program::MemoryMap cut = model.spread_out();
  cut.arena_bytes = *cut.offsets[program::index_of(model.b)] + 2;
  EXPECT_EQ(message_of(run(model.program, cut, inputs)), "error: b: the memory plan has no room for this buffer");

  program::MemoryMap without = model.spread_out();
  without.offsets[program::index_of(model.a)].reset();
  EXPECT_EQ(message_of(run(model.program, without, inputs)), "error: a: the memory plan has no room for this buffer");

  program::MemoryMap far_away = model.spread_out();
  far_away.offsets[program::index_of(model.a)] = SIZE_MAX;
  EXPECT_EQ(message_of(run(model.program, far_away, inputs)), "error: a: the memory plan has no room for this buffer");

  for (auto shorten : {+[](program::MemoryMap& map) { map.offsets.pop_back(); },
                       +[](program::MemoryMap& map) { map.lifetimes.clear(); }}) {
    program::MemoryMap other = model.spread_out();
    shorten(other);
    const auto result = run(model.program, other, inputs);
    EXPECT_EQ(message_of(result), "error: test: the memory plan is that of another program");
    EXPECT_EQ(result.error().kind, ErrorKind::Internal);
  }
}

TEST(Simulator, ABufferThatNothingUsesNeedsNoPlace) {
  TwoTables model;
  model.add("stray", BufferKind::Activation, 1000);
  const auto outputs = run(model.program, model.spread_out(), {bytes_of({1, 2, 3})}, FreeMemory::Poisoned);
  ASSERT_TRUE(outputs.ok()) << to_string(outputs.error());
  EXPECT_EQ(outputs->front(), bytes_of({3, 4, 5}));
}

/// A copy of more bytes than its buffers have, the result at the end of the arena.
TEST(Simulator, NoticesWritesBehindTheArena) {
  ProgramOf model(16);
  const BufferId x = model.input("x");
  const BufferId y = model.add("y", BufferKind::Activation, 16);
  model.call("long", "copy_s8", kernels::CopyS8Params{17}, {{"input", x}, {"output", y}});
  model.output(y);
  const program::MemoryMap map = model.spread_out();
  const auto result = run(model.program, map, {Bytes(16, std::byte{7})}, FreeMemory::Poisoned);
  EXPECT_EQ(message_of(result), "error: test: a kernel wrote outside of the arena");
  EXPECT_EQ(result.error().kind, ErrorKind::Internal);
}

/// Two live buffers at one place: the second result overwrites the first before it is read.
struct Overlapping : ProgramOf {
  Overlapping() : ProgramOf(4) {
    const BufferId x = input("x");
    first = copy("first", x);
    second = table("second", x, 5);
    const BufferId product = add("product", BufferKind::Activation, 4);
    kernels::MulS8Params params{};
    params.rank = 1;
    params.output_shape[0] = 4;
    params.input1_strides[0] = params.input2_strides[0] = 1;
    params.output_multiplier = 1 << 30;
    params.output_shift = 1;
    params.activation_min = -128;
    params.activation_max = 127;
    call("product", "mul_s8", params, {{"input1", first}, {"input2", second}, {"output", product}});
    output(product);
  }
  BufferId first, second;
};

TEST(Simulator, AValidPlanGivesTheSameBytesPoisoned) {
  const Overlapping model;
  const std::vector<Bytes> inputs = {bytes_of({1, 2, 3, 4})};
  const auto untouched = run(model.program, model.spread_out(), inputs, FreeMemory::Untouched);
  const auto poisoned = run(model.program, model.spread_out(), inputs, FreeMemory::Poisoned);
  ASSERT_TRUE(untouched.ok() && poisoned.ok());
  EXPECT_EQ(untouched->front(), bytes_of({6, 14, 24, 36}));
  EXPECT_EQ(*untouched, *poisoned);
}

/// The plan thinks that `first` is dead when `second` is written. Nothing overwrites it by chance, so that the bytes
/// are right until dead memory is poisoned.
TEST(Simulator, PoisonShowsABufferThatThePlanKillsTooEarly) {
  const Overlapping model;
  program::MemoryMap wrong = model.spread_out();
  wrong.lifetimes[program::index_of(model.first)]->end_step = 2;
  const std::vector<Bytes> inputs = {bytes_of({1, 2, 3, 4})};
  const auto untouched = run(model.program, wrong, inputs, FreeMemory::Untouched);
  const auto poisoned = run(model.program, wrong, inputs, FreeMemory::Poisoned);
  ASSERT_TRUE(untouched.ok() && poisoned.ok());
  EXPECT_EQ(untouched->front(), bytes_of({6, 14, 24, 36}));
  EXPECT_NE(*untouched, *poisoned);
}

/// The place of a buffer that nobody reads may be used again behind the step that wrote it, and a copy onto its own
/// source does no harm: poison is for bytes that nobody reads.
TEST(Simulator, PoisonLeavesWhatIsReadLater) {
  ProgramOf model(4);
  const BufferId x = model.input("x");
  const BufferId dead = model.copy("dead", x);
  const BufferId kept = model.table("kept", x, 0);
  model.output(kept);
  program::MemoryMap map = model.spread_out();
  map.offsets[program::index_of(kept)] = map.offsets[program::index_of(dead)];
  const std::vector<Bytes> inputs = {bytes_of({1, 2, 3, 4})};
  const auto reused = run(model.program, map, inputs, FreeMemory::Poisoned);
  ASSERT_TRUE(reused.ok());
  EXPECT_EQ(reused->front(), inputs.front());
  map.offsets[program::index_of(x)] = map.offsets[program::index_of(dead)];
  const auto onto_itself = run(model.program, map, inputs, FreeMemory::Poisoned);
  ASSERT_TRUE(onto_itself.ok());
  EXPECT_EQ(onto_itself->front(), inputs.front());
}

/// A 3x1 convolution of one channel, which reads its receptive field through scratch.
TEST(Simulator, ScratchIsPoisonedBeforeTheCallAndMayLieAnywhereFree) {
  ProgramOf model(4);
  const BufferId x = model.input("x");
  kernels::Conv2dS8Params params{};
  params.batches = params.input_w = params.input_channels = params.output_w = params.output_channels = 1;
  params.input_h = 4;
  params.output_h = 2;
  params.kernel_h = 3;
  params.kernel_w = params.groups = params.stride_h = params.stride_w = params.dilation_h = params.dilation_w = 1;
  params.activation_min = -128;
  params.activation_max = 127;
  const auto int32 = [&](const char* name, std::int32_t value) {
    Bytes data(4);
    for (std::size_t i = 0; i < 4; ++i) data[i] = static_cast<std::byte>(static_cast<std::uint32_t>(value) >> (8 * i));
    const BufferId id = model.constant(name, data);
    model.program.buffer(id).type = ElementType::Int32;
    model.program.buffer(id).shape = {1};
    return id;
  };
  const std::size_t scratch_bytes = kernels::Conv2dS8::scratch_bytes(params, kernels::Isa::Dsp);
  ASSERT_GT(scratch_bytes, 0U);
  const BufferId weights = model.constant("weights", bytes_of({1, 1, 1}));
  const BufferId bias = int32("bias", 0);
  const BufferId multiplier = int32("multiplier", 1 << 30);
  const BufferId shift = int32("shift", 1);
  const BufferId y = model.add("y", BufferKind::Activation, 2);
  const BufferId scratch = model.add("scratch", BufferKind::Scratch, static_cast<std::int64_t>(scratch_bytes));
  model.call("conv", "conv2d_s8", params,
             {{"input", x},
              {"weights", weights},
              {"bias", bias},
              {"multipliers", multiplier},
              {"shifts", shift},
              {"output", y},
              {"scratch", scratch}});
  model.output(y);
  const std::vector<Bytes> inputs = {bytes_of({1, 2, 3, 4})};
  for (const FreeMemory free_memory : {FreeMemory::Untouched, FreeMemory::Poisoned}) {
    const auto outputs = run(model.program, model.spread_out(), inputs, free_memory);
    ASSERT_TRUE(outputs.ok());
    EXPECT_EQ(outputs->front(), bytes_of({6, 9}));
  }
  program::MemoryMap wrong = model.spread_out();
  wrong.offsets[program::index_of(scratch)] = wrong.offsets[program::index_of(x)];
  const auto poisoned = run(model.program, wrong, inputs, FreeMemory::Poisoned);
  ASSERT_TRUE(poisoned.ok());
  EXPECT_NE(poisoned->front(), bytes_of({6, 9}));
}

TEST(Simulator, ObserversSeeTheArenaAfterEachStep) {
  const TwoTables model;
  const program::MemoryMap map = model.spread_out();
  auto simulator = Simulator::create(model.program, map, FreeMemory::Poisoned);
  ASSERT_TRUE(simulator.ok());
  std::vector<std::size_t> steps;
  std::vector<Bytes> results;
  const std::vector<Bytes> inputs = {bytes_of({1, 2, 3})};
  const auto outputs = simulator->run(inputs, [&](std::size_t step, std::span<const std::byte> arena) {
    steps.push_back(step);
    EXPECT_EQ(arena.size(), map.arena_bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena.data()) % 16, 0U);
    const BufferId written = model.program.calls[step].find_operand("output")->buffer;
    const auto result = arena.subspan(map.offset(written), 3);
    results.emplace_back(result.begin(), result.end());
  });
  ASSERT_TRUE(outputs.ok());
  EXPECT_THAT(steps, ElementsAre(0U, 1U));
  EXPECT_THAT(results, ElementsAre(bytes_of({2, 3, 4}), bytes_of({3, 4, 5})));
}

}  // namespace
}  // namespace pudu::simulator

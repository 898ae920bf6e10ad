// Emitted models that keep state: initialized before the first run, kept from run to run, given back by reset();
// nothing of it in models without.
#include "emitters/cpp/states.hpp"

#include <gmock/gmock.h>

#include "emitters/cpp/cpp_emitter.hpp"
#include "emitters/cpp/testing/host_compiler.hpp"

namespace pudu::emitters {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Bytes = std::vector<std::byte>;

/// a and b are returned; a becomes x, b becomes a.
constexpr std::string_view chain = R"(program chain {
  target cortex-m4 dsp
  input %x : i8[3]
  state %a : i8[3] = @0+3
  state %b : i8[3] = @3+3
  activation %out_a : i8[3]
  activation %out_b : i8[3]
  call out_a = copy copy_s8(input = %a, output = %out_a) {bytes = 3}
  call out_b = copy copy_s8(input = %b, output = %out_b) {bytes = 3}
  call b.keep = copy copy_s8(input = %a, output = %b) {bytes = 3}
  call a.keep = copy copy_s8(input = %x, output = %a) {bytes = 3}
  take "x" = %x [3]
  return "a" = %out_a [3]
  return "b" = %out_b [3]
}
)";

struct Emitted {
  explicit Emitted(const std::vector<int>& initial) {
    Bytes constants;
    for (const int value : initial) constants.push_back(static_cast<std::byte>(value));
    const auto program = program::parse(chain, constants);
    EXPECT_TRUE(program) << to_string(program.error());
    program::MemoryMap map;
    map.lifetimes = program::lifetimes(*program);
    map.offsets = {0, std::nullopt, std::nullopt, 16, 32};
    map.arena_bytes = 48;
    program::place_states(*program, map);
    files = emit_cpp(*program, map, {"chain.tflite", "1.0"}).value();
    for (const base::OutputFile& file : files) {
      if (file.path == "model.cpp") source = file.content;
      if (file.path == "model.hpp") header = file.content;
    }
  }

  std::vector<base::OutputFile> files;
  std::string source, header;
};

const std::string main_program =
    "#include <cstdio>\n#include \"model.hpp\"\n"
    R"(
static void step(int value) {
  const std::int8_t x[] = {static_cast<std::int8_t>(value), 1, 2};
  std::int8_t a[3], b[3];
  if (chain::run(x, a, b) != pudu::RunStatus::Ok) std::printf("failed");
  std::printf("%d %d %d %d %d %d\n", a[0], a[1], a[2], b[0], b[1], b[2]);
}
int main() {
  step(10);
  step(20);
  chain::reset();
  step(30);
  return chain::state_bytes == 19 ? 0 : 1;
}
)";

TEST(EmittedStates, AreKeptUntilReset) {
  Emitted model({7, -8, 9, -3, -3, -3});
  model.files.push_back({"main.cpp", main_program});
  const auto outcome = testing::build_and_run(model.files);
  ASSERT_TRUE(outcome.compiled) << outcome.messages;
  EXPECT_EQ(outcome.output, "7 -8 9 -3 -3 -3\n10 1 2 7 -8 9\n7 -8 9 -3 -3 -3\n");
  EXPECT_THAT(model.source, HasSubstr("std::memcpy(states + 0, state_values::state_1, 3);"));
  EXPECT_THAT(model.source, HasSubstr("std::memset(states + 16, 253, 3);"));
}

TEST(EmittedStates, ThatBeginWithZerosTakeNoFlash) {
  const Emitted model({0, 0, 0, 0, 0, 0});
  EXPECT_THAT(model.source, HasSubstr("std::uint8_t states[state_bytes];"));
  EXPECT_THAT(model.source, HasSubstr("std::memset(states + 0, 0, 3);"));
}

TEST(EmittedStates, AreAbsentFromModelsWithoutAny) {
  const auto program = program::parse(R"(program plain {
  target cortex-m4 dsp
  input %x : i8[3]
  activation %y : i8[3]
  call y = copy copy_s8(input = %x, output = %y) {bytes = 3}
  take "x" = %x [3]
  return "y" = %y [3]
}
)",
                                      {});
  ASSERT_TRUE(program);
  program::MemoryMap map;
  map.lifetimes = program::lifetimes(*program);
  map.offsets = {0, 16};
  map.arena_bytes = 32;
  const auto files = emit_cpp(*program, map, {"plain.tflite", "1.0"});
  ASSERT_TRUE(files);
  for (const base::OutputFile& file : *files) {
    if (!file.path.starts_with("model.")) continue;
    EXPECT_THAT(file.content, Not(HasSubstr("reset")));
    EXPECT_THAT(file.content, Not(HasSubstr("state")));
  }
}

}  // namespace
}  // namespace pudu::emitters

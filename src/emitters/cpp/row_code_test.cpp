// Emitted code of schedules that run row by row, compiled and run: its bytes are the simulator's of the layers one
// after the other, from run() and from feed_row(); what feed_row() refuses; and that a plan without rows has none of
// it.
#include "emitters/cpp/row_code.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emitters/cpp/cpp_emitter.hpp"
#include "emitters/cpp/testing/host_compiler.hpp"
#include "ops/registry.hpp"
#include "ops/testing/row_chain.hpp"

namespace pudu::emitters {
namespace {

using ops::testing::ChainInput;
using ops::testing::RowChain;
using ::testing::HasSubstr;
using ::testing::Not;
using Bytes = std::vector<std::byte>;

std::string content_of(const std::vector<base::OutputFile>& files, std::string_view path) {
  for (const base::OutputFile& file : files) {
    if (file.path == path) return file.content;
  }
  return "";
}

std::vector<base::OutputFile> emitted(const RowChain& chain, const program::MemoryMap& map) {
  auto files = emit_cpp(chain.program, map, {"chain.pt2", "1.0"});
  EXPECT_TRUE(files) << to_string(files.error());
  return files ? std::move(*files) : std::vector<base::OutputFile>();
}

/// The layers, with every buffer whole.
std::string expected_output(const RowChain& chain, const Bytes& input) {
  std::vector<Bytes> contents;
  for (const program::Buffer& buffer : chain.program.buffers) {
    contents.push_back(buffer.data ? *buffer.data : Bytes(buffer.bytes()));
  }
  contents[program::index_of(chain.input)] = input;
  for (const program::KernelCall& call : chain.program.calls) {
    ops::find_kernel(call.kernel)->run(call.parameters, [&](std::string_view name) -> void* {
      const program::Operand* operand = call.find_operand(name);
      return operand != nullptr ? contents[program::index_of(operand->buffer)].data() : nullptr;
    });
  }
  std::string text;
  for (const std::byte each : contents[program::index_of(chain.output)]) {
    text += fmt::format("{} ", static_cast<int>(static_cast<signed char>(each)));
  }
  return text + "\n";
}

std::string input_array(const Bytes& input) {
  std::string text = "static const std::int8_t x[] = {";
  for (const std::byte each : input) text += fmt::format("{}, ", static_cast<int>(static_cast<signed char>(each)));
  return text + "};\n";
}

const std::string prelude =
    "#include <cstdio>\n#include \"model.hpp\"\n"
    "static void print(const std::int8_t* values, std::size_t count) {\n"
    "  for (std::size_t i = 0; i < count; ++i) std::printf(\"%d \", values[i]);\n"
    "  std::printf(\"\\n\");\n}\n";

const std::string run_twice =
    "int main() {\n  std::int8_t y[60];\n"
    "  for (int i = 0; i < 2; ++i) {\n"
    "    if (chain::run(x, y) != pudu::RunStatus::Ok) return 1;\n    print(y, 60);\n  }\n  return 0;\n}\n";

TEST(EmittedRows, GiveTheBytesOfLayers) {
  for (std::uint32_t seed = 1; seed < 4; ++seed) {
    RowChain chain(seed);
    const Bytes input = chain.random_input();
    for (const ChainInput form : {ChainInput::Whole, ChainInput::Fed}) {
      std::vector<base::OutputFile> files = emitted(chain, chain.streamed(form));
      files.push_back({"main.cpp", prelude + input_array(input) + run_twice});
      const auto outcome = testing::build_and_run(files);
      ASSERT_TRUE(outcome.compiled) << outcome.messages;
      const std::string expected = expected_output(chain, input);
      EXPECT_EQ(outcome.output, expected + expected);
    }
  }
}

TEST(EmittedRows, ArriveOneByOne) {
  RowChain chain;
  const Bytes input = chain.random_input();
  std::vector<base::OutputFile> files = emitted(chain, chain.streamed(ChainInput::Fed));
  files.push_back({"main.cpp", prelude + input_array(input) + R"(
static void feed(int rows) {
  for (int i = 0; i < rows; ++i) {
    const auto status = chain::feed_row({x + i * chain::fed_row_bytes, chain::fed_row_bytes});
    std::printf("%d ", static_cast<int>(status));
  }
}
int main() {
  feed(1);
  chain::begin();
  feed(3);
  std::printf("%d ", static_cast<int>(chain::feed_row({x, 3})));
  chain::begin();
  feed(9);
  std::printf("%d %d\n", chain::input_data(0) == nullptr, static_cast<int>(chain::fed_rows));
  print(static_cast<const std::int8_t*>(chain::output_data(0)), 60);
  return 0;
}
)"});
  const auto outcome = testing::build_and_run(files);
  ASSERT_TRUE(outcome.compiled) << outcome.messages;
  // Not begun; three rows; a part of a row; eight rows, and a ninth.
  EXPECT_EQ(outcome.output, "6 5 5 5 1 5 5 5 5 5 5 5 0 6 1 8\n" + expected_output(chain, input));
}

TEST(EmittedRows, AreCasesOfASwitch) {
  RowChain chain;
  const std::string source = content_of(emitted(chain, chain.streamed()), "model.cpp");
  EXPECT_THAT(source, HasSubstr("constexpr std::uint8_t region_0_events[] = {\n    0, 1, 2, 3,"));
  EXPECT_THAT(source, HasSubstr("pudu::kernels::move_down(arena + "));
  EXPECT_THAT(source, HasSubstr("#include \"kernels/move_rows.hpp\""));
  // The top of the image, its interior, its bottom; 1x1 layers have no border.
  EXPECT_THAT(source, HasSubstr("wide_params_v3"));
  EXPECT_THAT(source, Not(HasSubstr("wide_params_v4")));
  EXPECT_THAT(source, Not(HasSubstr("point_params_v2")));
}

TEST(EmittedRows, AreAbsentFromLayers) {
  RowChain chain;
  const std::vector<base::OutputFile> files = emitted(chain, chain.layerwise());
  for (const base::OutputFile& file : files) {
    EXPECT_THAT(file.path, Not(HasSubstr("move_rows")));
    if (!file.path.starts_with("model.")) continue;
    EXPECT_THAT(file.content, Not(HasSubstr("region")));
    EXPECT_THAT(file.content, Not(HasSubstr("feed")));
  }
}

}  // namespace
}  // namespace pudu::emitters

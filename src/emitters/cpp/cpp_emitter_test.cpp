// The emitted C++: it compiles without warnings for every kernel, runs, tells wrong sizes, and no name of a model can
// break it.
#include "emitters/cpp/cpp_emitter.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/parallel.hpp"
#include "emitters/cpp/testing/host_compiler.hpp"
#include "emitters/cpp/testing/programs.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/dequantize/dequantize_s8_f32.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"
#include "ops/registry.hpp"

namespace pudu::emitters {
namespace {

using program::BufferId;
using program::BufferKind;
using program::ElementType;
using testing::build_and_run;
using testing::BuildOutcome;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ProgramUnderTest;
using ::testing::StartsWith;

const CppOrigin origin{"tiny.pt2", "0.1.0"};

std::vector<base::OutputFile> emitted(const ProgramUnderTest& model, const CppOrigin& from = origin) {
  auto files = emit_cpp(model.program, model.memory(), from);
  EXPECT_TRUE(files.ok()) << to_string(files.error());
  return files.ok() ? std::move(files).value() : std::vector<base::OutputFile>();
}

std::string content(const std::vector<base::OutputFile>& files, const std::string& path) {
  for (const base::OutputFile& file : files) {
    if (file.path == path) return file.content;
  }
  ADD_FAILURE() << "no file " << path;
  return "";
}

/// Compiles the emitted files with a main() of `body`.
BuildOutcome run_main(const ProgramUnderTest& model, const std::string& body, std::vector<std::string> flags = {},
                      const CppOrigin& from = origin) {
  std::vector<base::OutputFile> files = emitted(model, from);
  files.push_back({"main.cpp", "#include <cstdio>\n#include \"model.hpp\"\nnamespace model = " +
                                   cpp_namespace(model.program) + ";\nint main() {\n" + body + "}\n"});
  return build_and_run(files, std::move(flags));
}

/// x -> x + 1, of 3 elements.
ProgramUnderTest adding_one(const std::string& name = "tiny") {
  ProgramUnderTest model(name);
  const BufferId x = model.input("x", 3);
  model.output("y", model.table("add one", x, 1));
  return model;
}

constexpr const char* run_one = R"(
  const std::int8_t x[] = {1, 2, -7};
  std::int8_t y[3] = {};
  if (model::run(x, y) != pudu::RunStatus::Ok) return 1;
  std::printf("%d %d %d", y[0], y[1], y[2]);
)";

TEST(CppEmitter, AModelRunsOnTheHost) {
  const BuildOutcome outcome = run_main(adding_one(), run_one);
  EXPECT_TRUE(outcome.compiled) << outcome.messages;
  EXPECT_EQ(outcome.output, "2 3 -6");
}

TEST(CppEmitter, EveryKernelCompilesWithTheSourcesItNeeds) {
  const auto kernels = ops::all_kernels();
  std::vector<BuildOutcome> outcomes(kernels.size());
  base::parallel_for(kernels.size(), [&](std::size_t i) {
    outcomes[i] = run_main(testing::program_of_kernel(*kernels[i]), "  return model::output_count > 0 ? 0 : 1;\n");
  });
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    EXPECT_TRUE(outcomes[i].compiled) << kernels[i]->name << ": " << outcomes[i].messages;
  }
}

TEST(KernelSources, HoldNoTestsAndOnlyWhatIsCalled) {
  for (const ops::KernelBinding* kernel : ops::all_kernels()) {
    std::set<std::string> paths;
    for (const base::OutputFile& file : kernel_sources(testing::program_of_kernel(*kernel).program)) {
      EXPECT_THAT(file.path, StartsWith("pudu/"));
      EXPECT_THAT(file.path, Not(HasSubstr("test")));
      EXPECT_FALSE(file.content.empty()) << file.path;
      EXPECT_TRUE(paths.insert(file.path).second) << file.path;
    }
    EXPECT_TRUE(paths.contains("pudu/" + std::string(kernel->header))) << kernel->name;
    EXPECT_TRUE(paths.contains("pudu/kernels/model_api.hpp"));
  }
  for (const base::OutputFile& file : kernel_sources(adding_one().program)) {
    EXPECT_THAT(file.path, Not(HasSubstr("conv2d")));
  }
}

TEST(CppEmitter, TheSameProgramGivesTheSameBytes) {
  const ProgramUnderTest model = adding_one();
  const std::vector<base::OutputFile> first = emitted(model);
  ProgramUnderTest again;
  again.program = program::deserialize(program::serialize(model.program)).value();
  const std::vector<base::OutputFile> second = emitted(again);
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].path, second[i].path);
    EXPECT_EQ(first[i].content, second[i].content);
  }
}

TEST(CppEmitter, SeveralInputsAndOutputsKeepTheirOrder) {
  ProgramUnderTest model;
  const BufferId a = model.input("a", 2);
  const BufferId b = model.input("b", 3);
  const BufferId tens = model.table("tens", b, 10);
  model.output("first", tens);
  model.output("second", model.table("ones", a, 1));
  EXPECT_THAT(content(emitted(model), "model.hpp"),
              HasSubstr("pudu::RunStatus run(pudu::Span<const std::int8_t> a, pudu::Span<const std::int8_t> b, "
                        "pudu::Span<std::int8_t> first_out, pudu::Span<std::int8_t> second_out) noexcept;"));
  const BuildOutcome outcome = run_main(model, R"(
    const std::int8_t a[] = {1, 2};
    const std::int8_t b[] = {3, 4, 5};
    std::int8_t first[3] = {}, second[2] = {};
    if (model::run(a, b, first, second) != pudu::RunStatus::Ok) return 1;
    std::printf("%d %d %d | %d %d | %d %d", first[0], first[1], first[2], second[0], second[1],
                static_cast<int>(model::input_count), static_cast<int>(model::output_count));
  )");
  EXPECT_TRUE(outcome.compiled) << outcome.messages;
  EXPECT_EQ(outcome.output, "13 14 15 | 2 3 | 2 2");
}

TEST(CppEmitter, SpansOfTheWrongSizeAreRefusedAndChangeNothing) {
  const BuildOutcome outcome = run_main(adding_one(), R"(
    const std::int8_t x[] = {1, 2, 3, 4};
    std::int8_t y[4] = {9, 9, 9, 9};
    using Input = pudu::Span<const std::int8_t>;
    using Output = pudu::Span<std::int8_t>;
    const auto status = [&](std::size_t in, std::size_t out) {
      return static_cast<int>(model::run(Input(x, in), Output(y, out)));
    };
    std::printf("%d%d%d%d%d%d ", status(2, 3), status(4, 3), status(0, 3), status(3, 2), status(3, 4), status(3, 0));
    std::printf("%d %d %d ", y[0], y[1], y[2]);
    const int right = status(3, 3);
    std::printf("%d %d %d %d", right, y[0], y[2], y[3]);
  )");
  EXPECT_TRUE(outcome.compiled) << outcome.messages;
  EXPECT_EQ(outcome.output, "111222 9 9 9 0 2 4 9");
}

TEST(CppEmitter, WithoutCopiesTheArenaItselfIsReadAndWritten) {
  const BuildOutcome outcome = run_main(adding_one(), R"(
    auto* x = static_cast<std::int8_t*>(model::input_data(0));
    for (int i = 0; i < 3; ++i) x[i] = static_cast<std::int8_t>(40 + i);
    if (model::run() != pudu::RunStatus::Ok) return 1;
    const auto* y = static_cast<const std::int8_t*>(model::output_data(0));
    std::printf("%d %d %d %d", y[0], y[1], y[2], static_cast<int>(model::arena_bytes));
  )");
  EXPECT_TRUE(outcome.compiled) << outcome.messages;
  EXPECT_EQ(outcome.output, "41 42 43 32");
}

TEST(CppEmitter, FloatPorts) {
  ProgramUnderTest model;
  const BufferId x = model.input("x", 2, ElementType::Float32);
  const BufferId codes = model.add("codes", BufferKind::Activation, ElementType::Int8, 2);
  model.call("quantize", "quantize_f32_s8", kernels::QuantizeF32S8Params{2, 0.1F, 3, -128, 127},
             {{"input", x}, {"output", codes}});
  const BufferId y = model.add("y", BufferKind::Activation, ElementType::Float32, 2);
  model.call("dequantize", "dequantize_s8_f32", kernels::DequantizeS8F32Params{2, 0.1F, 3},
             {{"input", codes}, {"output", y}});
  model.output("y", y);
  model.output("codes", codes);
  model.program.buffer(codes).quantization = program::Quantization{0.1F, 3};
  const BuildOutcome outcome = run_main(model, R"(
    const float x[] = {0.12F, -5.0F};
    float y[2] = {};
    std::int8_t codes[2] = {};
    if (model::run(x, y, codes) != pudu::RunStatus::Ok) return 1;
    std::printf("%.2f %.2f %d %d | ", static_cast<double>(y[0]), static_cast<double>(y[1]), codes[0], codes[1]);
    const pudu::TensorInfo& in = model::inputs[0];
    std::printf("%d %d %d %d %d | ", in.type == pudu::ElementType::Float32, in.rank, in.shape[0],
                static_cast<int>(in.bytes), in.scale == 0.0F);
    const pudu::TensorInfo& out = model::outputs[1];
    std::printf("%d %d %d", out.type == pudu::ElementType::Int8, out.scale == 0.1F, out.zero_point);
  )");
  EXPECT_TRUE(outcome.compiled) << outcome.messages;
  EXPECT_EQ(outcome.output, "0.10 -5.00 4 -47 | 1 1 2 8 1 | 1 1 3");
}

TEST(CppEmitter, AModelMayPassItsInputOn) {
  ProgramUnderTest model;
  model.output("same", model.input("x", 3));
  const BuildOutcome outcome = run_main(model, run_one);
  EXPECT_TRUE(outcome.compiled) << outcome.messages;
  EXPECT_EQ(outcome.output, "1 2 -7");
}

TEST(CppEmitter, AModelMayBeEmpty) {
  const ProgramUnderTest model;
  const BuildOutcome outcome = run_main(model, R"(
    std::printf("%d %d %d %d", static_cast<int>(model::run()), static_cast<int>(model::arena_bytes),
                model::input_data(0) == nullptr, static_cast<int>(model::input_count + model::output_count));
  )");
  EXPECT_TRUE(outcome.compiled) << outcome.messages;
  EXPECT_EQ(outcome.output, "0 0 1 0");
}

TEST(CppEmitter, AModelMayHaveNoInputs) {
  ProgramUnderTest model;
  const BufferId constant = model.constant("c", ElementType::Int8, {std::byte{4}, std::byte{5}});
  model.output("y", model.table("add", constant, 1));
  const BuildOutcome outcome = run_main(model, R"(
    std::int8_t y[2] = {};
    if (model::run(y) != pudu::RunStatus::Ok) return 1;
    std::printf("%d %d", y[0], y[1]);
  )");
  EXPECT_TRUE(outcome.compiled) << outcome.messages;
  EXPECT_EQ(outcome.output, "5 6");
}

TEST(CppEmitter, ConstantsThatNothingReadsAreLeftOut) {
  ProgramUnderTest model = adding_one();
  model.constant("stray", ElementType::Int8, {std::byte{4}});
  EXPECT_THAT(content(emitted(model), "model.cpp"), Not(HasSubstr("stray")));
}

/// Names that end comments and literals, continue lines, are words of C++, look alike, or turn the direction of text.
TEST(CppEmitter, NoNameBreaksTheSource) {
  const std::vector<std::string> names = {"line\n#error in a name\n",
                                          "*/ int broken /*",
                                          "back\\",
                                          "tri?\?/",
                                          "quote\"",
                                          "'",
                                          "%s {} {0}",
                                          "gr\303\266\303\237e",
                                          "\xff\xfe",
                                          "\xe2\x80\xae",
                                          "int",
                                          "std",
                                          "status",
                                          "arena",
                                          "a.b",
                                          "a_b",
                                          "a b",
                                          "3d",
                                          "",
                                          "NULL",
                                          "//",
                                          "R\"(",
                                          "#if 0",
                                          std::string("nul\0l", 5),
                                          "CON",
                                          "x_params",
                                          "offsets",
                                          "index",
                                          "memcpy",
                                          "size_t"};
  ProgramUnderTest model;
  std::string expected;
  std::string parameters;
  std::string declarations;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const BufferId x = model.input(names[i], 1);
    model.output(names[i], model.table(names[i], x, static_cast<int>(i)));
    model.program.calls.back().source = names[i];
    model.program.calls.back().op = names[i];
    declarations += fmt::format("  const std::int8_t x{0}[] = {{{0}}};\n  std::int8_t y{0}[1] = {{}};\n", i);
    expected += fmt::format("{} ", 2 * i);
  }
  std::string arguments;
  std::string prints;
  for (std::size_t i = 0; i < names.size(); ++i) arguments += fmt::format("x{}, ", i);
  for (std::size_t i = 0; i < names.size(); ++i) arguments += fmt::format("y{}{}", i, i + 1 < names.size() ? ", " : "");
  for (std::size_t i = 0; i < names.size(); ++i) prints += fmt::format("  std::printf(\"%d \", y{}[0]);\n", i);
  const CppOrigin hostile{"model\n#error in the file's name\\", "0.1\n#error"};
  const std::string body = declarations + "  if (model::run(" + arguments + ") != pudu::RunStatus::Ok) return 1;\n" +
                           prints +
                           "  for (const pudu::TensorInfo& info : model::inputs) std::printf(\"[%s]\", info.name);\n";
  for (const std::string& name : names) expected += "[" + name.substr(0, name.find('\0')) + "]";
  for (const char* standard : {"-std=c++17", "-std=gnu++17", "-std=c++20"}) {
    const BuildOutcome outcome =
        run_main(model, body, {standard, "-trigraphs", "-Werror=trigraphs", "-Werror=comment"}, hostile);
    EXPECT_TRUE(outcome.compiled) << standard << ": " << outcome.messages;
    EXPECT_EQ(outcome.output, expected);
  }
  for (const base::OutputFile& file : emitted(model, hostile)) {
    if (file.path.starts_with("pudu/")) continue;
    EXPECT_THAT(file.content, Not(HasSubstr("\n#error"))) << file.path;
    for (const char character : file.content) ASSERT_TRUE(static_cast<unsigned char>(character) < 0x7F) << file.path;
  }
}

TEST(CppNamespace, IsTheProgramsNameWhereThatCanBe) {
  const auto namespace_of = [](const char* name) { return cpp_namespace(ProgramUnderTest(name).program); };
  EXPECT_EQ(namespace_of("tiny_cnn"), "tiny_cnn");
  EXPECT_EQ(namespace_of("mv2_96"), "mv2_96");
  EXPECT_EQ(namespace_of("int"), "int_model");
  EXPECT_EQ(namespace_of("pudu"), "pudu_model");
  EXPECT_EQ(namespace_of("run"), "run_model");
  EXPECT_EQ(namespace_of("index"), "index_model");
  EXPECT_EQ(namespace_of("a__b"), "a_b_model");
  EXPECT_EQ(namespace_of("_x"), "x_model");
}

TEST(CppNamespace, NoneCollides) {
  const std::vector<std::string> names = {"int", "std", "pudu", "index", "memcpy", "unix"};
  std::vector<BuildOutcome> outcomes(names.size());
  base::parallel_for(names.size(), [&](std::size_t i) {
    outcomes[i] = run_main(adding_one(names[i]), run_one, {"-std=gnu++17", "-include", "math.h", "-include", "time.h"});
  });
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_TRUE(outcomes[i].compiled) << names[i] << ": " << outcomes[i].messages;
    EXPECT_EQ(outcomes[i].output, "2 3 -6") << names[i];
  }
}

TEST(CppEmitter, ScratchIsCheckedWhenTheModelIsCompiled) {
  const ops::KernelBinding& kernel = *ops::find_kernel("conv2d_s8");
  const ProgramUnderTest model = testing::program_of_kernel(kernel);
  ProgramUnderTest larger = model;
  for (program::Parameter& parameter : larger.program.calls[0].parameters) {
    if (parameter.name == "kernel_h") parameter.values = std::vector<std::int64_t>{3};
  }
  const std::size_t scratch = kernel.scratch_bytes(larger.program.calls[0].parameters, larger.program.target.isa);
  const BufferId buffer =
      larger.add("scratch", BufferKind::Scratch, ElementType::UInt8, static_cast<std::int64_t>(scratch));
  larger.program.calls[0].operands.push_back({"scratch", buffer});
  std::vector<base::OutputFile> files = emitted(larger);
  const std::string message =
      "call_params: these kernels want more scratch than was planned: recompile the model or use kernels version 0.1.0";
  const std::string check = fmt::format(
      "static_assert(pudu::kernels::largest_scratch_bytes<pudu::kernels::Conv2dS8>(call_params, isas) <= {},", scratch);
  EXPECT_THAT(content(files, "model.cpp"), HasSubstr(check));
  EXPECT_THAT(content(files, "model.cpp"), HasSubstr("\"" + message + "\");"));

  // Kernels that want one byte more than was planned.
  files.push_back({"main.cpp", "int main() {}\n"});
  const BuildOutcome fits = build_and_run(files);
  EXPECT_TRUE(fits.compiled) << fits.messages;
  for (base::OutputFile& file : files) {
    const std::size_t at = file.content.find(check);
    if (at == std::string::npos) continue;
    const std::string smaller = fmt::format("<= {},", scratch - 1);
    file.content.replace(file.content.find("<=", at), smaller.size(), smaller);
  }
  const BuildOutcome outcome = build_and_run(files);
  EXPECT_FALSE(outcome.compiled);
  EXPECT_THAT(outcome.messages, HasSubstr(message));
}

TEST(CppEmitter, ItsCMakeListsMakesALibrary) {
  ProgramUnderTest passing("passing");
  passing.output("same", passing.input("x", 3));
  for (const ProgramUnderTest& model : {adding_one(), passing}) {
    auto folder = base::TempDirectory::create("pudu-cmake");
    ASSERT_TRUE(folder.ok());
    const std::string name = cpp_namespace(model.program);
    ASSERT_TRUE(base::write_files(folder->path() / "model", emitted(model)).ok());
    const base::OutputFile user[] = {
        {"CMakeLists.txt",
         "cmake_minimum_required(VERSION 3.16)\nproject(user LANGUAGES CXX)\n"
         "add_subdirectory(model)\nadd_executable(app main.cpp)\ntarget_link_libraries(app " +
             name + ")\n"},
        {"main.cpp", "#include \"model.hpp\"\nint main() { return static_cast<int>(" + name + "::run()); }\n"}};
    ASSERT_TRUE(base::write_files(folder->path(), user).ok());
    const std::string source = folder->path().string();
    const auto configured =
        base::run_process({PUDU_CMAKE, "-S", source, "-B", source + "/build", "-G", PUDU_CMAKE_GENERATOR,
                           std::string("-DCMAKE_CXX_COMPILER=") + PUDU_HOST_CXX,
                           std::string("-DCMAKE_MAKE_PROGRAM=") + PUDU_CMAKE_MAKE_PROGRAM});
    ASSERT_TRUE(configured.ok());
    ASSERT_TRUE(configured->succeeded()) << testing::joined_output(*configured);
    const auto built = base::run_process({PUDU_CMAKE, "--build", source + "/build"});
    ASSERT_TRUE(built.ok());
    EXPECT_TRUE(built->succeeded()) << testing::joined_output(*built);
  }
}

std::string refused(const program::Program& program, const program::MemoryMap& memory) {
  const auto files = emit_cpp(program, memory, origin);
  return files.ok() ? "ok" : to_string(files.error());
}

TEST(CppEmitter, RefusesWhatItCannotWrite) {
  ProgramUnderTest unknown = adding_one();
  unknown.program.calls[0].kernel = "lut_s9";
  EXPECT_THAT(refused(unknown.program, unknown.memory()), HasSubstr("error: add one: unknown kernel 'lut_s9'"));
  EXPECT_EQ(emit_cpp(unknown.program, unknown.memory(), origin).error().kind, ErrorKind::Internal);

  const ProgramUnderTest model = adding_one();
  program::MemoryMap memory = model.memory();
  memory.offsets[program::index_of(model.program.outputs[0].buffer)].reset();
  EXPECT_EQ(refused(model.program, memory), "error: add one: the memory plan has no room for this buffer");
  EXPECT_EQ(refused(model.program, {}), "error: tiny: the memory plan is that of another program");

  ProgramUnderTest deep = adding_one();
  deep.program.inputs[0].shape = {1, 1, 1, 1, 1, 1, 3};
  EXPECT_EQ(refused(deep.program, deep.memory()),
            "error: x: 7 dimensions; inputs and outputs of a compiled model have at most 6");
  EXPECT_EQ(emit_cpp(deep.program, deep.memory(), origin).error().kind, ErrorKind::Unsupported);
}

}  // namespace
}  // namespace pudu::emitters

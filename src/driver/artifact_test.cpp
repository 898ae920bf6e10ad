// The compiled folder reads back as it was written, and a damaged model.pudu is refused with one clear line.
#include "driver/artifact.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.hpp"
#include "base/temp_directory.hpp"
#include "base/testing/mutate.hpp"
#include "driver/output_folder.hpp"
#include "driver/version.hpp"
#include "kernels/build_check.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/copy/copy_s8.hpp"
#include "ops/kernel_binding.hpp"

namespace pudu::driver {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

CompiledModel example_model() {
  CompiledModel model;
  program::Program& program = model.program;
  program.name = "example";
  program.target = {targets::Cpu::M4, targets::Isa::Dsp};
  const auto add = [&](const char* name, program::BufferKind kind) {
    return program.add_buffer({.name = name, .kind = kind, .shape = {1, 4}, .quantization = program::Quantization{}});
  };
  const program::BufferId x = add("x", program::BufferKind::Input);
  const program::BufferId constant = add("c", program::BufferKind::Constant);
  program.buffer(constant).data = std::make_shared<const std::vector<std::byte>>(4, std::byte{7});
  for (const auto& [name, source] : {std::pair{"a", x}, std::pair{"b", constant}}) {
    const program::BufferId result = add(name, program::BufferKind::Activation);
    program.calls.push_back({.name = name,
                             .op = "copy",
                             .kernel = "copy_s8",
                             .parameters = ops::to_parameters(kernels::CopyS8Params{4}),
                             .operands = {{"input", source}, {"output", result}}});
    program.outputs.push_back({name, result, {1, 4}});
  }
  program.inputs = {{"x", x, {1, 4}}};
  model.memory = plan_program(program).value();
  model.model_file = "example.pt2";
  return model;
}

class ArtifactTest : public ::testing::Test {
 protected:
  void SetUp() override {
    CompiledModel model = example_model();
    base::SilentProgress progress;
    const auto report = emit(model, folder(), progress);
    ASSERT_TRUE(report.ok()) << to_string(report.error());
    const auto bytes = base::read_file(folder() / program_file);
    ASSERT_TRUE(bytes.ok());
    file_.assign(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  }

  fs::path folder() const { return temporary_->path() / "compiled"; }

  /// What reading says when model.pudu holds `content`, without the file's name.
  std::string message_for(const std::string& content) const {
    EXPECT_TRUE(base::write_file(folder() / program_file, content).ok());
    const auto artifact = read_artifact(folder());
    if (artifact.ok()) return "ok";
    EXPECT_EQ(artifact.error().kind, ErrorKind::InvalidInput);
    const std::string text = to_string(artifact.error());
    const std::string prefix = "error: " + (folder() / program_file).string() + ": ";
    EXPECT_EQ(text.substr(0, prefix.size()), prefix);
    return text.substr(std::min(prefix.size(), text.size()));
  }

  Result<base::TempDirectory> temporary_ = base::TempDirectory::create("pudu-artifact");
  std::string file_;
};

TEST_F(ArtifactTest, ANewModelTakesAwayTheProgramOfTheOlder) {
  const std::filesystem::path program = folder() / "model.pte";
  const auto compile_again = [&](const char* name, const std::string& program_text) {
    EXPECT_TRUE(base::write_file(program, program_text).ok());
    CompiledModel model = example_model();
    model.program.name = name;
    base::SilentProgress progress;
    EXPECT_TRUE(emit(model, folder(), progress).ok());
  };
  const std::string own = "ET12 pudu=0.1.0 target=cortex-m4";
  compile_again("example", own);
  EXPECT_TRUE(fs::exists(program)) << "of the same model";
  compile_again("other", own);
  EXPECT_FALSE(fs::exists(program));
  compile_again("third", "ET12, of another compiler");
  EXPECT_TRUE(fs::exists(program));
}

TEST_F(ArtifactTest, AProgramAloneInAFolderStays) {
  ASSERT_TRUE(base::write_file(folder() / "model.pte", std::string_view("ET12 pudu=0.1.0")).ok());
  fs::remove(folder() / program_file);
  EXPECT_EQ(outdated_program(folder(), "any text"), std::nullopt);
  ASSERT_TRUE(base::write_file(folder() / program_file, std::string_view("older text")).ok());
  EXPECT_EQ(outdated_program(folder(), "any text"), folder() / "model.pte");
  EXPECT_EQ(outdated_program(folder(), "older text"), std::nullopt);
}

constexpr const char* remedy = "; a file written by this version of `pudu compile`\nhint: compile the model again";

TEST_F(ArtifactTest, ReadsBackAsItWasWritten) {
  const auto artifact = read_artifact(folder());
  ASSERT_TRUE(artifact.ok()) << to_string(artifact.error());
  const CompiledModel model = example_model();
  EXPECT_EQ(program::serialize(artifact->program), program::serialize(model.program));
  EXPECT_EQ(artifact->memory.offsets, model.memory.offsets);
  EXPECT_EQ(artifact->memory.arena_bytes, model.memory.arena_bytes);
  EXPECT_EQ(artifact->folder, folder());
  EXPECT_EQ(artifact->pudu_version, version);
  EXPECT_EQ(artifact->kernel_abi_version, kernels::abi_version);
}

/// model.pudu with `body` behind a header that is right for it.
std::string sealed(const std::string& body) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char character : body) hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3U;
  return fmt::format("pudu-model 2 fnv1a {:016x}\n{}", hash, body);
}

TEST_F(ArtifactTest, TheVersionsOfItsMakerCount) {
  const std::string program = program::serialize(example_model().program);
  const auto made_by = [&](const std::string& line) { return message_for(sealed(line + program)); };
  const std::string own_abi = std::to_string(kernels::abi_version);
  EXPECT_EQ(made_by("compiled by 9.8.7 for kernel ABI " + own_abi + "\n"), "ok") << "the same ABI is enough";
  EXPECT_EQ(made_by("compiled by 9.8.7 for kernel ABI 1000\n"),
            fmt::format("was compiled by Pudu 9.8.7 for kernel ABI 1000; kernel ABI {} of Pudu {}\n"
                        "hint: compile the model again, or use Pudu 9.8.7",
                        own_abi, version));
  for (const std::string line : {"", "\n", "compiled by 9.8.7\n", "compiled by 9.8.7 for kernel ABI \n",
                                 "compiled by 9.8.7 for kernel ABI one\n", "compiled by 9.8.7 for kernel ABI 1.0\n",
                                 "compiled by 9.8.7 for kernel ABI 99999999999\n"}) {
    EXPECT_EQ(made_by(line), std::string("does not say which version wrote it") + remedy) << line;
  }
  EXPECT_EQ(message_for(sealed("compiled by 9.8.7 for kernel ABI 1")),
            std::string("does not say which version wrote it") + remedy);
}

/// Scratch that was planned by a Pudu whose kernels asked for other sizes.
TEST(ArtifactDrift, LessScratchThanTheKernelsWantIsRefusedAndMoreRuns) {
  CompiledModel model = example_model();
  program::Program& program = model.program;
  const kernels::Conv2dS8Params params{.batches = 1,
                                       .input_h = 2,
                                       .input_w = 2,
                                       .input_channels = 1,
                                       .output_h = 1,
                                       .output_w = 1,
                                       .output_channels = 1,
                                       .kernel_h = 2,
                                       .kernel_w = 2,
                                       .groups = 1,
                                       .stride_h = 1,
                                       .stride_w = 1,
                                       .pad_top = 0,
                                       .pad_left = 0,
                                       .dilation_h = 1,
                                       .dilation_w = 1,
                                       .input_offset = 0,
                                       .output_offset = 0,
                                       .activation_min = -128,
                                       .activation_max = 127};
  const auto constant = [&](const char* name, program::ElementType type, std::int64_t elements) {
    program::Buffer buffer{.name = name, .kind = program::BufferKind::Constant, .type = type, .shape = {elements}};
    buffer.data = std::make_shared<const std::vector<std::byte>>(buffer.bytes(), std::byte{0});
    return program.add_buffer(std::move(buffer));
  };
  const program::BufferId weights = constant("w", program::ElementType::Int8, 4);
  const program::BufferId bias = constant("bias", program::ElementType::Int32, 1);
  const program::BufferId multipliers = constant("m", program::ElementType::Int32, 1);
  const program::BufferId shifts = constant("s", program::ElementType::Int32, 1);
  const program::BufferId result = program.add_buffer({.name = "r", .shape = {1}});
  const program::BufferId scratch = program.add_buffer(
      {.name = "scratch", .kind = program::BufferKind::Scratch, .type = program::ElementType::UInt8, .shape = {8}});
  program.calls.push_back({.name = "conv",
                           .op = "conv2d",
                           .kernel = "conv2d_s8",
                           .parameters = ops::to_parameters(params),
                           .operands = {{"input", program.inputs[0].buffer},
                                        {"weights", weights},
                                        {"bias", bias},
                                        {"multipliers", multipliers},
                                        {"shifts", shifts},
                                        {"output", result},
                                        {"scratch", scratch}}});
  const auto read_with = [&](std::int64_t bytes) -> std::string {
    program.buffer(scratch).shape = {bytes};
    const auto folder = base::TempDirectory::create("pudu-artifact");
    const std::string file = sealed("compiled by 0.0.1 for kernel ABI " + std::to_string(kernels::abi_version) + "\n" +
                                    program::serialize(program));
    EXPECT_TRUE(base::write_file(folder->path() / program_file, file).ok());
    const auto artifact = read_artifact(folder->path());
    if (artifact.ok()) return "ok";
    const std::string text = to_string(artifact.error());
    const std::size_t call = text.find("conv: ");
    return call == std::string::npos ? text : text.substr(call);
  };
  EXPECT_EQ(read_with(8), "ok");
  EXPECT_EQ(read_with(9), "ok");
  EXPECT_EQ(read_with(7),
            "conv: 7 bytes of scratch; conv2d_s8 needs 8\nhint: compile the model again, or use Pudu 0.0.1");
}

TEST_F(ArtifactTest, EveryChangedByteIsNoticed) {
  for (std::size_t at = 0; at < file_.size(); ++at) {
    std::string damaged = file_;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_THAT(message_for(damaged), HasSubstr(remedy)) << at;
  }
}

TEST_F(ArtifactTest, EveryCutFileIsNoticed) {
  for (std::size_t size = 0; size < file_.size(); ++size) {
    EXPECT_THAT(message_for(file_.substr(0, size)), HasSubstr(remedy)) << size;
  }
}

TEST_F(ArtifactTest, TellsWhatIsWrong) {
  EXPECT_EQ(message_for("hello"), std::string("is not a compiled model of this format") + remedy);
  EXPECT_EQ(message_for(""), std::string("is not a compiled model of this format") + remedy);
  EXPECT_EQ(message_for(file_.substr(0, 20)), std::string("is cut off") + remedy);
  EXPECT_EQ(message_for(file_ + "x"), std::string("is damaged: its checksum does not match") + remedy);
  EXPECT_EQ(message_for(file_), "ok");
}

TEST_F(ArtifactTest, EditsAreNoticed) {
  base::testing::Mutator mutator(3);
  for (int i = 0; i < 2000; ++i) {
    const std::string edited = mutator.mutate(file_);
    EXPECT_EQ(message_for(edited) == "ok", edited == file_);
  }
}

TEST(ReadArtifact, FoldersThatAreNone) {
  const auto temporary = base::TempDirectory::create("pudu-artifact");
  ASSERT_TRUE(temporary.ok());
  const std::string path = temporary->path().string();
  EXPECT_EQ(to_string(read_artifact(temporary->path()).error()),
            "error: " + path + ": not a compiled model (no model.pudu in it); a folder written by `pudu compile`");
  EXPECT_EQ(to_string(read_artifact(temporary->path() / "absent").error()),
            "error: " + path + "/absent: no such folder; a folder written by `pudu compile`");
}

}  // namespace
}  // namespace pudu::driver

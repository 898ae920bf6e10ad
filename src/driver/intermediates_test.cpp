// --intermediates: numbered files that read back as what was written.
#include "driver/intermediates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/temp_directory.hpp"

namespace pudu::driver {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ir::Graph example_graph() {
  ir::Graph graph;
  graph.name = "example";
  graph.inputs = {graph.add_value("x", {ir::DType::Float32, {1, 2}})};
  const std::vector<float> data = {1.5F, -2.0F};
  graph.outputs = {graph.inputs.front(), graph.add_constant_f32("c", {2}, data)};
  return graph;
}

program::Program example_program() {
  program::Program program;
  program.name = "example";
  program.target = {targets::Cpu::M4, targets::Isa::Dsp};
  const program::BufferId x = program.add_buffer({.name = "x", .kind = program::BufferKind::Input, .shape = {1, 2}});
  program.inputs = {{"x", x, {1, 2}}};
  program.outputs = {{"x", x, {1, 2}}};
  return program;
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string text_of(const std::filesystem::path& file) {
  const auto bytes = base::read_file(file);
  EXPECT_TRUE(bytes.ok());
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

TEST(Intermediates, WritesNumberedStagesThatReadBack) {
  auto parent = base::TempDirectory::create("pudu-intermediates");
  ASSERT_TRUE(parent.ok());
  const std::filesystem::path folder = parent->path() / "made" / "on demand";
  Intermediates intermediates(folder);
  ASSERT_TRUE(intermediates.write("read", example_graph()).ok());
  ASSERT_TRUE(intermediates.write("lower", example_program()).ok());
  EXPECT_THAT(names_in(folder),
              ElementsAre("01-read.constants", "01-read.ir", "02-lower.constants", "02-lower.program"));

  const ir::GraphText printed = ir::print(example_graph());
  EXPECT_EQ(text_of(folder / "01-read.ir"), printed.text);
  const auto constants = base::read_file(folder / "01-read.constants");
  ASSERT_TRUE(constants.ok());
  EXPECT_EQ(*constants, printed.constants);
  const auto graph = ir::parse(text_of(folder / "01-read.ir"), *constants);
  ASSERT_TRUE(graph.ok()) << to_string(graph.error());
  EXPECT_EQ(ir::print(*graph).text, printed.text);

  const auto program = program::parse(text_of(folder / "02-lower.program"), {});
  ASSERT_TRUE(program.ok()) << to_string(program.error());
  EXPECT_EQ(program::serialize(*program), program::serialize(example_program()));
}

TEST(Intermediates, NumbersKeepTheFilesInOrder) {
  auto folder = base::TempDirectory::create("pudu-intermediates");
  ASSERT_TRUE(folder.ok());
  Intermediates intermediates(folder->path());
  for (int stage = 1; stage <= 11; ++stage) ASSERT_TRUE(intermediates.write("stage", example_program()).ok());
  const std::vector<std::string> names = names_in(folder->path());
  ASSERT_EQ(names.size(), 22U);
  EXPECT_EQ(names[0], "01-stage.constants");
  EXPECT_EQ(names[17], "09-stage.program");
  EXPECT_EQ(names[21], "11-stage.program");
}

TEST(Intermediates, WithoutAFolderNothingHappens) {
  Intermediates intermediates(std::nullopt);
  EXPECT_TRUE(intermediates.write("read", example_graph()).ok());
  EXPECT_TRUE(intermediates.write("lower", example_program()).ok());
}

TEST(Intermediates, AFolderThatCannotBeMadeIsAnError) {
  auto folder = base::TempDirectory::create("pudu-intermediates");
  ASSERT_TRUE(folder.ok());
  ASSERT_TRUE(base::write_file(folder->path() / "file", std::string_view("x")).ok());
  Intermediates intermediates(folder->path() / "file" / "below");
  const Status status = intermediates.write("read", example_graph());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::InvalidInput);
  EXPECT_THAT(to_string(status.error()), HasSubstr((folder->path() / "file").string()));
}

}  // namespace
}  // namespace pudu::driver

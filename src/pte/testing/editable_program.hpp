// For tests: a .pte taken apart, to be changed and put together again.
#pragma once

#include <flatbuffers/flatbuffers.h>
#include <gtest/gtest.h>

#include <pudu_pte_wire/program_generated.h>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "pte/container.hpp"
#include "pte/metadata.hpp"

namespace pudu::pte::testing {

inline std::vector<std::byte> fixture(const std::string& name) {
  auto file = base::read_file(std::filesystem::path(PUDU_SOURCE_DIR) / "tests/data/pte" / name);
  EXPECT_TRUE(file.ok()) << name;
  return file ? std::move(*file) : std::vector<std::byte>();
}

class EditableProgram {
 public:
  explicit EditableProgram(const std::vector<std::byte>& file) {
    const auto container = split(file);
    EXPECT_TRUE(container.ok());
    flatbuffers::GetRoot<wire::Program>(container->program.data())->UnPackTo(&program);
    segments.assign(container->segments.begin(), container->segments.end());
  }
  explicit EditableProgram(const std::string& name) : EditableProgram(fixture(name)) {}

  wire::ExecutionPlanT& plan() { return *program.execution_plan[0]; }
  wire::ValueUnion& value(std::size_t index) { return plan().values[index]->val; }
  wire::TensorT& tensor(std::size_t index) { return *value(index).AsTensor(); }
  wire::KernelCallT& call(std::size_t index) {
    return *plan().chains[0]->instructions[index]->instr_args.AsKernelCall();
  }

  /// Adds the plan that marks a file of Pudu's; build() then seals the file.
  void add_metadata(const Metadata& metadata) {
    metadata_text = encode(metadata);
    auto plan = std::make_unique<wire::ExecutionPlanT>();
    plan->name = metadata_plan_name;
    auto text = std::make_unique<wire::EValueT>();
    wire::StringT string;
    string.string_val = metadata_text;
    text->val.Set(std::move(string));
    plan->values.push_back(std::move(text));
    plan->outputs = {0};
    auto chain = std::make_unique<wire::ChainT>();
    plan->chains.push_back(std::move(chain));
    plan->non_const_buffer_sizes = {0};
    program.execution_plan.push_back(std::move(plan));
  }

  std::vector<std::byte> build() const {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(wire::Program::Pack(builder, &program), "ET12");
    const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
    const Segment segment{0, segments};
    std::vector<std::byte> file = assemble(bytes, std::span(&segment, segments.empty() ? 0 : 1));
    if (!metadata_text.empty()) {
      EXPECT_TRUE(seal(file, metadata_text).ok());
    }
    return file;
  }

  wire::ProgramT program;
  std::vector<std::byte> segments;
  std::string metadata_text;
};

}  // namespace pudu::pte::testing

// The interface between compiled models and kernels, against the recorded one: who changes it raises
// kernels::abi_version, so that a model.cpp of an earlier Pudu does not build with other fields than it was written
// for. Limits: what a field means, and the layout that an operand has, is for the author of a change to know.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "kernels/build_check.hpp"
#include "ops/registry.hpp"

namespace pudu::ops {
namespace {

constexpr const char* recorded_file = PUDU_SOURCE_DIR "/src/ops/testing/kernel_abi.txt";

std::string count(bool is_array, std::size_t elements) {
  return is_array ? fmt::format("[{}]", elements) : "";
}

/// "add_s8: rank i32, shape i32[6] -> input1 const i8, output i8"
std::string interface_of(const KernelBinding& kernel) {
  std::string text = std::string(kernel.name) + ":";
  for (const ParamField& field : kernel.params) {
    text += fmt::format(" {} {}{},", field.name, field.type == FieldType::Float ? "f32" : "i32",
                        count(field.is_array, field.count));
  }
  text.back() = ' ';
  text += "->";
  for (const OperandField& field : kernel.operands) {
    const std::string_view element = field.is_scratch ? "scratch" : program::to_string(field.element);
    text += fmt::format(" {} {}{}{},", field.name, field.is_written ? "" : "const ", element,
                        count(field.is_array, field.count));
  }
  text.pop_back();
  return text;
}

struct Recorded {
  std::string version_line;
  std::map<std::string, std::string> interfaces;  ///< by kernel
};

Recorded read_recorded() {
  std::ifstream stream(recorded_file);
  EXPECT_TRUE(stream.is_open()) << recorded_file;
  Recorded recorded;
  std::getline(stream, recorded.version_line);
  for (std::string line; std::getline(stream, line);) recorded.interfaces[line.substr(0, line.find(':'))] = line;
  return recorded;
}

TEST(KernelAbi, IsTheRecordedOne) {
  const Recorded recorded = read_recorded();
  EXPECT_EQ(recorded.version_line, fmt::format("kernel ABI {}", kernels::abi_version));
  for (const auto& [name, interface] : recorded.interfaces) {
    const KernelBinding* kernel = find_kernel(name);
    ASSERT_NE(kernel, nullptr) << name << " is gone: raise kernels::abi_version, and take its line out of "
                               << recorded_file;
    EXPECT_EQ(interface_of(*kernel), interface)
        << "the interface changed: raise kernels::abi_version, and put the new one into " << recorded_file;
  }
  for (const KernelBinding* kernel : all_kernels()) {
    EXPECT_TRUE(recorded.interfaces.contains(std::string(kernel->name)))
        << "a new kernel: add this line to " << recorded_file << "\n"
        << interface_of(*kernel);
  }
}

}  // namespace
}  // namespace pudu::ops

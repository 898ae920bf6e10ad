// The emitted C++ built by its own CMakeLists.txt with the compilers of the host, and run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/subprocess.hpp"
#include "e2e/cli_network.hpp"

namespace pudu {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Cli;
using testing::value_of;
using testing::write_text;

/// What a user's firmware does: reads an input, runs, writes the output.
constexpr const char* user_main = R"(#include <cstdio>

#include "model.hpp"

int main(int argc, char** argv) {
  static std::int8_t input[NETWORK::inputs[0].bytes];
  static std::int8_t output[NETWORK::outputs[0].bytes];
  if (argc != 3) return 2;
  std::FILE* from = std::fopen(argv[1], "rb");
  std::FILE* to = std::fopen(argv[2], "wb");
  if (from == nullptr || to == nullptr) return 3;
  while (std::fread(input, 1, sizeof input, from) == sizeof input) {
    if (NETWORK::run(input, output) != pudu::RunStatus::Ok) return 4;
    std::fwrite(output, 1, sizeof output, to);
  }
  std::fclose(from);
  return std::fclose(to);
}
)";

constexpr const char* user_cmake = R"(cmake_minimum_required(VERSION 3.16)
project(firmware LANGUAGES CXX)
add_subdirectory(out)
add_executable(firmware main.cpp)
target_link_libraries(firmware PRIVATE NETWORK)
)";

base::ProcessResult run_tool(const std::vector<std::string>& command, const fs::path& folder) {
  base::ProcessOptions options;
  options.working_directory = folder;
  return value_of(base::run_process(command, options));
}

void run_ok(const std::vector<std::string>& command, const fs::path& folder) {
  const base::ProcessResult result = run_tool(command, folder);
  ASSERT_TRUE(result.succeeded()) << command.front() << "\n" << result.standard_output << result.standard_error;
}

/// The compiler that built the tests, and others that this machine has.
std::vector<std::string> host_compilers() {
  std::vector<std::string> compilers = {PUDU_CXX};
  for (const char* name : {"g++", "clang++", "clang++-14"}) {
    if (base::find_program(name)) compilers.emplace_back(name);
  }
  return compilers;
}

class EmittedCpp : public Cli, public ::testing::WithParamInterface<std::string> {
 protected:
  /// The C++ namespace and CMake target of the model.
  std::string network() const {
    std::smatch match;
    const std::string header = text("out/model.hpp");
    EXPECT_TRUE(std::regex_search(header, match, std::regex("\nnamespace (\\w+) \\{")));
    return match[1];
  }
  std::string named(const char* source) const { return std::regex_replace(source, std::regex("NETWORK"), network()); }
};

TEST_P(EmittedCpp, BuildsAloneWithoutAWarningAndGivesTheSimulatorsBytes) {
  compile();
  work_.pudu_ok("run out --input calib.npy --raw --output expected_codes.npy");
  write_text(work_.path("CMakeLists.txt"), named(user_cmake));
  write_text(work_.path("main.cpp"), named(user_main));
  run_ok({PUDU_CMAKE, "-S", ".", "-B", "build", "-G", "Ninja", "-DCMAKE_CXX_COMPILER=" + GetParam(),
          "-DCMAKE_CXX_STANDARD=17", "-DCMAKE_CXX_EXTENSIONS=OFF",
          "-DCMAKE_CXX_FLAGS=-O2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"},
         work_.path());
  run_ok({PUDU_CMAKE, "--build", "build"}, work_.path());

  // The codes that the device's own quantize kernel makes of the input.
  compile("-o float --io float32");
  const json port = json::parse(text("out/report.json")).at("io").at(0);
  std::string codes;
  const base::Array calibration = array("calib.npy");
  for (const float element : calibration.data<float>()) {
    const float scaled = std::nearbyint(element / port.at("scale").get<float>()) + port.at("zero_point").get<float>();
    codes.push_back(static_cast<char>(std::clamp(scaled, -128.0F, 127.0F)));
  }
  write_text(work_.path("codes.bin"), codes);
  run_ok({"./build/firmware", "codes.bin", "result.bin"}, work_.path());
  const base::Array expected = array("expected_codes.npy");
  EXPECT_EQ(text("result.bin"),
            std::string(reinterpret_cast<const char*>(expected.bytes.data()), expected.bytes.size()));
}

TEST_P(EmittedCpp, StopsTheBuildWhenItsKernelsWantMoreScratchThanPlanned) {
  compile();
  const std::string source = text("out/model.cpp");
  std::smatch match;
  ASSERT_TRUE(std::regex_search(source, match, std::regex("scratch_bytes<[\\w:]+>\\(\\w+, isas\\) <= ([1-9]\\d*),")));
  const std::string before = source.substr(0, static_cast<std::size_t>(match.position(1)));
  const std::string behind = source.substr(before.size() + match.str(1).size());
  const auto compile_with = [&](long planned) {
    write_text(work_.path("out/model.cpp"), before + std::to_string(planned) + behind);
    return run_tool({GetParam(), "-std=c++17", "-fsyntax-only", "-I", "out", "-I", "out/pudu", "out/model.cpp"},
                    work_.path());
  };
  const long planned = std::stol(match.str(1));
  EXPECT_TRUE(compile_with(planned).succeeded());
  EXPECT_TRUE(compile_with(planned + 1).succeeded()) << "kernels that want less are fine";
  const base::ProcessResult result = compile_with(planned - 1);
  EXPECT_FALSE(result.succeeded());
  EXPECT_NE(result.standard_error.find("these kernels want more scratch than was planned: recompile the model or use "
                                       "kernels version "),
            std::string::npos)
      << result.standard_error;
}

INSTANTIATE_TEST_SUITE_P(HostCompilers, EmittedCpp, ::testing::ValuesIn(host_compilers()), [](const auto& suite) {
  std::string name = fs::path(suite.param).filename().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return std::to_string(suite.index) + "_" + name;
});

}  // namespace
}  // namespace pudu

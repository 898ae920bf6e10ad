// Handwritten stand-ins for compiled models, for the tests of the emulator: a folder as the C++ emitter writes it,
// around a given model.cpp. Two inputs and one output of 8 bytes each, namespace test_model.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/temp_directory.hpp"
#include "emulator/emulator.hpp"
#include "targets/target.hpp"

namespace pudu::emulator {

inline constexpr char test_model_header[] = R"(#pragma once
#include <cstddef>
#include "kernels/model_api.hpp"
namespace test_model {
inline constexpr std::size_t arena_bytes = 32;
inline constexpr std::size_t input_count = 2;
inline constexpr std::size_t output_count = 1;
inline constexpr pudu::TensorInfo inputs[] = {{"a", pudu::ElementType::Int8, 2, {1, 8}, 1.0F, 0, 8},
                                              {"b", pudu::ElementType::Int8, 2, {1, 8}, 1.0F, 0, 8}};
inline constexpr pudu::TensorInfo outputs[] = {{"y", pudu::ElementType::Int8, 2, {1, 8}, 1.0F, 0, 8}};
void* input_data(std::size_t index) noexcept;
const void* output_data(std::size_t index) noexcept;
pudu::RunStatus run() noexcept;
}  // namespace test_model
)";

inline constexpr char test_model_arena[] = R"(#include "model.hpp"
#include <cstdint>
#include <cstring>
namespace test_model {
alignas(16) static std::uint8_t arena[arena_bytes];
void* input_data(std::size_t index) noexcept { return arena + 8 * index; }
const void* output_data(std::size_t) noexcept { return arena + 16; }
)";

/// run() is the given statements.
inline std::string statement_model(const std::string& statements) {
  return std::string(test_model_arena) + "static volatile int seven = 7;\nstatic volatile int zero;\n" +
         "pudu::RunStatus run() noexcept {\n" + statements + "\nreturn pudu::RunStatus::Ok;\n}\n}\n";
}

/// output = (input 0 ^ 0x5a) + input 1 + 7, through an initialized variable, a zeroed one, memcpy, division and
/// floating point.
inline std::string transforming_model() {
  return statement_model(R"(
  std::uint8_t sum[8];
  for (int i = 0; i < 8; ++i) {
    const float sevens = 7.0F * static_cast<float>(seven);
    const int value = static_cast<int>(sevens) / seven + zero;
    sum[i] = static_cast<std::uint8_t>((arena[i] ^ 0x5a) + arena[8 + i] + value);
  }
  std::memcpy(arena + 16, sum, static_cast<std::size_t>(seven + 1));)");
}

/// run() is exactly these instructions.
inline std::string assembly_model(const std::string& instructions) {
  return std::string(test_model_arena) +
         "[[gnu::naked]] pudu::RunStatus run() noexcept {\nasm volatile(R\"(.syntax unified\n" + instructions +
         "\n)\");\n}\n}\n";
}

/// A temporary folder with a model and a place to build it.
class TestModel {
 public:
  explicit TestModel(const std::string& model_cpp) : folder_(make_folder()) {
    std::filesystem::create_directories(model_dir() / "pudu" / "kernels");
    std::filesystem::copy_file(std::filesystem::path(PUDU_SOURCE_DIR) / "src" / "kernels" / "model_api.hpp",
                               model_dir() / "pudu" / "kernels" / "model_api.hpp");
    write("model.hpp", test_model_header);
    write("model.cpp", model_cpp);
  }

  void write(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories((model_dir() / name).parent_path());
    std::ofstream(model_dir() / name) << content;
  }

  std::filesystem::path model_dir() const { return folder_.path() / "a model, compiled"; }

  FirmwareRequest request(const std::string& board, const std::string& compiler_flags) const {
    FirmwareRequest request;
    request.model_dir = model_dir();
    request.model_namespace = "test_model";
    request.board = board;
    request.compiler_flags = split_flags(compiler_flags);
    request.work_dir = folder_.path() / "work, too";
    return request;
  }

  Result<Firmware> build(const std::string& board, const std::string& compiler_flags) const {
    return build_firmware(request(board, compiler_flags));
  }

 private:
  static base::TempDirectory make_folder() {
    Result<base::TempDirectory> folder = base::TempDirectory::create("pudu-test");
    if (!folder) std::abort();  // the tests cannot run at all
    return std::move(folder).value();
  }

  base::TempDirectory folder_;
};

inline std::string flags_of(const std::string& cpu_name) {
  for (const targets::CpuInfo& cpu : targets::all_cpus()) {
    if (cpu.name == cpu_name) return std::string(cpu.compiler_flags);
  }
  return "-mcpu=" + cpu_name;
}

/// A sample of 16 bytes, 8 for each input, and what the transforming model makes of it.
inline SampleBytes test_sample(unsigned seed) {
  SampleBytes sample;
  for (unsigned i = 0; i < 16; ++i) sample.push_back(static_cast<std::uint8_t>(seed * 31 + i * i * 7 + 3));
  return sample;
}

inline SampleBytes transformed(const SampleBytes& sample) {
  SampleBytes output;
  for (std::size_t i = 0; i < 8; ++i) {
    output.push_back(static_cast<std::uint8_t>((sample[i] ^ 0x5a) + sample[8 + i] + 7));
  }
  return output;
}

}  // namespace pudu::emulator

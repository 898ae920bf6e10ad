// What the compiled firmware must not contain: a heap, exception tables, static constructors. Checked on the linked
// image with the tools of the compiler, and its flash and RAM are printed.
#include <iostream>

#include "base/subprocess.hpp"
#include "emitters/cpp/cpp_emitter.hpp"
#include "qemu/board_runs.hpp"

namespace pudu {
namespace {

using testing::CompiledFolder;

emulator::Firmware build(const CompiledFolder& compiled) {
  const targets::CpuInfo& cpu = compiled.artifact().program.target.cpu_info();
  auto firmware = emulator::build_firmware({.model_dir = compiled.artifact().folder,
                                            .model_namespace = emitters::cpp_namespace(compiled.artifact().program),
                                            .board = std::string(cpu.board),
                                            .compiler_flags = emulator::split_flags(cpu.compiler_flags),
                                            .work_dir = compiled.work_dir()});
  EXPECT_TRUE(firmware.ok()) << to_string(firmware.error());
  return std::move(firmware).value();
}

std::string output_of(const std::vector<std::string>& command) {
  auto result = base::run_process(command);
  EXPECT_TRUE(result.ok());
  EXPECT_TRUE(result->succeeded()) << result->standard_error;
  return result->standard_output;
}

class Firmware : public ::testing::TestWithParam<const char*> {};

TEST_P(Firmware, HasNoHeapNoExceptionsNoConstructors) {
  const CompiledFolder compiled(testing::model_files("mnist"), GetParam());
  const emulator::Firmware firmware = build(compiled);

  const std::string symbols = output_of({"arm-none-eabi-nm", "--demangle", firmware.elf.string()});
  EXPECT_NE(symbols.find("pudu::kernels::"), std::string::npos) << "the model is not in the image";
  for (const char* forbidden :
       {"malloc", "calloc", "realloc", "_sbrk", "operator new", "operator delete", "__cxa_throw", "__gxx_personality",
        "__cxa_guard", "_GLOBAL__sub_I_", "__cxa_atexit", "_Unwind_Resume"}) {
    EXPECT_EQ(symbols.find(forbidden), std::string::npos) << forbidden;
  }
  const std::string sections = output_of({"arm-none-eabi-readelf", "--sections", "--wide", firmware.elf.string()});
  EXPECT_NE(sections.find(".text"), std::string::npos);
  for (const char* forbidden :
       {".ARM.exidx", ".ARM.extab", ".init_array", ".ctors", ".eh_frame", ".gcc_except_table"}) {
    EXPECT_EQ(sections.find(forbidden), std::string::npos) << forbidden;
  }
  EXPECT_GE(firmware.sizes.ram_bytes(), compiled.artifact().memory.arena_bytes);
  std::cout << "mnist on " << GetParam() << ": flash " << firmware.sizes.flash_bytes() << " bytes (code "
            << firmware.sizes.code_bytes << "), static RAM " << firmware.sizes.ram_bytes() << " bytes\n";
}

INSTANTIATE_TEST_SUITE_P(Cpus, Firmware, ::testing::Values("cortex-m0", "cortex-m4", "cortex-m55"),
                         [](const auto& test) { return std::string(test.param).substr(7); });

}  // namespace
}  // namespace pudu

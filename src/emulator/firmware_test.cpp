#include "emulator/firmware.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/subprocess.hpp"
#include "emulator/elf_file.hpp"
#include "emulator/testing/test_model.hpp"

namespace pudu::emulator {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

std::map<std::string, ElfSection> sections_of(const Firmware& firmware) {
  std::map<std::string, ElfSection> by_name;
  Result<std::vector<ElfSection>> sections = read_elf_sections(firmware.elf);
  if (sections) {
    for (const ElfSection& section : *sections) by_name[section.name] = section;
  }
  return by_name;
}

// Model code with known amounts of weights and of arena.
std::string sized_model(std::size_t weights_bytes, std::size_t arena_bytes) {
  return std::string(test_model_arena) + "alignas(16) std::uint8_t more[" + std::to_string(arena_bytes) + "];\n" +
         "extern \"C\" const std::uint8_t weights[];\n" +
         "asm(\".section .rodata.weights, \\\"a\\\"\\n.global weights\\nweights: .fill " +
         std::to_string(weights_bytes) + ", 1, 0x21\\n.text\");\n" + "pudu::RunStatus run() noexcept {\n" +
         "  const volatile std::uint8_t* last = weights + " + std::to_string(weights_bytes - 1) + ";\n" +
         "  volatile std::uint8_t* end = more + " + std::to_string(arena_bytes - 1) + ";\n" +
         "  *end = *last;\n  for (int i = 0; i < 8; ++i) arena[16 + i] = *end;\n" +
         "  return pudu::RunStatus::Ok;\n}\n}\n";
}

TEST(Firmware, SizesAreSplitBySection) {
  const TestModel model(sized_model(5000, 3000));
  const Result<Firmware> firmware = model.build("mps2-an386", flags_of("cortex-m4"));
  ASSERT_TRUE(firmware) << to_string(firmware.error());
  const FirmwareSizes& sizes = firmware->sizes;
  EXPECT_GE(sizes.constants_bytes, 5000U);
  EXPECT_LT(sizes.constants_bytes, 5200U);
  EXPECT_GE(sizes.bss_bytes, 3000U + 32U);
  EXPECT_LE(sizes.bss_bytes, 3008U + 32U);  // 8 where the arena of 32 bytes comes after and is aligned
  EXPECT_EQ(sizes.data_bytes, 0U);
  EXPECT_GT(sizes.code_bytes, 30U);
  EXPECT_LT(sizes.code_bytes, 200U);
  EXPECT_GT(sizes.harness_bytes, 500U);
  EXPECT_LT(sizes.harness_bytes, 2000U);
  EXPECT_EQ(sizes.flash_bytes(), sizes.code_bytes + sizes.constants_bytes);
  EXPECT_EQ(sizes.ram_bytes(), sizes.bss_bytes);
}

TEST(Firmware, HasNoUnwindTablesNoConstructorsAndNoHeap) {
  const TestModel model(transforming_model());
  for (const char* cpu : {"cortex-m0", "cortex-m55"}) {
    const std::string board(board_for_cpu(cpu)->name);
    const Result<Firmware> firmware = model.build(board, flags_of(cpu));
    ASSERT_TRUE(firmware) << to_string(firmware.error());
    for (const auto& [name, section] : sections_of(*firmware)) {
      EXPECT_THAT(name, Not(HasSubstr("ARM.ex")));
      EXPECT_THAT(name, Not(HasSubstr("eh_frame")));
      const bool is_constructor_list = name.find("_array") != std::string::npos;
      EXPECT_FALSE(is_constructor_list && section.bytes > 0) << name;
    }
    const Result<base::ProcessResult> symbols = base::run_process({"arm-none-eabi-nm", firmware->elf.string()});
    ASSERT_TRUE(symbols && symbols->succeeded());
    EXPECT_THAT(symbols->standard_output, HasSubstr("reset_handler"));
    for (const char* name : {"malloc", "free", "_sbrk", "abort", "_Unwind", "__cxa"}) {
      EXPECT_THAT(symbols->standard_output, Not(HasSubstr(name))) << cpu;
    }
  }
}

TEST(Firmware, RefusesStaticConstructors) {
  const TestModel model(transforming_model() +
                        "int compute();\nint constructed = compute();\nint compute() { return test_model::seven; }\n");
  const Result<Firmware> firmware = model.build("mps2-an386", flags_of("cortex-m4"));
  ASSERT_FALSE(firmware);
  EXPECT_THAT(to_string(firmware.error()), HasSubstr("static constructors are not allowed in a compiled model"));
}

TEST(Firmware, LargeImagesMoveToLargerMemories) {
  struct Case {
    const char* board;
    const char* cpu;
    std::size_t weights_bytes;
    std::size_t arena_bytes;
    std::uint32_t weights_address;  ///< of the memory expected
    std::uint32_t data_address;
  };
  const Case cases[] = {
      {"mps3-an547", "cortex-m55", 400'000, 1'500'000, 0x00000000, 0x31000000},
      {"mps3-an547", "cortex-m55", 3'700'000, 1'500'000, 0x70000000, 0x31000000},
      {"mps3-an547", "cortex-m55", 3'700'000, 5'000'000, 0x70000000, 0x78000000},
      {"mps2-an386", "cortex-m4", 3'700'000, 1'500'000, 0x00000000, 0x20000000},
      {"mps2-an386", "cortex-m4", 12'000'000, 4'000'000, 0x21000000, 0x20000000},
      {"mps2-an385", "cortex-m0", 12'000'000, 4'000'000, 0x21000000, 0x20000000},
      {"mps2-an500", "cortex-m7", 12'000'000, 4'000'000, 0x60000000, 0x20000000},
      {"mps2-an505", "cortex-m33", 4'000'000, 4'000'000, 0x10000000, 0x38000000},
      {"microbit", "cortex-m0", 240'000, 12'000, 0x00000000, 0x20000000},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(std::string(test.board) + " with " + std::to_string(test.weights_bytes) + " bytes of weights");
    const TestModel model(sized_model(test.weights_bytes, test.arena_bytes));
    const Result<Firmware> firmware = model.build(test.board, flags_of(test.cpu));
    ASSERT_TRUE(firmware) << to_string(firmware.error());
    std::map<std::string, ElfSection> sections = sections_of(*firmware);
    EXPECT_EQ(sections[".rodata"].address >> 24, test.weights_address >> 24);
    EXPECT_EQ(sections[".bss"].address >> 24, test.data_address >> 24);
    // The last weight, and what was stored in the last byte of the arena, are what they should be.
    const Result<QemuRun> run = run_on_qemu(*firmware, {SampleBytes(16)});
    ASSERT_TRUE(run) << to_string(run.error());
    EXPECT_EQ(run->outputs[0], SampleBytes(8, 0x21));
  }
}

TEST(Firmware, ImagesThatFitNoLayoutSayWhatIsMissing) {
  const TestModel flash(sized_model(300'000, 1000));
  const Result<Firmware> too_much_flash = flash.build("microbit", flags_of("cortex-m0"));
  ASSERT_FALSE(too_much_flash);
  EXPECT_EQ(too_much_flash.error().kind, ErrorKind::LimitExceeded);
  EXPECT_THAT(to_string(too_much_flash.error()),
              testing::ContainsRegex("board microbit: the firmware needs 30[0-9]+ B of FLASH .it has 256 KB."));

  const TestModel ram(sized_model(1000, 20'000'000));
  const Result<Firmware> too_much_ram = ram.build("mps2-an505", flags_of("cortex-m33"));
  ASSERT_FALSE(too_much_ram);
  EXPECT_EQ(too_much_ram.error().kind, ErrorKind::LimitExceeded);
  EXPECT_THAT(to_string(too_much_ram.error()), testing::ContainsRegex("needs 200[0-9]+ B of SSRAM2 .it has 4 MB."));
}

TEST(Firmware, CompilesEveryKernelSourceButNoTest) {
  const TestModel model(statement_model("extern int offset(); arena[16] = static_cast<std::uint8_t>(offset());"));
  model.write("pudu/kernels/toy/toy.hpp", "#pragma once\nint one();\n");
  model.write("pudu/kernels/toy/scalar.cpp",
              "#include \"kernels/toy/toy.hpp\"\nint one() { return 1; }\nnamespace test_model { int offset() { return "
              "one(); } }\n");
  model.write("pudu/kernels/toy/toy_test.cpp", "#error a test\n");
  model.write("example/main.cpp", "#error not part of the model\n");
  const Result<Firmware> firmware = model.build("mps2-an386", flags_of("cortex-m4"));
  ASSERT_TRUE(firmware) << to_string(firmware.error());
  const Result<QemuRun> run = run_on_qemu(*firmware, {SampleBytes(16)});
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_EQ(run->outputs[0][0], 1);
}

std::map<std::string, fs::file_time_type> files_of(const fs::path& dir) {
  std::map<std::string, fs::file_time_type> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) files[entry.path().string()] = entry.last_write_time();
  }
  return files;
}

TEST(Firmware, BuildsOnlyWhatChanged) {
  const TestModel model(transforming_model());
  model.write("pudu/kernels/toy/scalar.cpp", "int one() { return 1; }\n");
  const FirmwareRequest request = model.request("mps2-an386", flags_of("cortex-m4"));
  const Result<Firmware> first = build_firmware(request);
  ASSERT_TRUE(first) << to_string(first.error());
  const auto files = files_of(request.work_dir);
  for (const auto& [name, time] : files) EXPECT_THAT(name, Not(HasSubstr(".partial")));

  const Result<Firmware> second = build_firmware(request);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->elf, first->elf);
  EXPECT_EQ(files_of(request.work_dir), files);

  const std::string changed = transforming_model() + "// changed\nint unused() { return 3; }\n";
  model.write("model.cpp", changed);
  const Result<Firmware> third = build_firmware(request);
  ASSERT_TRUE(third);
  EXPECT_NE(third->elf, first->elf);
  EXPECT_EQ(files_of(request.work_dir).size(), files.size() + 2);  // one object, one image

  model.write("pudu/kernels/other.hpp", "#pragma once\n");  // any header may change any source
  ASSERT_TRUE(build_firmware(request));
  EXPECT_EQ(files_of(request.work_dir).size(), files.size() + 2 + 4 + 1);
}

TEST(Firmware, ReportsTheFirstLinesOfTheCompiler) {
  const TestModel model("#error wrong kernels version\n");
  const Result<Firmware> firmware = model.build("mps2-an386", flags_of("cortex-m4"));
  ASSERT_FALSE(firmware);
  EXPECT_EQ(firmware.error().kind, ErrorKind::InvalidInput);
  EXPECT_THAT(to_string(firmware.error()), HasSubstr("model.cpp"));
  EXPECT_THAT(to_string(firmware.error()), HasSubstr("#error wrong kernels version"));
}

TEST(Firmware, ReportsUndefinedSymbols) {
  const TestModel model(statement_model("extern int nowhere(); arena[16] = static_cast<std::uint8_t>(nowhere());"));
  const Result<Firmware> firmware = model.build("mps2-an386", flags_of("cortex-m4"));
  ASSERT_FALSE(firmware);
  EXPECT_THAT(to_string(firmware.error()), HasSubstr("undefined reference to `test_model::nowhere()'"));
}

TEST(Firmware, AFolderWithoutAModelIsRefused) {
  FirmwareRequest request;
  const Result<base::TempDirectory> folder = base::TempDirectory::create("pudu-test");
  ASSERT_TRUE(folder);
  request.model_dir = folder->path();
  request.work_dir = folder->path() / "work";
  request.board = "mps2-an386";
  const Result<Firmware> firmware = build_firmware(request);
  ASSERT_FALSE(firmware);
  EXPECT_EQ(firmware.error().kind, ErrorKind::InvalidInput);
  EXPECT_THAT(to_string(firmware.error()), HasSubstr("no model.hpp; a folder written by `pudu compile`"));
}

// Runs with no program on the PATH while it lives.
class EmptyPath {
 public:
  EmptyPath() {
    if (const char* path = std::getenv("PATH"); path != nullptr) saved_ = path;
    ::setenv("PATH", "/nonexistent", 1);
  }
  ~EmptyPath() { ::setenv("PATH", saved_.c_str(), 1); }

 private:
  std::string saved_;
};

TEST(Firmware, MissingToolsNameTheirPackages) {
  const TestModel model(transforming_model());
  const Result<Firmware> built = model.build("mps2-an386", flags_of("cortex-m4"));
  ASSERT_TRUE(built) << to_string(built.error());

  const EmptyPath nothing;
  const Result<Firmware> firmware = model.build("mps2-an386", flags_of("cortex-m4"));
  ASSERT_FALSE(firmware);
  EXPECT_EQ(firmware.error().kind, ErrorKind::Unsupported);
  EXPECT_THAT(to_string(firmware.error()), HasSubstr("arm-none-eabi-g++: the cross compiler is not installed"));
  EXPECT_THAT(to_string(firmware.error()), HasSubstr("hint: install the Debian packages gcc-arm-none-eabi"));

  const Result<QemuRun> run = run_on_qemu(*built, {test_sample(0)});
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().kind, ErrorKind::Unsupported);
  EXPECT_THAT(to_string(run.error()), HasSubstr("qemu-system-arm: the emulator is not installed"));
  EXPECT_THAT(to_string(run.error()), HasSubstr("hint: install the Debian package qemu-system-arm"));
}

TEST(ElfFile, RefusesOtherAndTruncatedFiles) {
  const TestModel model(transforming_model());
  const Result<Firmware> firmware = model.build("mps2-an386", flags_of("cortex-m4"));
  ASSERT_TRUE(firmware) << to_string(firmware.error());
  std::ifstream stream(firmware->elf, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  const fs::path copy = model.model_dir() / "copy.elf";
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{4}, std::size_t{51}, std::size_t{52}, whole.size() / 2, whole.size() - 1}) {
    std::ofstream(copy, std::ios::binary) << whole.substr(0, size);
    const Result<std::vector<ElfSection>> sections = read_elf_sections(copy);
    ASSERT_FALSE(sections) << size;
    EXPECT_THAT(to_string(sections.error()), HasSubstr("not a whole 32-bit little-endian ELF file"));
  }
  std::ofstream(copy, std::ios::binary) << whole;
  EXPECT_TRUE(read_elf_sections(copy));
}

TEST(SplitFlags, SplitsAtSpaces) {
  EXPECT_EQ(split_flags(" -a  -b=c "), (std::vector<std::string>{"-a", "-b=c"}));
  EXPECT_TRUE(split_flags("").empty());
}

}  // namespace
}  // namespace pudu::emulator

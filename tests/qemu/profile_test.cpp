// What `pudu bench` stands on, with real networks: the decoder against a disassembler on whole images, and profiles
// whose layers add up to the very count of the image without markers.
#include <map>
#include <regex>
#include <sstream>

#include "base/subprocess.hpp"
#include "emitters/cpp/cpp_emitter.hpp"
#include "qemu/board_runs.hpp"

namespace pudu {
namespace {

using emulator::Instruction;
using emulator::InstructionClass;
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

bool is_one_of(const std::string& word, const std::string& pattern) {
  return std::regex_match(word, std::regex(pattern));
}

/// The class of an instruction by its text, which knows nothing of encodings.
InstructionClass class_of_text(const std::string& mnemonic, const std::string& operands) {
  const std::string base = mnemonic.substr(0, mnemonic.find('.'));
  const std::string condition = "(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al)?";
  if (is_one_of(base, "(b|bl|bx|blx)" + condition + "|cbn?z|tb[bh]|letp|le|wls(tp)?|dls(tp)?")) {
    return InstructionClass::Branch;
  }
  if (is_one_of(base, "(mov|add)" + condition) && operands.rfind("pc", 0) == 0) return InstructionClass::Branch;
  if (is_one_of(base, "(ldr|ldm|pop|lda).*")) return InstructionClass::Load;
  if (is_one_of(base, "(str|stm|push|stl).*")) return InstructionClass::Store;
  if (base[0] == 'v') {
    const bool has_vector = std::regex_search(operands, std::regex("\\bq[0-7]\\b"));
    if (has_vector || is_one_of(base, "vpst.*|vpnot|vpt.*|vctp.*")) return InstructionClass::Mve;
    if (is_one_of(base, "(vldr|vldm|vpop).*")) return InstructionClass::Load;
    if (is_one_of(base, "(vstr|vstm|vpush).*")) return InstructionClass::Store;
    return InstructionClass::Other;
  }
  if (is_one_of(base, "(mul|mla|mls|smul|smla|smls|umul|umla|umaal|smm|smus|smua|usad).*")) {
    return InstructionClass::Multiply;
  }
  return InstructionClass::Other;
}

struct Listed {
  std::string line;
  std::uint16_t first = 0;
  std::uint16_t second = 0;
  int bytes = 0;
  InstructionClass kind = InstructionClass::Other;
};

std::vector<Listed> disassemble(const std::filesystem::path& elf, bool has_mve) {
  std::vector<std::string> command = {"arm-none-eabi-objdump", "-d"};
  if (has_mve) command.insert(command.end(), {"-m", "armv8.1-m.main"});
  command.push_back(elf.string());
  const auto result = base::run_process(command);
  EXPECT_TRUE(result.ok() && result->succeeded());
  const std::regex form("\\s*[0-9a-f]+:\t([0-9a-f]{4})( [0-9a-f]{4})?\\s*\t(\\S+)(\t(.*))?");
  std::vector<Listed> instructions;
  std::istringstream lines(result->standard_output);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, form) || match[3].str()[0] == '.') continue;
    Listed listed{line};
    listed.first = static_cast<std::uint16_t>(std::stoul(match[1], nullptr, 16));
    listed.bytes = match[2].matched ? 4 : 2;
    if (match[2].matched) listed.second = static_cast<std::uint16_t>(std::stoul(match[2], nullptr, 16));
    listed.kind = class_of_text(match[3], match[5]);
    instructions.push_back(std::move(listed));
  }
  return instructions;
}

class Profile : public ::testing::TestWithParam<const char*> {};

TEST_P(Profile, TheDecoderAgreesWithADisassembler) {
  const std::string cpu = GetParam();
  const CompiledFolder compiled(testing::model_files("mnist"), cpu);
  const std::vector<Listed> instructions = disassemble(build(compiled).elf, cpu == "cortex-m55");
  std::map<InstructionClass, std::size_t> counts;
  for (const Listed& listed : instructions) {
    const Instruction decoded = emulator::decode_thumb(listed.first, listed.second);
    EXPECT_EQ(decoded.bytes, listed.bytes) << listed.line;
    EXPECT_EQ(emulator::class_of(decoded.form), listed.kind)
        << listed.line << ": " << emulator::to_string(emulator::class_of(decoded.form));
    ++counts[listed.kind];
  }
  EXPECT_GT(instructions.size(), 2000U);
  for (const InstructionClass kind : {InstructionClass::Load, InstructionClass::Store, InstructionClass::Multiply,
                                      InstructionClass::Branch, InstructionClass::Other}) {
    EXPECT_GT(counts[kind], 20U) << emulator::to_string(kind);
  }
  EXPECT_EQ(counts[InstructionClass::Mve] > 100, cpu == "cortex-m55");
}

driver::DeviceFigures measure(const CompiledFolder& compiled, const driver::Samples& samples,
                              emulator::Measurement measurement) {
  base::SilentProgress progress;
  driver::BoardOptions options{.board = {}, .work_dir = compiled.work_dir()};
  options.measurement = measurement;
  auto outcome = driver::run_on_board(compiled.artifact(), samples, options, progress);
  EXPECT_TRUE(outcome.ok()) << to_string(outcome.error());
  return *outcome->device;
}

TEST_P(Profile, LayersAddUpToTheCountWithoutMarkers) {
  for (const char* name : {"mnist", "resnet8"}) {
    SCOPED_TRACE(name);
    const testing::ModelFiles files = testing::model_files(name);
    const CompiledFolder compiled(files, GetParam());
    const driver::Samples samples = testing::first_samples(compiled.artifact(), files.input, 1);
    const driver::DeviceFigures plain = measure(compiled, samples, emulator::Measurement::Instructions);
    const driver::DeviceFigures profiled = measure(compiled, samples, emulator::Measurement::Profile);
    ASSERT_FALSE(plain.profile);
    ASSERT_TRUE(profiled.profile);
    EXPECT_EQ(profiled.instructions, plain.instructions) << "the markers change the code";
    EXPECT_EQ(profiled.sizes.code_bytes, plain.sizes.code_bytes);
    const emulator::Profile& profile = *profiled.profile;
    EXPECT_EQ(profile.whole().instructions, plain.instructions[0]);
    ASSERT_EQ(profile.layers.size(), compiled.artifact().program.calls.size());
    for (const emulator::ExecutionCounts& layer : profile.layers) EXPECT_GT(layer.instructions, 100U);
    EXPECT_LT(profile.glue.instructions, 300U);
    EXPECT_EQ(profile.whole().of(InstructionClass::Mve) > 0, std::string(GetParam()) == "cortex-m55");
    EXPECT_GT(profile.whole().cycles.estimate, profile.whole().instructions);
    EXPECT_LE(profile.whole().cycles.low, profile.whole().cycles.estimate);
    EXPECT_LE(profile.whole().cycles.estimate, profile.whole().cycles.high);

    const driver::DeviceFigures again = measure(compiled, samples, emulator::Measurement::Profile);
    EXPECT_EQ(again.profile->layers, profile.layers);
    EXPECT_EQ(again.profile->glue, profile.glue);
  }
}

INSTANTIATE_TEST_SUITE_P(Cpus, Profile, ::testing::Values("cortex-m0", "cortex-m3", "cortex-m4", "cortex-m55"),
                         [](const auto& test) { return std::string(test.param).substr(7); });

}  // namespace
}  // namespace pudu

#include "targets/target.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace pudu::targets {
namespace {

using ::testing::ElementsAre;

TEST(Targets, EveryRowStandsAtItsEnumerator) {
  std::set<std::string_view> names;
  for (const CpuInfo& cpu : all_cpus()) {
    EXPECT_EQ(&info(cpu.cpu), &cpu) << cpu.name;
    EXPECT_TRUE(cpu.name.starts_with("cortex-m")) << cpu.name;
    EXPECT_TRUE(names.insert(cpu.name).second) << cpu.name;
    // The flags must build for the ISA whose kernels are chosen: a soft-float CPU has no vector unit.
    EXPECT_EQ(cpu.has_fpu, cpu.compiler_flags.find("-mfloat-abi=hard") != std::string_view::npos) << cpu.name;
    EXPECT_FALSE(cpu.default_isa == Isa::Mve && cpu.architecture != "armv8.1-m.main") << cpu.name;
  }
  EXPECT_EQ(names.size(), 11U);
}

TEST(Targets, NamesInEveryForm) {
  for (const std::string_view name : {"cortex-m55", "Cortex-M55", "CORTEX-M55", "m55", "M55"}) {
    const auto target = make_target(name, "");
    ASSERT_TRUE(target.ok()) << name << ": " << to_string(target.error());
    EXPECT_EQ(*target, (TargetConfig{Cpu::M55, Isa::Mve})) << name;
  }
  EXPECT_EQ(make_target("m0plus", "")->cpu, Cpu::M0Plus);
  EXPECT_EQ(make_target("m35p", "")->cpu_info().name, "cortex-m35p");
}

TEST(Targets, DefaultIsTheLargestIsa) {
  for (const CpuInfo& cpu : all_cpus()) {
    const auto target = make_target(cpu.name, "");
    ASSERT_TRUE(target.ok()) << cpu.name;
    EXPECT_EQ(target->cpu, cpu.cpu);
    EXPECT_EQ(target->isa, cpu.default_isa);
    EXPECT_EQ(supported_isas(cpu.cpu).back(), cpu.default_isa);
  }
}

TEST(Targets, IsaNamesAndTheirInverse) {
  for (const Isa isa : {Isa::Scalar, Isa::Dsp, Isa::Mve}) EXPECT_EQ(parse_isa(to_string(isa)), isa);
  EXPECT_EQ(parse_isa("neon"), std::nullopt);
  EXPECT_EQ(parse_isa(""), std::nullopt);
  EXPECT_EQ(parse_isa("DSP"), std::nullopt);
}

TEST(Targets, ACpuRunsEverySmallerIsaAndNoLargerOne) {
  for (const CpuInfo& cpu : all_cpus()) {
    const std::vector<Isa> isas = supported_isas(cpu.cpu);
    for (const Isa isa : {Isa::Scalar, Isa::Dsp, Isa::Mve}) {
      const bool is_supported = std::find(isas.begin(), isas.end(), isa) != isas.end();
      EXPECT_EQ(is_supported, isa <= cpu.default_isa) << cpu.name;
      const auto target = make_target(cpu.name, to_string(isa));
      ASSERT_EQ(target.ok(), is_supported) << cpu.name << " " << to_string(isa);
      if (target.ok()) {
        EXPECT_EQ(*target, (TargetConfig{cpu.cpu, isa}));
      }
    }
    EXPECT_TRUE(std::is_sorted(isas.begin(), isas.end()));
  }
  EXPECT_THAT(supported_isas(Cpu::M55), ElementsAre(Isa::Scalar, Isa::Dsp, Isa::Mve));
  EXPECT_THAT(supported_isas(Cpu::M4), ElementsAre(Isa::Scalar, Isa::Dsp));
  EXPECT_THAT(supported_isas(Cpu::M0Plus), ElementsAre(Isa::Scalar));
}

struct ErrorCase {
  std::string_view cpu, isa, message;
};

TEST(Targets, ErrorsSayWhatIsSupported) {
  const std::string all =
      "supported: cortex-m0, cortex-m0plus, cortex-m3, cortex-m4, cortex-m7, cortex-m23, cortex-m33, cortex-m35p, "
      "cortex-m52, cortex-m55, cortex-m85, any";
  const std::pair<std::string_view, std::string> unknown[] = {
      {"cortex-m56", "error: --target: unknown CPU 'cortex-m56'; " + all + "\nhint: did you mean 'cortex-m52'?"},
      {"M0+", "error: --target: unknown CPU 'M0+'; " + all + "\nhint: did you mean 'cortex-m0'?"},
      {"cortexm85", "error: --target: unknown CPU 'cortexm85'; " + all},
      {"esp32", "error: --target: unknown CPU 'esp32'; " + all},
  };
  for (const auto& [cpu, message] : unknown) {
    const auto target = make_target(cpu, "");
    ASSERT_FALSE(target.ok()) << cpu;
    EXPECT_EQ(to_string(target.error()), message);
    EXPECT_EQ(target.error().kind, ErrorKind::Unsupported);
  }
  const ErrorCase cases[] = {
      {"m0", "dsp", "error: --isa: ISA 'dsp' is not supported by cortex-m0; supported: scalar"},
      {"M4", "mve", "error: --isa: ISA 'mve' is not supported by cortex-m4; supported: scalar, dsp"},
      {"m55", "neon", "error: --isa: ISA 'neon' is not supported by cortex-m55; supported: scalar, dsp, mve"},
  };
  for (const ErrorCase& test : cases) {
    const auto target = make_target(test.cpu, test.isa);
    ASSERT_FALSE(target.ok()) << test.cpu;
    EXPECT_EQ(to_string(target.error()), test.message);
    EXPECT_EQ(target.error().kind, ErrorKind::Unsupported);
  }
}

}  // namespace
}  // namespace pudu::targets

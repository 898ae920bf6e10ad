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
  const std::pair<std::string_view, Cpu> names[] = {{"cortex-m55", Cpu::M55},    {"Cortex-M55", Cpu::M55},
                                                    {"CORTEX-M55", Cpu::M55},    {"m55", Cpu::M55},
                                                    {"M55", Cpu::M55},           {"cortexm55", Cpu::M55},
                                                    {"CortexM55", Cpu::M55},     {"Cortex M55", Cpu::M55},
                                                    {"cortex_m55", Cpu::M55},    {"m0", Cpu::M0},
                                                    {"M0+", Cpu::M0Plus},        {"m0plus", Cpu::M0Plus},
                                                    {"cortex-m0+", Cpu::M0Plus}, {"M0Plus", Cpu::M0Plus},
                                                    {"Cortex-M0+", Cpu::M0Plus}, {"cortex-m0plus", Cpu::M0Plus},
                                                    {"m35p", Cpu::M35P},         {"Cortex-M35P", Cpu::M35P}};
  for (const auto& [name, cpu] : names) {
    const auto target = make_target(name, "");
    ASSERT_TRUE(target.ok()) << name << ": " << to_string(target.error());
    EXPECT_EQ(*target, (TargetConfig{cpu, resolve_backend(cpu)})) << name;
  }
  for (const std::string_view name : {"any", "Any", "ANY"}) {
    for (const std::string_view isa : {"", "any", "Any"}) {
      const auto target = make_target(name, isa);
      ASSERT_TRUE(target.ok()) << name << ": " << to_string(target.error());
      EXPECT_TRUE(target->is_any());
      EXPECT_THAT(target->isas(), ElementsAre(Isa::Scalar, Isa::Dsp, Isa::Mve));
    }
  }
  EXPECT_EQ(make_target("m55", "DSP")->isa, Isa::Dsp);
  EXPECT_EQ(make_target("m55", "Scalar")->isa, Isa::Scalar);
}

struct BackendAnswer {
  std::string_view cpu;
  Isa isa;
};

// What resolve_backend() of CMSIS-NN's own host binding answers (cmsis_nn.cpython-311-x86_64-linux-gnu.so of the
// ExecuTorch 1.5.1 wheel, asked by tools/scratch_golden.py --grid). It has no Cortex-M52.
constexpr BackendAnswer binding_answers[] = {
    {"cortex-m0", Isa::Scalar}, {"cortex-m0plus", Isa::Scalar}, {"cortex-m3", Isa::Scalar}, {"cortex-m4", Isa::Dsp},
    {"cortex-m7", Isa::Dsp},    {"cortex-m23", Isa::Scalar},    {"cortex-m33", Isa::Dsp},   {"cortex-m35p", Isa::Dsp},
    {"cortex-m55", Isa::Mve},   {"cortex-m85", Isa::Mve}};

TEST(Targets, ResolveBackendIsCmsisNnsOwnAnswer) {
  std::set<std::string_view> answered = {"cortex-m52"};
  EXPECT_EQ(resolve_backend(Cpu::M52), Isa::Mve);
  for (const BackendAnswer& answer : binding_answers) {
    const auto target = make_target(answer.cpu, "");
    ASSERT_TRUE(target.ok()) << answer.cpu;
    EXPECT_EQ(resolve_backend(*target->cpu), answer.isa) << answer.cpu;
    EXPECT_EQ(target->isa, answer.isa) << answer.cpu;
    answered.insert(answer.cpu);
  }
  for (const CpuInfo& cpu : all_cpus()) EXPECT_TRUE(answered.contains(cpu.name)) << cpu.name;
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
  std::string_view cpu, isa;
  std::string message;
  ErrorKind kind = ErrorKind::Unsupported;
};

void expect_errors(std::span<const ErrorCase> cases) {
  for (const ErrorCase& test : cases) {
    const auto target = make_target(test.cpu, test.isa);
    ASSERT_FALSE(target.ok()) << test.cpu;
    EXPECT_EQ(to_string(target.error()), test.message);
    EXPECT_EQ(target.error().kind, test.kind);
  }
}

TEST(Targets, UnknownCpusHaveTheListAndTheNearest) {
  const std::string all =
      "supported: cortex-m0, cortex-m0plus, cortex-m3, cortex-m4, cortex-m7, cortex-m23, cortex-m33, cortex-m35p, "
      "cortex-m52, cortex-m55, cortex-m85, any";
  const ErrorCase cases[] = {
      {"cortex-m56", "", "error: --target: unknown CPU 'cortex-m56'; " + all + "\nhint: did you mean 'cortex-m55'?"},
      {"cortex-m54", "", "error: --target: unknown CPU 'cortex-m54'; " + all + "\nhint: did you mean 'cortex-m55'?"},
      {"cortexm58", "", "error: --target: unknown CPU 'cortexm58'; " + all + "\nhint: did you mean 'cortex-m55'?"},
      {"M35", "", "error: --target: unknown CPU 'M35'; " + all + "\nhint: did you mean 'cortex-m35p'?"},
      {"m0pluss", "dsp", "error: --target: unknown CPU 'm0pluss'; " + all + "\nhint: did you mean 'cortex-m0plus'?"},
      {"cotrex-m4", "", "error: --target: unknown CPU 'cotrex-m4'; " + all},
      {"esp32", "", "error: --target: unknown CPU 'esp32'; " + all},
      {"", "", "error: --target: unknown CPU ''; " + all + "\nhint: did you mean 'cortex-m0'?"},
      {"esp32+int8", "", "error: --target: unknown CPU 'esp32+int8'; " + all},
  };
  expect_errors(cases);
}

TEST(Targets, ATargetHoldsNoDataTypeAndNoFeatures) {
  const std::string allowed = "the CPU alone, without a data type or features";
  const ErrorCase cases[] = {
      {"cortex-m55+int8", "",
       "error: --target: '+int8' behind the CPU in 'cortex-m55+int8'; " + allowed +
           "\nhint: write 'cortex-m55'; --isa chooses a smaller ISA"},
      {"M55+nomve", "",
       "error: --target: '+nomve' behind the CPU in 'M55+nomve'; " + allowed +
           "\nhint: write 'cortex-m55'; --isa chooses a smaller ISA"},
      {"m0++int8", "",
       "error: --target: '+int8' behind the CPU in 'm0++int8'; " + allowed +
           "\nhint: write 'cortex-m0plus'; --isa chooses a smaller ISA"},
      {"m0plus+int8", "",
       "error: --target: '+int8' behind the CPU in 'm0plus+int8'; " + allowed +
           "\nhint: write 'cortex-m0plus'; --isa chooses a smaller ISA"},
      {"m4+", "",
       "error: --target: '+' behind the CPU in 'm4+'; " + allowed +
           "\nhint: write 'cortex-m4'; --isa chooses a smaller ISA"},
  };
  expect_errors(cases);
}

TEST(Targets, IsasOfTheCpuOnly) {
  const ErrorCase cases[] = {
      {"m0", "dsp", "error: --isa: ISA 'dsp' is not supported by cortex-m0; supported: scalar"},
      {"M4", "MVE", "error: --isa: ISA 'MVE' is not supported by cortex-m4; supported: scalar, dsp"},
      {"m55", "neon", "error: --isa: unknown ISA 'neon'; supported by cortex-m55: scalar, dsp, mve", ErrorKind::Usage},
      {"m55", "mev",
       "error: --isa: unknown ISA 'mev'; supported by cortex-m55: scalar, dsp, mve\nhint: did you mean 'mve'?",
       ErrorKind::Usage},
      {"m23", "scaler",
       "error: --isa: unknown ISA 'scaler'; supported by cortex-m23: scalar\nhint: did you mean 'scalar'?",
       ErrorKind::Usage},
      {"m4", "any",
       "error: --isa: unknown ISA 'any'; supported by cortex-m4: scalar, dsp\n"
       "hint: --target any makes an artifact that runs on every ISA",
       ErrorKind::Usage},
      {"any", "mve",
       "error: --isa: ISA 'mve' for any CPU; --target any runs on every ISA: leave out --isa, or name the CPU"},
  };
  expect_errors(cases);
}

}  // namespace
}  // namespace pudu::targets

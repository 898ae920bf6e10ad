// Programs that ExecuTorch's own flow made, for M55, M4 and M0, on Pudu's operators in ExecuTorch's runtime, through
// the command line, against the outputs that ExecuTorch's Python reference recorded.
//
// That reference pools in float32: where a program has an average pool, a code may differ by 1. The reference was run
// on the M55 programs; those of mobilenet_v1_025 for M4 and M0 come from a calibration of their own, whose output scale
// differs in the last bits, so that codes are compared there.
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/npy.hpp"
#include "e2e/cli_workspace.hpp"

namespace pudu::testing {
namespace {

using Json = nlohmann::json;

const std::filesystem::path data = std::filesystem::path(PUDU_SOURCE_DIR) / "tests/data";

struct ProgramCase {
  std::string program;
  std::string input;        ///< of tests/data/models
  std::string expected;     ///< likewise
  std::size_t equal;        ///< outputs that are equal to the bit
  double largest_step = 0;  ///< the rest differs by this many codes at most
  double scale = 0;         ///< of an output code, where values are not compared by themselves
};

void PrintTo(const ProgramCase& value, std::ostream* stream) {
  *stream << value.program;
}

/// `pudu run`'s JSON.
Json run_program(const CliWorkspace& workspace, const std::string& program, const std::string& input,
                 const std::vector<std::string>& options = {}) {
  std::vector<std::string> command{PUDU_BINARY, "run",
                                   "--json",    (data / "pte" / program).string(),
                                   "--input",   (data / "models" / input).string(),
                                   "--output",  workspace.path("out.npy").string()};
  command.insert(command.end(), options.begin(), options.end());
  const auto result = base::run_process(command);
  EXPECT_TRUE(result.ok() && result->succeeded()) << (result.ok() ? result->standard_error : "");
  return Json::parse(result->standard_output, nullptr, false);
}

std::vector<float> values_of(const std::filesystem::path& file) {
  const auto array = base::read_npy(file);
  EXPECT_TRUE(array.ok());
  return base::to_float32(*array);
}

class Programs : public ::testing::TestWithParam<ProgramCase> {};

TEST_P(Programs, GiveTheRecordedOutputs) {
  const ProgramCase& program = GetParam();
  const CliWorkspace workspace;
  const Json report = run_program(workspace, program.program + ".pte", program.input);
  const std::vector<float> actual = values_of(workspace.path("out.npy"));
  const std::vector<float> expected = values_of(data / "models" / program.expected);
  ASSERT_EQ(actual.size(), expected.size());
  std::size_t equal = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    equal += actual[i] == expected[i] ? 1 : 0;
    if (program.scale > 0) {
      ASSERT_LE(std::fabs(actual[i] - expected[i]) / program.scale, program.largest_step + 1e-3) << i;
    } else {
      ASSERT_EQ(actual[i], expected[i]) << i;
    }
  }
  EXPECT_EQ(equal, program.equal);
  EXPECT_EQ(report["memory"]["temp_allocator"], 0);
  EXPECT_EQ(report["memory"]["model_pte_program_size"],
            std::filesystem::file_size(data / "pte" / (program.program + ".pte")));
}

std::vector<ProgramCase> program_cases() {
  std::vector<ProgramCase> cases;
  const auto add = [&](const std::string& name, std::size_t equal, double largest_step, double scale) {
    for (const char* suffix : {"", "_m4", "_m0"}) {
      cases.push_back({name + suffix, name + ".in0.npy", name + ".etout0.npy", equal, largest_step, scale});
    }
  };
  add("tiny_cnn", 10, 0, 0);
  add("ds_cnn", 12, 0, 0);
  add("deep_autoencoder", 640, 0, 0);
  add("resnet8", 4, 1, 0.004003671);
  add("mobilenet_v1_025", 0, 0, 0.002685128);
  cases[12].equal = 2;  // the M55 program, which the reference ran
  const std::string digits = "digits_test_inputs.npy";
  cases.push_back({"digits_cnn_calib64", digits, "digits_cnn.test_etout_calib64.npy", 4500});
  cases.push_back({"digits_ds_calib64", digits, "digits_ds.test_etout_calib64.npy", 3470, 1, 0.10615253});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(MadeByExecutorch, Programs, ::testing::ValuesIn(program_cases()),
                         [](const auto& program) { return program.param.program; });

TEST(ProgramRun, DigitsAreClassifiedAsTheReferenceDoes) {
  const CliWorkspace workspace;
  const Json report = run_program(workspace, "digits_ds_calib64.pte", "digits_test_inputs.npy",
                                  {"--labels", (data / "models/digits_test_labels.npy").string()});
  EXPECT_EQ(report["samples"], 450);
  EXPECT_EQ(report["correct"], 444);
}

TEST(ProgramRun, MemoryIsThatOfTheProgram) {
  const CliWorkspace workspace;
  const Json memory = run_program(workspace, "ds_cnn.pte", "ds_cnn.in0.npy")["memory"];
  EXPECT_EQ(memory["method_allocator_planned"], 20464);  // 4,464 of it scratch of CMSIS-NN's MVE kernels
  EXPECT_EQ(memory["method_allocator_input"], 0);
  EXPECT_GT(memory["method_allocator_loaded"], 0);
  EXPECT_EQ(run_program(workspace, "ds_cnn_m0.pte", "ds_cnn.in0.npy")["memory"]["method_allocator_planned"], 16000);
}

TEST(ProgramRun, ProfileHasALineForEachInstruction) {
  const CliWorkspace workspace;
  const Json report = run_program(workspace, "tiny_cnn.pte", "tiny_cnn.in0.npy",
                                  {"--profile", "--etdump", workspace.path("profile.etdump").string()});
  std::vector<std::string> names;
  for (const Json& row : report["operators"]) {
    EXPECT_EQ(row["instruction"], names.size());
    EXPECT_EQ(row["calls"], 1);
    EXPECT_GT(row["nanoseconds"], 0);
    names.push_back(row["name"]);
  }
  EXPECT_THAT(names,
              ::testing::ElementsAre("cortex_m::quantize_per_tensor.out", "cortex_m::quantized_depthwise_conv2d.out",
                                     "cortex_m::quantized_max_pool2d.out", "cortex_m::quantized_conv2d.out",
                                     "cortex_m::quantized_max_pool2d.out", "dim_order_ops::_clone_dim_order.out",
                                     "cortex_m::quantized_linear.out", "cortex_m::dequantize_per_tensor.out"));
  const std::string etdump = read_text(workspace.path("profile.etdump"));
  ASSERT_GT(etdump.size(), 12U);
  EXPECT_EQ(etdump.substr(8, 4), "ED00") << "ETDump's identifier, behind a size and an offset";
  EXPECT_THAT(etdump, ::testing::HasSubstr("cortex_m::quantized_conv2d.out"));
}

TEST(ProgramRun, WithoutAProfileThereIsNone) {
  const CliWorkspace workspace;
  EXPECT_FALSE(run_program(workspace, "tiny_cnn.pte", "tiny_cnn.in0.npy").contains("operators"));
}

TEST(ProgramRun, SeveralSamplesAreRunOneByOne) {
  // The runtime reuses the memory of an input: each sample must be set anew.
  const CliWorkspace workspace;
  const auto one = base::read_npy(data / "models/tiny_cnn.in0.npy");
  base::Array three{one->dtype, one->shape, {}};
  three.shape.front() = 3;
  for (int i = 0; i < 3; ++i) three.bytes.insert(three.bytes.end(), one->bytes.begin(), one->bytes.end());
  ASSERT_TRUE(base::write_npy(workspace.path("three.npy"), three).ok());
  run_program(workspace, "tiny_cnn.pte", workspace.path("three.npy").string());
  const std::vector<float> actual = values_of(workspace.path("out.npy"));
  const std::vector<float> expected = values_of(data / "models/tiny_cnn.etout0.npy");
  ASSERT_EQ(actual.size(), 3 * expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_EQ(actual[i], expected[i % expected.size()]);
}

TEST(ProgramRun, DamagedFilesAreRefusedBeforeTheyRun) {
  const CliWorkspace workspace;
  const std::string whole = read_text(data / "pte/tiny_cnn.pte");
  std::string wrong_magic = whole, wrong_identifier = whole;
  wrong_magic[8] = 'x';
  wrong_identifier[6] = '9';
  const std::string damaged[] = {whole.substr(0, 40), whole.substr(0, whole.size() - 1), wrong_magic, wrong_identifier};
  for (const std::string& bytes : damaged) {
    write_text(workspace.path("damaged.pte"), bytes);
    const auto result = base::run_process({PUDU_BINARY, "run", workspace.path("damaged.pte").string(), "--input",
                                           (data / "models/tiny_cnn.in0.npy").string()});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->end, base::ProcessEnd::Exited);
    EXPECT_EQ(result->code, 2) << result->standard_error;
    EXPECT_THAT(result->standard_error, ::testing::StartsWith("error: " + workspace.path("damaged.pte").string()));
  }
}

TEST(ProgramRun, InputsThatDoNotFitAreRefused) {
  const CliWorkspace workspace;
  const auto run = [&](const std::string& input) {
    return *base::run_process({PUDU_BINARY, "run", (data / "pte/tiny_cnn.pte").string(), "--input", input});
  };
  const base::ProcessResult other_shape = run((data / "models/ds_cnn.in0.npy").string());
  EXPECT_EQ(other_shape.code, 2);
  EXPECT_THAT(other_shape.standard_error, ::testing::HasSubstr("in0"));
  ASSERT_TRUE(base::write_npy(workspace.path("codes.npy"), base::make_array({1}, std::vector<std::int8_t>(1))).ok());
  EXPECT_EQ(run(workspace.path("codes.npy").string()).code, 2);
}

TEST(Runner, RefusesWhatTheRuntimeRefuses) {
  // Without the reader in front of it: the runner alone ends with a message too, for what the runtime finds.
  const CliWorkspace workspace;
  const auto run = [&](const std::string& program, const std::vector<std::string>& inputs) {
    std::vector<std::string> command{PUDU_EXECUTORCH_RUNNER, program, "--output-dir", workspace.path().string()};
    for (const std::string& input : inputs) command.insert(command.end(), {"--input", input});
    return *base::run_process(command);
  };
  const std::string input = (data / "models/tiny_cnn.in0.npy").string();
  const std::string whole = read_text(data / "pte/tiny_cnn.pte");
  write_text(workspace.path("cut.pte"), whole.substr(0, 5000));
  const base::ProcessResult cut = run(workspace.path("cut.pte").string(), {input});
  EXPECT_EQ(cut.code, 2);
  EXPECT_THAT(cut.standard_error, ::testing::HasSubstr("cut.pte: load: Error::InvalidProgram"));

  // An operator that nobody has.
  std::string unknown = whole;
  const std::string name = "cortex_m::quantized_linear";
  const std::size_t place = unknown.find(name);
  ASSERT_NE(place, std::string::npos);
  unknown[place + name.size() - 1] = 'x';
  write_text(workspace.path("unknown.pte"), unknown);
  const base::ProcessResult missing = run(workspace.path("unknown.pte").string(), {input});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.standard_error, ::testing::HasSubstr("Error::OperatorMissing"));
  EXPECT_THAT(missing.standard_error, ::testing::HasSubstr("cortex_m::quantized_lineax.out"));

  EXPECT_EQ(run((data / "pte/tiny_cnn.pte").string(), {}).code, 2) << "no input";
  EXPECT_EQ(run((data / "pte/tiny_cnn.pte").string(), {input, input}).code, 2) << "an input too many";
  EXPECT_EQ(run("gone.pte", {input}).code, 2);
  EXPECT_EQ(base::run_process({PUDU_EXECUTORCH_RUNNER})->code, 1);
  EXPECT_EQ(base::run_process({PUDU_EXECUTORCH_RUNNER, "a.pte", "--output-dir"})->code, 1);
  EXPECT_EQ(base::run_process({PUDU_EXECUTORCH_RUNNER, "a.pte", "--fast"})->code, 1);
}

TEST(Runner, IsNamedWhereItIsMissing) {
  const CliWorkspace workspace;
  std::filesystem::copy(PUDU_BINARY, workspace.path("pudu"));
  const auto result = base::run_process({workspace.path("pudu").string(), "run", (data / "pte/tiny_cnn.pte").string(),
                                         "--input", (data / "models/tiny_cnn.in0.npy").string()});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->code, 3);
  EXPECT_THAT(result->standard_error, ::testing::HasSubstr("no pudu-executorch-runner beside this program"));
}

}  // namespace
}  // namespace pudu::testing

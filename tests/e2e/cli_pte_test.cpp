// `pudu inspect` and `pudu analyze` on ExecuTorch programs, through the binary: what they print of programs that
// ExecuTorch made and of our own, and that damaged ones end with exit code 2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "e2e/cli_workspace.hpp"

namespace pudu {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::CliWorkspace;
using ::testing::HasSubstr;

const fs::path data = fs::path(PUDU_SOURCE_DIR) / "tests/data";

class CliPte : public ::testing::Test {
 protected:
  CliPte() { work_.copy(data / "pte/tiny_cnn.pte", "net.pte"); }

  void write(const std::string& name, const std::string& bytes) const { testing::write_text(work_.path(name), bytes); }
  std::string bytes() const { return testing::read_text(work_.path("net.pte")); }

  void compile_ours(const std::string& name) const {
    work_.copy(data / "models/tiny_cnn.pt2", "net.pt2");
    work_.copy(data / "models/tiny_cnn.calib0.npy", "samples.npy");
    work_.pudu_ok("compile net.pt2 --calibration samples.npy --target cortex-m4 --output " + name);
  }

  CliWorkspace work_;
};

TEST_F(CliPte, InspectsWhatExecuTorchMade) {
  const std::string out = work_.pudu_ok("inspect net.pte");
  EXPECT_EQ(out.substr(0, out.find("              %0")),
            "net.pte: ExecuTorch program of 17,752 bytes, plan 'forward' with 8 instructions and 120 values\n"
            "  written by  not Pudu: no target is recorded; runs on ISA mve\n"
            "  input 0     %21: float32[1, 1, 28, 28] in dim order [0, 2, 1, 3], as int8 with scale 0.0261704288, zero "
            "point -8\n"
            "  output 0    %114: float32[1, 10], as int8 with scale 0.0158857033, zero point -36\n"
            "  tables      6,608 bytes\n"
            "  constants   11,096 bytes, 1,680 of them in 11 tensors that no instruction uses:\n");
  EXPECT_THAT(out, HasSubstr("           7,056          136  [1, 2)       scratch     %28\n"));
  EXPECT_THAT(out, HasSubstr("      2 x cortex_m::quantized_max_pool2d.out\n"));
}

TEST_F(CliPte, InspectsAsText) {
  EXPECT_THAT(work_.pudu_ok("inspect net.pte --text"),
              HasSubstr("   5  %95 = dim_order_ops::_clone_dim_order.out(self=%77, non_blocking=false, dim_order=[0, "
                        "1, 2, 3])\n"));
}

TEST_F(CliPte, InspectsAsJson) {
  const json object = json::parse(work_.pudu_ok("inspect net.pte --json"));
  EXPECT_EQ(object.at("metadata"), nullptr);
  EXPECT_EQ(object.at("isas"), "mve");
  EXPECT_EQ(object.at("inputs")[0].at("quantization").at("zero_point"), -8);
  EXPECT_EQ(object.at("constants").at("unused_bytes"), 1680);
  EXPECT_EQ(object.at("memory")[0].at("bytes"), 7840);
  EXPECT_EQ(object.at("memory")[0].at("buffers").size(), 11);
  EXPECT_EQ(object.at("operators").at("cortex_m::quantized_max_pool2d.out"), 2);
  const json& convolution = object.at("instructions")[3];
  EXPECT_EQ(convolution.at("operator"), "cortex_m::quantized_conv2d.out");
  EXPECT_EQ(convolution.at("arguments").at("padding"), json::array({1, 1}));
  EXPECT_EQ(convolution.at("arguments").at("input"), "%44");
  EXPECT_EQ(convolution.at("scratch_bytes"), 320);
  EXPECT_EQ(convolution.at("macs"), 14 * 14 * 16 * 9 * 8);
}

TEST_F(CliPte, InspectsOurOwn) {
  compile_ours("ours.pte");
  const std::string out = work_.pudu_ok("inspect ours.pte");
  EXPECT_THAT(out, HasSubstr("  written by  Pudu "));
  EXPECT_THAT(out, HasSubstr(" for cortex-m4 (ISA dsp), "));
  EXPECT_THAT(out, HasSubstr("  plan        'pudu'\n"));
  EXPECT_EQ(out.find("no instruction uses"), std::string::npos);
  const json metadata = json::parse(work_.pudu_ok("inspect ours.pte --json")).at("metadata");
  EXPECT_EQ(metadata.at("target"), "cortex-m4");
  EXPECT_EQ(metadata.at("isa"), "dsp");
  EXPECT_EQ(metadata.at("scratch_formula_version"), 1);
}

TEST_F(CliPte, NoticesOneFlippedBitOfOurOwn) {
  compile_ours("ours.pte");
  std::string file = testing::read_text(work_.path("ours.pte"));
  file[file.size() - 100] = static_cast<char>(file[file.size() - 100] ^ 4);
  write("ours.pte", file);
  const base::ProcessResult result = work_.pudu("inspect ours.pte");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.standard_error, ::testing::StartsWith("error: ours.pte: checksum: "));
}

TEST_F(CliPte, RefusesOptionsOfACompilation) {
  const base::ProcessResult result = work_.pudu("analyze net.pte --print-passes");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.standard_error,
            "error: --print-passes: given for a program that is compiled already; with a .pt2 file only\n");
  for (const std::string option : {"--target cortex-m4", "--io float32", "--kernels builtin", "--calibration x.npy",
                                   "--ranges minmax", "--batch 1", "--jobs 1", "--disable-pass fuse_pad"}) {
    const base::ProcessResult refused = work_.pudu("analyze net.pte " + option);
    EXPECT_EQ(refused.code, 1) << option;
    EXPECT_EQ(refused.standard_error, "error: " + option.substr(0, option.find(' ')) +
                                          ": given for a program that is compiled already; with a .pt2 file only\n");
  }
}

TEST_F(CliPte, AnalyzesWhatExecuTorchMade) {
  const std::string out = work_.pudu_ok("analyze net.pte --output report");
  EXPECT_THAT(out, HasSubstr("net.pte for a CPU that the file does not name (its scratch fits ISA mve)\n"
                             "  parameters         9,098\n"
                             "  MACs             290,080\n"
                             "  weights           11,096 bytes of flash, code comes on top\n"
                             "  arena              7,840 bytes of RAM (lower bound 7,840), stack comes on top\n"
                             "  transpose   _clone_dim_order_0: the program has it\n"));
  EXPECT_THAT(out, HasSubstr("          225,792      1,344       320       5,024\n"));
  const std::string html = testing::read_text(work_.path("report/report.html"));
  EXPECT_THAT(html, HasSubstr("quantized_conv2d_0.scratch (%62)"));
  const json report = json::parse(testing::read_text(work_.path("report/report.json")));
  json printed = json::parse(work_.pudu_ok("analyze net.pte --json"));
  EXPECT_EQ(
      printed.at("memory"),
      (json{{"model_pte_program_size", 17752}, {"model_pte_loaded_size", 17752}, {"method_allocator_planned", 7840}}));
  printed.erase("memory");
  EXPECT_EQ(report, printed);
  EXPECT_THAT(out, HasSubstr("  method_allocator_planned         7,840 bytes\n"));
  EXPECT_EQ(report.at("arena_bytes"), 7840);
  EXPECT_EQ(report.at("layers").size(), 8);
  EXPECT_EQ(report.at("buffers")[9].at("kind"), "activation");
  EXPECT_EQ(report.at("buffers")[10].at("kind"), "output");
}

TEST_F(CliPte, AnalyzeWritesTheReportOfAModelToo) {
  work_.copy(data / "models/tiny_cnn.pt2", "net.pt2");
  work_.pudu_ok("analyze net.pt2 --output report");
  EXPECT_EQ(json::parse(testing::read_text(work_.path("report/report.json"))).at("model"), "net.pt2");
  EXPECT_TRUE(fs::exists(work_.path("report/report.html")));
}

TEST_F(CliPte, AnalyzeKeepsLimits) {
  EXPECT_THAT(work_.pudu_ok("analyze net.pte --ram 7840 --flash 18K"), HasSubstr("\n  it fits\n"));
  const base::ProcessResult result = work_.pudu("analyze net.pte --ram 4K --flash 8K --quiet");
  EXPECT_EQ(result.code, 4);
  EXPECT_EQ(result.standard_error,
            "error: net.pte: memory pools: 7840 bytes; --ram allows 4096 bytes\n"
            "hint: --ram 7840 is the least that fits\n"
            "error: net.pte: program: 17752 bytes of flash; --flash allows 8192 bytes\n"
            "hint: --flash 17752 is the least that fits\n");
}

TEST_F(CliPte, AnalyzeForAnIsaThatNeedsMoreScratch) {
  work_.copy(data / "pte/tiny_cnn_m4.pte", "m4.pte");
  const base::ProcessResult result = work_.pudu("analyze m4.pte --isa mve");
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.standard_error,
            "error: m4.pte: instruction 1 cortex_m::quantized_depthwise_conv2d, argument 13 (scratch): 0 bytes of "
            "scratch; cmsis-nn kernels need 136 on ISA mve\n"
            "hint: recompile the model or downgrade the runtime\n"
            "error: m4.pte: instruction 3 cortex_m::quantized_conv2d, argument 12 (scratch): 288 bytes of scratch; "
            "cmsis-nn kernels need 320 on ISA mve\n"
            "hint: recompile the model or downgrade the runtime\n");
  EXPECT_EQ(work_.pudu("analyze m4.pte --isa avx").code, 1);
}

TEST_F(CliPte, DamagedFilesEndWithCodeTwo) {
  std::string magic = bytes(), identifier = bytes(), offset = bytes();
  magic[10] = '1';
  identifier[4] = 'X';
  offset[27] = 'X';
  for (const std::string& damaged : {std::string(), bytes().substr(0, 40), bytes().substr(0, 6000),
                                     bytes().substr(0, 17000), magic, identifier, offset}) {
    write("damaged.pte", damaged);
    for (const std::string command : {"inspect ", "inspect --json ", "inspect --text ", "analyze "}) {
      const base::ProcessResult result = work_.pudu(command + "damaged.pte");
      EXPECT_EQ(result.code, 2) << command << damaged.size();
      EXPECT_THAT(result.standard_error, ::testing::StartsWith("error: damaged.pte: ")) << command;
      EXPECT_EQ(result.standard_output, "");
    }
  }
}

TEST_F(CliPte, KnowsAProgramByItsContent) {
  fs::rename(work_.path("net.pte"), work_.path("net.bin"));
  EXPECT_THAT(work_.pudu_ok("inspect net.bin"), HasSubstr("net.bin: ExecuTorch program of 17,752 bytes"));
}

}  // namespace
}  // namespace pudu

// `pudu scratch`: tables, JSON, the check of a file of CMSIS-NN's answers, and what it says about bad arguments.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "e2e/cli_workspace.hpp"

namespace pudu {
namespace {

using testing::CliWorkspace;

const CliWorkspace& workspace() {
  static const CliWorkspace work;
  return work;
}

TEST(CliScratch, OneCallForEveryIsa) {
  EXPECT_EQ(workspace().pudu_ok("scratch conv2d --input 1,96,96,3 --filter 8,3,3,3 --stride 2,2 --padding 1,1"),
            "conv2d A8W8: input_nhwc 1,96,96,3, filter_nhwc 8,3,3,3, output_nhwc 1,48,48,8, padding_hw 1,1, "
            "stride_hw 2,2, dilation_hw 1,1\n"
            "ISA       scratch bytes\n"
            "scalar              112\n"
            "dsp                 112\n"
            "mve                 128\n"
            "any                 128\n");
  EXPECT_EQ(workspace().pudu_ok("scratch transpose-conv --input 1,4,4,32 --filter 8,3,3,32 --stride 2,2 --padding 1,1"),
            "transpose-conv A8W8: input_nhwc 1,4,4,32, filter_nhwc 8,3,3,32, output_nhwc 1,7,7,8, stride_hw 2,2\n"
            "ISA       scratch bytes  output scratch bytes\n"
            "scalar            1,152                 2,304\n"
            "dsp               1,152                 2,304\n"
            "mve               1,152                 2,304\n"
            "any               1,152                 2,304\n");
}

TEST(CliScratch, EveryOperatorAsJson) {
  const struct {
    const char* arguments;
    std::int32_t scalar, dsp, mve;
  } cases[] = {
      {"conv2d --input 1,96,96,3 --filter 8,3,3,3 --stride 2,2 --padding 1,1 --type A16W8", 108, 108, 256},
      {"conv2d --input 1,1,32,8 --filter 16,1,5,8 --padding 0,2", 160, 160, 56},
      {"conv2d --input 1,8,8,1 --filter 4,3,3,1 --dilation 2,2", 48, 48, 64},
      {"depthwise --input 1,12,12,4 --filter 4,5,5,1 --padding 2,2", 0, 200, 12400},
      {"depthwise --input 1,12,12,1 --filter 8,1,1,1", 0, 0, 72},
      {"depthwise --input 1,12,12,1 --filter 1,1,1,8", 0, 0, 8},
      {"transpose-conv --input 1,4,4,4 --filter 8,3,3,4 --stride 2,2", 864, 864, 864},
      {"fully-connected --filter 512,1,1,10", 0, 0, 40},
      {"batch-matmul --filter 16,-1,-1,8", 0, 0, 32},
      {"avg-pool --input 1,8,8,64", 0, 256, 0},
      {"svdf --filter 32,10,1,1", 0, 0, 128},
  };
  for (const auto& one : cases) {
    const auto json = nlohmann::json::parse(workspace().pudu_ok(std::string("scratch --json ") + one.arguments));
    const nlohmann::json expected = {
        {"scalar", one.scalar}, {"dsp", one.dsp}, {"mve", one.mve}, {"any", std::max({one.scalar, one.dsp, one.mve})}};
    EXPECT_EQ(json["scratch_bytes"], expected) << one.arguments;
  }
}

constexpr const char* matching_row =
    R"({"op": "svdf", "backend": "MVE", "dtype": "A8W8", "filter_nhwc": [32, 10, 1, 1], "bytes": 128})";
constexpr const char* other_row =
    R"({"op": "svdf", "backend": "MVE", "dtype": "A8W8", "filter_nhwc": [32, 10, 1, 1], "bytes": 132})";

TEST(CliScratch, CheckCountsRowsAndNamesTheOnesThatDiffer) {
  testing::write_text(workspace().path("same.jsonl"), std::string(matching_row) + "\n");
  EXPECT_EQ(workspace().pudu_ok("scratch --check same.jsonl"), "       1 svdf\n       1 rows, 0 mismatches\n");

  testing::write_text(workspace().path("other.jsonl"), std::string(matching_row) + "\n" + other_row + "\n");
  const base::ProcessResult result = workspace().pudu("scratch --check other.jsonl");
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.standard_output,
            "line 2: svdf (MVE, A8W8, filter_nhwc 32,10,1,1): expected 132 bytes, got 128 bytes\n"
            "       2 svdf\n"
            "       2 rows, 1 mismatches\n");
  EXPECT_EQ(result.standard_error, "error: other.jsonl: 1 of 2 rows differ from Pudu's formulas\n");

  const auto json = nlohmann::json::parse(workspace().pudu("scratch --json --check other.jsonl").standard_output);
  EXPECT_EQ(json["rows"], 2);
  EXPECT_EQ(json["mismatches"].size(), 1U);
  EXPECT_EQ(json["mismatches"][0]["line"], 2);
}

TEST(CliScratch, BadArguments) {
  testing::write_text(workspace().path("empty.jsonl"), "\n");
  testing::write_text(workspace().path("broken.jsonl"), std::string(matching_row) + "\n{\"op\": \"lstm\"}\n");
  const std::string names = "conv2d, depthwise, transpose-conv, fully-connected, batch-matmul, avg-pool, svdf\n";
  const std::string help = "hint: see `pudu scratch --help`\n";
  const std::string four = "4 whole numbers of at most 2147483647, with commas between them\n";
  const struct {
    const char* arguments;
    int code;
    std::string message;
  } cases[] = {
      {"", 1, "scratch: neither an operator nor --check; " + names + help},
      {"lstm", 1, "scratch: unknown operator 'lstm'; " + names + help},
      {"conv2d --input 1,8,8,16", 1, "conv2d: it needs --filter\n" + help},
      {"svdf --filter 1,1,1,1 --stride 1,1", 1, "svdf: it takes no --stride\n" + help},
      {"svdf --filter 1,1,1", 1, "--filter: '1,1,1'; " + four},
      {"svdf --filter 1,1,1,1,", 1, "--filter: '1,1,1,1,'; " + four},
      {"svdf --filter 1,1,1,2147483648", 1, "--filter: '1,1,1,2147483648'; " + four},
      {"svdf --filter 1,1,1,1 --type int8", 1, "--type: 'int8'; A8W4, A8W8 or A16W8\n"},
      {"svdf --filter 1,1,1,1 --check same.jsonl", 1, "--check: together with operator 'svdf'; a file, or one call\n"},
      {"svdf --filter 0,1,1,1", 2, "svdf: filter_nhwc is 0,1,1,1; at least 1\n"},
      {"conv2d --input 1,8,8,4 --filter 4,3,3,3", 2,
       "--filter: 3 channels for 4 of the input; the input's channels, or a divisor for a grouped convolution\n"},
      {"conv2d --input 1,8,8,-1 --filter 4,3,3,4", 2, "--input: -1 channels; N,H,W,C with C of 1 or more\n"},
      {"depthwise --input 1,8,8,0 --filter 4,3,3,1", 2, "--input: 0 channels; N,H,W,C with C of 1 or more\n"},
      {"conv2d --input 1,2,2,4 --filter 4,3,3,4", 2,
       "--filter: 3 taps reach over 3 of 2 elements; a filter that fits into the padded input\n"},
      {"conv2d --input 1,8,8,4 --filter 4,3,3,4 --stride 0,1", 2, "conv2d: stride_hw is 0,1; at least 1\n"},
      {"depthwise --input 1,8,8,4 --filter 6,3,3,1", 2,
       "--filter: 6 and 1 channels for 4 of the input; outputs,h,w,1 or 1,h,w,outputs, with outputs a multiple of the "
       "input's channels\n"},
      {"fully-connected --filter 512,1,1,10 --type A8W4", 3,
       "fully-connected A8W4: invalid Backend/DataType combination: backend=2 data_type=0; it takes A8W8, A16W8\n"},
      {"svdf --filter 2147483647,1,1,1", 4,
       "svdf: more than 2147483647 bytes of scratch for filter_nhwc 2147483647,1,1,1; CMSIS-NN counts them in an "
       "int32\n"},
      {"--check gone.jsonl", 2, "gone.jsonl: no such file\n"},
      {"--check empty.jsonl", 2, "empty.jsonl: no rows; a row each line\n"},
      {"--check broken.jsonl", 2,
       "broken.jsonl: line 2: op has a wrong value; must be one of CMSIS-NN's sizes (lstm is none)\n"},
  };
  for (const auto& one : cases) {
    const base::ProcessResult result = workspace().pudu(std::string("scratch ") + one.arguments);
    EXPECT_EQ(result.code, one.code) << one.arguments;
    EXPECT_EQ(result.standard_error, "error: " + one.message) << one.arguments;
    EXPECT_EQ(result.standard_output, "") << one.arguments;
  }
}

}  // namespace
}  // namespace pudu

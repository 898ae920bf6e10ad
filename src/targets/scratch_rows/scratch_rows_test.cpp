// Every row of CMSIS-NN's binding, what the check says about rows that differ or are broken, and our kernels' scratch
// beside CMSIS-NN's over the same grid.
#include "targets/scratch_rows/scratch_rows.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "base/files.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"

namespace pudu::targets {
namespace {

using cmsis_nn::AveragePoolCall;
using cmsis_nn::ConvolutionCall;
using cmsis_nn::DepthwiseCall;
using ::testing::ElementsAre;
using ::testing::Pair;

const std::vector<ScratchRow>& grid() {
  static const std::vector<ScratchRow> rows = [] {
    const Result<std::vector<std::byte>> bytes = base::read_file(PUDU_SCRATCH_ROWS);
    EXPECT_TRUE(bytes.ok()) << to_string(bytes.error());
    if (!bytes) return std::vector<ScratchRow>{};
    const auto parsed = parse_scratch_rows({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
    EXPECT_TRUE(parsed.ok()) << to_string(parsed.error());
    return parsed ? *parsed : std::vector<ScratchRow>{};
  }();
  return rows;
}

TEST(ScratchRows, EveryRowOfTheGridMatches) {
  const RowCheck check = check_scratch_rows(grid());
  EXPECT_THAT(check.rows,
              ElementsAre(Pair("avgpool", 388), Pair("batch_matmul", 16), Pair("cmsis_nn.resolve_backend", 5),
                          Pair("convolve_wrapper", 3505), Pair("depthwise_conv_wrapper", 5995),
                          Pair("from_target_string", 7), Pair("fully_connected", 401), Pair("resolve", 30),
                          Pair("svdf", 126), Pair("transpose_conv", 1560), Pair("transpose_conv_reverse_conv", 1533)));
  EXPECT_EQ(check.row_count(), 13566U);
  for (const RowMismatch& mismatch : check.mismatches) {
    ADD_FAILURE() << "line " << mismatch.line << ": " << mismatch.op << " " << mismatch.question << ": CMSIS-NN "
                  << mismatch.expected << ", ours " << mismatch.got;
  }
}

std::vector<ScratchRow> parse(std::string_view text) {
  const auto rows = parse_scratch_rows(text);
  EXPECT_TRUE(rows.ok()) << to_string(rows.error());
  return rows ? *rows : std::vector<ScratchRow>{};
}

TEST(ScratchRows, ADifferingRowIsNamedWithBothAnswers) {
  const RowCheck check = check_scratch_rows(parse(R"rows(
{"op": "svdf", "backend": "MVE", "dtype": "A8W8", "filter_nhwc": [32, 10, 1, 1], "bytes": 128}
{"op": "svdf(remark)", "backend": "MVE", "dtype": "A8W8", "filter_nhwc": [32, 10, 1, 1], "bytes": 132}
{"op": "svdf", "backend": "DSP", "dtype": "A16W8", "filter_nhwc": [32, 10, 1, 1], "bytes": 0}

{"op": "svdf", "backend": "DSP", "dtype": "A8W8", "filter_nhwc": [0, 10, 1, 1], "error": "ValueError: no"})rows"));
  EXPECT_EQ(check.row_count(), 4U);
  ASSERT_EQ(check.mismatches.size(), 3U);
  EXPECT_EQ(check.mismatches[0].line, 3U);
  EXPECT_EQ(check.mismatches[0].op, "svdf");
  EXPECT_EQ(check.mismatches[0].question, "MVE, A8W8, filter_nhwc 32,10,1,1");
  EXPECT_EQ(check.mismatches[0].expected, "132 bytes");
  EXPECT_EQ(check.mismatches[0].got, "128 bytes");
  EXPECT_EQ(check.mismatches[1].line, 4U);
  EXPECT_EQ(check.mismatches[1].got, "ValueError: invalid Backend/DataType combination: backend=1 data_type=2");
  EXPECT_EQ(check.mismatches[2].line, 6U);
  EXPECT_EQ(check.mismatches[2].expected, "ValueError: no");
  EXPECT_EQ(check.mismatches[2].got, "error: svdf: filter_nhwc is 0,10,1,1; at least 1");
}

TEST(ScratchRows, CpusByCmsisNnsNames) {
  EXPECT_EQ(answer(BackendQuestion{"M85"}), "MVE");
  EXPECT_EQ(answer(BackendQuestion{"M52"}), "MVE");
  EXPECT_EQ(answer(ResolveQuestion{"M35P", ""}), "cortex-m35p DSP");
  EXPECT_EQ(answer(ResolveQuestion{"M55", "SCALAR"}), "cortex-m55 SCALAR");
  EXPECT_EQ(answer(TargetStringQuestion{"cortex-m0plus"}), "M0PLUS SCALAR");
  EXPECT_EQ(answer(TargetStringQuestion{"cortex-m35P"}), "M35P DSP");
  EXPECT_EQ(answer(TargetStringQuestion{"arm-m4"}),
            "ValueError: Cortex-M target string must start with 'cortex-m', got: 'arm-m4'");
}

std::string parse_message(std::string_view text) {
  const auto rows = parse_scratch_rows(text);
  if (rows) return std::to_string(rows->size()) + " rows";
  EXPECT_EQ(rows.error().kind, ErrorKind::InvalidInput);
  return to_string(rows.error());
}

TEST(ScratchRows, BrokenRowsNameTheLineAndTheField) {
  EXPECT_EQ(parse_message(""), "0 rows");
  EXPECT_EQ(parse_message("\n{}\n"), "error: line 2: op is missing; must be a text");
  EXPECT_THAT(parse_message("{"), ::testing::StartsWith("error: line 1: no JSON object: "));
  EXPECT_THAT(parse_message("[1]"), ::testing::StartsWith("error: line 1: no JSON object: "));
  EXPECT_EQ(parse_message(R"({"op": "lstm"})"),
            "error: line 1: op has a wrong value; must be one of CMSIS-NN's sizes (lstm is none)");
  EXPECT_EQ(parse_message(R"({"op": "svdf", "backend": "NEON", "dtype": "A8W8", "filter_nhwc": [1, 1, 1, 1]})"),
            "error: line 1: backend has a wrong value; must be SCALAR, DSP or MVE");
  EXPECT_EQ(parse_message(R"({"op": "svdf", "backend": "MVE", "dtype": 8, "filter_nhwc": [1, 1, 1, 1]})"),
            "error: line 1: dtype has a wrong value; must be a text");
  EXPECT_EQ(parse_message(R"({"op": "svdf", "backend": "MVE", "dtype": "A8W8", "filter_nhwc": [1, 1, 1], "bytes": 0})"),
            "error: line 1: filter_nhwc has a wrong value; must be a list of 4 whole numbers");
  EXPECT_EQ(
      parse_message(
          R"({"op": "svdf", "backend": "MVE", "dtype": "A8W8", "filter_nhwc": [1, 1, 1, 2147483648], "bytes": 0})"),
      "error: line 1: filter_nhwc has a wrong value; must be a whole number that an int32 holds");
  EXPECT_EQ(parse_message(R"({"op": "svdf", "backend": "MVE", "dtype": "A8W8", "filter_nhwc": [1, 1, 1, 1]})"),
            "error: line 1: bytes is missing; must be a whole number");
}

/// What our own kernel takes for the same call, or nothing where we have none.
std::size_t own_bytes(Isa isa, const ConvolutionCall& call) {
  kernels::Conv2dS8Params params{};
  params.batches = call.input.n;
  params.input_h = call.input.h, params.input_w = call.input.w, params.input_channels = call.input.c;
  params.output_h = call.output.h, params.output_w = call.output.w, params.output_channels = call.output.c;
  params.kernel_h = call.filter.h, params.kernel_w = call.filter.w;
  params.groups = call.input.c / call.filter.c;
  params.stride_h = call.stride.h, params.stride_w = call.stride.w;
  params.pad_top = call.padding.h, params.pad_left = call.padding.w;
  params.dilation_h = call.dilation.h, params.dilation_w = call.dilation.w;
  return kernels::Conv2dS8::scratch_bytes(params, isa);
}

std::size_t own_bytes(Isa isa, const DepthwiseCall& call) {
  kernels::DepthwiseConv2dS8Params params{};
  params.batches = call.input.n;
  params.input_h = call.input.h, params.input_w = call.input.w, params.input_channels = call.input.c;
  params.output_h = call.output.h, params.output_w = call.output.w, params.output_channels = call.output.c;
  params.kernel_h = call.filter.h, params.kernel_w = call.filter.w;
  params.depth_multiplier = call.channel_multiplier;
  params.stride_h = call.stride.h, params.stride_w = call.stride.w;
  params.pad_top = call.padding.h, params.pad_left = call.padding.w;
  params.dilation_h = call.dilation.h, params.dilation_w = call.dilation.w;
  return kernels::DepthwiseConv2dS8::scratch_bytes(params, isa);
}

std::size_t own_bytes(Isa isa, const AveragePoolCall& call) {
  kernels::AvgPool2dS8Params params{};
  params.batches = 1;
  params.channels = call.channels;
  params.output_h = 1, params.output_w = call.output_width;
  params.input_h = 2, params.input_w = 2 * call.output_width;
  params.kernel_h = params.kernel_w = params.stride_h = params.stride_w = 2;
  return kernels::AvgPool2dS8::scratch_bytes(params, isa);
}

/// Compares on the int8 rows of one operator that have an answer, and counts them.
template <class Op>
std::size_t compare_with_own_kernel() {
  std::size_t compared = 0;
  for (const ScratchRow& row : grid()) {
    const auto* question = std::get_if<SizeQuestion>(&row.question);
    if (question == nullptr || question->type != cmsis_nn::DataType::A8W8) continue;
    const auto* call = std::get_if<Op>(&question->call);
    if (call == nullptr) continue;
    const std::size_t own = own_bytes(question->isa, *call);
    EXPECT_LE(own, std::stoul(row.expected)) << "line " << row.line << ": " << to_string(row.question);
    ++compared;
  }
  return compared;
}

TEST(ScratchRows, OurKernelsNeverNeedMoreThanCmsisNn) {
  EXPECT_GT(compare_with_own_kernel<ConvolutionCall>(), 1000U);
  EXPECT_GT(compare_with_own_kernel<DepthwiseCall>(), 1800U);
  EXPECT_GT(compare_with_own_kernel<AveragePoolCall>(), 100U);
}

}  // namespace
}  // namespace pudu::targets

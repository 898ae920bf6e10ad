// make_report: what is counted, and what the report says of layers, buffers and steps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emitters/report/report.hpp"
#include "emitters/report/testing/reports.hpp"
#include "kernels/build_check.hpp"

namespace pudu::emitters {
namespace {

using program::ElementType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::shared_constants_report;

TEST(MakeReport, CountsLayersOfAMobileNet) {
  const program::Program program = testing::make_mobilenet();
  const program::MemoryMap memory = testing::make_plan(program);
  const Report report = make_report(program, memory);
  EXPECT_EQ(report.cpu, "cortex-m55");
  EXPECT_EQ(report.isa, "mve");
  EXPECT_EQ(report.kernels, "builtin");
  EXPECT_EQ(report.layers.size(), program.calls.size());
  EXPECT_EQ(report.arena_bytes, memory.arena_bytes);
  EXPECT_EQ(report.lower_bound_bytes, memory.lower_bound_bytes);
  EXPECT_EQ(report.plan_strategy, "largest first");
  EXPECT_EQ(report.persistent_bytes, 0U);
  EXPECT_THAT(report.transposes, ElementsAre("to_nhwc"));
  EXPECT_THAT(report.transpose_reasons,
              ElementsAre("the input comes in the order of the exported model; --input-layout nhwc saves it"));
  EXPECT_THAT(report.float_operators, IsEmpty()) << "quantize and dequantize do not count";
  EXPECT_EQ(report.kernel_abi_version, kernels::abi_version);
  EXPECT_FALSE(report.measured_on || report.code_bytes || report.stack_bytes || report.instructions);
}

TEST(MakeReport, SumsAreThoseOfTheLayers) {
  const program::Program program = testing::make_mobilenet();
  const Report report = make_report(program, testing::make_plan(program));
  std::size_t constant_bytes = 0;
  for (const auto& buffer : program.buffers) {
    if (buffer.kind == program::BufferKind::Constant) constant_bytes += buffer.bytes();
  }
  std::size_t weights_bytes = 0;
  std::int64_t macs = 0;
  for (const ReportLayer& layer : report.layers) {
    weights_bytes += layer.weights_bytes;
    macs += layer.macs;
  }
  EXPECT_GT(constant_bytes, 0U);
  EXPECT_EQ(report.weights_bytes, constant_bytes);
  EXPECT_EQ(weights_bytes, constant_bytes);
  EXPECT_EQ(report.macs, macs);
}

TEST(MakeReport, DescribesALayer) {
  const Report report = shared_constants_report();
  const ReportLayer& layer = report.layers.at(0);
  EXPECT_EQ(layer.name, "first");
  EXPECT_EQ(layer.op, "conv2d");
  EXPECT_EQ(layer.kernel, "conv2d_s8");
  EXPECT_EQ(layer.source, "mobilenet.py:40 in forward");
  EXPECT_THAT(layer.output_shape, ElementsAre(1, 4, 4, 8));
  EXPECT_EQ(layer.macs, 4 * 4 * 8 * 72);
  EXPECT_EQ(layer.scratch_bytes, 4U * 72 * 2);
  EXPECT_FALSE(layer.instructions || layer.sqnr_db);
}

TEST(MakeReport, CountsASharedConstantAtItsFirstUser) {
  const Report report = shared_constants_report();
  // weights, then bias, multipliers and shifts
  EXPECT_EQ(report.layers.at(0).weights_bytes, 8U * 72 + 3 * 8 * 4);
  EXPECT_EQ(report.layers.at(1).weights_bytes, 0U);
  EXPECT_EQ(report.parameters, 8 * 72 + 8);
}

TEST(MakeReport, NamesFloatLayersAndTransposes) {
  const Report report = shared_constants_report();
  EXPECT_THAT(report.float_operators, ElementsAre("soft"));
  EXPECT_THAT(report.transposes, ElementsAre("turn"));
  EXPECT_THAT(report.transpose_reasons,
              ElementsAre("'second' (conv2d) writes another order than 'real' (dequantize) reads"));
}

TEST(MakeReport, DescribesPortsAndBuffers) {
  const Report report = shared_constants_report();
  ASSERT_EQ(report.io.size(), 2U);
  EXPECT_EQ(report.io[0].direction, "input");
  EXPECT_EQ(report.io[0].dtype, "int8");
  EXPECT_EQ(report.io[0].scale, 0.023529412F);
  EXPECT_EQ(report.io[0].zero_point, -128);
  EXPECT_EQ(report.io[1].direction, "output");
  EXPECT_EQ(report.io[1].dtype, "float32");
  EXPECT_FALSE(report.io[1].scale || report.io[1].zero_point);
  std::map<std::string, std::string> kinds;
  for (const ReportBuffer& buffer : report.buffers) {
    kinds[buffer.name] = buffer.kind;
    EXPECT_LE(buffer.offset + buffer.bytes, report.arena_bytes);
    EXPECT_LT(buffer.begin_step, buffer.end_step);
  }
  EXPECT_EQ(kinds["x"], "input");
  EXPECT_EQ(kinds["first.output"], "activation");
  EXPECT_EQ(kinds["first.scratch"], "scratch");
  EXPECT_EQ(kinds["soft.output"], "output");
  EXPECT_FALSE(kinds.contains("first.weights")) << "constants have no place in the arena";
}

TEST(MakeReport, SaysWhoWritesAndReadsABuffer) {
  const Report report = shared_constants_report();
  const ReportBuffer& x = report.buffers.at(0);
  EXPECT_EQ(x.name, "x");
  EXPECT_FALSE(x.written_by);
  EXPECT_THAT(x.read_by, ElementsAre(0));
  const ReportBuffer& first = report.buffers.at(1);
  EXPECT_EQ(first.name, "first.output");
  EXPECT_EQ(first.written_by, 0);
  EXPECT_THAT(first.read_by, ElementsAre(1));
}

TEST(MakeReport, ListsTheStepsOfAStreamedPlan) {
  const testing::StreamedProgram streamed = testing::make_streamed();
  const Report report = make_report(streamed.program, streamed.memory, streamed.extents);
  ASSERT_EQ(report.steps.size(), streamed.memory.schedule->steps.size());
  EXPECT_EQ(report.steps[0].kind, "rows");
  EXPECT_EQ(report.steps[0].layer, 0);
  EXPECT_EQ(report.steps[0].end_row, 1);
  const auto slide = std::find_if(report.steps.begin(), report.steps.end(),
                                  [](const ReportStep& step) { return step.kind == "slide"; });
  ASSERT_NE(slide, report.steps.end());
  EXPECT_EQ(slide->buffer, "first.output");
  EXPECT_FALSE(slide->layer);
  const auto window = std::find_if(report.buffers.begin(), report.buffers.end(),
                                   [](const ReportBuffer& buffer) { return buffer.name == "first.output"; });
  EXPECT_EQ(window->bytes, 3U * 8 * 4) << "three rows of 8 pixels with 4 channels";
  EXPECT_FALSE(window->extents.empty());
}

TEST(MakeReport, NeedsNoListOfStepsForASequenceOfWholeLayers) {
  const program::Program program = testing::make_mobilenet();
  program::MemoryMap memory = testing::make_plan(program);
  memory.schedule = program::layerwise_schedule(program);
  EXPECT_THAT(make_report(program, memory).steps, IsEmpty());
}

TEST(MakeReport, PlacesABufferInTheMemoryOfAnother) {
  testing::ProgramBuilder builder("shared");
  const auto x = builder.add_input("x", ElementType::Int8, {1, 4, 4, 8});
  const auto y = builder.add_call("in_place", "relu", "lookup_s8", x, ElementType::Int8, {1, 4, 4, 8});
  builder.add_output("y", y);
  program::MemoryMap memory = testing::make_plan(builder.program());
  memory.schedule = program::layerwise_schedule(builder.program());
  memory.schedule->shared[index_of(y)] = program::SharedStorage{.owner = x};
  memory.offsets[index_of(x)] = 16;
  memory.offsets[index_of(y)].reset();
  memory.arena_bytes = 144;
  const Report report = make_report(builder.program(), memory);
  ASSERT_EQ(report.buffers.size(), 2U);
  EXPECT_EQ(report.buffers[1].offset, 16U);
}

TEST(MakeReport, TakesAnEmptyProgram) {
  const Report report = make_report({}, {});
  EXPECT_THAT(report.layers, IsEmpty());
  const Result<Report> read = report_from_json(to_json(report));
  ASSERT_TRUE(read) << to_string(read.error());
}

}  // namespace
}  // namespace pudu::emitters

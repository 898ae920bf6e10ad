#include "pte/trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pte/figures.hpp"
#include "pte/read.hpp"
#include "pte/testing/editable_program.hpp"

namespace pudu::pte {
namespace {

using testing::fixture;

/// A plan of one pool by hand: `tensors` are ranges of int8 bytes.
struct HandMade {
  explicit HandMade(const std::vector<std::pair<std::size_t, std::size_t>>& ranges) {
    program.plans.emplace_back();
    plan().pool_bytes = {1000};
    for (const auto& [begin, end] : ranges) {
      plan().values.emplace_back(Tensor{.type = ScalarType::Int8,
                                        .sizes = {static_cast<std::int32_t>(end - begin)},
                                        .dim_order = {0},
                                        .bytes = end - begin,
                                        .place = PoolPlace{1, begin}});
    }
    plan().operators = {{"cortex_m::minimum", "out"}, {"cortex_m::quantized_activation", "out"}, {"my::op", "out"}};
  }
  Plan& plan() { return program.plans[0]; }
  HandMade& minimum(std::int32_t a, std::int32_t b, std::int32_t out) {
    plan().calls.push_back({0, {a, b, out, out}});
    return *this;
  }
  HandMade& unknown(std::vector<std::int32_t> args) {
    plan().calls.push_back({2, std::move(args)});
    return *this;
  }
  Trace trace() { return trace_memory(program, plan()); }
  std::string fault() {
    const Status status = trace().faults.status();
    return status ? "" : to_string(status.error());
  }

  Program program;
};

TEST(PteTrace, LifetimesOfAProgramOfExecuTorchs) {
  const std::vector<std::byte> file = fixture("tiny_cnn.pte");
  const auto program = read(file);
  ASSERT_TRUE(program.ok());
  std::string text;
  for (const TracedBuffer& buffer : trace_memory(*program, program->main()).buffers) {
    text += std::string(to_string(buffer.kind)) + " %" + std::to_string(buffer.value) + " [" +
            std::to_string(buffer.begin_step) + ", " + std::to_string(buffer.end_step) + ")\n";
  }
  // %95 is read as its view %102 at step 6.
  EXPECT_EQ(text,
            "input %21 [0, 1)\nactivation %22 [0, 2)\nscratch %28 [1, 2)\nactivation %29 [1, 3)\n"
            "activation %44 [2, 4)\nscratch %62 [3, 4)\nactivation %63 [3, 5)\nactivation %77 [4, 6)\n"
            "activation %95 [5, 7)\nactivation %103 [6, 8)\noutput %114 [7, 8)\n");
}

TEST(PteTrace, WholeBuffersMayBeReadTogetherAndInParts) {
  HandMade made({{0, 10}, {10, 20}, {0, 20}, {4, 8}, {100, 120}});
  made.plan().inputs = {0, 1};
  made.minimum(2, 3, 4);
  made.plan().outputs = {4};
  EXPECT_EQ(made.fault(), "");
  const Trace trace = made.trace();
  EXPECT_EQ(trace.buffers[0].end_step, 1);
  EXPECT_EQ(trace.buffers[2].kind, TracedKind::Output);
}

TEST(PteTrace, FindsPartsThatWereWrittenOver) {
  HandMade made({{0, 20}, {4, 8}, {100, 120}, {200, 204}});
  made.plan().inputs = {0};
  made.minimum(0, 0, 2).minimum(2, 2, 1).minimum(0, 0, 3);
  EXPECT_THAT(made.fault(),
              ::testing::HasSubstr("instruction 2 cortex_m::minimum, argument 0 (self): value 0, 20 bytes "
                                   "at offset 0 of memory 1, part of which instruction 1 has written over"));
}

TEST(PteTrace, FindsGaps) {
  HandMade made({{0, 10}, {12, 20}, {0, 20}, {100, 120}});
  made.plan().inputs = {0, 1};
  made.minimum(2, 2, 3);
  EXPECT_THAT(made.fault(), ::testing::HasSubstr("which nothing has written"));
}

TEST(PteTrace, OnlyElementwiseOperatorsWorkInPlace) {
  HandMade exact({{0, 20}, {0, 20}});
  exact.plan().inputs = {0};
  exact.minimum(0, 0, 1);
  EXPECT_EQ(exact.fault(), "");
  HandMade shifted({{0, 20}, {10, 30}});
  shifted.plan().inputs = {0};
  shifted.minimum(0, 0, 1);
  EXPECT_THAT(shifted.fault(), ::testing::HasSubstr("which lies over argument 0 (self)"));
}

TEST(PteTrace, OutputsOverOneAnother) {
  HandMade made({{0, 20}, {10, 30}});
  made.plan().inputs = {0, 1};
  made.minimum(1, 1, 1);
  made.plan().outputs = {0, 1};
  EXPECT_THAT(made.fault(),
              ::testing::HasSubstr("output 0: value 0, 20 bytes at offset 0 of memory 1, part of which "));
}

TEST(PteTrace, UnknownOperatorsGiveLifetimesButNoFaults) {
  // Two outputs, which come again as results; value 0 is never written.
  HandMade made({{0, 10}, {20, 30}, {40, 50}});
  made.unknown({0, 1, 2, 1, 2});
  made.plan().outputs = {2};
  const Trace trace = made.trace();
  EXPECT_FALSE(trace.is_complete);
  EXPECT_TRUE(trace.faults.empty());
  ASSERT_EQ(trace.buffers.size(), 2);
  EXPECT_EQ(trace.buffers[0].kind, TracedKind::Activation);
  EXPECT_EQ(trace.buffers[1].kind, TracedKind::Output);
}

TEST(PteFigures, OfAProgramOfExecuTorchs) {
  const std::vector<std::byte> file = fixture("tiny_cnn.pte");
  const auto program = read(file);
  ASSERT_TRUE(program.ok());
  const Figures figures = compute_figures(*program, program->main());
  EXPECT_EQ(figures.calls[1].macs, 28 * 28 * 8 * 9);
  EXPECT_EQ(figures.calls[3].macs, 14 * 14 * 16 * 9 * 8);
  EXPECT_EQ(figures.calls[6].macs, 784 * 10);
  EXPECT_EQ(figures.calls[1].constant_bytes, 72 + 3 * 32);
  EXPECT_EQ(figures.calls[3].scratch_bytes, 320);
  EXPECT_EQ(figures.parameters, 72 + 8 + 1152 + 16 + 7840 + 10);
  EXPECT_EQ(figures.constant_bytes, 11096);
  // The tensors %1 and %16 share their 64 bytes, which count once in the sum.
  std::size_t sum = 0;
  for (const UnusedConstant& unused : figures.unused_constants) sum += unused.bytes;
  EXPECT_EQ(figures.unused_constants.size(), 11);
  EXPECT_EQ(sum, 1744);
  EXPECT_EQ(figures.unused_constant_bytes, 1680);
  EXPECT_EQ(figures.pool_bytes, 7840);
}

TEST(PteFigures, IsasThatFit) {
  for (const auto& [name, isas] : std::vector<std::pair<std::string, std::string>>{{"tiny_cnn.pte", "mve"},
                                                                                   {"tiny_cnn_m4.pte", "scalar, dsp"},
                                                                                   {"ds_cnn_m4.pte", "scalar, dsp"},
                                                                                   {"ds_cnn_m0.pte", "scalar"},
                                                                                   {"resnet8_m4.pte", "scalar, dsp"},
                                                                                   {"resnet8_m0.pte", "scalar"}}) {
    const std::vector<std::byte> file = fixture(name);
    const auto program = read(file);
    ASSERT_TRUE(program.ok()) << name;
    EXPECT_EQ(isa_names(*program), isas) << name;
  }
}

TEST(PteFigures, QuantizationAtTheEdges) {
  const std::vector<std::byte> file = fixture("tiny_cnn.pte");
  const auto program = read(file);
  ASSERT_TRUE(program.ok());
  const auto input = edge_quantization(program->main(), 21), inner = edge_quantization(program->main(), 44);
  ASSERT_TRUE(input);
  EXPECT_EQ(input->zero_point, -8);
  EXPECT_EQ(input->type, ScalarType::Int8);
  EXPECT_FALSE(inner);
}

}  // namespace
}  // namespace pudu::pte

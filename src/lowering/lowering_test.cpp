// Layout and structure of lowered programs: where transposes stand, what is shared, how large scratch is. That the
// numbers are right is proved by the operators' own tests and end to end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lowering/lowering.hpp"
#include "ops/registry.hpp"

namespace pudu::lowering {
namespace {

using ::testing::ElementsAre;

/// Builds quantized graphs: every value int8 with scale 0.5 and zero point 0.
class QuantizedGraph {
 public:
  QuantizedGraph() { graph.name = "test"; }

  ir::ValueId input(ir::Shape shape, ir::Layout layout = ir::Layout::Contiguous) {
    const std::string name = "x" + std::to_string(graph.inputs.size());
    const ir::ValueId id = graph.add_value(name, {ir::DType::Int8, std::move(shape), layout});
    graph.value(id).quant = ir::per_tensor(0.5F, 0);
    graph.inputs.push_back(id);
    return id;
  }

  ir::ValueId weight(ir::Shape shape, std::int64_t channels) {
    const std::vector<std::byte> data(static_cast<std::size_t>(ir::element_count(shape)), std::byte{1});
    const ir::ValueId id = graph.add_constant(graph.unique_value_name("w"), {ir::DType::Int8, std::move(shape)}, data);
    graph.value(id).quant =
        ir::QuantParams{.scales = std::vector<float>(static_cast<std::size_t>(channels), 0.25F), .axis = 0};
    return id;
  }

  ir::ValueId node(const std::string& name, std::string_view op, std::vector<std::optional<ir::ValueId>> inputs,
                   ir::Attributes attributes = {}) {
    auto appended = ops::append_node(graph, name, op, std::move(inputs), std::move(attributes));
    EXPECT_TRUE(appended.ok()) << to_string(appended.error());
    const ir::ValueId output = graph.nodes()[ir::index_of(*appended)].outputs.front();
    graph.value(output).type.dtype = ir::DType::Int8;
    graph.value(output).quant = ir::per_tensor(0.5F, 0);
    return output;
  }

  ir::ValueId conv(const std::string& name, ir::ValueId x, std::int64_t channels, std::int64_t kernel) {
    const std::int64_t input_channels = graph.value(x).type.shape[1];
    ir::Attributes attributes;
    const std::int64_t pad = kernel / 2;
    attributes.set("padding", std::vector<std::int64_t>{pad, pad, pad, pad});
    return node(name, "conv2d", {x, weight({channels, input_channels, kernel, kernel}, channels), std::nullopt},
                attributes);
  }

  program::Program lowered(const char* cpu = "cortex-m55") {
    auto program = lower(graph, targets::make_target(cpu, "").value());
    EXPECT_TRUE(program.ok()) << to_string(program.error());
    return std::move(program).value();
  }

  ir::Graph graph;
};

ir::Attributes with(const std::string& name, ir::AttributeValue value) {
  ir::Attributes attributes;
  attributes.set(name, std::move(value));
  return attributes;
}

std::vector<std::string> kernels(const program::Program& program) {
  std::vector<std::string> names;
  for (const program::KernelCall& call : program.calls) names.push_back(call.kernel);
  return names;
}

TEST(Lowering, AnNchwImageIsTransposedOnce) {
  QuantizedGraph model;
  const ir::ValueId x = model.input({1, 3, 8, 8});
  const ir::ValueId a = model.conv("a", x, 4, 3);
  const ir::ValueId b = model.conv("b", x, 4, 1);
  model.graph.outputs = {model.node("sum", "add", {a, b})};
  EXPECT_THAT(kernels(model.lowered()),
              ElementsAre("transpose_s8", "conv2d_s8", "conv2d_s8", "add_s8", "transpose_s8"));
}

TEST(Lowering, AnNhwcImageIsNotTransposed) {
  QuantizedGraph model;
  const ir::ValueId x = model.input({1, 3, 8, 8}, ir::Layout::ChannelsLast);
  const ir::ValueId y = model.conv("a", x, 4, 3);
  model.graph.outputs = {model.node("flat", "mean", {y}, with("dims", std::vector<std::int64_t>{2, 3}))};
  const program::Program program = model.lowered();
  EXPECT_THAT(kernels(program), ElementsAre("conv2d_s8", "avg_pool2d_s8"));
  EXPECT_THAT(program.inputs.front().shape, ElementsAre(1, 8, 8, 3));
}

TEST(Lowering, ASingleChannelNeedsNoTranspose) {
  QuantizedGraph model;
  const ir::ValueId y = model.conv("a", model.input({1, 1, 8, 8}), 1, 3);
  model.graph.outputs = {y};
  for (const std::string& kernel : kernels(model.lowered())) EXPECT_NE(kernel, "transpose_s8");
}

TEST(Lowering, APermuteMovesNothing) {
  QuantizedGraph model;
  const ir::ValueId y = model.conv("a", model.input({1, 3, 8, 8}, ir::Layout::ChannelsLast), 4, 3);
  // NHWC memory seen as a tensor of shape [1, 8, 8, 4] is contiguous.
  model.graph.outputs = {model.node("p", "permute", {y}, with("dims", std::vector<std::int64_t>{0, 2, 3, 1}))};
  EXPECT_THAT(kernels(model.lowered()), ElementsAre("conv2d_s8"));
}

TEST(Lowering, TransposesOfManyDimensionsMergeThoseThatStayTogether) {
  QuantizedGraph model;
  const ir::ValueId x = model.input({2, 3, 1, 2, 2, 1, 2, 5});
  const std::vector<std::int64_t> dims = {7, 0, 1, 2, 3, 4, 5, 6};
  model.graph.outputs = {model.node("p", "permute", {x}, with("dims", dims))};
  const program::Program program = model.lowered();
  ASSERT_THAT(kernels(program), ElementsAre("transpose_s8"));
  const program::KernelCall& call = program.calls.front();
  using Values = std::vector<std::int64_t>;
  EXPECT_EQ(std::get<Values>(call.find_parameter("rank")->values), Values{2});
  EXPECT_EQ(std::get<Values>(call.find_parameter("output_shape")->values), (Values{5, 48, 0, 0, 0, 0}));
  EXPECT_EQ(std::get<Values>(call.find_parameter("input_strides")->values), (Values{1, 5, 0, 0, 0, 0}));
}

TEST(Lowering, EqualConstantsAreStoredOnce) {
  QuantizedGraph model;
  const ir::ValueId x = model.input({1, 4, 8, 8}, ir::Layout::ChannelsLast);
  const ir::ValueId a = model.conv("a", x, 4, 3);
  model.graph.outputs = {model.conv("b", a, 4, 3)};
  const program::Program program = model.lowered();
  EXPECT_EQ(program.calls[0].find_operand("weights")->buffer, program.calls[1].find_operand("weights")->buffer);
}

TEST(Lowering, ScratchHasItsFinalSize) {
  QuantizedGraph model;
  const ir::ValueId x = model.input({1, 4, 8, 8}, ir::Layout::ChannelsLast);
  model.graph.outputs = {model.conv("a", x, 4, 3)};
  for (const char* cpu : {"cortex-m0", "cortex-m4", "cortex-m55"}) {
    const program::Program program = model.lowered(cpu);
    const program::KernelCall& call = program.calls.front();
    const ops::KernelBinding& kernel = *ops::find_kernel(call.kernel);
    ASSERT_NE(call.find_operand("scratch"), nullptr);
    EXPECT_EQ(program.buffer(call.find_operand("scratch")->buffer).bytes(),
              kernel.scratch_bytes(call.parameters, program.target.isa));
  }
}

TEST(Lowering, CountsMacsOnce) {
  QuantizedGraph model;
  model.graph.outputs = {model.conv("a", model.input({1, 3, 8, 8}, ir::Layout::ChannelsLast), 4, 3)};
  std::int64_t macs = 0;
  for (const program::KernelCall& call : model.lowered().calls) macs += call.macs;
  EXPECT_EQ(macs, 8 * 8 * 4 * 3 * 9);
}

TEST(Lowering, AnInputMayBeAnOutput) {
  QuantizedGraph model;
  const ir::ValueId x = model.input({1, 4});
  model.graph.outputs = {x, x};
  const program::Program program = model.lowered();
  EXPECT_TRUE(program.calls.empty());
  EXPECT_EQ(program.outputs[0].buffer, program.inputs[0].buffer);
}

TEST(Lowering, AConstantOutputIsCopied) {
  QuantizedGraph model;
  const ir::ValueId x = model.input({1, 4});
  const ir::ValueId constant = model.graph.add_constant("c", {ir::DType::Int8, {2}}, {std::byte{1}, std::byte{2}});
  model.graph.value(constant).quant = ir::per_tensor(1.0F, 0);
  model.graph.outputs = {x, constant};
  EXPECT_THAT(kernels(model.lowered()), ElementsAre("copy_s8"));
}

TEST(Lowering, NamesEveryNodeItCannotLower) {
  QuantizedGraph model;
  const ir::ValueId a = model.input({1, 2, 3});
  const ir::ValueId b = model.input({4, 3, 2});
  const ir::ValueId c = model.input({1, 2, 2});
  const ir::ValueId product = model.node("product", "matmul", {a, b});
  model.graph.outputs = {model.node("second", "matmul", {c, product})};
  const auto program = lower(model.graph, targets::make_target("m4", "").value());
  ASSERT_FALSE(program.ok());
  EXPECT_EQ(program.error().kind, ErrorKind::Unsupported);
  ASSERT_EQ(program.error().diagnostics.size(), 2U);
  EXPECT_EQ(program.error().diagnostics[0].where, "product");
  EXPECT_EQ(program.error().diagnostics[1].where, "second");
}

}  // namespace
}  // namespace pudu::lowering

// The text of calls of CMSIS-NN. That it compiles and computes the right bytes is tested in tests/cmsis_nn.
#include "emitters/cpp/cmsis_nn_calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emitters/cpp/cpp_emitter.hpp"
#include "emitters/cpp/testing/programs.hpp"
#include "kernels/linear/linear_s8.hpp"

namespace pudu::emitters {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

CmsisNnOperands operands(std::string scratch = "nullptr", std::size_t bytes = 0) {
  return {[](std::string_view name) { return "<" + std::string(name) + ">"; }, std::move(scratch), bytes};
}

TEST(CmsisNnStatements, OfAConvolution) {
  ops::CmsisNnConvolution call{};
  kernels::Conv2dS8Params& p = call.params;
  p.batches = 2;
  p.input_h = 8;
  p.input_w = 9;
  p.input_channels = 6;
  p.output_h = 4;
  p.output_w = 5;
  p.output_channels = 16;
  p.kernel_h = 3;
  p.kernel_w = 5;
  p.groups = 2;
  p.stride_h = 2;
  p.stride_w = 1;
  p.pad_top = 1;
  p.pad_left = 2;
  p.dilation_h = 1;
  p.dilation_w = 3;
  p.input_offset = 4;
  p.output_offset = -5;
  p.activation_min = -100;
  p.activation_max = 101;
  EXPECT_EQ(cmsis_nn_statements(call, operands("at<std::uint8_t>(64)", 400)), R"(  {
    static constexpr cmsis_nn_conv_params nn_params = {
        4,  // input_offset
        -5,  // output_offset
        {1, 2},  // stride: w, h
        {2, 1},  // padding: w, h
        {3, 1},  // dilation: w, h
        {-100, 101},  // activation: min, max
    };
    static constexpr cmsis_nn_dims nn_input = {2, 8, 9, 6};
    static constexpr cmsis_nn_dims nn_filter = {16, 3, 5, 3};
    static constexpr cmsis_nn_dims nn_bias = {1, 1, 1, 16};
    static constexpr cmsis_nn_dims nn_output = {2, 4, 5, 16};
    const cmsis_nn_per_channel_quant_params nn_scaling = {const_cast<std::int32_t*>(<multipliers>),
                                                          const_cast<std::int32_t*>(<shifts>)};
    const cmsis_nn_context nn_context = {at<std::uint8_t>(64), 400};
#ifdef PUDU_ENABLE_RUNTIME_CHECKS
    if (arm_convolve_wrapper_s8_get_buffer_size(&nn_params, &nn_input, &nn_filter, &nn_output) > nn_context.size) {
      return pudu::RunStatus::ScratchTooSmall;
    }
#endif
    if (arm_convolve_wrapper_s8(&nn_context, &nn_params, &nn_scaling, &nn_input, <input>, &nn_filter, <weights>, &nn_bias, <bias>, &nn_output, <output>) != ARM_CMSIS_NN_SUCCESS) {
      return pudu::RunStatus::KernelFailed;
    }
  }
)");
}

TEST(CmsisNnStatements, OfALinearLayerTakeTheFunctionOfTheIsa) {
  ops::CmsisNnLinear call{};
  call.params.batches = 1;
  call.params.input_features = 10;
  call.params.output_features = 3;
  call.convolution.groups = 1;
  const std::string text = cmsis_nn_statements(call, operands());
  const std::size_t mve = text.find("#ifdef ARM_MATH_MVEI\n");
  const std::size_t convolution = text.find("arm_convolve_wrapper_s8(&nn_context");
  const std::size_t other = text.find("#else\n");
  const std::size_t fully_connected = text.find("arm_fully_connected_per_channel_s8(&nn_context");
  EXPECT_LT(mve, convolution);
  EXPECT_LT(convolution, other);
  EXPECT_LT(other, fully_connected);
  EXPECT_THAT(text, HasSubstr("nn_filter = {10, 1, 1, 3};"));
}

TEST(CmsisNnStatements, OfAConcatenationAreOneCallAnInput) {
  ops::CmsisNnConcatenation call{};
  call.params.input_count = 2;
  call.params.outer_count = 6;
  call.params.input_bytes[0] = 3;
  call.params.input_bytes[1] = 5;
  call.params.output_stride = 20;
  call.params.output_offset = 4;
  EXPECT_EQ(cmsis_nn_statements(call, operands()),
            "  {\n"
            "    arm_concatenation_s8_x(<inputs.0>, 3, 6, 1, 1, <output>, 20, 4);\n"
            "    arm_concatenation_s8_x(<inputs.1>, 5, 6, 1, 1, <output>, 20, 7);\n"
            "  }\n");
}

TEST(CmsisNnStatements, OfASoftmax) {
  EXPECT_EQ(cmsis_nn_statements(ops::CmsisNnSoftmax{{2, 10, 1 << 30, 20, -124}}, operands()),
            "  {\n    arm_softmax_s8(<input>, 2, 10, 1073741824, 20, -124, <output>);\n  }\n");
}

TEST(CmsisNnIncludes, RefuseWhatChangesResultsOrSizes) {
  EXPECT_EQ(cmsis_nn_includes("net"),
            "#include <arm_nnfunctions.h>\n\n"
            "#ifdef CMSIS_NN_USE_SINGLE_ROUNDING\n"
            "#error \"net: CMSIS-NN with CMSIS_NN_USE_SINGLE_ROUNDING computes other results than the model was made "
            "for\"\n#endif\n"
            "#ifdef __ARMCC_VERSION\n"
            "#error \"net: scratch is planned for CMSIS-NN built by GCC or clang; built by armclang it wants other "
            "sizes\"\n#endif\n");
}

/// A linear layer, and a table, which CMSIS-NN does not have.
testing::ProgramUnderTest layer_and_table(targets::KernelLibrary library) {
  testing::ProgramUnderTest model("net");
  model.program.target.kernels = library;
  const auto input = model.input("x", 4);
  const auto result = model.add("y", program::BufferKind::Activation, program::ElementType::Int8, 2);
  const auto numbers = [&](const char* name, program::ElementType type, std::size_t bytes) {
    return model.constant(name, type, std::vector<std::byte>(bytes));
  };
  kernels::LinearS8Params p{};
  p.batches = 1;
  p.input_features = 4;
  p.output_features = 2;
  model.call("layer", "linear_s8", p,
             {{"input", input},
              {"weights", numbers("nn_params", program::ElementType::Int8, 8)},
              {"bias", numbers("bias", program::ElementType::Int32, 8)},
              {"multipliers", numbers("multipliers", program::ElementType::Int32, 8)},
              {"shifts", numbers("shifts", program::ElementType::Int32, 8)},
              {"output", result}});
  model.output("z", model.table("table", result, 3));
  return model;
}

std::map<std::string, std::string> emitted(const testing::ProgramUnderTest& model) {
  auto files = emit_cpp(model.program, model.memory(), {"net.pt2", "1.2.3"});
  EXPECT_TRUE(files.ok()) << to_string(files.error());
  std::map<std::string, std::string> contents;
  for (const base::OutputFile& file : *files) contents[file.path] = file.content;
  return contents;
}

TEST(CmsisNnProgram, HasOnlyTheBuiltInKernelsThatItCalls) {
  const auto files = emitted(layer_and_table(targets::KernelLibrary::CmsisNn));
  EXPECT_TRUE(files.contains("pudu/kernels/lut/lut_s8.hpp"));
  EXPECT_FALSE(files.contains("pudu/kernels/linear/linear_s8.hpp"));
  EXPECT_THAT(files.at("model.cpp"),
              AllOf(HasSubstr("#include <arm_nnfunctions.h>"), HasSubstr("pudu::kernels::LutS8::run("),
                    Not(HasSubstr("LinearS8")), HasSubstr("nn_params_v1")));
  EXPECT_THAT(files.at("CMakeLists.txt"), AllOf(HasSubstr("project(net LANGUAGES C CXX)"), HasSubstr("CMSIS_NN_ROOT"),
                                                HasSubstr("target_link_libraries(net PRIVATE ${net_cmsis_nn})")));
}

TEST(CmsisNnProgram, WithBuiltInKernelsKnowsNothingOfCmsisNn) {
  const auto files = emitted(layer_and_table(targets::KernelLibrary::Builtin));
  EXPECT_TRUE(files.contains("pudu/kernels/linear/linear_s8.hpp"));
  EXPECT_THAT(files.at("model.cpp"), AllOf(Not(HasSubstr("arm_")), HasSubstr("pudu::kernels::LinearS8::run(")));
  EXPECT_THAT(files.at("CMakeLists.txt"),
              AllOf(HasSubstr("project(net LANGUAGES CXX)"), Not(HasSubstr("cmsis")), Not(HasSubstr("CMSIS"))));
}

}  // namespace
}  // namespace pudu::emitters

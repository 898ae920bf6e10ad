#include "emitters/cpp/cmsis_nn_calls.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace pudu::emitters {
namespace {

/// A struct of CMSIS-NN as a constant of the block.
std::string constant(std::string_view type, std::string_view name, std::string_view value) {
  return fmt::format("    static constexpr {} {} = {{{}}};\n", type, name, value);
}

std::string dims(std::string_view name, const ops::CmsisNnDims& sizes) {
  return constant("cmsis_nn_dims", name, fmt::format("{}", fmt::join(sizes, ", ")));
}

template <class Params>
std::string input_dims(const Params& params, std::int32_t channels) {
  return dims("nn_input", {params.batches, params.input_h, params.input_w, channels});
}

template <class Params>
std::string output_dims(const Params& params, std::int32_t channels) {
  return dims("nn_output", {params.batches, params.output_h, params.output_w, channels});
}

/// One field a line, with its name behind it.
std::string fields(const std::vector<std::pair<std::string, std::string_view>>& values) {
  std::string text;
  for (const auto& [value, name] : values) text += fmt::format("\n        {},  // {}", value, name);
  return text + "\n    ";
}

std::string pair(std::int32_t first, std::int32_t second) {
  return fmt::format("{{{}, {}}}", first, second);
}

std::string context(const CmsisNnOperands& operands) {
  return fmt::format("    const cmsis_nn_context nn_context = {{{}, {}}};\n", operands.scratch, operands.scratch_bytes);
}

std::string scaling(const CmsisNnOperands& operands) {
  return fmt::format(
      "    const cmsis_nn_per_channel_quant_params nn_scaling = {{const_cast<std::int32_t*>({}),\n"
      "                                                          const_cast<std::int32_t*>({})}};\n",
      operands.pointer("multipliers"), operands.pointer("shifts"));
}

std::string call_of(std::string_view function, const std::vector<std::string>& arguments) {
  return fmt::format("{}({})", function, fmt::join(arguments, ", "));
}

/// A call that may refuse.
std::string checked(std::string_view function, const std::vector<std::string>& arguments) {
  return fmt::format("    if ({} != ARM_CMSIS_NN_SUCCESS) {{\n      return pudu::RunStatus::KernelFailed;\n    }}\n",
                     call_of(function, arguments));
}

std::string scratch_check(std::string_view function, const std::vector<std::string>& arguments) {
  return fmt::format(
      "#ifdef PUDU_ENABLE_RUNTIME_CHECKS\n"
      "    if ({} > nn_context.size) {{\n      return pudu::RunStatus::ScratchTooSmall;\n    }}\n#endif\n",
      call_of(function, arguments));
}

/// What arm_convolve_wrapper_s8 and arm_depthwise_conv_wrapper_s8 have in common; their parameters differ.
template <class Params>
std::string convolution_body(std::string_view function, const Params& params, const ops::CmsisNnDims& filter,
                             const CmsisNnOperands& operands) {
  return input_dims(params, params.input_channels) + dims("nn_filter", filter) +
         dims("nn_bias", {1, 1, 1, params.output_channels}) + output_dims(params, params.output_channels) +
         scaling(operands) + context(operands) +
         scratch_check(std::string(function) + "_get_buffer_size",
                       {"&nn_params", "&nn_input", "&nn_filter", "&nn_output"}) +
         checked(function, {"&nn_context", "&nn_params", "&nn_scaling", "&nn_input", operands.pointer("input"),
                            "&nn_filter", operands.pointer("weights"), "&nn_bias", operands.pointer("bias"),
                            "&nn_output", operands.pointer("output")});
}

template <class Params>
std::vector<std::pair<std::string, std::string_view>> window_fields(const Params& params) {
  return {{pair(params.stride_w, params.stride_h), "stride: w, h"},
          {pair(params.pad_left, params.pad_top), "padding: w, h"},
          {pair(params.dilation_w, params.dilation_h), "dilation: w, h"},
          {pair(params.activation_min, params.activation_max), "activation: min, max"}};
}

std::string statements(const ops::CmsisNnConvolution& call, std::string_view function,
                       const CmsisNnOperands& operands) {
  const kernels::Conv2dS8Params& params = call.params;
  std::vector<std::pair<std::string, std::string_view>> values = {
      {std::to_string(params.input_offset), "input_offset"}, {std::to_string(params.output_offset), "output_offset"}};
  for (auto& field : window_fields(params)) values.push_back(std::move(field));
  const ops::CmsisNnDims filter = {params.output_channels, params.kernel_h, params.kernel_w,
                                   params.input_channels / params.groups};
  return constant("cmsis_nn_conv_params", "nn_params", fields(values)) +
         convolution_body(function, params, filter, operands);
}

std::string statements(const ops::CmsisNnDepthwise& call, std::string_view function, const CmsisNnOperands& operands) {
  const kernels::DepthwiseConv2dS8Params& params = call.params;
  std::vector<std::pair<std::string, std::string_view>> values = {
      {std::to_string(params.input_offset), "input_offset"},
      {std::to_string(params.output_offset), "output_offset"},
      {std::to_string(params.depth_multiplier), "ch_mult"}};
  for (auto& field : window_fields(params)) values.push_back(std::move(field));
  return constant("cmsis_nn_dw_conv_params", "nn_params", fields(values)) +
         convolution_body(function, params, {1, params.kernel_h, params.kernel_w, params.output_channels}, operands);
}

std::string statements(const ops::CmsisNnLinear& call, std::string_view function, const CmsisNnOperands& operands) {
  const kernels::LinearS8Params& params = call.params;
  const std::string fully_connected =
      constant("cmsis_nn_fc_params", "nn_params",
               fields({{std::to_string(params.input_offset), "input_offset"},
                       {"0", "filter_offset"},
                       {std::to_string(params.output_offset), "output_offset"},
                       {pair(params.activation_min, params.activation_max), "activation: min, max"}})) +
      dims("nn_input", {params.batches, 1, 1, params.input_features}) +
      dims("nn_filter", {params.input_features, 1, 1, params.output_features}) +
      dims("nn_bias", {1, 1, 1, params.output_features}) +
      dims("nn_output", {params.batches, 1, 1, params.output_features}) + scaling(operands) +
      "    const cmsis_nn_context nn_context = {nullptr, 0};\n" +
      checked(function, {"&nn_context", "&nn_params", "&nn_scaling", "&nn_input", operands.pointer("input"),
                         "&nn_filter", operands.pointer("weights"), "&nn_bias", operands.pointer("bias"), "&nn_output",
                         operands.pointer("output")});
  return "#ifdef ARM_MATH_MVEI\n" +
         statements(ops::CmsisNnConvolution{call.convolution}, "arm_convolve_wrapper_s8", operands) + "#else\n" +
         fully_connected + "#endif\n";
}

template <class Params>
std::vector<std::string> output_arguments(const Params& params) {
  return {std::to_string(params.output_offset), std::to_string(params.output_multiplier),
          std::to_string(params.output_shift), std::to_string(params.activation_min),
          std::to_string(params.activation_max)};
}

std::string statements(const ops::CmsisNnAdd& call, std::string_view function, const CmsisNnOperands& operands) {
  const kernels::AddS8Params& params = call.params;
  std::vector<std::string> arguments = {operands.pointer("input1"), operands.pointer("input2")};
  for (const std::int32_t value :
       {params.input1_offset, params.input1_multiplier, params.input1_shift, params.input2_offset,
        params.input2_multiplier, params.input2_shift, kernels::AddS8::left_shift}) {
    arguments.push_back(std::to_string(value));
  }
  arguments.push_back(operands.pointer("output"));
  for (std::string& argument : output_arguments(params)) arguments.push_back(std::move(argument));
  arguments.push_back(std::to_string(call.elements));
  return checked(function, arguments);
}

std::string statements(const ops::CmsisNnMul& call, std::string_view function, const CmsisNnOperands& operands) {
  const kernels::MulS8Params& params = call.params;
  std::vector<std::string> arguments = {operands.pointer("input1"), operands.pointer("input2"),
                                        std::to_string(params.input1_offset), std::to_string(params.input2_offset),
                                        operands.pointer("output")};
  for (std::string& argument : output_arguments(params)) arguments.push_back(std::move(argument));
  arguments.push_back(std::to_string(call.elements));
  return checked(function, arguments);
}

template <class Params>
std::string pool(const Params& params, std::string_view function, const CmsisNnOperands& operands,
                 const std::string& check) {
  return constant("cmsis_nn_pool_params", "nn_params",
                  fields({{pair(params.stride_w, params.stride_h), "stride: w, h"},
                          {pair(params.pad_left, params.pad_top), "padding: w, h"},
                          {pair(params.activation_min, params.activation_max), "activation: min, max"}})) +
         input_dims(params, params.channels) + dims("nn_filter", {1, params.kernel_h, params.kernel_w, 1}) +
         output_dims(params, params.channels) + context(operands) + check +
         checked(function, {"&nn_context", "&nn_params", "&nn_input", operands.pointer("input"), "&nn_filter",
                            "&nn_output", operands.pointer("output")});
}

std::string statements(const ops::CmsisNnAveragePool& call, std::string_view function,
                       const CmsisNnOperands& operands) {
  return pool(call.params, function, operands,
              scratch_check("arm_avgpool_s8_get_buffer_size",
                            {std::to_string(call.params.output_w), std::to_string(call.params.channels)}));
}

std::string statements(const ops::CmsisNnMaxPool& call, std::string_view function, const CmsisNnOperands& operands) {
  return pool(call.params, function, operands, "");
}

std::string statements(const ops::CmsisNnSoftmax& call, std::string_view function, const CmsisNnOperands& operands) {
  const kernels::SoftmaxS8Params& params = call.params;
  return fmt::format("    {};\n", call_of(function, {operands.pointer("input"), std::to_string(params.outer_count),
                                                     std::to_string(params.depth), std::to_string(params.multiplier),
                                                     std::to_string(params.shift), std::to_string(params.diff_min),
                                                     operands.pointer("output")}));
}

std::string statements(const ops::CmsisNnPad& call, std::string_view function, const CmsisNnOperands& operands) {
  return dims("nn_input", call.input) + dims("nn_before", call.before) + dims("nn_after", call.after) +
         checked(function, {operands.pointer("input"), operands.pointer("output"), std::to_string(call.value),
                            "&nn_input", "&nn_before", "&nn_after"});
}

std::string statements(const ops::CmsisNnTranspose& call, std::string_view function, const CmsisNnOperands& operands) {
  return dims("nn_input", call.input) + dims("nn_output", call.output) +
         constant("std::uint32_t", "nn_permutation[]", fmt::format("{}", fmt::join(call.permutation, ", "))) +
         constant("cmsis_nn_transpose_params", "nn_params", fmt::format("{}, nn_permutation", call.rank)) +
         checked(function,
                 {operands.pointer("input"), operands.pointer("output"), "&nn_input", "&nn_output", "&nn_params"});
}

std::string statements(const ops::CmsisNnConcatenation& call, std::string_view function,
                       const CmsisNnOperands& operands) {
  const kernels::ConcatS8Params& params = call.params;
  std::string text;
  std::int32_t offset = params.output_offset;
  for (std::int32_t i = 0; i < params.input_count; ++i) {
    text += fmt::format(
        "    {};\n",
        call_of(function, {operands.pointer(fmt::format("inputs.{}", i)), std::to_string(params.input_bytes[i]),
                           std::to_string(params.outer_count), "1", "1", operands.pointer("output"),
                           std::to_string(params.output_stride), std::to_string(offset)}));
    offset += params.input_bytes[i];
  }
  return text;
}

std::string extremum(std::int32_t elements, std::string_view function, const CmsisNnOperands& operands) {
  return dims("nn_output", {1, 1, 1, elements}) + context(operands) +
         checked(function, {"&nn_context", operands.pointer("input1"), "&nn_output", operands.pointer("input2"),
                            "&nn_output", operands.pointer("output"), "&nn_output"});
}

std::string statements(const ops::CmsisNnMaximum& call, std::string_view function, const CmsisNnOperands& operands) {
  return extremum(call.elements, function, operands);
}

std::string statements(const ops::CmsisNnMinimum& call, std::string_view function, const CmsisNnOperands& operands) {
  return extremum(call.elements, function, operands);
}

std::string statements(const ops::CmsisNnMatmul& call, std::string_view function, const CmsisNnOperands& operands) {
  const kernels::BatchMatmulS8Params& params = call.params;
  return constant("cmsis_nn_bmm_params", "nn_params",
                  fields({{"false", "adj_x"},
                          {"false", "adj_y"},
                          {fmt::format("{{{}, {}, {}, {}}}", params.lhs_offset, params.rhs_offset, params.output_offset,
                                       pair(params.activation_min, params.activation_max)),
                           "input_offset, filter_offset, output_offset, activation: min, max"}})) +
         dims("nn_input", {params.batches, 1, params.rows, params.depth}) +
         dims("nn_filter", {params.batches, 1, params.columns, params.depth}) +
         dims("nn_output", {params.batches, 1, params.rows, params.columns}) +
         constant("cmsis_nn_per_tensor_quant_params", "nn_scaling",
                  fmt::format("{}, {}", params.multiplier, params.shift)) +
         context(operands) +
         checked(function,
                 {"&nn_context", "&nn_params", "&nn_scaling", "&nn_input", operands.pointer("lhs"), "&nn_filter",
                  operands.pointer("rhs_transposed"), "&nn_output", operands.pointer("output")});
}

}  // namespace

std::string cmsis_nn_statements(const ops::CmsisNnCall& call, const CmsisNnOperands& operands) {
  const std::string body =
      std::visit([&](const auto& chosen) { return statements(chosen, ops::function_of(call), operands); }, call);
  return "  {\n" + body + "  }\n";
}

std::string cmsis_nn_includes(std::string_view model) {
  return fmt::format(
      "#include <arm_nnfunctions.h>\n\n"
      "#ifdef CMSIS_NN_USE_SINGLE_ROUNDING\n"
      "#error \"{0}: CMSIS-NN with CMSIS_NN_USE_SINGLE_ROUNDING computes other results than the model was made for\"\n"
      "#endif\n"
      "#ifdef __ARMCC_VERSION\n"
      "#error \"{0}: scratch is planned for CMSIS-NN built by GCC or clang; built by armclang it wants other sizes\"\n"
      "#endif\n",
      model);
}

std::string cmsis_nn_cmake(std::string_view model) {
  return fmt::format(
      R"(# CMSIS-NN: a target of the project, an installed package, or the folder CMSIS_NN_ROOT (Include/ and Source/).
if(NOT CMSIS_NN_ROOT)
  set(CMSIS_NN_ROOT "$ENV{{CMSIS_NN_ROOT}}")
endif()
if(NOT TARGET cmsis-nn AND NOT CMSIS_NN_ROOT)
  find_package(cmsis-nn QUIET)
  if(NOT cmsis-nn_FOUND)
    find_package(CMSIS-NN QUIET)
  endif()
endif()
if(TARGET cmsis-nn)
  set({0}_cmsis_nn cmsis-nn)
elseif(TARGET cmsis-nn::cmsis-nn)
  set({0}_cmsis_nn cmsis-nn::cmsis-nn)
elseif(TARGET CMSIS-NN::CMSIS-NN)
  set({0}_cmsis_nn CMSIS-NN::CMSIS-NN)
elseif(NOT CMSIS_NN_ROOT)
  message(FATAL_ERROR "{0} calls CMSIS-NN, which was not found: add a target cmsis-nn before this folder, "
                      "install a package cmsis-nn or CMSIS-NN, or set CMSIS_NN_ROOT to its folder")
elseif(NOT EXISTS "${{CMSIS_NN_ROOT}}/Include/arm_nnfunctions.h")
  message(FATAL_ERROR "{0}: CMSIS_NN_ROOT is '${{CMSIS_NN_ROOT}}', which has no Include/arm_nnfunctions.h")
else()
  file(GLOB {0}_cmsis_nn_sources "${{CMSIS_NN_ROOT}}/Source/*/*.c")
  list(FILTER {0}_cmsis_nn_sources EXCLUDE REGEX "_(f16|f32|flt)\\.c$")
  add_library({0}_cmsis_nn STATIC ${{{0}_cmsis_nn_sources}})
  target_include_directories({0}_cmsis_nn SYSTEM PUBLIC "${{CMSIS_NN_ROOT}}/Include")
  target_compile_options({0}_cmsis_nn PRIVATE -ffunction-sections)
  set({0}_cmsis_nn {0}_cmsis_nn)
endif()

)",
      model);
}

bool calls_cmsis_nn(const program::Program& program) {
  return std::any_of(program.calls.begin(), program.calls.end(),
                     [&](const program::KernelCall& call) { return ops::runs_on_cmsis_nn(program, call); });
}

}  // namespace pudu::emitters

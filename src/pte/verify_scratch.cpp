#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "pte/faults.hpp"
#include "pte/kernel_operators.hpp"
#include "pte/verify.hpp"
#include "targets/cmsis_nn_scratch.hpp"

namespace pudu::pte {
namespace {

using kernels::Isa;
using targets::KernelLibrary;
using targets::cmsis_nn::Hw;
using targets::cmsis_nn::Nhwc;

constexpr auto data_type = targets::cmsis_nn::DataType::A8W8;
constexpr std::array all_isas = {Isa::Scalar, Isa::Dsp, Isa::Mve};

/// The arguments of one call, by name.
class Arguments {
 public:
  Arguments(const Plan& plan, const KernelCall& call, const Schema& schema)
      : plan_(plan), call_(call), schema_(schema) {}

  const Plan& plan() const { return plan_; }
  const KernelCall& call() const { return call_; }
  const Schema& schema() const { return schema_; }
  const Tensor& tensor(std::string_view name) const { return std::get<Tensor>(value(name)); }
  bool is_null(std::string_view name) const { return std::holds_alternative<Null>(value(name)); }
  std::int64_t integer(std::string_view name) const { return std::get<std::int64_t>(value(name)); }
  std::vector<std::int64_t> integers(std::string_view name) const {
    return plan_.integers(std::get<IntList>(value(name)));
  }

 private:
  const Value& value(std::string_view name) const {
    return plan_.values[static_cast<std::size_t>(call_.args[schema_.position(name)])];
  }

  const Plan& plan_;
  const KernelCall& call_;
  const Schema& schema_;
};

std::int32_t narrow(std::int64_t value) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, INT32_MIN, INT32_MAX));
}

/// A tensor of four dimensions; zeros, which no formula takes, for another.
Nhwc four(const Tensor& tensor) {
  const auto& s = tensor.sizes;
  return s.size() == 4 ? Nhwc{s[0], s[1], s[2], s[3]} : Nhwc{0, 0, 0, 0};
}

Nhwc image(const Arguments& arguments, std::string_view name) {
  const Nhwc sizes = four(arguments.tensor(name));
  return arguments.schema().is_nhwc() ? sizes : Nhwc{sizes.n, sizes.w, sizes.c, sizes.h};
}

Hw pair(const Arguments& arguments, std::string_view name) {
  const std::vector<std::int64_t> values = arguments.integers(name);
  return values.size() == 2 ? Hw{narrow(values[0]), narrow(values[1])} : Hw{-1, -1};
}

using Sizes = std::vector<std::pair<std::string_view, targets::cmsis_nn::ScratchSize>>;

targets::cmsis_nn::ConvolutionCall convolution(const Arguments& arguments) {
  return {.input = image(arguments, "input"),
          .filter = four(arguments.tensor("weight")),
          .output = image(arguments, "out"),
          .padding = pair(arguments, "padding"),
          .stride = pair(arguments, "stride"),
          .dilation = pair(arguments, "dilation")};
}

/// Where there is one input channel, the size that CMSIS-NN asks for as it runs and the one that ExecuTorch plans ahead
/// differ, since they disagree about the filter's shape: the smaller of the two will do.
targets::cmsis_nn::ScratchSize depthwise_size(Isa isa, const Arguments& arguments) {
  const auto base = convolution(arguments);
  targets::cmsis_nn::DepthwiseCall call{.input = base.input,
                                        .filter = base.filter,
                                        .output = base.output,
                                        .padding = base.padding,
                                        .stride = base.stride,
                                        .dilation = base.dilation,
                                        .channel_multiplier = narrow(arguments.integer("depth_multiplier"))};
  const auto running = scratch_size(isa, data_type, call);
  std::swap(call.filter.n, call.filter.c);
  const auto ahead = scratch_size(isa, data_type, call);
  return running.ok() && ahead.ok() && ahead.bytes < running.bytes ? ahead : running;
}

/// The scratch arguments of a call with the bytes that CMSIS-NN's kernels need; none for an operator without.
Sizes cmsis_nn_sizes(Isa isa, const Arguments& arguments) {
  using namespace targets::cmsis_nn;
  const Schema& schema = arguments.schema();
  if (schema.is("quantized_conv2d")) return {{"scratch", scratch_size(isa, data_type, convolution(arguments))}};
  if (schema.is("quantized_depthwise_conv2d")) return {{"scratch", depthwise_size(isa, arguments)}};
  if (schema.is("quantized_transpose_conv2d")) {
    const auto call = convolution(arguments);
    return {
        {"scratch", scratch_size(isa, data_type, TransposeConvCall{call.input, call.filter, call.output, call.stride})},
        {"output_scratch",
         scratch_size(isa, data_type, TransposeConvReverseCall{call.input, call.filter, call.stride})}};
  }
  if (schema.is("quantized_avg_pool2d")) {
    const Nhwc output = image(arguments, "out");
    return {{"scratch", scratch_size(isa, data_type, AveragePoolCall{output.w, output.c})}};
  }
  if (schema.is("quantized_batch_matmul")) {
    const std::vector<std::int32_t>& sizes = arguments.tensor("rhs_transposed").sizes;
    const Nhwc filter = sizes.size() == 3 ? Nhwc{sizes[2], -1, -1, sizes[1]} : Nhwc{0, 0, 0, 0};
    return {{"scratch", scratch_size(isa, data_type, BatchMatmulCall{filter})}};
  }
  return {};
}

/// The bytes that Pudu's kernels need: only one of them takes scratch.
std::size_t builtin_bytes(Isa isa, const Arguments& arguments) {
  if (!arguments.schema().is("quantized_conv2d")) return 0;
  const auto call = convolution(arguments);
  const kernels::Conv2dS8Params params{.batches = call.input.n,
                                       .input_h = call.input.h,
                                       .input_w = call.input.w,
                                       .input_channels = call.input.c,
                                       .output_h = call.output.h,
                                       .output_w = call.output.w,
                                       .output_channels = call.output.c,
                                       .kernel_h = call.filter.h,
                                       .kernel_w = call.filter.w,
                                       .groups = std::max(1, call.input.c / call.filter.c),
                                       .stride_h = call.stride.h,
                                       .stride_w = call.stride.w,
                                       .pad_top = call.padding.h,
                                       .pad_left = call.padding.w,
                                       .dilation_h = call.dilation.h,
                                       .dilation_w = call.dilation.w};
  return kernels::Conv2dS8::scratch_bytes(params, isa);
}

struct ScratchNeed {
  std::string_view argument;
  std::size_t bytes;
};

/// What the scratch arguments of a call need; none when no kernel takes its shapes.
std::optional<std::vector<ScratchNeed>> scratch_needs(const Arguments& arguments, Isa isa, KernelLibrary library) {
  if (is_own_operator(arguments.schema().name)) {
    if (arguments.schema().position("scratch") == arguments.schema().arguments.size())
      return std::vector<ScratchNeed>();
    return std::vector<ScratchNeed>{
        {"scratch", kernel_scratch_bytes(arguments.plan(), arguments.call(), arguments.schema(), isa)}};
  }
  std::vector<ScratchNeed> needs;
  for (const auto& [name, size] : cmsis_nn_sizes(isa, arguments)) {
    if (!size.ok()) return std::nullopt;
    const auto cmsis_nn_bytes = static_cast<std::size_t>(size.bytes);
    needs.push_back({name, library == KernelLibrary::Builtin ? builtin_bytes(isa, arguments) : cmsis_nn_bytes});
  }
  return needs;
}

/// The faults of a program's scratch tensors on one ISA.
Faults faults_on(const Program& program, Isa isa, KernelLibrary library) {
  Faults faults;
  for (const Plan& plan : program.plans) {
    for (std::size_t i = 0; i < plan.calls.size(); ++i) {
      const Schema* schema = find_schema(plan.operator_of(plan.calls[i]));
      if (schema == nullptr) continue;
      const Arguments arguments(plan, plan.calls[i], *schema);
      const auto needs = scratch_needs(arguments, isa, library);
      if (!needs) {
        faults.add(place_of(program, plan, i), "shapes, strides or paddings that no kernel takes",
                   "four dimensions of 1 or more, lists of two numbers");
        continue;
      }
      for (const auto& [name, needed] : *needs) {
        const std::size_t planned = arguments.tensor(name).bytes;
        if (planned >= needed) continue;
        const KernelLibrary owner = is_own_operator(schema->name) ? KernelLibrary::Builtin : library;
        faults.add(
            place_of(program, plan, i, schema->position(name)), fmt::format("{} bytes of scratch", planned),
            fmt::format("{} kernels need {} on ISA {}", targets::to_string(owner), needed, targets::to_string(isa)),
            "recompile the model or downgrade the runtime");
      }
    }
  }
  return faults;
}

/// What the linear layers were made for.
struct LinearOperands {
  bool has_kernel_sum_only = false;  ///< for MVE
  bool has_no_kernel_sum = false;    ///< for the others
};

LinearOperands linear_operands(const Program& program) {
  LinearOperands operands;
  for (const Plan& plan : program.plans) {
    for (const KernelCall& call : plan.calls) {
      const Schema* schema = find_schema(plan.operator_of(call));
      if (schema == nullptr || !schema->is("quantized_linear")) continue;
      const Arguments arguments(plan, call, *schema);
      if (arguments.is_null("kernel_sum")) {
        operands.has_no_kernel_sum = true;
      } else if (arguments.is_null("bias")) {
        operands.has_kernel_sum_only = true;
      }
    }
  }
  return operands;
}

Result<std::vector<Isa>> recorded_isas(const Metadata& metadata) {
  if (metadata.isa == "any") return std::vector<Isa>(all_isas.begin(), all_isas.end());
  if (const std::optional<Isa> isa = targets::parse_isa(metadata.isa)) return std::vector<Isa>{*isa};
  return invalid_input(
      {.where = "metadata", .found = "ISA '" + metadata.isa + "'", .allowed = "scalar, dsp, mve or any"});
}

KernelLibrary library_of(const Program& program) {
  // The plan of a file that ExecuTorch made is for its kernels.
  if (!program.metadata) return KernelLibrary::CmsisNn;
  const auto library = targets::parse_kernel_library(program.metadata->kernels);
  return library ? *library : KernelLibrary::CmsisNn;
}

}  // namespace

bool runs_on(const Program& program, kernels::Isa isa) {
  if (program.metadata) return program.metadata->isa == "any" || program.metadata->isa == targets::to_string(isa);
  const LinearOperands operands = linear_operands(program);
  const bool is_for_other = isa == Isa::Mve ? operands.has_no_kernel_sum : operands.has_kernel_sum_only;
  return !is_for_other && faults_on(program, isa, library_of(program)).empty();
}

Status verify_scratch(const Program& program, const ReadOptions& options) {
  if (program.metadata && !targets::parse_kernel_library(program.metadata->kernels)) {
    return invalid_input({.where = "metadata",
                          .found = "kernels '" + program.metadata->kernels + "'",
                          .allowed = "builtin or cmsis-nn"});
  }
  const KernelLibrary library = library_of(program);
  std::vector<Isa> isas;
  if (options.isa) {
    isas = {*options.isa};
  } else if (program.metadata) {
    PUDU_TRY_ASSIGN(isas, recorded_isas(*program.metadata));
  } else if (linear_operands(program).has_kernel_sum_only) {
    isas = {Isa::Mve};
  }
  for (const Isa isa : isas) PUDU_TRY(faults_on(program, isa, library).status());
  if (!isas.empty()) return {};
  // Nothing says which ISA it was made for: it must fit one, and scalar kernels need least.
  const bool fits_one =
      std::any_of(all_isas.begin(), all_isas.end(), [&](Isa isa) { return faults_on(program, isa, library).empty(); });
  return fits_one ? Status() : faults_on(program, Isa::Scalar, library).status();
}

}  // namespace pudu::pte

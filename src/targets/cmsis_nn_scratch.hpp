// CMSIS-NN's scratch sizes on the host: any call, names and texts. The formulas are in cmsis_nn_scratch_sizes.hpp.
#pragma once

#include <string>
#include <variant>

#include "base/result.hpp"
#include "targets/cmsis_nn_scratch_sizes.hpp"
#include "targets/target.hpp"

namespace pudu::targets::cmsis_nn {

using Call = std::variant<ConvolutionCall, DepthwiseCall, TransposeConvCall, TransposeConvReverseCall,
                          FullyConnectedCall, BatchMatmulCall, AveragePoolCall, SvdfCall>;

constexpr ScratchSize scratch_size(Isa isa, DataType type, const Call& call) {
  return std::visit([&](const auto& one) { return scratch_size(isa, type, one); }, call);
}

std::string_view to_string(DataType type);
std::optional<DataType> parse_data_type(std::string_view name);

/// What CMSIS-NN's binding calls an ISA: "SCALAR", "DSP", "MVE".
std::string_view backend_name(Isa isa);
std::optional<Isa> parse_backend(std::string_view name);

/// The binding's message for a data type that an operator does not take.
std::string invalid_combination_text(Isa isa, DataType type);

/// The call's fields as text: "input_nhwc 1,8,8,16, filter_nhwc 32,3,3,16, ...".
std::string to_string(const Call& call);

/// scratch_size as a Result. Unsupported: the data type, with the operator's own ones; InvalidInput: a shape below its
/// least; LimitExceeded: more than an int32.
Result<std::int32_t> scratch_bytes(Isa isa, DataType type, const Call& call);

}  // namespace pudu::targets::cmsis_nn

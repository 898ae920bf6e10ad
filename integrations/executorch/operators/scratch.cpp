#include "operators/scratch.hpp"

namespace pudu::executorch_ops {

bool check_scratch(Arguments& arguments, const char* name, const Tensor& scratch, std::size_t needed,
                   targets::cmsis_nn::ScratchSize cmsis_nn) noexcept {
  if (!arguments) return false;
  const std::size_t planned = scratch.nbytes();
  if (planned < needed) {
    ET_LOG(Error, "%s: %s: %" PRIu32 " bytes wanted, %" PRIu32 " planned; recompile the model or downgrade the runtime",
           arguments.operator_name(), name, static_cast<std::uint32_t>(needed), static_cast<std::uint32_t>(planned));
    arguments.fail(Error::Internal);
    return false;
  }
  if (requires_planned_size && planned != needed &&
      !(cmsis_nn.ok() && planned == static_cast<std::size_t>(cmsis_nn.bytes))) {
    ET_LOG(Error,
           "%s: %s: %" PRIu32 " bytes wanted (%" PRId32 " by CMSIS-NN's formula), %" PRIu32
           " planned, and this build requires equality; recompile the model or downgrade the runtime",
           arguments.operator_name(), name, static_cast<std::uint32_t>(needed), cmsis_nn.bytes,
           static_cast<std::uint32_t>(planned));
    arguments.fail(Error::Internal);
    return false;
  }
  if (planned > needed) {
    ET_LOG(Debug, "%s: %s: %" PRIu32 " bytes wanted, %" PRIu32 " planned", arguments.operator_name(), name,
           static_cast<std::uint32_t>(needed), static_cast<std::uint32_t>(planned));
  }
  return true;
}

}  // namespace pudu::executorch_ops

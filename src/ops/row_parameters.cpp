#include "ops/row_parameters.hpp"

namespace pudu::ops::rows {

using program::Buffer;
using program::BufferKind;
using program::KernelCall;
using program::Program;
using program::RowRange;

void set(KernelCall& call, std::string_view name, std::int64_t value, std::size_t index) {
  for (program::Parameter& parameter : call.parameters) {
    if (parameter.name == name) std::get<std::vector<std::int64_t>>(parameter.values).at(index) = value;
  }
}

bool is_image(const Buffer& buffer) {
  return buffer.shape.size() == 4 && buffer.shape[0] == 1 && buffer.kind != BufferKind::Constant &&
         buffer.kind != BufferKind::State;
}
std::int32_t rows_of(const Buffer& buffer) {
  return static_cast<std::int32_t>(buffer.shape[1]);
}
std::int64_t row_elements(const Buffer& buffer) {
  return buffer.shape[2] * buffer.shape[3];
}

const Buffer& buffer_of(const Program& program, const KernelCall& call, std::string_view operand) {
  return program.buffer(call.find_operand(operand)->buffer);
}

std::optional<RowAxis> row_axis(const Program& program, const KernelCall& call) {
  const Parameters p(call);
  const Buffer &input = buffer_of(program, call, "input"), &output = buffer_of(program, call, "output");
  if (p.at("batches") != 1 || !is_image(input) || !is_image(output)) return std::nullopt;
  const auto lies_as = [&](std::string_view h, std::string_view w) {
    return p.at(h) == input.shape[1] && p.at(w) == input.shape[2];
  };
  const bool is_same_output = p.at("output_h") == output.shape[1] && p.at("output_w") == output.shape[2];
  if (lies_as("input_h", "input_w") && is_same_output) return RowAxis::Height;
  if (p.at("input_h") != 1 || p.at("output_h") != 1) return std::nullopt;
  if (input.shape[2] == 1 && output.shape[2] == 1 && lies_as("input_w", "input_h") &&
      p.at("output_w") == output.shape[1]) {
    return RowAxis::Width;
  }
  const bool has_one_tap = p.has("kernel_h") && p.at("kernel_h") == 1 && p.at("kernel_w") == 1 &&
                           p.at("pad_top") == 0 && p.at("pad_left") == 0;
  const bool is_pointwise = (has_one_tap || call.kernel == "pointwise_s4") && p.at("stride_w") == 1;
  const bool has_all = p.at("input_w") == input.shape[1] * input.shape[2] && p.at("output_w") == p.at("input_w") &&
                       input.shape[1] == output.shape[1] && input.shape[2] == output.shape[2];
  return is_pointwise && has_all ? std::optional(RowAxis::Positions) : std::nullopt;
}

void set_positions(const Program& program, const KernelCall& whole, RowRange rows, KernelCall& call) {
  const std::int64_t positions = rows.count() * buffer_of(program, whole, "output").shape[2];
  set(call, "input_w", positions);
  set(call, "output_w", positions);
}

}  // namespace pudu::ops::rows

// Reports that several tests read.
#pragma once

#include "emitters/report/report.hpp"
#include "emitters/report/testing/mobilenet.hpp"

namespace pudu::emitters::testing {

/// Of a MobileNet V2, with a version, a model's name and stages.
inline Report mobilenet_report() {
  const program::Program program = make_mobilenet();
  Report report = make_report(program, make_plan(program));
  report.pudu_version = "0.1.0";
  report.model = "mobilenet_v2.pt2";
  report.stages = {{"read", 0.25, 90'000'000}, {"calibrate", 3.5, 310'000'000}};
  return report;
}

/// Two layers that share their constants, one transpose, one layer on floats.
inline Report shared_constants_report() {
  ProgramBuilder builder("shared");
  auto value = builder.add_input("x", program::ElementType::Int8, {1, 4, 4, 8});
  value = builder.add_conv("first", value, 8, 3, 1);
  value = builder.add_conv("second", value, 8, 3, 1);
  value = builder.add_call("turn", "transpose", "transpose_s8", value, program::ElementType::Int8, {1, 8, 4, 4});
  value =
      builder.add_call("real", "dequantize", "dequantize_s8_f32", value, program::ElementType::Float32, {1, 8, 4, 4});
  value = builder.add_call("soft", "softmax", "softmax_f32", value, program::ElementType::Float32, {1, 8, 4, 4});
  builder.add_output("y", value);
  program::Program& program = builder.program();
  std::vector<program::Operand>& operands = program.calls[1].operands;
  for (std::size_t i = 1; i <= 4; ++i) operands[i].buffer = program.calls[0].operands[i].buffer;
  return make_report(program, make_plan(program));
}

}  // namespace pudu::emitters::testing

#include "program/schedule.hpp"

namespace pudu::program {

Schedule layerwise_schedule(const Program& program) {
  Schedule schedule;
  for (std::size_t call = 0; call < program.calls.size(); ++call) schedule.steps.push_back({.call = call});
  schedule.window_rows.resize(program.buffers.size(), 0);
  schedule.shared.resize(program.buffers.size());
  return schedule;
}

}  // namespace pudu::program

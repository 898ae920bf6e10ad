// The host libraries: compiles MODEL for a Cortex-M55 in memory and prints its arena. Arguments: MODEL CALIBRATION.
#include <cstdio>

#include "driver/compile.hpp"

int main(int, char** arguments) {
  pudu::driver::CompileOptions options;
  options.model = arguments[1];
  options.calibration = {arguments[2]};
  const pudu::Result<pudu::targets::TargetConfig> target =
      pudu::targets::make_target("cortex-m55", "", pudu::targets::KernelLibrary::Builtin);
  if (!target.ok()) return 1;
  options.target = *target;
  pudu::base::SilentProgress progress;
  const pudu::Result<pudu::driver::CompiledModel> model = pudu::driver::compile(options, progress);
  if (!model.ok()) return 2;
  std::printf("arena %zu\n", model->memory.arena_bytes);
  return 0;
}

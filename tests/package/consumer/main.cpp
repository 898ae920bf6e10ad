// Runs the model on every sample of input.bin, and writes the outputs one behind the other to output.bin.
#include "files.hpp"
#include "net/model.hpp"

namespace model = MODEL_NAMESPACE;

static std::int8_t input[model::inputs[0].bytes];
static std::int8_t output[model::outputs[0].bytes];

int run_samples() {
  const File from("input.bin", File::Mode::Read);
  const File to("output.bin", File::Mode::Write);
  int samples = 0;
  for (; from.read(input, sizeof input); ++samples) {
    if (model::run(input, output) != pudu::RunStatus::Ok) return 2;
    if (!to.write(output, sizeof output)) return 3;
  }
  return samples > 0 ? 0 : 4;
}

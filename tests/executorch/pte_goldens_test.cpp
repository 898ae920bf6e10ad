// Programs that Pudu wrote (tests/data/pte/pudu), in ExecuTorch's stock runtime, give the bytes that ExecuTorch's own
// Python deserializer and reference operators gave: nothing of Pudu had a part in those. tests/data/make_pte_goldens.py
// made both.
#include <gmock/gmock.h>

#include <algorithm>

#include "executorch/pte_support.hpp"
#include "frontends/numpy/npz.hpp"

namespace pudu::testing {
namespace {

std::filesystem::path goldens() {
  return test_data("pte/pudu");
}

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(goldens())) {
    if (entry.path().extension() == ".pte") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class PteGoldens : public ::testing::TestWithParam<std::string> {};

TEST_P(PteGoldens, GiveTheBytesOfThePythonReference) {
  const std::string& name = GetParam();
  const driver::ExecutorchProgram program = value_of(driver::read_executorch_program(goldens() / (name + ".pte")));
  std::vector<base::Array> inputs;
  if (const std::filesystem::path file = test_data("models/" + name + ".in0.npy"); std::filesystem::exists(file)) {
    inputs.push_back(value_of(base::read_npy(file)));
  } else {
    const frontends::NamedArrays arrays = value_of(frontends::read_npz(test_data("probes/" + name + ".npz")));
    for (std::size_t i = 0; i < program.inputs.size(); ++i) inputs.push_back(arrays.at("in" + std::to_string(i)));
  }
  driver::ExecutorchOptions options;
  options.runner = PUDU_EXECUTORCH_RUNNER;
  const auto outcome = value_of(driver::run_on_executorch(program, {inputs}, options));
  ASSERT_EQ(outcome.outputs.size(), 1U);
  ASSERT_FALSE(outcome.outputs[0].empty());
  for (std::size_t i = 0; i < outcome.outputs[0].size(); ++i) {
    const auto expected = value_of(base::read_npy(goldens() / (name + ".ref" + std::to_string(i) + ".npy")));
    EXPECT_EQ(outcome.outputs[0][i], expected) << "output " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, PteGoldens, ::testing::ValuesIn(golden_names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace pudu::testing

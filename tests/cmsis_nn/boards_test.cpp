// Firmware with the sources of CMSIS-NN on emulated boards: the double stands in for them, and takes the ISA of each
// board from the compiler's flags.
#include <gtest/gtest.h>

#include "e2e/cli_workspace.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using testing::CliWorkspace;

class CmsisNnOnBoards : public ::testing::TestWithParam<std::string> {};

TEST_P(CmsisNnOnBoards, OneModelForAnyCpuGivesTheBytesOfTheSimulator) {
  const CliWorkspace work;
  work.copy(testing::test_data("models/digits_ds.pt2"), "net.pt2");
  work.copy(testing::test_data("models/digits_calib.npy"), "calib.npy");
  work.copy(testing::test_data("models/digits_test_inputs.npy"), "input.npy");
  work.pudu_ok("compile net.pt2 --calibration calib.npy --target any --kernels cmsis-nn -o out --quiet");
  work.pudu_ok("run out --input input.npy --limit 5 --raw --output host.npy --quiet");
  work.pudu_ok("run out --input input.npy --limit 5 --raw --output board.npy --quiet --on qemu --target " + GetParam() +
               " --cmsis-nn-root " PUDU_DOUBLE);
  EXPECT_EQ(testing::read_text(work.path("host.npy")), testing::read_text(work.path("board.npy")));
}

INSTANTIATE_TEST_SUITE_P(Cpus, CmsisNnOnBoards, ::testing::Values("m0", "m4", "m55"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace pudu

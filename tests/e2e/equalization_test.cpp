// --equalize where it is meant to help: a network whose channels differ by three orders of magnitude
// (tests/data/make_rescaled_channels.py), on samples that it was not calibrated on.
#include <gtest/gtest.h>

#include "base/progress.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

double sqnr_db(quantizer::ChannelScaling scaling) {
  const testing::ModelFiles files = testing::model_files("rescaled_channels");
  const driver::Artifact artifact =
      testing::simulated(testing::compile_model(files, "cortex-m55", {.channel_scaling = scaling}));
  base::SilentProgress progress;
  auto outcome = driver::run_on_host(artifact, testing::samples_of(artifact.program, files.input), progress);
  EXPECT_TRUE(outcome.ok()) << to_string(outcome.error());
  if (!outcome) return 0;
  return testing::sqnr_db(testing::read_values(files.float_output), testing::values(artifact, *outcome));
}

TEST(Equalization, BringsBackWhatSmallChannelsLoseToLargeOnes) {
  const double as_trained = sqnr_db(quantizer::ChannelScaling::AsTrained);
  const double equalized = sqnr_db(quantizer::ChannelScaling::Equalized);
  RecordProperty("as_trained_db", std::to_string(as_trained));
  RecordProperty("equalized_db", std::to_string(equalized));
  EXPECT_GT(equalized, as_trained + 6.0);
  EXPECT_GT(equalized, 25.0);
}

}  // namespace
}  // namespace pudu

#include "driver/calibration_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace pudu::driver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ir::Graph graph_of(ir::DType type = ir::DType::Float32) {
  ir::Graph graph;
  graph.inputs = {graph.add_value("x", {type, {1, 3}})};
  return graph;
}

std::vector<quantizer::Sample> samples_of(const std::vector<std::vector<float>>& values) {
  std::vector<quantizer::Sample> samples;
  for (const std::vector<float>& one : values) samples.push_back({ops::Tensor({1, 3}, one)});
  return samples;
}

const std::vector<float> usual = {0.5F, -1.0F, 0.25F};

TEST(CheckCalibration, SaysNothingOfUsualSamples) {
  std::vector<quantizer::Sample> samples = samples_of({usual, {0.1F, 0.2F, 900.0F}, usual, usual});
  EXPECT_THAT(check_calibration(graph_of(), samples), IsEmpty());
  EXPECT_EQ(samples.size(), 4U);
}

TEST(CheckCalibration, LeavesOutASampleThatWouldTakeAllCodes) {
  std::vector<quantizer::Sample> samples = samples_of({usual, usual, {0.0F, -1e30F, 1.0F}, usual});
  EXPECT_THAT(check_calibration(graph_of(), samples),
              ElementsAre("calibration: sample 2 of input 'x' goes up to 1e+30, others usually to 1: it is left out"));
  EXPECT_EQ(samples.size(), 3U);
  // Too few to know what is usual.
  samples = samples_of({usual, {0.0F, -1e30F, 1.0F}, usual});
  check_calibration(graph_of(), samples);
  EXPECT_EQ(samples.size(), 3U);
}

TEST(CheckCalibration, WarnsOfInputsWithoutContent) {
  std::vector<quantizer::Sample> samples = samples_of({{0, 0, 0}, {0, 0, 0}});
  EXPECT_THAT(check_calibration(graph_of(), samples),
              ElementsAre("calibration: every value of input 'x' is 0: ranges measured on it mean nothing"));
  samples = samples_of({{0.3F, 0.3F, 0.3F}});
  EXPECT_THAT(check_calibration(graph_of(), samples),
              ElementsAre("calibration: every value of input 'x' is 0.3: ranges measured on it mean nothing"));
}

TEST(CheckCalibration, WarnsOfPixels) {
  std::vector<quantizer::Sample> samples = samples_of({{0, 17, 255}, {3, 3, 200}});
  EXPECT_THAT(check_calibration(graph_of(), samples),
              ElementsAre("calibration: input 'x' has whole numbers from 0 to 255, as unscaled pixels are; are the "
                          "samples prepared as in training?"));
  samples = samples_of({{0, 17.5F, 255}});
  EXPECT_THAT(check_calibration(graph_of(), samples), IsEmpty());
  samples = samples_of({{0, 1, 5}});
  EXPECT_THAT(check_calibration(graph_of(), samples), IsEmpty()) << "small whole numbers are usual";
}

TEST(CheckCalibration, WarnsOfWordsThatAnEmbeddingDoesNotHave) {
  ir::Graph graph = graph_of(ir::DType::Int32);
  const ir::ValueId weight = graph.add_value("weight", {ir::DType::Float32, {50, 2}});
  const ir::TensorType rows[] = {{ir::DType::Float32, {1, 3, 2}}};
  graph.add_node("embedding", "embedding", {weight, graph.inputs[0]}, {}, rows);
  std::vector<quantizer::Sample> samples = samples_of({{0, 49, 7}, {1, 2, 3}});
  EXPECT_THAT(check_calibration(graph, samples), IsEmpty());
  samples = samples_of({{0, 50, 4000}, {1, 2, -3}});
  EXPECT_THAT(check_calibration(graph, samples),
              ElementsAre("calibration: 50 % of the positions of input 'x' are outside of the embedding, which has 50 "
                          "rows: they go from -3 to 4000; PyTorch refuses them, compiled models take the first or the "
                          "last row"));
}

TEST(CheckCalibration, LeavesPositionsAndBrokenNumbersToOthers) {
  std::vector<quantizer::Sample> samples = samples_of({{0, 300, 4000}, {1, 2, 3}});
  EXPECT_THAT(check_calibration(graph_of(ir::DType::Int32), samples), IsEmpty());
  const float infinity = std::numeric_limits<float>::infinity();
  samples = samples_of({usual, usual, usual, {infinity, 0.5F, 0}});
  EXPECT_THAT(check_calibration(graph_of(), samples), IsEmpty());
  EXPECT_EQ(samples.size(), 4U);
}

TEST(CalibrationData, LargeFilesAreCalibratedOnWhatFitsIntoMemory) {
  EXPECT_EQ(calibration_count(64, 150'000), 64U);
  EXPECT_EQ(calibration_count(100'000, std::size_t{1} << 20), 256U);
  EXPECT_EQ(calibration_count(100, std::size_t{1} << 30), 16U) << "enough to measure";
  EXPECT_EQ(calibration_count(3, std::size_t{1} << 30), 3U);
}

}  // namespace
}  // namespace pudu::driver

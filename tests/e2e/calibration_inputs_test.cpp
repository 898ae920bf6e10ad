// Calibration data as they should not be: one sample, no content, outliers, broken numbers, another preprocessing. They
// compile with every way of choosing ranges, to a model that runs, or are refused by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/progress.hpp"
#include "base/temp_directory.hpp"
#include "driver/validate.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using quantizer::RangeMethod;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr std::size_t pixels = 28 * 28;

/// Samples of tiny_cnn's input.
class Calibration {
 public:
  explicit Calibration(std::vector<float> data) : folder_(base::TempDirectory::create("calibration").value()) {
    const auto samples = static_cast<std::int64_t>(data.size() / pixels);
    EXPECT_TRUE(base::write_npy(file(), base::make_array({samples, 1, 28, 28}, data)).ok());
  }

  std::filesystem::path file() const { return folder_.path() / "samples.npy"; }

  driver::CompileOptions options(RangeMethod method = RangeMethod::Histogram) const {
    driver::CompileOptions options;
    options.model = testing::model_files("tiny_cnn").model;
    options.calibration = {file()};
    options.target = targets::make_target("cortex-m55", "").value();
    options.quantizer.range_method = method;
    return options;
  }

 private:
  base::TempDirectory folder_;
};

std::vector<float> usual_samples() {
  return testing::read_values(testing::model_files("tiny_cnn").calibration);
}

std::vector<float> times(std::vector<float> data, float factor) {
  for (float& value : data) value *= factor;
  return data;
}

struct Odd {
  std::string name;
  std::vector<float> data;
  std::string warning;  ///< empty: none
};

void PrintTo(const Odd& odd, std::ostream* out) {
  *out << odd.name;
}

std::vector<Odd> odd_samples() {
  const std::vector<float> usual = usual_samples();
  std::vector<float> outlier = usual;
  outlier[3] = 1e30F;
  std::vector<float> lone_outlier(usual.begin(), usual.begin() + pixels);
  lone_outlier[3] = 1e30F;
  return {
      {"OneSample", {usual.begin(), usual.begin() + pixels}, ""},
      {"AllZeros", std::vector<float>(4 * pixels, 0.0F), "every value of input 'x' is 0"},
      {"Constant", std::vector<float>(4 * pixels, 0.5F), "every value of input 'x' is 0.5"},
      {"Outlier", outlier, "goes up to 1e+30"},
      {"OneSampleWithAnOutlier", lone_outlier, ""},
      {"Tiny", times(usual, 1e-30F), ""},
      {"Huge", times(usual, 1e20F), ""},
  };
}

class OddCalibrationTest : public ::testing::TestWithParam<std::tuple<Odd, RangeMethod>> {};

TEST_P(OddCalibrationTest, MakesAModelThatRuns) {
  const auto& [odd, method] = GetParam();
  const Calibration calibration(odd.data);
  base::SilentProgress progress;
  auto model = driver::compile(calibration.options(method), progress);
  ASSERT_TRUE(model.ok()) << to_string(model.error());
  if (!odd.warning.empty()) {
    EXPECT_THAT(model->warnings, Contains(HasSubstr(odd.warning)));
  }
  const driver::Artifact artifact = testing::simulated(std::move(*model));
  auto outcome = driver::run_on_host(
      artifact, testing::samples_of(artifact.program, testing::model_files("tiny_cnn").input), progress);
  ASSERT_TRUE(outcome.ok()) << to_string(outcome.error());
  for (const float value : testing::values(artifact, *outcome)) EXPECT_TRUE(std::isfinite(value));
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<Odd, RangeMethod>>& info) {
  constexpr const char* methods[] = {"Minmax", "Mse", "Percentile", "Entropy", "Auto"};
  return std::get<0>(info.param).name + methods[static_cast<std::size_t>(std::get<1>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(Samples, OddCalibrationTest,
                         ::testing::Combine(::testing::ValuesIn(odd_samples()),
                                            ::testing::Values(RangeMethod::MinMax, RangeMethod::Histogram,
                                                              RangeMethod::Percentile, RangeMethod::Entropy,
                                                              RangeMethod::Auto)),
                         name_of);

TEST(OddCalibration, BrokenNumbersAreRefusedByName) {
  for (const float broken : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> data = usual_samples();
    data[7] = broken;
    const Calibration calibration(data);
    base::SilentProgress progress;
    const auto model = driver::compile(calibration.options(), progress);
    ASSERT_FALSE(model.ok());
    EXPECT_EQ(model.error().kind, ErrorKind::InvalidInput);
    EXPECT_THAT(to_string(model.error()), HasSubstr("x"));
  }
}

std::vector<std::string> validation_warnings(float calibration_factor, float input_factor) {
  const Calibration calibration(times(usual_samples(), calibration_factor));
  const Calibration inputs(times(usual_samples(), input_factor));
  driver::ValidationOptions options;
  options.compile = calibration.options();
  options.inputs = {inputs.file()};
  base::SilentProgress progress;
  const auto validation = driver::validate(options, progress);
  EXPECT_TRUE(validation.ok()) << to_string(validation.error());
  return validation.ok() ? validation->warnings : std::vector<std::string>{};
}

TEST(OddCalibration, InputsOfAnotherPreprocessingAreToldWithTheirRanges) {
  EXPECT_THAT(validation_warnings(1, 1), ::testing::IsEmpty());
  EXPECT_THAT(validation_warnings(1, 255),
              Contains(::testing::AllOf(HasSubstr("are outside of what calibration saw: they go from"),
                                        HasSubstr("are both prepared as in training?"))));
  EXPECT_THAT(validation_warnings(255, 1), Contains(::testing::AllOf(HasSubstr("what calibration saw from"),
                                                                     HasSubstr("are both prepared as in training?"))));
}

}  // namespace
}  // namespace pudu

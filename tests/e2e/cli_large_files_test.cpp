// Samples that no memory holds: `pudu validate` and `pudu run` on a file of 256 MiB need no more memory than on one of
// 32 MiB, stored and compressed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/npy.hpp"
#include "e2e/cli_workspace.hpp"
#include "frontends/zip/zip_archive.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using nlohmann::json;
using testing::CliWorkspace;
using ::testing::HasSubstr;

constexpr std::size_t side = 1024;
constexpr std::size_t sample_bytes = side * side * sizeof(float);
constexpr std::size_t few = 8, many = 64;

/// Largest resident memory that any child of this process has had.
std::size_t peak_of_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

class CliLargeFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    work_.copy(testing::test_data("large_input.pt2"), "large.pt2");
    std::vector<float> image(side * side);
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(i % 255) / 255.0F;
    ASSERT_TRUE(base::write_npy(work_.path("calib.npy"), base::make_array({1, 1, side, side}, image)).ok());
    write_sparse("few.npy", few);
    write_sparse("many.npy", many);
  }

  /// Zeros that take no place on the disk.
  void write_sparse(const std::string& name, std::size_t samples) {
    const std::vector<float> nothing;
    base::Array array = base::make_array({static_cast<std::int64_t>(samples), 1, side, side}, nothing);
    const std::vector<std::byte> header = base::format_npy(array);
    ASSERT_TRUE(base::write_file(work_.path(name), header).ok());
    std::filesystem::resize_file(work_.path(name), header.size() + samples * sample_bytes);
  }

  /// What the large file needs more than the small one.
  std::size_t growth(const std::string& before, const std::string& behind) const {
    work_.pudu_ok(before + "few.npy" + behind);
    const std::size_t small = peak_of_children();
    EXPECT_GT(small, 2 * sample_bytes);
    work_.pudu_ok(before + "many.npy" + behind);
    return peak_of_children() - small;
  }

  CliWorkspace work_;
};

constexpr std::size_t allowed_growth = 24 * 1024 * 1024;

TEST_F(CliLargeFiles, ValidateHoldsAFewSamples) {
  EXPECT_LT(growth("validate large.pt2 --calibration calib.npy --no-suggestions --input ", ""), allowed_growth);
  const json validation =
      json::parse(work_.pudu_ok("validate large.pt2 --calibration calib.npy --no-suggestions --json --input many.npy"));
  EXPECT_EQ(validation["samples"], many);
}

TEST_F(CliLargeFiles, RunHoldsAFewSamples) {
  work_.pudu_ok("compile large.pt2 --calibration calib.npy -o out");
  EXPECT_LT(growth("run out --output scores.npy --input ", ""), allowed_growth);
  EXPECT_LT(growth("run large.pt2 --output scores.npy --input ", ""), allowed_growth);
}

/// 256 MiB in 260 kB: no bomb for those who unpack a sample at a time.
TEST_F(CliLargeFiles, ACompressedFileIsUnpackedSampleBySample) {
  const auto npy = base::read_file(work_.path("many.npy"));
  ASSERT_TRUE(npy.ok());
  const std::vector<frontends::ZipItem> items = {{"x.npy", *npy}};
  const auto archive = frontends::write_zip(items, frontends::ZipMethod::Deflated);
  ASSERT_TRUE(archive.ok());
  ASSERT_LT(archive->size(), std::size_t{1} << 20);
  ASSERT_TRUE(base::write_file(work_.path("many.npz"), *archive).ok());
  work_.pudu_ok("validate large.pt2 --calibration calib.npy --no-suggestions --input few.npy");
  const std::size_t small = peak_of_children();
  work_.pudu_ok("validate large.pt2 --calibration calib.npy --no-suggestions --input many.npz");
  EXPECT_LT(peak_of_children() - small, allowed_growth);
}

TEST_F(CliLargeFiles, AFileThatIsCutIsRefused) {
  std::filesystem::resize_file(work_.path("many.npy"), many / 2 * sample_bytes);
  const base::ProcessResult result =
      work_.pudu("validate large.pt2 --calibration calib.npy --no-suggestions --input many.npy");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.standard_error, HasSubstr("error: many.npy: the file holds "));
}

}  // namespace
}  // namespace pudu

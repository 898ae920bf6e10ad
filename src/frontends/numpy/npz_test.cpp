#include "frontends/numpy/npz.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temp_directory.hpp"
#include "frontends/zip/zip_archive.hpp"

namespace pudu::frontends {
namespace {

using ::testing::ElementsAre;

TEST(Npz, ReadsAFileOfNumPy) {
  const Result<NamedArrays> arrays = read_npz(PUDU_SOURCE_DIR "/tests/data/probes/cat.npz");
  ASSERT_TRUE(arrays.ok()) << to_string(arrays.error());
  ASSERT_TRUE(arrays->contains("in0"));
  EXPECT_EQ(arrays->at("in0").dtype, base::ArrayType::Float32);
  EXPECT_TRUE(arrays->contains("out0"));
}

TEST(Npz, WritesAFileThatReadsBack) {
  Result<base::TempDirectory> folder = base::TempDirectory::create("npz_test");
  ASSERT_TRUE(folder.ok());
  const std::int8_t small[] = {1, 2};
  const float large[] = {0.5f};
  const NamedArrays arrays = {{"in0", base::make_array({2}, small)}, {"in1", base::make_array({1, 1}, large)}};
  ASSERT_TRUE(write_npz(folder->path() / "a.npz", arrays).ok());
  const Result<NamedArrays> read = read_npz(folder->path() / "a.npz");
  ASSERT_TRUE(read.ok()) << to_string(read.error());
  EXPECT_EQ(*read, arrays);
}

TEST(Npz, ReadsCompressedArrays) {
  const std::vector<float> zeros(1000, 0.0f);
  const std::vector<ZipItem> items = {{"z.npy", base::format_npy(base::make_array({10, 100}, zeros))}};
  const Result<std::vector<std::byte>> archive = write_zip(items, ZipMethod::Deflated);
  ASSERT_TRUE(archive.ok());
  EXPECT_LT(archive->size(), 1000u);
  const Result<NamedArrays> read = parse_npz(*archive, "z.npz");
  ASSERT_TRUE(read.ok()) << to_string(read.error());
  EXPECT_THAT(read->at("z").shape, ElementsAre(10, 100));
}

TEST(Npz, NamesWhatIsWrong) {
  EXPECT_EQ(to_string(read_npz("no/such.npz").error()), "error: no/such.npz: no such file");
  const std::string text = "hello";
  EXPECT_EQ(to_string(parse_npz(std::as_bytes(std::span(text)), "a.npz").error()), "error: a.npz: not a ZIP archive");
  const std::vector<ZipItem> foreign = {{"readme.txt", {}}};
  EXPECT_EQ(to_string(parse_npz(*write_zip(foreign, ZipMethod::Stored), "a.npz").error()),
            "error: a.npz: readme.txt: is not a .npy array; arrays saved with numpy.savez");
  const std::vector<ZipItem> broken = {{"in0.npy", {}}};
  EXPECT_EQ(to_string(parse_npz(*write_zip(broken, ZipMethod::Stored), "a.npz").error()),
            "error: a.npz: in0: not a .npy file; an array saved with numpy.save");
}

}  // namespace
}  // namespace pudu::frontends

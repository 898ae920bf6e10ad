// Writing several files: all of them or none, other files left alone.
#include "base/output_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/temp_directory.hpp"

namespace pudu::base {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WriteFiles : public ::testing::Test {
 protected:
  fs::path folder() const { return temporary_->path() / "out"; }

  std::string text_of(const std::string& file) const {
    const auto bytes = read_file(folder() / file);
    if (!bytes) return to_string(bytes.error());
    return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
  }

  /// Everything below the temporary folder.
  std::vector<std::string> tree() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(temporary_->path())) {
      names.push_back(fs::relative(entry.path(), temporary_->path()).string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  /// The message without the temporary folder's name.
  std::string message(const Status& status) const {
    if (status) return "ok";
    EXPECT_EQ(status.error().kind, ErrorKind::InvalidInput);
    std::string text = to_string(status.error());
    const std::string prefix = temporary_->path().string() + "/";
    for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

  Result<TempDirectory> temporary_ = TempDirectory::create("pudu-output");
};

TEST_F(WriteFiles, MakesFoldersAndLeavesOtherFilesAlone) {
  fs::create_directories(folder());
  ASSERT_TRUE(write_file(folder() / "own.txt", std::string_view("mine")).ok());
  ASSERT_TRUE(write_file(folder() / "a.txt", std::string_view("old")).ok());
  const OutputFile files[] = {{"a.txt", "new"}, {"deep/er/b.bin", std::string("\0\n\xff", 3)}, {"empty", ""}};
  EXPECT_EQ(message(write_files(folder(), files)), "ok");
  EXPECT_EQ(text_of("a.txt"), "new");
  EXPECT_EQ(text_of("deep/er/b.bin"), std::string("\0\n\xff", 3));
  EXPECT_EQ(text_of("empty"), "");
  EXPECT_EQ(text_of("own.txt"), "mine");
  EXPECT_THAT(tree(), ElementsAre("out", "out/a.txt", "out/deep", "out/deep/er", "out/deep/er/b.bin", "out/empty",
                                  "out/own.txt"));
}

TEST_F(WriteFiles, MakesParentsOfTheFolder) {
  const OutputFile files[] = {{"a.txt", "x"}};
  EXPECT_EQ(message(write_files(folder() / "x" / "y", files)), "ok");
  EXPECT_EQ(text_of("x/y/a.txt"), "x");
}

TEST_F(WriteFiles, AFileInTheFoldersPlaceIsNamed) {
  ASSERT_TRUE(write_file(folder(), std::string_view("a file")).ok());
  const OutputFile files[] = {{"a.txt", "x"}};
  EXPECT_EQ(message(write_files(folder(), files)),
            "error: out: cannot make this folder (a file has this name); a folder that can be written");
  EXPECT_EQ(message(write_files(folder() / "below", files)),
            "error: out: cannot make this folder (a file has this name); a folder that can be written");
  EXPECT_THAT(tree(), ElementsAre("out"));
}

TEST_F(WriteFiles, AFailureLeavesEverythingAsItWas) {
  fs::create_directories(folder() / "taken");
  ASSERT_TRUE(write_file(folder() / "a.txt", std::string_view("old")).ok());
  const std::vector<std::string> before = tree();
  const OutputFile files[] = {{"a.txt", "new"}, {"made/for/it/b.txt", "new"}, {"taken", "a folder has this name"}};
  EXPECT_EQ(message(write_files(folder(), files)),
            "error: out/taken: cannot be written: a folder has this name; a file or nothing");
  EXPECT_EQ(text_of("a.txt"), "old");
  EXPECT_EQ(tree(), before) << "no temporary file or folder stays";
}

TEST_F(WriteFiles, AFailureRemovesTheFoldersItMade) {
  ASSERT_TRUE(write_file(temporary_->path() / "file", std::string_view("x")).ok());
  const std::string too_long(300, 'n');
  const OutputFile files[] = {{"a.txt", "x"}, {"deep/er/b.txt", "x"}, {too_long, "x"}};
  EXPECT_EQ(message(write_files(folder() / "new", files)),
            "error: out/new/" + too_long + ": cannot be written: File name too long");
  EXPECT_THAT(tree(), ElementsAre("file"));
}

TEST_F(WriteFiles, NoFilesMakeAFolder) {
  EXPECT_EQ(message(write_files(folder(), {})), "ok");
  EXPECT_THAT(tree(), ElementsAre("out"));
}

TEST_F(WriteFiles, LinksAndDevicesStayWhatTheyAre) {
  fs::create_directory(folder());
  ASSERT_TRUE(write_file(folder() / "real", std::string_view("old")).ok());
  fs::create_symlink("real", folder() / "link");
  fs::create_symlink("/dev/null", folder() / "device");  // where the link is replaced, no device is lost
  fs::create_symlink("nothing", folder() / "dangling");
  const std::vector<OutputFile> files = {{"link", "new"}, {"device", "x"}, {"dangling", "y"}};
  EXPECT_EQ(message(write_files(folder(), files)), "ok");
  EXPECT_TRUE(fs::is_symlink(folder() / "link"));
  EXPECT_THAT(*read_file(folder() / "real"), ElementsAre(std::byte{'n'}, std::byte{'e'}, std::byte{'w'}));
  EXPECT_TRUE(fs::is_symlink(folder() / "device"));
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(folder() / "dangling")));
  ASSERT_TRUE(write_file(folder() / "link", std::string_view("z")).ok());
  ASSERT_TRUE(write_file(folder() / "device", std::string_view("z")).ok());
  EXPECT_THAT(*read_file(folder() / "real"), ElementsAre(std::byte{'z'}));
  EXPECT_TRUE(fs::is_symlink(folder() / "device"));
  EXPECT_TRUE(fs::is_character_file(fs::status("/dev/null")));
}

TEST(Files, AreReadWholeAndReplacedWhole) {
  const auto folder = TempDirectory::create("pudu-files");
  ASSERT_TRUE(folder.ok());
  const fs::path file = folder->path() / "data";
  std::vector<std::byte> bytes((std::size_t{1} << 20) + 12345);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7 >> 3);
  ASSERT_TRUE(write_file(file, bytes).ok());
  const auto read = read_file(file);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, bytes);
  ASSERT_TRUE(write_file(file, std::string_view()).ok());
  EXPECT_THAT(*read_file(file), IsEmpty());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder->path()), fs::directory_iterator()), 1);
}

TEST(Files, FailuresNameTheFile) {
  const auto folder = TempDirectory::create("pudu-files");
  ASSERT_TRUE(folder.ok());
  const std::string path = folder->path().string();
  EXPECT_EQ(to_string(read_file(folder->path() / "absent").error()), "error: " + path + "/absent: no such file");
  EXPECT_EQ(to_string(read_file(folder->path()).error()), "error: " + path + ": is a folder, not a file");
  EXPECT_EQ(to_string(write_file(folder->path() / "no" / "file", std::string_view("x")).error()),
            "error: " + path + "/no/file: cannot be written: No such file or directory");
  fs::create_directory(folder->path() / "taken");
  const Status status = write_file(folder->path() / "taken", std::string_view("x"));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().diagnostics.front().file, path + "/taken");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder->path()), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace pudu::base

// The real binary in a folder of its own, for the tests of the command line.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/subprocess.hpp"
#include "base/temp_directory.hpp"

namespace pudu::testing {

inline std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream.is_open()) << file;
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline void write_text(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

/// Words between spaces; no quoting.
inline std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// Every file below a folder by its relative name, with its content; a folder's name ends in '/'.
inline std::map<std::string, std::string> tree_of(const std::filesystem::path& folder) {
  std::map<std::string, std::string> tree;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (entry.is_directory())
      tree[name + "/"];
    else
      tree[name] = read_text(entry.path());
  }
  return tree;
}

/// A temporary folder in which `pudu` runs, so that messages hold short relative names.
class CliWorkspace {
 public:
  CliWorkspace() : folder_(base::TempDirectory::create("pudu-cli").value()) {}

  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  std::filesystem::path path() const { return folder_.path(); }

  void copy(const std::filesystem::path& file, const std::string& name) const {
    std::filesystem::copy(file, path(name), std::filesystem::copy_options::recursive);
  }

  /// `pudu ARGUMENTS`.
  base::ProcessResult pudu(const std::string& arguments, const std::vector<std::string>& environment = {}) const {
    std::vector<std::string> command = {PUDU_BINARY};
    for (std::string& word : words_of(arguments)) command.push_back(std::move(word));
    base::ProcessOptions options;
    options.working_directory = folder_.path();
    options.environment = environment;
    options.timeout = std::chrono::minutes(5);
    auto result = base::run_process(command, options);
    EXPECT_TRUE(result.ok());
    return result.ok() ? *result : base::ProcessResult{};
  }

  /// The same, which must succeed; returns its standard output.
  std::string pudu_ok(const std::string& arguments) const {
    const base::ProcessResult result = pudu(arguments);
    EXPECT_TRUE(result.succeeded()) << "pudu " << arguments << "\n" << result.standard_error;
    return result.standard_output;
  }

 private:
  base::TempDirectory folder_;
};

}  // namespace pudu::testing

// Test helper: a .pt2 file of the test data with some of its entries changed, in memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pudu::frontends::testing {

std::filesystem::path test_data(std::string_view name);

class PatchedArchive {
 public:
  /// Loads a file of tests/data, as "models/tiny_cnn.pt2". Aborts when that does not work.
  explicit PatchedArchive(std::string_view name);

  /// Replaces the first occurrence of `from` in an entry, named relative to the archive's root folder. Aborts when
  /// there is none, so that no test silently tests nothing.
  PatchedArchive& replace(std::string_view entry, std::string_view from, std::string_view to);
  PatchedArchive& replace_all(std::string_view entry, std::string_view from, std::string_view to);
  PatchedArchive& set(std::string_view entry, std::vector<std::byte> content);
  PatchedArchive& remove(std::string_view entry);
  PatchedArchive& rename(std::string_view entry, std::string_view name);
  std::vector<std::byte>& content(std::string_view entry);

  /// The archive's bytes, entries stored.
  std::vector<std::byte> bytes() const;

 private:
  struct Entry {
    std::string name;
    std::vector<std::byte> content;
  };
  Entry& find(std::string_view entry);

  std::string root_;
  std::vector<Entry> entries_;
};

}  // namespace pudu::frontends::testing

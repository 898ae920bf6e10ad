#include "base/output_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <system_error>
#include <vector>

#include "base/files.hpp"

namespace pudu::base {
namespace {

namespace fs = std::filesystem;

/// Files under temporary names, and folders made for them. What was not published goes when this object goes.
class Staging {
 public:
  Staging() = default;
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging() {
    std::error_code ignored;
    for (const Entry& entry : entries_) fs::remove(entry.temporary, ignored);
    // The innermost was made last. One that holds somebody's files stays: remove() refuses it.
    for (auto folder = made_folders_.rbegin(); folder != made_folders_.rend(); ++folder) fs::remove(*folder, ignored);
  }

  Status make_folder(const fs::path& folder) {
    std::error_code code;
    const fs::file_status status = fs::status(folder, code);
    if (fs::is_directory(status)) return {};
    if (fs::exists(status)) return folder_error(folder, "a file has this name");
    if (folder.has_parent_path() && folder.parent_path() != folder) PUDU_TRY(make_folder(folder.parent_path()));
    if (fs::create_directory(folder, code)) made_folders_.push_back(folder);
    if (code) return folder_error(folder, code.message());
    return {};
  }

  Status add(const fs::path& target, const std::string& content) {
    std::error_code code;
    if (fs::is_directory(target, code)) return folder_in_the_way(target);
    if (is_device(target)) return write_file(target, content);
    const fs::path place = place_of(target);
    fs::path temporary = place;
    temporary += fmt::format(".{}.new", ::getpid());
    if (Status status = write_file(temporary, content); !status) {
      Error error = std::move(status).error();
      for (Diagnostic& diagnostic : error.diagnostics) diagnostic.file = target.string();
      return error;
    }
    entries_.push_back({std::move(temporary), place});
    return {};
  }

  Status publish() {
    for (const Entry& entry : entries_) {
      std::error_code code;
      fs::rename(entry.temporary, entry.target, code);
      if (code) return invalid_input({.file = entry.target.string(), .found = "cannot be written: " + code.message()});
    }
    entries_.clear();
    made_folders_.clear();
    return {};
  }

 private:
  struct Entry {
    fs::path temporary;
    fs::path target;
  };

  static Error folder_error(const fs::path& folder, const std::string& reason) {
    return invalid_input({.file = folder.string(),
                          .found = "cannot make this folder (" + reason + ")",
                          .allowed = "a folder that can be written"});
  }
  static Error folder_in_the_way(const fs::path& target) {
    return invalid_input({.file = target.string(),
                          .found = "cannot be written: a folder has this name",
                          .allowed = "a file or nothing"});
  }

  std::vector<Entry> entries_;
  std::vector<fs::path> made_folders_;
};

}  // namespace

Status write_files(const fs::path& folder, std::span<const OutputFile> files) {
  Staging staging;
  PUDU_TRY(staging.make_folder(folder));
  for (const OutputFile& file : files) {
    const fs::path target = folder / file.path;
    PUDU_TRY(staging.make_folder(target.parent_path()));
    PUDU_TRY(staging.add(target, file.content));
  }
  return staging.publish();
}

}  // namespace pudu::base

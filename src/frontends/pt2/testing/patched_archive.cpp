#include "frontends/pt2/testing/patched_archive.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <span>
#include <utility>

#include "base/files.hpp"
#include "frontends/zip/zip_archive.hpp"

namespace pudu::frontends::testing {

namespace {

[[noreturn]] void fail(std::string_view what, std::string_view name) {
  std::cerr << "test data: " << what << ": " << name << '\n';
  std::abort();
}

std::string to_text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::byte> to_bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span(text.data(), text.size()));
  return {view.begin(), view.end()};
}

}  // namespace

std::filesystem::path test_data(std::string_view name) {
  return std::filesystem::path(PUDU_SOURCE_DIR "/tests/data") / name;
}

PatchedArchive::PatchedArchive(std::string_view name) {
  const Result<std::vector<std::byte>> file = base::read_file(test_data(name));
  if (!file) fail("cannot be read", name);
  Result<ZipReader> zip = ZipReader::open(*file);
  if (!zip || zip->entries().empty()) fail("is no archive", name);
  for (std::size_t index = 0; index < zip->entries().size(); ++index) {
    Result<std::vector<std::byte>> content = zip->read(index);
    if (!content) fail("is damaged", name);
    entries_.push_back({zip->entries()[index].name, std::move(content).value()});
  }
  const std::string& first = entries_.front().name;
  root_ = first.substr(0, first.find('/') + 1);
}

PatchedArchive::Entry& PatchedArchive::find(std::string_view entry) {
  const std::string name = root_ + std::string(entry);
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& candidate) { return candidate.name == name; });
  if (found == entries_.end()) fail("no such entry", name);
  return *found;
}

PatchedArchive& PatchedArchive::replace(std::string_view entry, std::string_view from, std::string_view to) {
  Entry& target = find(entry);
  std::string text = to_text(target.content);
  const std::size_t position = text.find(from);
  if (position == std::string::npos) fail("text not found", from);
  target.content = to_bytes(text.replace(position, from.size(), to));
  return *this;
}

PatchedArchive& PatchedArchive::replace_all(std::string_view entry, std::string_view from, std::string_view to) {
  Entry& target = find(entry);
  std::string text = to_text(target.content);
  std::size_t position = text.find(from);
  if (position == std::string::npos) fail("text not found", from);
  for (; position != std::string::npos; position = text.find(from, position + to.size())) {
    text.replace(position, from.size(), to);
  }
  target.content = to_bytes(text);
  return *this;
}

PatchedArchive& PatchedArchive::set(std::string_view entry, std::vector<std::byte> content) {
  find(entry).content = std::move(content);
  return *this;
}

PatchedArchive& PatchedArchive::remove(std::string_view entry) {
  const Entry* target = &find(entry);
  entries_.erase(entries_.begin() + (target - entries_.data()));
  return *this;
}

PatchedArchive& PatchedArchive::rename(std::string_view entry, std::string_view name) {
  find(entry).name = root_ + std::string(name);
  return *this;
}

std::vector<std::byte>& PatchedArchive::content(std::string_view entry) {
  return find(entry).content;
}

std::vector<std::byte> PatchedArchive::bytes() const {
  std::vector<ZipItem> items;
  for (const Entry& entry : entries_) items.push_back({entry.name, entry.content});
  Result<std::vector<std::byte>> archive = write_zip(items, ZipMethod::Stored);
  if (!archive) fail("cannot be written", root_);
  return std::move(archive).value();
}

}  // namespace pudu::frontends::testing

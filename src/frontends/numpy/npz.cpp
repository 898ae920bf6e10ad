#include "frontends/numpy/npz.hpp"

#include <fmt/format.h>

#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.hpp"
#include "frontends/zip/zip_archive.hpp"

namespace pudu::frontends {

namespace {

constexpr std::string_view suffix = ".npy";

/// Names of the arrays, in the order of the entries.
Result<std::vector<std::string>> array_names(const ZipReader& archive) {
  std::vector<std::string> names;
  std::set<std::string_view> seen;
  for (const ZipEntry& entry : archive.entries()) {
    if (!entry.name.ends_with(suffix)) {
      return invalid_input({"", entry.name, "is not a .npy array", "arrays saved with numpy.savez", ""});
    }
    names.push_back(entry.name.substr(0, entry.name.size() - suffix.size()));
    if (!seen.insert(entry.name).second) return invalid_input({"", names.back(), "two arrays have this name", "", ""});
  }
  return names;
}

Result<NamedArrays> read_arrays(std::span<const std::byte> bytes) {
  PUDU_TRY_ASSIGN(ZipReader archive, ZipReader::open(bytes));
  PUDU_TRY_ASSIGN(const std::vector<std::string> names, array_names(archive));
  NamedArrays arrays;
  for (std::size_t index = 0; index < names.size(); ++index) {
    PUDU_TRY_ASSIGN(const std::vector<std::byte> content, archive.read(index));
    Result<base::Array> array = base::parse_npy(content, "");
    if (!array) return std::move(array).error().at(names[index]);
    arrays.emplace(names[index], std::move(array).value());
  }
  return arrays;
}

}  // namespace

Result<NamedArrays> parse_npz(std::span<const std::byte> bytes, const std::string& file_name) {
  Result<NamedArrays> arrays = read_arrays(bytes);
  if (!arrays) return std::move(arrays).error().in_file(file_name);
  return arrays;
}

Result<NamedArrays> read_npz(const std::filesystem::path& file) {
  PUDU_TRY_ASSIGN(const std::vector<std::byte> bytes, base::read_file(file));
  return parse_npz(bytes, file.string());
}

Result<std::map<std::string, base::ByteSource>> open_npz(const std::filesystem::path& file) {
  PUDU_TRY_ASSIGN(const ZipReader archive, ZipReader::open_file(file));
  Result<std::vector<std::string>> names = array_names(archive);
  if (!names) return std::move(names).error().in_file(file.string());
  std::map<std::string, base::ByteSource> sources;
  for (std::size_t index = 0; index < names->size(); ++index) sources[(*names)[index]] = archive.source(index);
  return sources;
}

Status write_npz(const std::filesystem::path& file, const NamedArrays& arrays) {
  std::vector<ZipItem> items;
  for (const auto& [name, array] : arrays) items.push_back({name + std::string(suffix), base::format_npy(array)});
  PUDU_TRY_ASSIGN(const std::vector<std::byte> bytes, write_zip(items, ZipMethod::Stored));
  return base::write_file(file, bytes);
}

}  // namespace pudu::frontends

#include "frontends/numpy/npz.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

#include "base/files.hpp"
#include "frontends/zip/zip_archive.hpp"

namespace pudu::frontends {

namespace {

constexpr std::string_view suffix = ".npy";

Result<NamedArrays> read_arrays(std::span<const std::byte> bytes) {
  PUDU_TRY_ASSIGN(ZipReader archive, ZipReader::open(bytes));
  NamedArrays arrays;
  for (std::size_t index = 0; index < archive.entries().size(); ++index) {
    std::string name = archive.entries()[index].name;
    if (!name.ends_with(suffix)) {
      return invalid_input({"", name, "is not a .npy array", "arrays saved with numpy.savez", ""});
    }
    name.resize(name.size() - suffix.size());
    PUDU_TRY_ASSIGN(const std::vector<std::byte> content, archive.read(index));
    Result<base::Array> array = base::parse_npy(content, "");
    if (!array) return std::move(array).error().at(name);
    if (!arrays.emplace(name, std::move(array).value()).second) {
      return invalid_input({"", name, "two arrays have this name", "", ""});
    }
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

Status write_npz(const std::filesystem::path& file, const NamedArrays& arrays) {
  std::vector<ZipItem> items;
  for (const auto& [name, array] : arrays) items.push_back({name + std::string(suffix), base::format_npy(array)});
  PUDU_TRY_ASSIGN(const std::vector<std::byte> bytes, write_zip(items, ZipMethod::Stored));
  return base::write_file(file, bytes);
}

}  // namespace pudu::frontends

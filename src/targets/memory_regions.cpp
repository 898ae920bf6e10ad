#include "targets/memory_regions.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "base/files.hpp"

namespace pudu::targets {
namespace {

constexpr std::size_t most_regions = 16;
constexpr const char* form = "NAME ram|flash SIZE [read COST] [write COST] [section NAME]";

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  std::vector<std::string_view> words;
  line = line.substr(0, line.find('#'));
  while (true) {
    const std::size_t begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(blanks), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

bool is_identifier(std::string_view text) {
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  return !text.empty() && text.size() <= 32 && std::isdigit(static_cast<unsigned char>(text.front())) == 0 &&
         std::all_of(text.begin(), text.end(), fits);
}

bool is_section(std::string_view text) {
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-' || c == '$';
  };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), fits);
}

/// 131072, 128K, 8M; the device's pointers have 32 bits.
std::optional<std::size_t> parse_region_bytes(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  std::uint64_t unit = 1;
  const std::string_view suffix(read.ptr, static_cast<std::size_t>(end - read.ptr));
  if (suffix == "K" || suffix == "k") unit = 1024;
  if (suffix == "M" || suffix == "m") unit = std::uint64_t{1024} * 1024;
  if (read.ec != std::errc{} || (unit == 1 && !suffix.empty())) return std::nullopt;
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  if (number == 0 || number > most / unit) return std::nullopt;
  return static_cast<std::size_t>(number * unit);
}

std::optional<double> parse_cost(std::string_view text) {
  double cost = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, cost);
  if (read.ec != std::errc{} || read.ptr != end || !std::isfinite(cost) || cost <= 0 || cost > 1e6) return std::nullopt;
  return cost;
}

class RegionReader {
 public:
  RegionReader(std::size_t line, std::vector<std::string_view> words) : line_(line), words_(std::move(words)) {}

  Result<MemoryRegion> read() {
    MemoryRegion region;
    if (words_.size() < 3) return wrong(std::to_string(words_.size()) + " words", form);
    region.name = words_[0];
    if (!is_identifier(region.name)) {
      return wrong("the name '" + region.name + "'", "letters, digits and _, at most 32, no digit first");
    }
    if (words_[1] != "ram" && words_[1] != "flash") return wrong(quoted(words_[1]), "ram or flash");
    region.kind = words_[1] == "ram" ? RegionKind::Ram : RegionKind::Flash;
    const std::optional<std::size_t> bytes = parse_region_bytes(words_[2]);
    if (!bytes) return wrong("the size " + quoted(words_[2]), "bytes from 1 up to 4 GiB, such as 65536, 128K or 8M");
    region.bytes = *bytes;
    region.section = (region.kind == RegionKind::Ram ? ".bss." : ".rodata.") + region.name;
    for (std::size_t i = 3; i < words_.size(); i += 2) PUDU_TRY(read_pair(i, region));
    return region;
  }

 private:
  static std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

  Error wrong(std::string found, std::string allowed) const {
    return invalid_input(
        {.where = "line " + std::to_string(line_), .found = std::move(found), .allowed = std::move(allowed)});
  }

  Status read_pair(std::size_t i, MemoryRegion& region) {
    const std::string_view key = words_[i];
    if (key != "read" && key != "write" && key != "section") return wrong(quoted(key), "read, write or section");
    if (i + 1 >= words_.size()) return wrong(quoted(key) + " without a value", form);
    const std::string_view value = words_[i + 1];
    if (key == "section") {
      if (!is_section(value)) return wrong("the section " + quoted(value), "letters, digits, . _ - and $, at most 64");
      region.section = value;
      return {};
    }
    if (key == "write" && region.kind == RegionKind::Flash) {
      return wrong("a cost of writing for flash", "constants are only read");
    }
    const std::optional<double> cost = parse_cost(value);
    if (!cost) return wrong("the cost " + quoted(value), "a number above 0, up to 1000000");
    (key == "read" ? region.read_cost : region.write_cost) = *cost;
    return {};
  }

  std::size_t line_;
  std::vector<std::string_view> words_;
};

}  // namespace

Result<std::vector<MemoryRegion>> parse_memory_regions(std::string_view text) {
  std::vector<MemoryRegion> regions;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::vector<std::string_view> words = words_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (words.empty()) continue;
    PUDU_TRY_ASSIGN(MemoryRegion region, RegionReader(number, std::move(words)).read());
    const bool is_known = std::any_of(regions.begin(), regions.end(),
                                      [&](const MemoryRegion& other) { return other.name == region.name; });
    const std::string where = "line " + std::to_string(number);
    if (is_known) {
      return invalid_input({.where = where, .found = "a second region '" + region.name + "'", .allowed = "one each"});
    }
    if (regions.size() == most_regions) {
      return invalid_input({.where = where,
                            .found = "one region more",
                            .allowed = "at most " + std::to_string(most_regions) + " regions"});
    }
    regions.push_back(std::move(region));
  }
  if (regions.empty())
    return invalid_input({.found = "no region", .allowed = std::string("lines of the form ") + form});
  return regions;
}

Result<std::vector<MemoryRegion>> read_memory_regions(const std::filesystem::path& file) {
  PUDU_TRY_ASSIGN(const std::vector<std::byte> bytes, base::read_file(file));
  Result<std::vector<MemoryRegion>> regions =
      parse_memory_regions({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!regions) return std::move(regions).error().in_file(file.string());
  return regions;
}

}  // namespace pudu::targets

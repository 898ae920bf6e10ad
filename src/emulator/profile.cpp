#include "emulator/profile.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <span>
#include <string>

#include "emulator/elf_file.hpp"

namespace pudu::emulator {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::string_view marker_section = ".pudu_layers";

std::uint32_t word_at(std::string_view bytes, std::size_t offset) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    word |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[offset + i])) << (8 * i);
  }
  return word;
}

Words split_words(std::string_view line) {
  Words words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

std::optional<std::uint64_t> parse_number(std::string_view text, int base) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Bytes of instructions in hexadecimal, decoded; nothing where the last one is not whole.
std::optional<std::vector<Instruction>> decode_code(std::string_view hex) {
  std::vector<std::uint16_t> halfwords;
  for (; hex.size() >= 4; hex.remove_prefix(4)) {
    const std::optional<std::uint64_t> bytes = parse_number(hex.substr(0, 4), 16);
    if (!bytes) return std::nullopt;
    halfwords.push_back(static_cast<std::uint16_t>(*bytes >> 8 | (*bytes & 0xffU) << 8));
  }
  if (!hex.empty()) return std::nullopt;
  std::vector<Instruction> code;
  for (std::size_t i = 0; i < halfwords.size(); i += code.back().bytes / 2) {
    const bool is_last = i + 1 == halfwords.size();
    code.push_back(decode_thumb(halfwords[i], is_last ? std::uint16_t{0} : halfwords[i + 1]));
    if (is_last && code.back().bytes == 4) return std::nullopt;
  }
  return code;
}

ExecutionCounts counts_of(std::span<const Instruction> code, std::uint64_t times, std::uint64_t left,
                          std::optional<CycleModel> model) {
  ExecutionCounts counts;
  counts.instructions = code.size() * times;
  for (const Instruction& instruction : code) {
    counts.by_class[static_cast<std::size_t>(class_of(instruction.form))] += times;
  }
  if (!code.empty() && is_branch(code.back())) {
    counts.branches_taken = left;
    counts.branches_not_taken = times - left;
  }
  if (model) counts.cycles = cycles_of(*model, code, times, left);
  return counts;
}

class ProfileParser {
 public:
  ProfileParser(const std::vector<LayerMarker>& markers, std::size_t layer_count, std::optional<CycleModel> model)
      : model_(model) {
    for (const LayerMarker& marker : markers) layer_at_[marker.address] = marker.index;
    profile_.layers.resize(layer_count);
  }

  Result<Profile> parse(std::string_view text) {
    for (std::size_t number = 1; !text.empty() && !is_finished_; ++number) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (!parse_line(split_words(line))) return malformed("line " + std::to_string(number), std::string(line));
    }
    if (!is_finished_) return malformed("its end", "no whole measurement");
    return std::move(profile_);
  }

 private:
  static Error malformed(std::string where, std::string found) {
    return invalid_input({.file = "profile of the instruction counter",
                          .where = std::move(where),
                          .found = std::move(found),
                          .allowed = "what pudu_instruction_counter of this version writes",
                          .hint = {}});
  }

  bool parse_line(const Words& words) {
    if (words.empty()) return false;
    if (words[0] == "code" && words.size() == 4) return parse_code(words);
    if (words[0] == "run" && words.size() == 4) return parse_run(words);
    if (words[0] == "begin" && words.size() == 1) return true;
    if (words[0] == "part" && words.size() == 2) return parse_part(words);
    if (words[0] == "end" && words.size() == 2) return parse_end(words);
    return false;
  }

  bool parse_code(const Words& words) {
    const std::optional<std::uint64_t> id = parse_number(words[1], 10);
    std::optional<std::vector<Instruction>> code = decode_code(words[3]);
    if (!id || !code) return false;
    code_[*id] = std::move(*code);
    return true;
  }

  bool parse_run(const Words& words) {
    const std::optional<std::uint64_t> id = parse_number(words[1], 10);
    const std::optional<std::uint64_t> times = parse_number(words[2], 10);
    const std::optional<std::uint64_t> left = parse_number(words[3], 10);
    if (!id || !times || !left || *left > *times) return false;
    const auto code = code_.find(*id);
    if (code == code_.end()) return false;
    *part_ += counts_of(code->second, *times, *left, model_);
    return true;
  }

  bool parse_part(const Words& words) {
    const std::optional<std::uint64_t> address = parse_number(words[1], 16);
    if (!address) return false;
    const auto layer = layer_at_.find(*address);
    if (layer == layer_at_.end()) return false;
    part_ = layer->second < profile_.layers.size() ? &profile_.layers[layer->second] : &profile_.glue;
    return true;
  }

  bool parse_end(const Words& words) {
    is_finished_ = true;
    return parse_number(words[1], 10) == profile_.whole().instructions;
  }

  std::optional<CycleModel> model_;
  std::map<std::uint64_t, std::uint32_t> layer_at_;
  std::map<std::uint64_t, std::vector<Instruction>> code_;
  Profile profile_;
  ExecutionCounts* part_ = &profile_.glue;
  bool is_finished_ = false;
};

}  // namespace

ExecutionCounts& ExecutionCounts::operator+=(const ExecutionCounts& other) {
  instructions += other.instructions;
  for (std::size_t i = 0; i < by_class.size(); ++i) by_class[i] += other.by_class[i];
  branches_taken += other.branches_taken;
  branches_not_taken += other.branches_not_taken;
  cycles += other.cycles;
  return *this;
}

ExecutionCounts Profile::whole() const {
  ExecutionCounts sum = glue;
  for (const ExecutionCounts& layer : layers) sum += layer;
  return sum;
}

Result<std::vector<LayerMarker>> read_layer_markers(const std::filesystem::path& elf) {
  PUDU_TRY_ASSIGN(const std::string content, read_elf_section(elf, marker_section));
  std::vector<LayerMarker> markers;
  for (std::size_t offset = 0; offset + 8 <= content.size(); offset += 8) {
    markers.push_back({word_at(content, offset), word_at(content, offset + 4)});
  }
  return markers;
}

Result<Profile> parse_profile(std::string_view text, const std::vector<LayerMarker>& markers, std::size_t layer_count,
                              std::optional<CycleModel> model) {
  return ProfileParser(markers, layer_count, model).parse(text);
}

}  // namespace pudu::emulator

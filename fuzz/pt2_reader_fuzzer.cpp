// Fuzz target of the .pt2 reader. Checksums would stop every mutation of an archive at its door, so an input is either
// an archive as it is (it starts with "PK"), or its parts, which are packed into an archive here:
//
//   one byte: '0' + batch to ask for, '0' = none
//   models/model.json, 0, the configuration of weights, 0, that of constants, 0, bytes that every storage file repeats
//
// What the reader accepts must pass the graph's verifier, and what it refuses must be the input's fault.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontends/pt2/aten_table.hpp"
#include "frontends/pt2/pt2_reader.hpp"
#include "frontends/zip/zip_archive.hpp"
#include "ops/registry.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using pudu::frontends::ZipItem;

constexpr std::size_t storage_bytes = 4096;

std::vector<std::byte> to_bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span(text.data(), text.size()));
  return {view.begin(), view.end()};
}

std::string_view take_part(std::string_view& text) {
  const std::size_t end = std::min(text.find('\0'), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::vector<std::byte> pack(std::string_view parts) {
  const std::string_view model = take_part(parts);
  const std::string_view weights = take_part(parts);
  const std::string_view constants = take_part(parts);
  std::string storage(parts);
  while (!parts.empty() && storage.size() < storage_bytes) storage += parts;
  const std::vector<ZipItem> items = {
      {"fuzz/models/model.json", to_bytes(model)},
      {"fuzz/data/weights/model_weights_config.json", to_bytes(weights)},
      {"fuzz/data/constants/model_constants_config.json", to_bytes(constants)},
      {"fuzz/data/weights/weight_0", to_bytes(storage)},
      {"fuzz/data/constants/tensor_0", to_bytes(storage)},
  };
  auto archive = pudu::frontends::write_zip(items, pudu::frontends::ZipMethod::Stored);
  if (!archive) std::abort();
  return std::move(archive).value();
}

void read(std::span<const std::byte> archive, const pudu::frontends::Pt2Options& options) {
  const auto graph = pudu::frontends::read_pt2(archive, "fuzz.pt2", options);
  if (!graph) {
    if (graph.error().kind != pudu::ErrorKind::Internal) return;
    std::fprintf(stderr, "%s\n", to_string(graph.error()).c_str());
    std::abort();
  }
  if (const pudu::Status verified = pudu::ops::verify(*graph); !verified) {
    std::fprintf(stderr, "%s\n", to_string(verified.error()).c_str());
    std::abort();
  }
}

/// Numbers at which arithmetic on sizes goes wrong.
constexpr std::array<std::string_view, 18> numbers = {"0",
                                                      "1",
                                                      "-1",
                                                      "2",
                                                      "3",
                                                      "7",
                                                      "8",
                                                      "255",
                                                      "65536",
                                                      "8388608",
                                                      "2147483647",
                                                      "-2147483648",
                                                      "2147483648",
                                                      "4294967296",
                                                      "4611686018427387904",
                                                      "9223372036854775807",
                                                      "-9223372036854775808",
                                                      "1e300"};

struct Token {
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool is_number_char(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/// The numbers, or the quoted texts, of a text that is nearly JSON.
std::vector<Token> find_tokens(std::string_view text, char kind) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    if (text[i] == '"') {
      while (end < text.size() && text[end] != '"') ++end;
      end = std::min(end + 1, text.size());
      if (kind == '"') tokens.push_back({i, end});
    } else if (is_number_char(text[i])) {
      while (end < text.size() && is_number_char(text[end])) ++end;
      if (kind == '0') tokens.push_back({i, end});
    }
    i = end;
  }
  return tokens;
}

/// The objects and lists that begin at a random place and end at their own bracket.
Token find_group(std::string_view text, std::size_t from) {
  const std::size_t begin = text.find_first_of("{[", from);
  if (begin == std::string_view::npos) return {};
  int depth = 0;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '{' || text[i] == '[') ++depth;
    if (text[i] == '}' || text[i] == ']') --depth;
    if (depth == 0) return {begin, i + 1};
  }
  return {};
}

/// A word of the reader's own tables, quoted: an operator's target or a parameter's name.
std::string draw_word(std::minstd_rand& random) {
  static const std::vector<const pudu::frontends::AtenRow*> rows = pudu::frontends::all_aten_rows();
  const pudu::frontends::AtenRow& row = *rows[random() % rows.size()];
  if (random() % 2 == 0) return "\"torch.ops.aten." + std::string(row.name) + "\"";
  const pudu::frontends::Schema schema = pudu::frontends::parse_schema(row.schema);
  return "\"" + std::string(schema[random() % schema.size()].name) + "\"";
}

enum class Change { SwapText, SwapNumber, ExtremeNumber, CopyGroup, NewWord };
constexpr std::size_t change_count = 5;

/// One change that leaves JSON as JSON.
void mutate_json(std::string& text, std::minstd_rand& random) {
  const auto pick = [&](std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random); };
  const auto change = static_cast<Change>(pick(change_count));
  if (change == Change::CopyGroup) {
    const Token target = find_group(text, pick(text.size()));
    const Token source = find_group(text, pick(text.size()));
    const std::string copy = text.substr(source.begin, source.end - source.begin);
    text.replace(target.begin, target.end - target.begin, copy);
    return;
  }
  const bool is_text = change == Change::SwapText || change == Change::NewWord;
  const std::vector<Token> tokens = find_tokens(text, is_text ? '"' : '0');
  if (tokens.empty()) return;
  const Token target = tokens[pick(tokens.size())];
  const Token source = tokens[pick(tokens.size())];
  std::string other = text.substr(source.begin, source.end - source.begin);
  if (change == Change::ExtremeNumber) other = numbers[pick(numbers.size())];
  if (change == Change::NewWord) other = draw_word(random);
  text.replace(target.begin, target.end - target.begin, other);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.starts_with("PK")) {
    read(std::as_bytes(std::span(data, size)), {});
  } else if (!text.empty()) {
    pudu::frontends::Pt2Options options;
    if (text[0] > '0') options.batch = text[0] - '0';
    read(pack(text.substr(1)), options);
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  std::minstd_rand random(seed);
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const bool is_archive = input.starts_with("PK");
  if (is_archive || size < 2 || random() % 4 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::size_t json_end = std::min(input.find('\0'), size);
  std::string json(input.substr(0, json_end));
  const std::string rest(input.substr(json_end));
  for (unsigned i = 0; i <= random() % 4; ++i) mutate_json(json, random);
  const std::string mutated = json + rest;
  if (mutated.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, mutated.data(), mutated.size());
  return mutated.size();
}

// Random edits of a text, the same on every run: what a parser must survive. For tests.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace pudu::base::testing {

/// Makes one to eight edits: a byte replaced, removed or inserted, a piece removed, doubled or moved, the end cut off,
/// a number put in.
class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::string mutate(std::string text) {
    for (std::size_t edits = 1 + below(8); edits > 0; --edits) edit(text);
    return text;
  }

 private:
  // Not std::uniform_int_distribution: its numbers differ between standard libraries.
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void edit(std::string& text) {
    constexpr std::array<std::string_view, 12> pieces = {
        "-1", "9223372036854775808", "2147483647", "1e999", "nan", "\"", "%", "\n", "#0", "[", "}", "quant("};
    constexpr std::string_view bytes = "0123456789%#\"\\\n()[]{}=:,@+-._ axn\x00\xff";
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = below(24);
    switch (below(7)) {
      case 0:
        if (at < text.size()) text[at] = bytes[below(bytes.size())];
        break;
      case 1:
        text.insert(at, 1, bytes[below(bytes.size())]);
        break;
      case 2:
        text.erase(at, 1 + below(3));
        break;
      case 3:
        text.erase(at, length);
        break;
      case 4: {
        const std::string piece = text.substr(at, length);
        text.insert(below(text.size() + 1), piece);
        break;
      }
      case 5:
        text.insert(at, pieces[below(pieces.size())]);
        break;
      default:
        if (below(8) == 0) text.resize(at);
    }
  }

  std::mt19937 random_;
};

}  // namespace pudu::base::testing

#include "base/spelling.hpp"

#include <algorithm>
#include <compare>
#include <cstdlib>
#include <numeric>
#include <vector>

namespace pudu::base {
namespace {

/// What decides between names, the first member first; less is closer.
struct Closeness {
  std::size_t edits = 0;
  bool is_no_completion = false;  ///< the word is not how the name begins
  std::size_t length_difference = 0;
  int digit_difference = 0;  ///< of digits in the same place, where lengths are the same: 54 is nearer to 55

  auto operator<=>(const Closeness&) const = default;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int digit_difference(std::string_view a, std::string_view b) {
  int difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (is_digit(a[i]) && is_digit(b[i])) difference += std::abs(a[i] - b[i]);
  }
  return difference;
}

Closeness closeness_of(std::string_view word, std::string_view name) {
  const bool is_as_long = word.size() == name.size();
  return {edit_distance(word, name), !name.starts_with(word),
          std::max(word.size(), name.size()) - std::min(word.size(), name.size()),
          is_as_long ? digit_difference(word, name) : 0};
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // One row of the table of distances between beginnings of `a` and beginnings of `b`.
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row.back();
}

std::optional<std::string_view> nearest_name(std::string_view word, std::span<const std::string_view> names,
                                             std::size_t most_edits) {
  std::optional<std::string_view> nearest;
  Closeness least;
  for (const std::string_view name : names) {
    const Closeness closeness = closeness_of(word, name);
    if (closeness.edits > most_edits || (nearest && !(closeness < least))) continue;
    least = closeness;
    nearest = name;
  }
  return nearest;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> names) {
  const std::optional<std::string_view> nearest = nearest_name(word, names, std::max<std::size_t>(2, word.size() / 3));
  return nearest ? "did you mean '" + std::string(*nearest) + "'?" : "";
}

}  // namespace pudu::base

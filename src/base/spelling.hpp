// Did-you-mean: the name that a misspelt word was most likely meant to be.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pudu::base {

/// Levenshtein distance: least number of characters to insert, delete or replace that makes `b` of `a`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `names` that are at most `most_edits` away. Of several as near: one that begins with `word`, then one
/// that is as long, since a wrong character is likelier than a missing one, then one with near digits ("m54": "m55"
/// before "m52"), then the first.
std::optional<std::string_view> nearest_name(std::string_view word, std::span<const std::string_view> names,
                                             std::size_t most_edits);

/// "did you mean 'conv2d'?" for the nearest of `names`, or "" when none is near: more than two edits away, and more
/// than a third of the word's length.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> names);

}  // namespace pudu::base

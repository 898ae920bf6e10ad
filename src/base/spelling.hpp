// Did-you-mean: the name that a misspelt word was most likely meant to be.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace pudu::base {

/// Levenshtein distance: least number of characters to insert, delete or replace that makes `b` of `a`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// "did you mean 'conv2d'?" for the nearest of `names` (the first of equals), or "" when none is near: more than two
/// edits away, and more than a third of the word's length.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> names);

}  // namespace pudu::base

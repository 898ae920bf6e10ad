// How the results of pudu validate are shown.
#pragma once

#include <string>
#include <vector>

#include "driver/validate.hpp"

namespace pudu::tools {

/// Of suggestions: enough to tell half a decibel, and quick.
inline constexpr std::size_t suggestion_samples = 16;

/// Outputs, classification, and the layers, those that lose most by themselves first; all of them when `all_layers`.
std::string validation_table(const driver::Validation& validation, bool all_layers);

/// Options that gain something, with the gain; or that none of those tried does.
std::string suggestion_lines(const std::vector<driver::Suggestion>& suggestions);

/// One object: docs/validate.md describes it.
std::string validation_json(const driver::Validation& validation, const std::vector<driver::Suggestion>& suggestions);

}  // namespace pudu::tools

// Writes the atoms of Pudu's text forms (Graph, Program, planner corpora): names, strings and numbers. Output is ASCII,
// independent of the locale, and text_cursor.hpp reads back exactly what was written.
#pragma once

#include <string>
#include <string_view>

namespace pudu::base {

/// `text` in double quotes; quotes, backslashes and everything that is not printable ASCII are escaped (\n, \xHH).
std::string quote(std::string_view text);

/// A name as it stands in the text: bare when it reads as one word (letter or _, then letters, digits, _ . -), quoted
/// otherwise.
std::string format_name(std::string_view name);

/// The shortest decimal that reads back as the same number; always with a point, an exponent, or as inf, -inf, nan,
/// -nan, so that it never reads as an integer. The payload of a NaN is lost.
std::string format_real(double value);
std::string format_real(float value);

}  // namespace pudu::base

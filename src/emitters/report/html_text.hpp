// Text and numbers as report.html shows them. Names come from the user's model and may hold anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pudu::emitters {

/// Safe as HTML text and inside a double-quoted attribute. What is not UTF-8, control characters (other than tab and
/// line feed) and characters that reverse the direction of text become U+FFFD.
std::string escape_html(std::string_view text);
/// The same replacements without escapes: for text that a script puts into the page.
std::string shown_text(std::string_view text);

/// The first `max_characters` characters, the last of them an ellipsis where something was left out. Not yet escaped.
std::string shorten(std::string_view text, std::size_t max_characters);
/// Code points, counting a byte that is no UTF-8 as one.
std::size_t count_characters(std::string_view text);

/// 1,204,224
std::string group_digits(std::uint64_t number);
/// 512 B, 1.5 KiB, 1.15 MiB
std::string format_bytes(std::size_t bytes);
/// 950, 1.5 k, 12.3 M, 1.20 G
std::string format_count(std::uint64_t count);
/// 1×96×96×3
std::string format_shape(std::span<const std::int64_t> shape);
/// 12.3 %; 0 % of nothing
std::string format_percent(double part, double whole);

}  // namespace pudu::emitters

#include "base/text_cursor.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text_format.hpp"

namespace pudu::base {
namespace {

constexpr std::size_t max_shown_characters = 40;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool continues_word(char c) {
  return is_letter(c) || is_digit(c) || c == '.' || c == '-';
}

std::optional<char> hex_digit(char c) {
  if (is_digit(c)) return static_cast<char>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<char>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<char>(c - 'A' + 10);
  return std::nullopt;
}

/// The whole of `text` as a T, or nothing.
template <class T>
std::optional<T> read_all(std::string_view text) {
  T value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

bool looks_real(std::string_view token) {
  return token.find_first_of(".eEn") != std::string_view::npos;  // "n" of inf and nan
}

}  // namespace

bool is_word(std::string_view text) {
  return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), continues_word);
}

TextCursor::TextCursor(std::string_view text) : text_(text) {
  advance();
}

void TextCursor::take(Kind kind, std::size_t length) {
  kind_ = kind;
  token_ = text_.substr(position_, length);
  position_ += token_.size();
}

void TextCursor::advance() {
  if (kind_ == Kind::LineEnd) ++line_;
  while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\t')) ++position_;
  if (position_ == text_.size()) return take(Kind::End, 0);
  const char first = text_[position_];
  const auto next_is = [&](auto predicate) { return position_ + 1 < text_.size() && predicate(text_[position_ + 1]); };
  if (first == '\n') return take(Kind::LineEnd, 1);
  if (first == '"') return lex_string();
  if (is_digit(first)) return lex_number();
  if (first == '-' && next_is([](char c) { return is_digit(c) || is_letter(c) || c == '.'; })) return lex_number();
  if (!is_letter(first)) return take(Kind::Punctuation, 1);
  std::size_t length = 1;
  while (position_ + length < text_.size() && continues_word(text_[position_ + length])) ++length;
  take(Kind::Word, length);
}

void TextCursor::lex_number() {
  std::size_t end = position_ + 1;
  while (end < text_.size()) {
    const char c = text_[end];
    const bool is_exponent_sign = (c == '+' || c == '-') && (text_[end - 1] == 'e' || text_[end - 1] == 'E');
    if (!is_digit(c) && !is_letter(c) && c != '.' && !is_exponent_sign) break;
    ++end;
  }
  take(Kind::Number, end - position_);
}

void TextCursor::lex_string() {
  string_.clear();
  std::size_t at = position_ + 1;
  const auto broken = [&](std::string problem) {
    string_ = std::move(problem);
    take(Kind::Broken, at - position_);
  };
  while (true) {
    if (at >= text_.size() || text_[at] == '\n') return broken("a string without its closing '\"'");
    const char c = text_[at++];
    if (c == '"') return take(Kind::String, at - position_);
    if (c != '\\') {
      string_ += c;
      continue;
    }
    const char escape = at < text_.size() ? text_[at] : '\n';
    if (escape == '"' || escape == '\\') {
      string_ += escape;
      at += 1;
    } else if (escape == 'n') {
      string_ += '\n';
      at += 1;
    } else if (escape == 'x' && at + 2 < text_.size() && hex_digit(text_[at + 1]) && hex_digit(text_[at + 2])) {
      string_ += static_cast<char>(*hex_digit(text_[at + 1]) * 16 + *hex_digit(text_[at + 2]));
      at += 3;
    } else {
      return broken("a string with an escape other than \\\", \\\\, \\n and \\xHH");
    }
  }
}

bool TextCursor::peek(std::string_view token) const {
  return (kind_ == Kind::Word || kind_ == Kind::Punctuation) && token_ == token;
}

bool TextCursor::peek_number() const {
  return kind_ == Kind::Number || peek("inf") || peek("nan");
}

bool TextCursor::accept(std::string_view token) {
  if (!peek(token)) return false;
  advance();
  return true;
}

Status TextCursor::expect(std::string_view token) {
  if (!accept(token)) return unexpected("'" + std::string(token) + "'");
  return {};
}

void TextCursor::skip_blank_lines() {
  while (kind_ == Kind::LineEnd) advance();
}

Status TextCursor::expect_line_end() {
  if (kind_ != Kind::LineEnd && kind_ != Kind::End) return unexpected("the end of the line");
  skip_blank_lines();
  return {};
}

Result<std::string> TextCursor::name(std::string_view what) {
  if (kind_ != Kind::Word && kind_ != Kind::String) return unexpected(what);
  std::string name = kind_ == Kind::Word ? std::string(token_) : string_;
  advance();
  return name;
}

Result<std::string> TextCursor::quoted(std::string_view what) {
  if (kind_ != Kind::String) return unexpected(what);
  std::string content = string_;
  advance();
  return content;
}

Result<Number> TextCursor::number(std::string_view what) {
  if (!peek_number()) return unexpected(what);
  Number number;
  if (looks_real(token_)) {
    const auto real = read_all<double>(token_);
    if (!real) return unexpected(what);
    number = {*real, 0, Number::Kind::Real};
  } else {
    const auto integer = read_all<std::int64_t>(token_);
    if (!integer) return unexpected(what);
    number = {static_cast<double>(*integer), *integer, Number::Kind::Integer};
  }
  advance();
  return number;
}

Result<std::int64_t> TextCursor::integer(std::string_view what, std::int64_t minimum, std::int64_t maximum) {
  const auto value = kind_ == Kind::Number ? read_all<std::int64_t>(token_) : std::nullopt;
  if (!value) return unexpected(what);
  if (*value < minimum || *value > maximum) {
    return unexpected(std::string(what) + " from " + std::to_string(minimum) + " to " + std::to_string(maximum));
  }
  advance();
  return *value;
}

Result<double> TextCursor::real(std::string_view what) {
  const auto value = peek_number() ? read_all<double>(token_) : std::nullopt;
  if (!value) return unexpected(what);
  advance();
  return *value;
}

Result<float> TextCursor::real32(std::string_view what) {
  const auto value = peek_number() ? read_all<float>(token_) : std::nullopt;
  if (!value) return unexpected(what);
  advance();
  return *value;
}

Result<std::vector<std::int64_t>> TextCursor::integers(std::string_view what, std::int64_t minimum,
                                                       std::int64_t maximum) {
  PUDU_TRY(expect("["));
  std::vector<std::int64_t> values;
  if (accept("]")) return values;
  do {
    PUDU_TRY_ASSIGN(values.emplace_back(), integer(what, minimum, maximum));
  } while (accept(","));
  if (!accept("]")) return unexpected("',' or ']'");
  return values;
}

Error TextCursor::unexpected(std::string_view what) const {
  std::string found;
  switch (kind_) {
    case Kind::LineEnd:
      found = "the end of the line";
      break;
    case Kind::End:
      found = "the end of the text";
      break;
    case Kind::Broken:
      found = string_;
      break;
    case Kind::String:
    case Kind::Word:
    case Kind::Number:
    case Kind::Punctuation:
      const std::string_view shown = token_.substr(0, max_shown_characters);
      // Escaped, so that a stray byte cannot garble a terminal.
      const std::string escaped = quote(kind_ == Kind::String ? std::string_view(string_).substr(0, 40) : shown);
      found = kind_ == Kind::String ? escaped : "'" + escaped.substr(1, escaped.size() - 2) + "'";
      break;
  }
  return fault("found " + found, "expected " + std::string(what));
}

Error TextCursor::fault(std::string found, std::string allowed) const {
  return invalid_input({.file = "",
                        .where = "line " + std::to_string(line_),
                        .found = std::move(found),
                        .allowed = std::move(allowed),
                        .hint = ""});
}

}  // namespace pudu::base

// Reads Pudu's text forms (Graph, Program, planner corpora) token by token. One statement stands on one line, so the
// end of a line is a token. Never throws and never reads outside of the text, whatever it holds; every error says `line
// 3: found ','; expected a type`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace pudu::base {

/// Does `text` read as one bare word: a letter or _, then letters, digits, _ . -?
bool is_word(std::string_view text);

/// A number as written: `is_real` when it has a point or an exponent, or is inf or nan.
struct Number {
  double real = 0;  ///< the value, also of an integer
  std::int64_t integer = 0;
  enum class Kind : std::uint8_t { Integer, Real } kind = Kind::Integer;
};

class TextCursor {
 public:
  /// `text` must outlive the cursor.
  explicit TextCursor(std::string_view text);

  /// 1-based line of the next token.
  int line() const { return line_; }
  /// Is the next token this word or punctuation character?
  bool peek(std::string_view token) const;
  bool peek_number() const;
  bool peek_string() const { return kind_ == Kind::String; }
  bool at_end() const { return kind_ == Kind::End; }

  /// Takes the next token if it is this word or punctuation character.
  bool accept(std::string_view token);
  /// Takes it or fails with `expected '<token>'`.
  Status expect(std::string_view token);
  /// Takes the end of a line and blank lines after it.
  Status expect_line_end();
  void skip_blank_lines();

  /// A word or a quoted string. `what` completes `expected ...`, as in the functions below.
  Result<std::string> name(std::string_view what);
  Result<std::string> quoted(std::string_view what);
  Result<Number> number(std::string_view what);
  Result<std::int64_t> integer(std::string_view what, std::int64_t minimum = INT64_MIN,
                               std::int64_t maximum = INT64_MAX);
  /// An integer reads as a real, too. A float is read as such, not rounded twice.
  Result<double> real(std::string_view what);
  Result<float> real32(std::string_view what);
  /// `[1, 2, 3]`, possibly empty.
  Result<std::vector<std::int64_t>> integers(std::string_view what, std::int64_t minimum = INT64_MIN,
                                             std::int64_t maximum = INT64_MAX);

  /// The error `line N: found <next token>; expected <what>`.
  Error unexpected(std::string_view what) const;
  /// An error at the present line with a text of its own.
  Error fault(std::string found, std::string allowed) const;

 private:
  enum class Kind : std::uint8_t { Word, String, Number, Punctuation, LineEnd, End, Broken };

  void advance();
  void lex_string();
  void lex_number();
  void take(Kind kind, std::size_t length);

  std::string_view text_;
  std::size_t position_ = 0;  ///< behind the next token
  int line_ = 1;
  Kind kind_ = Kind::End;
  std::string_view token_;  ///< as written
  std::string string_;      ///< content of a String; what is wrong with a Broken token
};

}  // namespace pudu::base

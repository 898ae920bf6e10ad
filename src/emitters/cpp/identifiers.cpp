#include "emitters/cpp/identifiers.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace pudu::emitters {
namespace {

// Keywords of C++20, alternative operators, and names that the emitted files use themselves.
constexpr std::array reserved_words = {"alignas",
                                       "alignof",
                                       "and",
                                       "and_eq",
                                       "arena",
                                       "arena_bytes",
                                       "asm",
                                       "at",
                                       "auto",
                                       "bitand",
                                       "bitor",
                                       "bool",
                                       "break",
                                       "case",
                                       "catch",
                                       "char",
                                       "char16_t",
                                       "char32_t",
                                       "char8_t",
                                       "class",
                                       "co_await",
                                       "co_return",
                                       "co_yield",
                                       "compl",
                                       "concept",
                                       "const",
                                       "const_cast",
                                       "consteval",
                                       "constexpr",
                                       "constinit",
                                       "continue",
                                       "decltype",
                                       "default",
                                       "delete",
                                       "do",
                                       "double",
                                       "dynamic_cast",
                                       "else",
                                       "enum",
                                       "explicit",
                                       "export",
                                       "extern",
                                       "false",
                                       "float",
                                       "for",
                                       "friend",
                                       "goto",
                                       "if",
                                       "inline",
                                       "input_count",
                                       "input_data",
                                       "inputs",
                                       "int",
                                       "isa",
                                       "long",
                                       "main",
                                       "mutable",
                                       "namespace",
                                       "new",
                                       "noexcept",
                                       "not",
                                       "not_eq",
                                       "nullptr",
                                       "operator",
                                       "or",
                                       "or_eq",
                                       "output_count",
                                       "output_data",
                                       "outputs",
                                       "private",
                                       "protected",
                                       "public",
                                       "pudu",
                                       "register",
                                       "reinterpret_cast",
                                       "requires",
                                       "return",
                                       "run",
                                       "short",
                                       "signed",
                                       "sizeof",
                                       "static",
                                       "static_assert",
                                       "static_cast",
                                       "std",
                                       "struct",
                                       "switch",
                                       "template",
                                       "this",
                                       "thread_local",
                                       "throw",
                                       "true",
                                       "try",
                                       "typedef",
                                       "typeid",
                                       "typename",
                                       "union",
                                       "unsigned",
                                       "using",
                                       "virtual",
                                       "void",
                                       "volatile",
                                       "wchar_t",
                                       "while",
                                       "xor",
                                       "xor_eq"};

}  // namespace

bool is_reserved_word(std::string_view name) {
  return std::find(reserved_words.begin(), reserved_words.end(), name) != reserved_words.end();
}

std::string IdentifierPool::make(std::string_view name) {
  std::string base;
  for (const char character : name) {
    const bool valid = std::isalnum(static_cast<unsigned char>(character)) != 0;
    // Runs of underscores are reserved to the implementation.
    if (valid)
      base += character;
    else if (!base.empty() && base.back() != '_')
      base += '_';
  }
  while (!base.empty() && base.back() == '_') base.pop_back();
  if (base.empty() || std::isdigit(static_cast<unsigned char>(base.front())) != 0) base = "n" + base;
  if (is_reserved_word(base)) base += "_";
  std::string candidate = base;
  for (int suffix = 2; !used_.insert(candidate).second; ++suffix) candidate = base + "_v" + std::to_string(suffix);
  return candidate;
}

}  // namespace pudu::emitters

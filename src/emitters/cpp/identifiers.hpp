// Names of the model as C++ identifiers.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace pudu::emitters {

/// A keyword, a macro (all capitals count as one), or a name that the emitted files use themselves.
bool is_reserved_word(std::string_view name);
/// A function or type of the C library or of Arduino's cores, which stands in the global namespace.
bool is_library_name(std::string_view name);

/// Any text within a comment to the end of the line: it must not continue on the next one (line end, backslash,
/// trigraph of a backslash), and bytes beyond ASCII may be a compiler's warning or turn the direction of writing.
std::string comment_text(std::string_view text);

/// Makes identifiers from arbitrary names (ASCII letters and digits stay, the rest becomes single underscores); two
/// requests never get the same one.
class IdentifierPool {
 public:
  std::string make(std::string_view name);

 private:
  std::set<std::string> used_;
};

}  // namespace pudu::emitters

// Names of the model as C++ identifiers.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace pudu::emitters {

/// A keyword, a macro, or a name that the emitted files use themselves.
bool is_reserved_word(std::string_view name);
/// A function or type of the C library, which stands in the global namespace.
bool is_library_name(std::string_view name);

/// Makes identifiers from arbitrary names (ASCII letters and digits stay, the rest becomes single underscores); two
/// requests never get the same one.
class IdentifierPool {
 public:
  std::string make(std::string_view name);

 private:
  std::set<std::string> used_;
};

}  // namespace pudu::emitters

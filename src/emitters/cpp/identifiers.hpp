// Names of the model as C++ identifiers.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace pudu::emitters {

bool is_reserved_word(std::string_view name);

/// Makes identifiers from arbitrary names; two different requests never get the same one.
class IdentifierPool {
 public:
  std::string make(std::string_view name);

 private:
  std::set<std::string> used_;
};

}  // namespace pudu::emitters

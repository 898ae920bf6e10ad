// The faults that one level of checks finds, collected so that all of them are reported at once.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace pudu::pte {

class Faults {
 public:
  void add(std::string where, std::string found, std::string allowed, std::string hint = "");
  /// As add, for what is no damage but not handled by Pudu.
  void add_unsupported(std::string where, std::string found, std::string allowed, std::string hint = "");

  bool empty() const { return diagnostics_.empty(); }
  std::size_t count() const { return diagnostics_.size() + left_out_; }
  /// InvalidInput with every fault (the first hundred, and how many more); Unsupported when there are only such.
  Status status() const;

 private:
  std::vector<Diagnostic> diagnostics_;
  std::size_t left_out_ = 0;
  bool is_damaged_ = false;
};

}  // namespace pudu::pte

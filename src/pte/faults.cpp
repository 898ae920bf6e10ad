#include "pte/faults.hpp"

#include <fmt/format.h>

namespace pudu::pte {

void Faults::add(std::string where, std::string found, std::string allowed, std::string hint) {
  is_damaged_ = true;
  add_unsupported(std::move(where), std::move(found), std::move(allowed), std::move(hint));
}

void Faults::add_unsupported(std::string where, std::string found, std::string allowed, std::string hint) {
  constexpr std::size_t most = 100;
  if (diagnostics_.size() == most) {
    ++left_out_;
    return;
  }
  diagnostics_.push_back(
      {.where = std::move(where), .found = std::move(found), .allowed = std::move(allowed), .hint = std::move(hint)});
}

Status Faults::status() const {
  if (diagnostics_.empty()) return {};
  Error error{is_damaged_ ? ErrorKind::InvalidInput : ErrorKind::Unsupported, diagnostics_};
  if (left_out_ != 0) error.diagnostics.push_back({.found = fmt::format("and {} more faults", left_out_)});
  return error;
}

}  // namespace pudu::pte

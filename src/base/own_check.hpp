// Marks the checks of what Pudu's own stages make: a failure is a defect of Pudu (exit code 70), not of the input.
#pragma once

#include <utility>

#include "base/result.hpp"

namespace pudu::base {

/// The same diagnostics, as Internal.
inline Status as_own_check(Status status) {
  if (status) return status;
  Error error = std::move(status).error();
  error.kind = ErrorKind::Internal;
  return error;
}

}  // namespace pudu::base

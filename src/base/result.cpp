#include "base/result.hpp"

namespace pudu {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Usage:
      return 1;
    case ErrorKind::InvalidInput:
      return 2;
    case ErrorKind::Unsupported:
      return 3;
    case ErrorKind::LimitExceeded:
      return 4;
    case ErrorKind::Internal:
      break;
  }
  return 70;
}

std::string to_string(const Diagnostic& diagnostic) {
  std::string line = "error: ";
  if (!diagnostic.file.empty()) line += diagnostic.file + ": ";
  if (!diagnostic.where.empty()) line += diagnostic.where + ": ";
  line += diagnostic.found;
  if (!diagnostic.allowed.empty()) line += "; " + diagnostic.allowed;
  if (!diagnostic.hint.empty()) line += "\nhint: " + diagnostic.hint;
  return line;
}

std::string to_string(const Error& error) {
  std::string text;
  for (const Diagnostic& diagnostic : error.diagnostics) {
    if (!text.empty()) text += '\n';
    text += to_string(diagnostic);
  }
  return text;
}

Error Error::in_file(const std::string& file) && {
  for (Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.file.empty()) diagnostic.file = file;
  }
  return std::move(*this);
}

Error Error::at(const std::string& where) && {
  for (Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.where.empty()) diagnostic.where = where;
  }
  return std::move(*this);
}

namespace {
Error make(ErrorKind kind, Diagnostic diagnostic) {
  Error error{kind, {}};
  error.diagnostics.push_back(std::move(diagnostic));
  return error;
}
}  // namespace

Error usage_error(Diagnostic diagnostic) {
  return make(ErrorKind::Usage, std::move(diagnostic));
}
Error invalid_input(Diagnostic diagnostic) {
  return make(ErrorKind::InvalidInput, std::move(diagnostic));
}
Error unsupported(Diagnostic diagnostic) {
  return make(ErrorKind::Unsupported, std::move(diagnostic));
}
Error limit_exceeded(Diagnostic diagnostic) {
  return make(ErrorKind::LimitExceeded, std::move(diagnostic));
}
Error internal_error(Diagnostic diagnostic) {
  return make(ErrorKind::Internal, std::move(diagnostic));
}

}  // namespace pudu

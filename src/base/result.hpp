// Result<T>: how host code reports failure. No exceptions cross a folder's boundary: a function that can fail on its
// input returns Result<T>, and the caller must look. An Error carries one diagnostic per fault, so that a model with
// five unsupported nodes is reported with five lines at once.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace pudu {

/// What went wrong, in the terms of the exit codes of the command line (docs: product page, "Exit codes").
enum class ErrorKind {
  Usage,          ///< wrong command line; exit code 1
  InvalidInput,   ///< a file or value is broken or does not fit the model; exit code 2
  Unsupported,    ///< an operator, data type or target that Pudu does not handle; exit code 3
  LimitExceeded,  ///< the model does not fit --ram or --flash; exit code 4
  Internal,       ///< a defect of Pudu itself; exit code 70
};

/// Process exit code for an error kind.
int exit_code(ErrorKind kind);

/// One fault: printed as `error: <file>: <where>: <found>; <allowed>` and, where there is one, a `hint:` line.
/// Empty fields and their separators are left out.
struct Diagnostic {
  std::string file;     ///< the file the fault is in; filled by whoever knows it
  std::string where;    ///< node, tensor or field
  std::string found;    ///< what was found
  std::string allowed;  ///< what is allowed instead
  std::string hint;     ///< what the user can do about it
};

/// The lines of one diagnostic, without a trailing newline.
std::string to_string(const Diagnostic& diagnostic);

struct [[nodiscard]] Error {
  ErrorKind kind = ErrorKind::Internal;
  std::vector<Diagnostic> diagnostics;

  /// The same error with `file` filled in wherever it was empty.
  Error in_file(const std::string& file) &&;
  /// The same error with `where` filled in wherever it was empty.
  Error at(const std::string& where) &&;
};

std::string to_string(const Error& error);

Error usage_error(Diagnostic diagnostic);
Error invalid_input(Diagnostic diagnostic);
Error unsupported(Diagnostic diagnostic);
Error limit_exceeded(Diagnostic diagnostic);
Error internal_error(Diagnostic diagnostic);

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }

  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return error_.index() == 0; }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { return std::get<1>(error_); }
  Error&& error() && { return std::get<1>(std::move(error_)); }

 private:
  std::variant<std::monostate, Error> error_;
};

}  // namespace pudu

#define PUDU_CONCAT_INNER(a, b) a##b
#define PUDU_CONCAT(a, b) PUDU_CONCAT_INNER(a, b)

/// Returns the error of a Status or Result expression from the enclosing function.
#define PUDU_TRY(expression)                             \
  do {                                                   \
    if (auto pudu_status = (expression); !pudu_status) { \
      return std::move(pudu_status).error();             \
    }                                                    \
  } while (false)

/// Declares `declaration` with the value of a Result expression, or returns its error.
#define PUDU_TRY_ASSIGN(declaration, expression) \
  PUDU_TRY_ASSIGN_INNER(PUDU_CONCAT(pudu_result_, __LINE__), declaration, expression)
#define PUDU_TRY_ASSIGN_INNER(result, declaration, expression) \
  auto result = (expression);                                  \
  if (!result) return std::move(result).error();               \
  declaration = std::move(result).value()

// Errors of the C++ side as exceptions of the Python side (pudu/_errors.py), with the same words.
#pragma once

#include <nanobind/nanobind.h>

#include <utility>

#include "base/result.hpp"

namespace pudu::python {

/// Throws the Python exception of the error's kind.
[[noreturn]] void raise(const Error& error);

/// The value, or the exception.
template <class T>
T unwrap(Result<T> result) {
  if (!result) raise(result.error());
  return std::move(result).value();
}
inline void unwrap(const Status& status) {
  if (!status) raise(status.error());
}

/// The functions of the module that Python's exceptions are made with.
void add_errors(nanobind::module_& module);

}  // namespace pudu::python

#include "errors.hpp"

#include <nanobind/stl/string.h>

#include "tools/console.hpp"

namespace pudu::python {
namespace {

namespace nb = nanobind;

const char* exception_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Usage:
      return "UsageError";
    case ErrorKind::InvalidInput:
      return "InvalidInputError";
    case ErrorKind::Unsupported:
      return "UnsupportedError";
    case ErrorKind::LimitExceeded:
      return "LimitExceededError";
    case ErrorKind::Internal:
      break;
  }
  return "InternalError";
}

std::string format_diagnostic(const std::string& file, const std::string& where, const std::string& found,
                              const std::string& allowed, const std::string& hint) {
  return to_string(Diagnostic{file, where, found, allowed, hint});
}

}  // namespace

void raise(const Error& original) {
  const Error error = tools::with_request_to_report(original);
  const nb::module_ errors = nb::module_::import_("pudu._errors");
  nb::list diagnostics;
  for (const Diagnostic& one : error.diagnostics) {
    diagnostics.append(errors.attr("Diagnostic")(one.file, one.where, one.found, one.allowed, one.hint));
  }
  const nb::object type = errors.attr(exception_name(error.kind));
  PyErr_SetObject(type.ptr(), type(diagnostics).ptr());
  throw nb::python_error();
}

void add_errors(nb::module_& module) {
  module.def("format_diagnostic", format_diagnostic, nb::arg("file"), nb::arg("where"), nb::arg("found"),
             nb::arg("allowed"), nb::arg("hint"), "The lines that the command line prints for a diagnostic.");
}

}  // namespace pudu::python

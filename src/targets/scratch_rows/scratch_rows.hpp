// Answers of CMSIS-NN's host binding, one JSON object a line, compared with ours: the check of another CMSIS-NN
// release.
//
// A row names a function of the binding (`op`), its arguments, and the answer:
//   sizes   {"op": "convolve_wrapper", "backend": "MVE", "dtype": "A8W8", "input_nhwc": [1, 8, 8, 16], ..., "bytes":
//   576} CPUs    {"op": "cmsis_nn.resolve_backend", "cpu": "M55", "backend": "MVE"}
//           {"op": "resolve", "cpu": "M55", "isa": null, "target_string": "cortex-m55", "backend": "MVE"}
//           {"op": "from_target_string", "target": "cortex-m55", "cpu": "M55", "backend": "MVE"}
// with "error": "ValueError: ..." where it has no answer. What follows a `(` in `op` is a remark.
// Limits: arguments without influence on the size (offsets, activation bounds) are not read.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "targets/cmsis_nn_scratch.hpp"

namespace pudu::targets {

struct SizeQuestion {
  Isa isa = Isa::Scalar;
  cmsis_nn::DataType type = cmsis_nn::DataType::A8W8;
  cmsis_nn::Call call;
};

/// The ISA of a CPU by CMSIS-NN's name, "M0PLUS".
struct BackendQuestion {
  std::string cpu;
};

/// A CPU and, unless empty, an ISA in place of its own.
struct ResolveQuestion {
  std::string cpu, isa;
};

/// "cortex-m0plus", as ExecuTorch reads it. Pudu's own --target takes more: short names, any case, the Cortex-M52.
struct TargetStringQuestion {
  std::string target;
};

using Question = std::variant<SizeQuestion, BackendQuestion, ResolveQuestion, TargetStringQuestion>;

struct ScratchRow {
  std::size_t line = 0;  ///< counts from 1
  std::string op;        ///< without the remark
  Question question;
  std::string expected;  ///< "576 bytes", "MVE", "cortex-m55 MVE", "M55 MVE", or the error
};

/// Every row of a file's text; empty lines are none. InvalidInput, naming the line: no JSON object, an unknown op, a
/// missing field or one of the wrong type.
Result<std::vector<ScratchRow>> parse_scratch_rows(std::string_view text);

/// Our answer, in the form of ScratchRow::expected.
std::string answer(const Question& question);

/// The question as text: "MVE, A8W8, input_nhwc 1,8,8,16, ...".
std::string to_string(const Question& question);

struct RowMismatch {
  std::size_t line = 0;
  std::string op, question, expected, got;
};

struct RowCheck {
  std::map<std::string, std::size_t> rows;  ///< how many of each op
  std::vector<RowMismatch> mismatches;      ///< in order of lines

  std::size_t row_count() const;
};

RowCheck check_scratch_rows(const std::vector<ScratchRow>& rows);

}  // namespace pudu::targets

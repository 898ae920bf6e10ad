// What `pudu` says about bad input: the cases are rows in the files beside this one, and run in one folder of sound and
// broken models, data and compiled folders, which every case must leave as it was.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "e2e/cli_workspace.hpp"

namespace pudu::testing {

struct ErrorCase {
  const char* name;
  const char* arguments;
  int code;
  const char* message;
};

inline void PrintTo(const ErrorCase& error, std::ostream* stream) {
  *stream << error.arguments;
}

inline std::string case_name(const ::testing::TestParamInfo<ErrorCase>& info) {
  return info.param.name;
}

/// One folder for all cases of a process.
const CliWorkspace& error_workspace();

/// The message with what is not known here: sizes change when kernels and planner get better.
std::string expected_message(const CliWorkspace& work, std::string message);

class CliError : public ::testing::TestWithParam<ErrorCase> {};

}  // namespace pudu::testing

/// What most command lines of the cases begin or end with.
#define PUDU_TINY "compile tiny.pt2 -o out "
#define PUDU_GOOD "compile tiny.pt2 --calibration calib.npy "
#define PUDU_TAIL " --calibration calib.npy -o out"

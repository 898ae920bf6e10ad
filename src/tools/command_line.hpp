// The command line of Pudu, for the executable and for the `pudu` that comes with the Python package.
#pragma once

namespace pudu::tools {

/// Runs the command that the arguments name; argv[0] is the program's name. Prints to standard output and standard
/// error, and returns the exit code: 0 done; 1 wrong usage; 2 invalid input; 3 unsupported; 4 a limit exceeded; 70 a
/// defect of Pudu. Throws nothing.
int run_command_line(int argc, const char* const* argv);

}  // namespace pudu::tools

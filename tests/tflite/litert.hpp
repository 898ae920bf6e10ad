// LiteRT's interpreter as the oracle: one process of litert_oracle.py for a whole batch of cases.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tflite/case_builder.hpp"

namespace pudu::testing {

struct Answer {
  std::vector<std::vector<std::byte>> outputs;
  std::string error;  ///< the interpreter's; empty when it ran
};

/// One answer a case, in their order. Fails when the process does.
Result<std::vector<Answer>> ask_litert(std::span<const Case> cases);

}  // namespace pudu::testing

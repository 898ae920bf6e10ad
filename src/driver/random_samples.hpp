// Inputs for a measurement that is given none: every kernel has work to do, and none reads what is not there.
#pragma once

#include "driver/samples.hpp"
#include "program/program.hpp"

namespace pudu::driver {

/// One sample, the same at each call: codes of quantized inputs are random, floats are normally distributed, and
/// positions (int32) are 0, which every table has. Random ones would all lie outside.
Samples random_samples(const program::Program& program);

}  // namespace pudu::driver

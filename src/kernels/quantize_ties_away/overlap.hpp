// How far the output of quantize_ties_away_f32_s8 may lie over its input (kernels/overlap.hpp): as quantize_f32_s8,
// whose parameters it has.
#pragma once

#include "kernels/quantize/overlap.hpp"
#include "kernels/quantize_ties_away/quantize_ties_away_f32_s8.hpp"

// The portable rows of conv2d_s8, which other ISAs run where they have nothing better.
#pragma once

#include "kernels/conv2d/conv2d_s8.hpp"

namespace pudu::kernels {

/// As Conv2dS8::run_rows.
void conv2d_rows_scalar(const Conv2dS8Params& params, const Conv2dS8Operands& operands, Rows<const std::int8_t> input,
                        Rows<std::int8_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept;

}  // namespace pudu::kernels

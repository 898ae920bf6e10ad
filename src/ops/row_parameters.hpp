// For the files that know the rows of kernels: parameters of a call by name, images, and along which of a kernel's
// directions the rows of an image lie.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "program/program.hpp"
#include "program/schedule.hpp"

namespace pudu::ops::rows {

/// Integer parameters of a call by name.
class Parameters {
 public:
  explicit Parameters(const program::KernelCall& call) : call_(call) {}

  bool has(std::string_view name) const { return call_.find_parameter(name) != nullptr; }
  std::int32_t at(std::string_view name, std::size_t index = 0) const {
    return static_cast<std::int32_t>(std::get<std::vector<std::int64_t>>(call_.find_parameter(name)->values).at(index));
  }
  std::int32_t at_or(std::string_view name, std::int32_t otherwise) const { return has(name) ? at(name) : otherwise; }

 private:
  const program::KernelCall& call_;
};

void set(program::KernelCall& call, std::string_view name, std::int64_t value, std::size_t index = 0);

/// [1, H, W, C] in the arena: what rows are taken from.
bool is_image(const program::Buffer& buffer);
std::int32_t rows_of(const program::Buffer& buffer);
std::int64_t row_elements(const program::Buffer& buffer);

const program::Buffer& buffer_of(const program::Program& program, const program::KernelCall& call,
                                 std::string_view operand);

/// Which direction of the parameters the rows of the image are.
enum class RowAxis : std::uint8_t {
  Height,     ///< as the names say
  Width,      ///< an image of width 1 with its axes swapped (prepare/rows.hpp)
  Positions,  ///< a 1x1 convolution over one row of all positions
};

struct AxisNames {
  std::string_view input, output, kernel, stride, dilation, pad;
};
inline constexpr AxisNames heights{"input_h", "output_h", "kernel_h", "stride_h", "dilation_h", "pad_top"};
inline constexpr AxisNames widths{"input_w", "output_w", "kernel_w", "stride_w", "dilation_w", "pad_left"};

/// Of a call whose "input" and "output" are images under a kernel; nothing when they do not lie in any such way.
std::optional<RowAxis> row_axis(const program::Program& program, const program::KernelCall& call);

/// Makes `call` compute rows of a 1x1 convolution over one row of all positions, which is `whole`.
void set_positions(const program::Program& program, const program::KernelCall& whole, program::RowRange rows,
                   program::KernelCall& call);

}  // namespace pudu::ops::rows

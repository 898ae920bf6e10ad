// What the table of call_bounds.cpp is made of: the range of each parameter by its name, which means the same in every
// kernel, and the checks of one call's operands, of which the first fault is kept.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/kernel.hpp"
#include "kernels/recurrent/recurrent_s8.hpp"
#include "ops/checks.hpp"
#include "ops/kernel_binding.hpp"
#include "program/program.hpp"

namespace pudu::ops {

inline constexpr std::int64_t largest_index = INT32_MAX;
/// Scales of both inputs of a product, whose offsets then multiply within 32 bits.
inline constexpr std::int64_t largest_offset = 1 << 15;

/// Range of the parameter of that name, in whichever kernel.
struct ParameterRange {
  std::string_view name;
  std::int64_t low, high;
};

inline constexpr std::array parameter_ranges = {
    ParameterRange{"activation_max", -128, 127},
    ParameterRange{"activation_min", -128, 127},
    ParameterRange{"batches", 1, largest_index},
    ParameterRange{"bytes", 0, largest_index},
    ParameterRange{"cell", 0, 3},
    ParameterRange{"cell_clip", 0, INT16_MAX},
    ParameterRange{"cell_integer_bits", 0, 6},
    ParameterRange{"cell_multiplier", INT32_MIN, largest_index},
    ParameterRange{"cell_offset", -128, 128},
    ParameterRange{"cell_shift", -31, 30},
    ParameterRange{"channels", 1, largest_index},
    ParameterRange{"columns", 1, largest_index},
    ParameterRange{"condition_strides", 0, largest_index},
    ParameterRange{"condition_zero", -128, 127},
    ParameterRange{"count", 0, largest_index},
    ParameterRange{"count1", 1, largest_index},
    ParameterRange{"count2", 1, largest_index},
    ParameterRange{"count_include_pad", 0, 1},
    ParameterRange{"depth", 1, largest_index},
    ParameterRange{"depth_multiplier", 1, largest_index},
    ParameterRange{"diff_min", INT32_MIN, 0},
    ParameterRange{"difference_multiplier", INT32_MIN, largest_index},
    ParameterRange{"difference_shift", -31, 30},
    ParameterRange{"dilation_h", 1, max_attribute_size},
    ParameterRange{"dilation_w", 1, max_attribute_size},
    ParameterRange{"divisor_override", 0, max_mean_elements},
    ParameterRange{"epsilon_multiplier", 0, largest_index},
    ParameterRange{"epsilon_shift", -31, 61},
    ParameterRange{"feature_multiplier", INT32_MIN, largest_index},
    ParameterRange{"feature_shift", -31, 30},
    ParameterRange{"filters_per_unit", 1, largest_index},
    ParameterRange{"final_multiplier", INT32_MIN, largest_index},
    ParameterRange{"final_offset", -128, 127},
    ParameterRange{"final_shift", -31, 30},
    ParameterRange{"groups", 1, largest_index},
    ParameterRange{"hidden_features", 1, kernels::RecurrentS8::max_hidden_features},
    ParameterRange{"hidden_multipliers", INT32_MIN, largest_index},
    ParameterRange{"hidden_shifts", -31, 30},
    ParameterRange{"initial_multiplier", INT32_MIN, largest_index},
    ParameterRange{"initial_offset", -128, 128},
    ParameterRange{"initial_shift", -31, 30},
    ParameterRange{"inner_count", 1, largest_index},
    ParameterRange{"input1_multiplier", INT32_MIN, largest_index},
    ParameterRange{"input1_offset", -largest_offset, largest_offset},
    ParameterRange{"input1_shift", -31, 30},
    ParameterRange{"input1_strides", 0, largest_index},
    ParameterRange{"input2_multiplier", INT32_MIN, largest_index},
    ParameterRange{"input2_offset", -largest_offset, largest_offset},
    ParameterRange{"input2_shift", -31, 30},
    ParameterRange{"input2_strides", 0, largest_index},
    ParameterRange{"input_batch_stride", 0, largest_index},
    ParameterRange{"input_bytes", 0, largest_index},
    ParameterRange{"input_channels", 1, largest_index},
    ParameterRange{"input_count", 1, kernels::ConcatS8::max_inputs},
    ParameterRange{"input_features", 1, largest_index},
    ParameterRange{"input_h", 1, largest_index},
    ParameterRange{"input_multipliers", INT32_MIN, largest_index},
    ParameterRange{"input_offset", -largest_offset, largest_offset},
    ParameterRange{"input_shape", 0, largest_index},
    ParameterRange{"input_shifts", -31, 30},
    ParameterRange{"input_start_offset", 0, largest_index},
    ParameterRange{"input_step_stride", 0, largest_index},
    ParameterRange{"input_strides", -largest_index, largest_index},
    ParameterRange{"input_w", 1, largest_index},
    ParameterRange{"kernel_h", 1, max_attribute_size},
    ParameterRange{"kernel_w", 1, max_attribute_size},
    ParameterRange{"lhs_offset", -largest_offset, largest_offset},
    ParameterRange{"memory", 1, largest_index},
    ParameterRange{"middle_count", 1, largest_index},
    ParameterRange{"multiplier", INT32_MIN, largest_index},
    ParameterRange{"outer_count", 1, largest_index},
    ParameterRange{"output_batch_stride", 0, largest_index},
    ParameterRange{"output_channels", 1, largest_index},
    ParameterRange{"output_features", 1, largest_index},
    ParameterRange{"output_h", 1, largest_index},
    ParameterRange{"output_multiplier", INT32_MIN, largest_index},
    ParameterRange{"output_offset", -largest_index, largest_index},
    ParameterRange{"output_shape", 0, largest_index},
    ParameterRange{"output_shift", -31, 30},
    ParameterRange{"output_step_stride", 0, largest_index},
    ParameterRange{"output_stride", 0, largest_index},
    ParameterRange{"output_w", 1, largest_index},
    ParameterRange{"pad_after", -largest_index, largest_index},
    ParameterRange{"pad_before", -largest_index, largest_index},
    ParameterRange{"pad_bottom", 0, max_attribute_size},
    ParameterRange{"pad_left", 0, max_attribute_size},
    ParameterRange{"pad_right", 0, max_attribute_size},
    ParameterRange{"pad_top", 0, max_attribute_size},
    ParameterRange{"pad_value", -128, 127},
    ParameterRange{"positions", 1, largest_index},
    ParameterRange{"quant_max", -128, 127},
    ParameterRange{"quant_min", -128, 127},
    ParameterRange{"rank", 0, kernels::max_rank},
    ParameterRange{"reverse", 0, 1},
    ParameterRange{"rhs_offset", -largest_offset, largest_offset},
    ParameterRange{"row_bytes", 1, largest_index},
    ParameterRange{"rows", 1, largest_index},
    ParameterRange{"shift", -31, 31},
    ParameterRange{"size1", 1, largest_index},
    ParameterRange{"size2", 1, largest_index},
    ParameterRange{"state_multiplier", INT32_MIN, largest_index},
    ParameterRange{"state_shift", -31, 30},
    ParameterRange{"steps", 1, largest_index},
    ParameterRange{"stride_h", 1, max_attribute_size},
    ParameterRange{"stride_w", 1, max_attribute_size},
    ParameterRange{"subtract_mean", 0, 1},
    ParameterRange{"sum_count", 1, max_mean_elements},
    ParameterRange{"sum_multiplier", INT32_MIN, largest_index},
    ParameterRange{"sum_shift", -31, 30},
    ParameterRange{"units", 1, 1 << 16},
    ParameterRange{"zero_point", -128, 127},
};

/// Collects the first fault of one call.
class Bounds {
 public:
  Bounds(const program::Program& program, const program::KernelCall& call) : program_(program), call_(call) {}

  Status status() && { return std::move(status_); }
  bool ok() const { return status_.ok(); }
  void fault(std::string found, std::string allowed) {
    if (!status_) return;
    status_ = invalid_input({.where = call_.name,
                             .found = std::move(found),
                             .allowed = std::move(allowed),
                             .hint = "compile the model again with this version of Pudu"});
  }

  void check_parameters(const KernelBinding& kernel) {
    for (const ParamField& field : kernel.params) {
      if (field.type == FieldType::Float) {
        check_reals(field);
      } else {
        check_integers(field);
      }
    }
  }

  /// `what` does not exceed 32 bits.
  void fits(std::string_view what, std::int64_t value) {
    if (value < 0 || value > largest_index)
      fault(std::string(what) + " of " + std::to_string(value), "0 to 2147483647");
  }

  /// The kernel touches the product of `sizes` elements of the operand.
  void touches(const std::string& operand, std::initializer_list<std::int64_t> sizes) {
    std::int64_t elements = 1;
    for (const std::int64_t size : sizes) {
      if (size < 0 || (size > 0 && elements > largest_index / size)) {
        fault("operand '" + operand + "' of more than 2147483647 elements", "sizes that 32 bits hold");
        return;
      }
      elements *= size;
    }
    const program::Operand* bound = call_.find_operand(operand);
    if (bound == nullptr) {
      if (elements > 0) fault("operand '" + operand + "' is missing", "it is read");
      return;
    }
    const program::Buffer& buffer = program_.buffer(bound->buffer);
    const auto present = static_cast<std::int64_t>(buffer.bytes() / program::size_in_bytes(buffer.type));
    if (present < elements) {
      fault("operand '" + operand + "' of " + std::to_string(present) + " elements",
            "the call touches " + std::to_string(elements));
    }
  }

  /// One requantization per channel: bias, multipliers, and shifts that are distances a 32-bit number can be shifted.
  void touches_channels(std::int64_t channels) {
    for (const char* operand : {"bias", "multipliers", "shifts"}) touches(operand, {channels});
    if (!ok()) return;
    const program::Buffer& shifts = program_.buffer(call_.find_operand("shifts")->buffer);
    if (shifts.data == nullptr) return fault("operand 'shifts' is computed", "a constant");
    for (std::size_t i = 0; i < shifts.data->size() / sizeof(std::int32_t); ++i) {
      std::int32_t shift = 0;
      std::memcpy(&shift, shifts.data->data() + i * sizeof shift, sizeof shift);
      if (shift < -31 || shift > 30) fault("a shift of " + std::to_string(shift), "-31 to 30");
    }
  }

  /// `operand` is a constant of `count` integers, each in [low, high].
  void touches_integers(const std::string& operand, std::int64_t count, std::int64_t low, std::int64_t high) {
    touches(operand, {count});
    if (!ok()) return;
    const program::Buffer& buffer = program_.buffer(call_.find_operand(operand)->buffer);
    if (buffer.data == nullptr) return fault("operand '" + operand + "' is computed", "a constant");
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      std::int32_t value = 0;
      std::memcpy(&value, buffer.data->data() + i * sizeof value, sizeof value);
      if (value >= low && value <= high) continue;
      return fault("operand '" + operand + "' holds " + std::to_string(value),
                   std::to_string(low) + " to " + std::to_string(high));
    }
  }

  /// A zero point, which concatenation calls by the same name as a place in the output.
  void is_zero_point(std::int64_t output_offset) {
    if (output_offset < -128 || output_offset > 127) {
      fault("parameter 'output_offset' is " + std::to_string(output_offset), "-128 to 127");
    }
  }

  /// Positions of all taps of all windows along one axis fit 32 bits.
  void windows_fit(std::int64_t outputs, std::int64_t stride, std::int64_t taps, std::int64_t dilation,
                   std::int64_t padding) {
    const std::int64_t begin = std::max(outputs * stride, padding);
    if (begin > largest_index)
      return fault("windows beyond " + std::to_string(largest_index), "positions that 32 bits hold");
    fits("a last position", begin + taps * dilation + padding);
  }

  /// `operand` is read through strides over `shape`, from element `start` on.
  void touches_strided(const std::string& operand, std::int32_t rank, const std::int32_t* shape,
                       const std::int32_t* strides, std::int64_t start) {
    std::int64_t lowest = start;
    std::int64_t highest = start;
    for (std::int32_t dim = 0; dim < rank; ++dim) {
      if (shape[dim] == 0) return;
      const std::int64_t reach = std::int64_t{shape[dim] - 1} * strides[dim];
      (reach < 0 ? lowest : highest) += reach;
      // One step beyond, where the loops turn around.
      const std::int64_t turn = std::int64_t{shape[dim]} * strides[dim];
      fits("a step", turn < 0 ? -turn : turn);
      if (!ok()) return;
    }
    fits("a first element", lowest);
    touches(operand, {highest + 1});
  }

  void touches_shape(const std::string& operand, std::int32_t rank, const std::int32_t* shape) {
    std::int64_t elements = 1;
    for (std::int32_t dim = 0; dim < rank && elements <= largest_index; ++dim) elements *= shape[dim];
    touches(operand, {elements});
  }

 private:
  void check_integers(const ParamField& field) {
    const std::string name(field.name);
    const auto range = std::find_if(parameter_ranges.begin(), parameter_ranges.end(),
                                    [&](const ParameterRange& candidate) { return candidate.name == field.name; });
    if (range == parameter_ranges.end()) return fault("parameter '" + name + "'", "parameters of a known range");
    const auto* values = std::get_if<std::vector<std::int64_t>>(&call_.find_parameter(name)->values);
    if (values == nullptr) return fault("parameter '" + name + "' is a real", "an integer");
    for (const std::int64_t value : *values) {
      if (value >= range->low && value <= range->high) continue;
      return fault("parameter '" + name + "' is " + std::to_string(value),
                   std::to_string(range->low) + " to " + std::to_string(range->high));
    }
  }

  /// The only real parameters are scales.
  void check_reals(const ParamField& field) {
    const std::string name(field.name);
    const auto* values = std::get_if<std::vector<double>>(&call_.find_parameter(name)->values);
    if (values == nullptr) return fault("parameter '" + name + "' is an integer", "a real");
    for (const double value : *values) {
      const auto narrow = static_cast<float>(value);
      if (!std::isfinite(narrow) || !(narrow > 0)) {
        fault("parameter '" + name + "' is " + std::to_string(value), "positive and finite");
      }
    }
  }

  const program::Program& program_;
  const program::KernelCall& call_;
  Status status_;
};

}  // namespace pudu::ops

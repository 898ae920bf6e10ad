// What the table of call_bounds.cpp is made of: the range of each parameter by its name, which means the same in every
// kernel, and the checks of one call's operands, of which the first fault is kept.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>

#include "base/result.hpp"
#include "kernels/call_extents.hpp"
#include "kernels/kernel.hpp"
#include "kernels/parameter_ranges.hpp"
#include "ops/checks.hpp"
#include "ops/kernel_binding.hpp"
#include "program/program.hpp"

namespace pudu::ops {

using kernels::largest_index;
using kernels::largest_offset;
static_assert(kernels::largest_window == max_attribute_size && kernels::largest_mean == max_mean_elements);

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
    has_wide_codes_ = std::any_of(kernel.operands.begin(), kernel.operands.end(), [](const OperandField& field) {
      return field.element == program::ElementType::Int16 && (field.name == "input" || field.name == "output");
    });
    for (const ParamField& field : kernel.params) {
      if (field.type == FieldType::Float) {
        check_reals(field);
      } else {
        check_integers(field);
      }
    }
  }

  /// `what` of the call is `found`, which must be as `allowed` says.
  void require(bool holds, const std::string& what, std::int64_t found, const char* allowed) {
    if (!holds) fault(what + " is " + std::to_string(found), allowed);
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

  /// The last word of every four of a constant is a shift in [low, high].
  void every_fourth_is_shift(const std::string& operand, std::int64_t low, std::int64_t high) {
    if (!ok()) return;
    const std::vector<std::byte>& data = *program_.buffer(call_.find_operand(operand)->buffer).data;
    for (std::size_t at = 3 * sizeof(std::int32_t); at + sizeof(std::int32_t) <= data.size();
         at += 4 * sizeof(std::int32_t)) {
      std::int32_t shift = 0;
      std::memcpy(&shift, data.data() + at, sizeof shift);
      if (shift < low || shift > high) {
        fault("a shift of " + std::to_string(shift), std::to_string(low) + " to " + std::to_string(high));
      }
    }
  }

  /// The first `count` bytes of a constant operand that holds as many; none when something was at fault before.
  std::vector<std::uint8_t> leading_bytes(const std::string& operand, std::int64_t count) const {
    if (!ok()) return {};
    std::vector<std::uint8_t> values(static_cast<std::size_t>(count));
    const program::Buffer& buffer = program_.buffer(call_.find_operand(operand)->buffer);
    std::memcpy(values.data(), buffer.data->data(), values.size());
    return values;
  }

  /// LanesConstants of `channels`, `words` each, behind `skipped` words of an operand that holds them all: those of
  /// form General have a shift in their fourth word.
  void lanes_have_shifts(const std::string& operand, std::int64_t skipped, std::int64_t channels, std::int64_t words) {
    if (!ok()) return;
    const program::Buffer& buffer = program_.buffer(call_.find_operand(operand)->buffer);
    if (buffer.data == nullptr) return fault("operand '" + operand + "' is computed", "a constant");
    for (std::int64_t i = 0; i < channels; ++i) {
      std::int32_t channel[4] = {};
      std::memcpy(channel, buffer.data->data() + 4 * static_cast<std::size_t>(skipped + i * words), sizeof channel);
      const bool is_general = (channel[1] >> 24 & 3) == 0;
      if (is_general && (channel[3] < -31 || channel[3] > 30)) {
        return fault("a shift of " + std::to_string(channel[3]), "-31 to 30");
      }
    }
  }

  /// `operand` is a constant whose whole words are as `holds(words, count)` wants them.
  template <class Holds>
  void has_words(const std::string& operand, Holds&& holds) {
    if (!ok()) return;
    const program::Buffer& buffer = program_.buffer(call_.find_operand(operand)->buffer);
    if (buffer.data == nullptr) return fault("operand '" + operand + "' is computed", "a constant");
    std::vector<std::int32_t> words(buffer.data->size() / sizeof(std::int32_t));
    if (!words.empty()) std::memcpy(words.data(), buffer.data->data(), words.size() * sizeof(std::int32_t));
    if (!holds(words.data(), words.size())) {
      fault("operand '" + operand + "' is not of this call", "words as it was compiled with");
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
    touches(operand, {kernels::strided_elements(*this, rank, shape, strides, start)});
  }

  void touches_shape(const std::string& operand, std::int32_t rank, const std::int32_t* shape) {
    std::int64_t elements = 1;
    for (std::int32_t dim = 0; dim < rank && elements <= largest_index; ++dim) elements *= shape[dim];
    touches(operand, {elements});
  }

 private:
  void check_integers(const ParamField& field) {
    const std::string name(field.name);
    const kernels::ParameterRange* range = kernels::find_range(name.c_str());
    if (range == nullptr) return fault("parameter '" + name + "'", "parameters of a known range");
    const auto* values = std::get_if<std::vector<std::int64_t>>(&call_.find_parameter(name)->values);
    if (values == nullptr) return fault("parameter '" + name + "' is a real", "an integer");
    for (const std::int64_t value : *values) {
      const std::int64_t low = is_code(name) ? INT16_MIN : range->low;
      const std::int64_t high = is_code(name) ? INT16_MAX : range->high;
      if (value >= low && value <= high) continue;
      return fault("parameter '" + name + "' is " + std::to_string(value),
                   std::to_string(low) + " to " + std::to_string(high));
    }
  }

  /// A parameter of a kernel of 16-bit codes that is such a code.
  bool is_code(const std::string& name) const {
    return has_wide_codes_ && (name == "quant_min" || name == "quant_max" || name == "zero_point");
  }

  void check_reals(const ParamField& field) {
    const std::string name(field.name);
    const auto* values = std::get_if<std::vector<double>>(&call_.find_parameter(name)->values);
    if (values == nullptr) return fault("parameter '" + name + "' is an integer", "a real");
    for (const double value : *values) {
      const auto narrow = static_cast<float>(value);
      const bool may_be_any = kernels::may_be_any_real(name.c_str());
      if (!std::isfinite(narrow) || (!may_be_any && !(narrow > 0))) {
        fault("parameter '" + name + "' is " + std::to_string(value), may_be_any ? "finite" : "positive and finite");
      }
    }
  }

  const program::Program& program_;
  const program::KernelCall& call_;
  bool has_wide_codes_ = false;
  Status status_;
};

}  // namespace pudu::ops

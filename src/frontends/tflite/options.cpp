#include "frontends/tflite/options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ops/checks.hpp"

namespace pudu::frontends::tflite {
namespace {

enum class Activation : std::int8_t { None = 0, Relu = 1, ReluN1To1 = 2, Relu6 = 3 };
enum class PaddingKind : std::int8_t { Same = 0, Valid = 1 };

}  // namespace

Status set_activation(std::int8_t function, ir::Attributes& attributes) {
  switch (static_cast<Activation>(function)) {
    case Activation::None:
      return {};
    case Activation::Relu:
      attributes.set("activation_min", 0.0);
      return {};
    case Activation::ReluN1To1:
      attributes.set("activation_min", -1.0);
      attributes.set("activation_max", 1.0);
      return {};
    case Activation::Relu6:
      attributes.set("activation_min", 0.0);
      attributes.set("activation_max", 6.0);
      return {};
  }
  return unsupported_here(fmt::format("fused activation function {}", static_cast<int>(function)),
                          "none, RELU, RELU_N1_TO_1 or RELU6");
}

Result<Padding> padding_of(std::int8_t padding, std::int64_t size, std::int64_t extent, std::int64_t stride) {
  switch (static_cast<PaddingKind>(padding)) {
    case PaddingKind::Valid:
      return Padding{};
    case PaddingKind::Same: {
      const std::int64_t count = (size + stride - 1) / stride;
      const std::int64_t total = std::max<std::int64_t>(0, (count - 1) * stride + extent - size);
      return Padding{total / 2, total - total / 2};
    }
  }
  return invalid_here(fmt::format("padding {}", static_cast<int>(padding)), "SAME (0) or VALID (1)");
}

Status check_positive(const char* what, std::int64_t value) {
  if (value >= 1 && value <= ops::max_attribute_size) return {};
  return invalid_here(fmt::format("{} is {}", what, value), fmt::format("1 to {}", ops::max_attribute_size));
}

}  // namespace pudu::frontends::tflite

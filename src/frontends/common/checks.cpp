#include "frontends/common/checks.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "kernels/kernel.hpp"

namespace pudu::frontends {
namespace {

constexpr std::int64_t max_elements = std::int64_t{1} << 31;

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string to_identifier(std::string_view text) {
  std::string result;
  for (const char c : text) result += is_name_char(c) ? c : '_';
  if (result.empty() || (result[0] >= '0' && result[0] <= '9')) result.insert(0, "model_");
  return result;
}

std::string to_value_name(std::string_view text) {
  std::string result;
  for (const char c : text) result += is_name_char(c) || c == '.' ? c : '_';
  return result;
}

Status check_shape(const ir::Shape& shape) {
  if (shape.size() > kernels::max_rank) {
    return unsupported({"", "", fmt::format("a tensor of {} dimensions", shape.size()),
                        fmt::format("at most {}", kernels::max_rank), ""});
  }
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0) return invalid_input({"", "", fmt::format("a tensor with a size of {}", size), "positive sizes", ""});
    if (size == 0) return unsupported({"", "", "a tensor without elements", "positive sizes", ""});
    if (size >= max_elements || count * size >= max_elements) {
      return unsupported(
          {"", "", fmt::format("a tensor of shape {}", ir::to_string(shape)), "fewer than 2^31 elements", ""});
    }
    count *= size;
  }
  return {};
}

}  // namespace pudu::frontends

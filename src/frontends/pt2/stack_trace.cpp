// Frames are printed by Python's traceback module, outermost first:
//   File "models/zoo.py", line 26, in forward
//     x = self.pool(x)
#include "frontends/pt2/stack_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace pudu::frontends {

namespace {

constexpr std::array package_folders = {std::string_view("/site-packages/"), std::string_view("/dist-packages/"),
                                        std::string_view("/torch/")};
constexpr std::size_t max_code_bytes = 120;

struct Frame {
  std::string_view file;
  std::string_view line;
  std::string_view function;
  std::string_view code;
};

std::string_view trim(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
  text.remove_prefix(begin);
  const std::size_t last = text.find_last_not_of(" \t\r");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// Cuts the text before `separator` off the front of `text`.
std::optional<std::string_view> cut(std::string_view& text, std::string_view separator) {
  const std::size_t position = text.find(separator);
  if (position == std::string_view::npos) return std::nullopt;
  const std::string_view front = text.substr(0, position);
  text.remove_prefix(position + separator.size());
  return front;
}

std::optional<Frame> parse_frame_line(std::string_view text) {
  text = trim(text);
  const auto before = cut(text, "File \"");
  if (!before || !before->empty()) return std::nullopt;
  const auto file = cut(text, "\", line ");
  if (!file) return std::nullopt;
  const auto line = cut(text, ", in ");
  if (!line) return Frame{*file, text, "", ""};
  return Frame{*file, *line, text, ""};
}

bool is_users(const Frame& frame) {
  const std::string path = "/" + std::string(frame.file);  // the path may be relative
  return std::none_of(package_folders.begin(), package_folders.end(),
                      [&](std::string_view folder) { return path.find(folder) != std::string::npos; });
}

/// Printable ASCII only: the text goes to terminals and reports.
std::string printable(std::string_view text) {
  std::string result(text.substr(0, max_code_bytes));
  std::replace_if(
      result.begin(), result.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  if (text.size() > max_code_bytes) result += "...";
  return result;
}

}  // namespace

SourceLine find_source_line(std::string_view stack_trace) {
  std::optional<Frame> innermost;
  std::optional<Frame> users;
  Frame* current = nullptr;
  while (!stack_trace.empty()) {
    const std::size_t end = std::min(stack_trace.find('\n'), stack_trace.size());
    const std::string_view line = stack_trace.substr(0, end);
    stack_trace.remove_prefix(std::min(end + 1, stack_trace.size()));
    if (const std::optional<Frame> frame = parse_frame_line(line)) {
      innermost = frame;
      current = &*innermost;
      if (is_users(*frame)) {
        users = frame;
        current = &*users;
      }
    } else if (current != nullptr && current->code.empty()) {
      current->code = trim(line);
    }
  }
  const std::optional<Frame>& chosen = users ? users : innermost;
  if (!chosen) return {};
  const std::string_view base_name = chosen->file.substr(chosen->file.find_last_of("/\\") + 1);
  std::string place = printable(base_name) + ":" + printable(chosen->line);
  if (!chosen->function.empty()) place += " in " + printable(chosen->function);
  return {std::move(place), printable(chosen->code)};
}

Diagnostic with_source(Diagnostic diagnostic, const SourceLine& source) {
  if (source.place.empty()) return diagnostic;
  const std::string line =
      source.code.empty() ? "at " + source.place : fmt::format("at {}: {}", source.place, source.code);
  if (diagnostic.allowed.empty()) {
    diagnostic.allowed = line;
  } else if (diagnostic.hint.empty()) {
    diagnostic.hint = line;
  } else {
    diagnostic.hint += ", " + line;
  }
  return diagnostic;
}

}  // namespace pudu::frontends

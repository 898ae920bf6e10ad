#include "emitters/cpp/row_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "emitters/cpp/constants.hpp"
#include "emitters/cpp/cpp_emitter.hpp"
#include "emitters/cpp/identifiers.hpp"

namespace pudu::emitters {
namespace {

using program::BufferId;

std::string indented(const std::string& text) {
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    result += "      " + text.substr(begin, end - begin);
    begin = end;
  }
  return result;
}

/// Writes one region.
class RegionWriter {
 public:
  RegionWriter(const RegionContext& context, const RegionNames& names, const RowRegion& region)
      : context_(context), names_(names), region_(region), counters_(region.fed ? names.state : "rows") {}

  std::string definition() const { return events() + counters() + function(); }

  /// The argument of at<T>() for rows of a buffer: `row` is an expression, or empty for none, plus `constant`.
  std::string address(BufferId id, const std::string& row, std::int32_t constant) const {
    const program::Buffer& buffer = context_.program.buffer(id);
    const std::size_t row_bytes = buffer.bytes() / static_cast<std::size_t>(buffer.shape[1]);
    std::string rows = row;
    if (context_.memory.schedule->window_rows[program::index_of(id)] > 0) {
      const BufferId owner = window_owner(*context_.memory.schedule, id);
      if (region_.sliding_windows.contains(owner)) {
        rows += fmt::format(" - {}.{}", counters_, window_name(owner));
      } else {
        constant -= region_.fixed_windows.at(owner);
      }
    }
    const std::size_t offset = context_.memory.offset(id);
    if (rows.empty()) {
      return fmt::format("{}", static_cast<std::int64_t>(offset) + constant * static_cast<std::int64_t>(row_bytes));
    }
    if (constant != 0) rows += fmt::format(" {} {}", constant < 0 ? '-' : '+', std::abs(constant));
    return fmt::format("{} + {} * ({})", offset, row_bytes, rows.starts_with(" ") ? rows.substr(1) : rows);
  }

 private:
  static std::string window_name(BufferId owner) { return fmt::format("first_{}", program::index_of(owner)); }
  static std::string counter_name(std::size_t call) { return fmt::format("call_{}", call); }

  std::string event_type() const { return region_.kinds.size() <= 256 ? "std::uint8_t" : "std::uint16_t"; }

  std::string events() const {
    std::string text = fmt::format("// The order of a region: each number is a case of {}().\n", names_.function);
    text += fmt::format("constexpr {} {}[] = {{", event_type(), names_.events);
    for (std::size_t i = 0; i < region_.events.size(); ++i) {
      text += fmt::format("{}{},", i % 32 == 0 ? "\n    " : " ", region_.events[i]);
    }
    return text + "\n};\n\n";
  }

  std::string counters() const {
    std::string text = fmt::format("struct {} {{\n", names_.counters);
    for (const auto& [call, row] : region_.call_counters) {
      text += fmt::format("  std::int32_t {} = {};  // row of {}\n", counter_name(call), row,
                          comment_text(context_.program.calls[call].name));
    }
    for (const auto& [window, row] : region_.sliding_windows) {
      text += fmt::format("  std::int32_t {} = {};  // first row of {}\n", window_name(window), row,
                          comment_text(context_.program.buffer(window).name));
    }
    if (region_.fed) {
      text += fmt::format(
          "  std::int32_t wanted = {};  // first row of the input that is waited for\n"
          "  std::int32_t wanted_end = 0;\n"
          "  std::int32_t next_row = fed_rows;  // that the caller brings\n"
          "  std::size_t event = 0;\n"
          "  bool is_complete = false;\n",
          region_.feed_counter);
    }
    text += "};\n";
    return text + (region_.fed ? fmt::format("{} {};\n\n", names_.counters, names_.state) : "\n");
  }

  std::string function() const {
    std::string text = fmt::format("pudu::RunStatus {}() noexcept {{\n", names_.function);
    if (region_.fed) {
      text += fmt::format("  while ({0}.event < sizeof({1}) / sizeof({1}[0])) {{\n", names_.state, names_.events);
      text += fmt::format("    const auto event = {}[{}.event++];\n", names_.events, names_.state);
    } else {
      if (!region_.call_counters.empty()) text += fmt::format("  {} rows;\n", names_.counters);
      text += fmt::format("  for (const {} event : {}) {{\n", event_type(), names_.events);
    }
    text += fmt::format("    PUDU_LAYER({});\n    switch (event) {{\n", context_.program.calls.size());
    for (std::size_t i = 0; i < region_.kinds.size(); ++i) {
      text += fmt::format("      case {}: {{\n", i);
      text += std::visit([this](const auto& event) { return statements(event); }, region_.kinds[i]);
      text += "      }\n";
    }
    return text + "      default:\n        break;\n    }\n  }\n  return pudu::RunStatus::Ok;\n}\n\n";
  }

  std::string moved(const std::string& counter, std::int32_t lead) const {
    if (lead == 0) return "";
    return fmt::format("        {}.{} {}= {};\n", counters_, counter, lead < 0 ? '-' : '+', std::abs(lead));
  }

  std::string statements(const CallEvent& event) const {
    const auto address_of = [&](std::string_view operand) -> std::string {
      const auto found = std::find_if(event.operands.begin(), event.operands.end(),
                                      [&](const RowsOperand& rows) { return rows.operand == operand; });
      if (found == event.operands.end()) return "";
      const std::string counter = fmt::format("{}.{}", counters_, counter_name(event.index));
      const std::string row = found->per_row == 0   ? ""
                              : found->per_row == 1 ? counter
                                                    : fmt::format("{} * {}", found->per_row, counter);
      if (found->divisor == 1) return address(found->buffer, row, found->row);
      const std::string shifted =
          found->row == 0 ? row : fmt::format("({} {} {})", row, found->row < 0 ? '-' : '+', std::abs(found->row));
      return address(found->buffer, fmt::format("{} / {}", shifted, found->divisor), 0);
    };
    return moved(counter_name(event.index), event.lead) + fmt::format("        PUDU_LAYER({});\n", event.index) +
           indented(context_.call_statements(event, address_of)) + "        break;\n";
  }

  std::string statements(const SlideEvent& event) const {
    const program::Buffer& buffer = context_.program.buffer(event.buffer);
    const std::size_t row_bytes = buffer.bytes() / static_cast<std::size_t>(buffer.shape[1]);
    const std::size_t begin = context_.memory.offset(event.buffer);
    const auto slot = [&](std::int32_t index) { return begin + static_cast<std::size_t>(index) * row_bytes; };
    const bool is_forward = event.to_slot < event.from_slot;
    // A window whose rows are all used up begins anew.
    std::string text = fmt::format("        // {}: {} rows stay\n", comment_text(buffer.name), event.rows);
    if (event.rows > 0) {
      text +=
          fmt::format("        pudu::kernels::{}(arena + {}, arena + {}, {});\n", is_forward ? "move_down" : "move_up",
                      slot(event.to_slot), slot(event.from_slot), static_cast<std::size_t>(event.rows) * row_bytes);
    }
    return text + moved(window_name(window_owner(*context_.memory.schedule, event.buffer)), event.lead) +
           "        break;\n";
  }

  std::string statements(const FeedEvent& event) const {
    return moved("wanted", event.lead) +
           fmt::format("        {0}.wanted_end = {0}.wanted + {1};\n", counters_, event.rows) +
           "        return pudu::RunStatus::MoreRows;\n";
  }

  const RegionContext& context_;
  const RegionNames& names_;
  const RowRegion& region_;
  std::string counters_;  ///< the object with the counters
};

}  // namespace

std::string region_definition(const RegionContext& context, const RegionNames& names, const RowRegion& region) {
  return RegionWriter(context, names, region).definition();
}

std::string feed_declarations(const program::Program& program, BufferId fed) {
  const program::Buffer& buffer = program.buffer(fed);
  const auto port = std::find_if(program.inputs.begin(), program.inputs.end(),
                                 [&](const program::Port& each) { return each.buffer == fed; });
  return fmt::format(
      "/// The rows of input {0} arrive one by one; only those that are still needed are held. A row has "
      "fed_row_bytes\n"
      "/// bytes: the elements [width, channels] of one line of the image.\n"
      "#define PUDU_FEEDS_ROWS_{1} 1\n"
      "inline constexpr std::size_t fed_input = {0};\n"
      "inline constexpr std::int32_t fed_rows = {2};\n"
      "inline constexpr std::size_t fed_row_bytes = {3};\n"
      "using FedElement = {4};\n\n"
      "/// Starts an inference; one that is under way is given up. Other inputs are filled before.\n"
      "pudu::RunStatus begin() noexcept;\n\n"
      "/// The next row, from the top of the image down, which is copied or used up before this returns. MoreRows: "
      "the\n"
      "/// inference goes on with the next row. Ok: it is complete, read output_data(i); rows that are left may be\n"
      "/// brought, and change nothing. WrongInputSize: not one row; NotBegun: no begin(), or no row is left.\n"
      "pudu::RunStatus feed_row(pudu::Span<const FedElement> row) noexcept;\n\n",
      port - program.inputs.begin(), cpp_namespace(program), buffer.shape[1],
      buffer.bytes() / static_cast<std::size_t>(buffer.shape[1]), element_type_name(buffer.type));
}

std::string feed_definitions(const RegionContext& context, const RegionNames& names, const RowRegion& region,
                             const std::string& before, const std::string& after) {
  const RegionWriter writer(context, names, region);
  std::string text = fmt::format(
      "namespace {{\n\n/// Goes on to where rows are needed, or to the end.\n"
      "pudu::RunStatus resume() noexcept {{\n"
      "  const pudu::RunStatus status = {}();\n"
      "  if (status != pudu::RunStatus::Ok) return status;\n"
      "  {}.is_complete = true;\n{}",
      names.function, names.state, after);
  text += fmt::format("  PUDU_LAYER({});\n  return pudu::RunStatus::Ok;\n}}\n\n}}  // namespace\n\n",
                      context.program.calls.size());
  text += fmt::format(
      "pudu::RunStatus begin() noexcept {{\n{}  {} = {}{{}};\n  {}.next_row = 0;\n"
      "  const pudu::RunStatus status = resume();\n"
      "  return status == pudu::RunStatus::MoreRows ? pudu::RunStatus::Ok : status;\n}}\n\n",
      before, names.state, names.counters, names.state);
  text += fmt::format(
      "pudu::RunStatus feed_row(pudu::Span<const FedElement> row) noexcept {{\n"
      "  if (row.size() * sizeof(FedElement) != fed_row_bytes) return pudu::RunStatus::WrongInputSize;\n"
      "  if ({0}.next_row >= fed_rows) return pudu::RunStatus::NotBegun;\n"
      "  const std::int32_t index = {0}.next_row++;\n"
      "  if ({0}.is_complete) return pudu::RunStatus::Ok;\n"
      "  if (index >= {0}.wanted) std::memcpy(arena + {1}, row.data(), fed_row_bytes);\n"
      "  if ({0}.next_row < {0}.wanted_end) return pudu::RunStatus::MoreRows;\n"
      "  const pudu::RunStatus status = resume();\n"
      "  const bool has_failed = status != pudu::RunStatus::Ok && status != pudu::RunStatus::MoreRows;\n"
      "  if (has_failed) {0}.next_row = fed_rows;\n"
      "  return status;\n}}\n\n",
      names.state, writer.address(*region.fed, "index", 0));
  return text +
         "namespace {\n\n/// Every row, from the caller's memory.\n"
         "[[maybe_unused]] pudu::RunStatus feed_all(const FedElement* image) noexcept {\n"
         "  constexpr std::size_t row = fed_row_bytes / sizeof(FedElement);\n"
         "  pudu::RunStatus status = begin();\n"
         "  for (std::int32_t i = 0; status == (i == 0 ? pudu::RunStatus::Ok : pudu::RunStatus::MoreRows); ++i) {\n"
         "    status = feed_row({image + static_cast<std::size_t>(i) * row, row});\n"
         "    if (status == pudu::RunStatus::Ok) break;\n  }\n"
         "  return status;\n}\n\n}  // namespace\n\n";
}

}  // namespace pudu::emitters

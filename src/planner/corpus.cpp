#include "planner/corpus.hpp"

#include <cstdint>

#include "base/text_cursor.hpp"
#include "base/text_format.hpp"

namespace pudu::planner {
namespace {

/// Far above any device, far below overflow of a sum of buffers.
constexpr std::int64_t max_bytes = std::int64_t{1} << 40;
constexpr std::int64_t max_alignment = std::int64_t{1} << 20;

struct Interval {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// `[begin, end]`, which is not empty.
Result<Interval> parse_interval(base::TextCursor& cursor, std::string_view unit, std::int64_t max) {
  Interval interval;
  PUDU_TRY(cursor.expect("["));
  PUDU_TRY_ASSIGN(interval.begin, cursor.integer("the first " + std::string(unit), 0, max - 1));
  PUDU_TRY(cursor.expect(","));
  PUDU_TRY_ASSIGN(interval.end,
                  cursor.integer("the " + std::string(unit) + " behind the last", interval.begin + 1, max));
  PUDU_TRY(cursor.expect("]"));
  return interval;
}

/// Of the last buffer, within which it lies.
Result<PlanExtent> parse_extent(base::TextCursor& cursor, const PlanBuffer& buffer) {
  const base::TextCursor start = cursor;
  PUDU_TRY(cursor.expect("steps"));
  PUDU_TRY_ASSIGN(const Interval steps, parse_interval(cursor, "step", INT32_MAX));
  PUDU_TRY(cursor.expect("bytes"));
  PUDU_TRY_ASSIGN(const Interval bytes, parse_interval(cursor, "byte", max_bytes));
  if (steps.begin < buffer.begin_step || steps.end > buffer.end_step ||
      bytes.end > static_cast<std::int64_t>(buffer.bytes)) {
    return start.fault("an extent outside of buffer '" + buffer.name + "'", "steps and bytes of its buffer");
  }
  return PlanExtent{static_cast<int>(steps.begin), static_cast<int>(steps.end), static_cast<std::size_t>(bytes.begin),
                    static_cast<std::size_t>(bytes.end)};
}

Result<PlanBuffer> parse_buffer(base::TextCursor& cursor) {
  PlanBuffer buffer;
  PUDU_TRY_ASSIGN(buffer.name, cursor.name("the buffer's name"));
  PUDU_TRY(cursor.expect("bytes"));
  PUDU_TRY_ASSIGN(const std::int64_t bytes, cursor.integer("a number of bytes", 0, max_bytes));
  PUDU_TRY(cursor.expect("steps"));
  PUDU_TRY_ASSIGN(const Interval steps, parse_interval(cursor, "step", INT32_MAX));
  PUDU_TRY(cursor.expect("alignment"));
  PUDU_TRY_ASSIGN(const std::int64_t alignment, cursor.integer("an alignment", 1, max_alignment));
  buffer.bytes = static_cast<std::size_t>(bytes);
  buffer.begin_step = static_cast<int>(steps.begin);
  buffer.end_step = static_cast<int>(steps.end);
  buffer.alignment = static_cast<std::size_t>(alignment);
  return buffer;
}

}  // namespace

std::string print(const CorpusEntry& entry) {
  std::string text = "best_known " + std::to_string(entry.best_known_bytes) + "\n";
  for (const PlanBuffer& buffer : entry.problem.buffers) {
    text += "buffer " + base::format_name(buffer.name) + " bytes " + std::to_string(buffer.bytes) + " steps [" +
            std::to_string(buffer.begin_step) + ", " + std::to_string(buffer.end_step) + "] alignment " +
            std::to_string(buffer.alignment) + "\n";
    for (const PlanExtent& extent : buffer.extents) {
      text += "extent steps [" + std::to_string(extent.begin_step) + ", " + std::to_string(extent.end_step) +
              "] bytes [" + std::to_string(extent.begin_byte) + ", " + std::to_string(extent.end_byte) + "]\n";
    }
  }
  return text;
}

Result<CorpusEntry> parse_corpus_entry(std::string_view text) {
  base::TextCursor cursor(text);
  CorpusEntry entry;
  cursor.skip_blank_lines();
  PUDU_TRY(cursor.expect("best_known"));
  PUDU_TRY_ASSIGN(const std::int64_t best, cursor.integer("a number of bytes", 0));
  entry.best_known_bytes = static_cast<std::size_t>(best);
  PUDU_TRY(cursor.expect_line_end());
  while (!cursor.at_end()) {
    if (!entry.problem.buffers.empty() && cursor.accept("extent")) {
      PlanBuffer& buffer = entry.problem.buffers.back();
      PUDU_TRY_ASSIGN(buffer.extents.emplace_back(), parse_extent(cursor, buffer));
    } else {
      PUDU_TRY(cursor.expect("buffer"));
      PUDU_TRY_ASSIGN(entry.problem.buffers.emplace_back(), parse_buffer(cursor));
    }
    PUDU_TRY(cursor.expect_line_end());
  }
  return entry;
}

}  // namespace pudu::planner

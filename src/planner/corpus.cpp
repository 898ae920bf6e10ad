#include "planner/corpus.hpp"

#include <cstdint>

#include "base/text_cursor.hpp"
#include "base/text_format.hpp"

namespace pudu::planner {
namespace {

/// Far above any device, far below overflow of a sum of buffers.
constexpr std::int64_t max_bytes = std::int64_t{1} << 40;
constexpr std::int64_t max_alignment = std::int64_t{1} << 20;

Result<PlanBuffer> parse_buffer(base::TextCursor& cursor) {
  PlanBuffer buffer;
  PUDU_TRY_ASSIGN(buffer.name, cursor.name("the buffer's name"));
  PUDU_TRY(cursor.expect("bytes"));
  PUDU_TRY_ASSIGN(const std::int64_t bytes, cursor.integer("a number of bytes", 0, max_bytes));
  PUDU_TRY(cursor.expect("steps"));
  PUDU_TRY(cursor.expect("["));
  PUDU_TRY_ASSIGN(const std::int64_t begin, cursor.integer("the first step", 0, INT32_MAX - 1));
  PUDU_TRY(cursor.expect(","));
  PUDU_TRY_ASSIGN(const std::int64_t end, cursor.integer("the step behind the last", begin + 1, INT32_MAX));
  PUDU_TRY(cursor.expect("]"));
  PUDU_TRY(cursor.expect("alignment"));
  PUDU_TRY_ASSIGN(const std::int64_t alignment, cursor.integer("an alignment", 1, max_alignment));
  buffer.bytes = static_cast<std::size_t>(bytes);
  buffer.begin_step = static_cast<int>(begin);
  buffer.end_step = static_cast<int>(end);
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
    PUDU_TRY(cursor.expect("buffer"));
    PUDU_TRY_ASSIGN(entry.problem.buffers.emplace_back(), parse_buffer(cursor));
    PUDU_TRY(cursor.expect_line_end());
  }
  return entry;
}

}  // namespace pudu::planner

#include "program/plan_text.hpp"

#include <map>
#include <utility>

#include "base/text_cursor.hpp"
#include "base/text_format.hpp"

namespace pudu::program {
namespace {

std::string reference(const Program& program, BufferId id) {
  return "%" + base::format_name(program.buffer(id).name);
}

std::string range(RowRange rows) {
  return "[" + std::to_string(rows.begin) + ", " + std::to_string(rows.end) + "]";
}

std::string step_line(const Program& program, const Step& step) {
  switch (step.kind) {
    case StepKind::Whole:
      return "whole " + base::format_name(program.calls[step.call].name);
    case StepKind::Rows:
      return "rows " + base::format_name(program.calls[step.call].name) + " " + range(step.rows);
    case StepKind::Slide:
      return "slide " + reference(program, step.buffer) + " " + range(step.rows) +
             (step.slot ? " to " + std::to_string(*step.slot) : "");
    case StepKind::Feed:
      break;
  }
  return "feed " + reference(program, step.buffer) + " " + range(step.rows);
}

class Parser {
 public:
  Parser(const Program& program, std::string_view text) : program_(program), cursor_(text) {
    for (const Buffer& buffer : program.buffers) buffers_.emplace(buffer.name, buffer.id);
    for (std::size_t call = 0; call < program.calls.size(); ++call) calls_.emplace(program.calls[call].name, call);
    map_.offsets.resize(program.buffers.size());
    map_.schedule = Schedule{};
    map_.schedule->window_rows.resize(program.buffers.size(), 0);
    map_.schedule->shared.resize(program.buffers.size());
  }

  Result<MemoryMap> run() {
    cursor_.skip_blank_lines();
    PUDU_TRY(cursor_.expect("plan"));
    PUDU_TRY(cursor_.expect("{"));
    PUDU_TRY(cursor_.expect_line_end());
    PUDU_TRY(sizes());
    PUDU_TRY(cursor_.expect_line_end());
    while (!cursor_.accept("}")) {
      PUDU_TRY(statement());
      PUDU_TRY(cursor_.expect_line_end());
    }
    PUDU_TRY(cursor_.expect_line_end());
    if (!cursor_.at_end()) return cursor_.unexpected("the end of the plan");
    place_states(program_, map_);
    return std::move(map_);
  }

 private:
  Result<std::size_t> bytes(const char* what) {
    PUDU_TRY_ASSIGN(const std::int64_t value, cursor_.integer(what, 0, INT32_MAX));
    return static_cast<std::size_t>(value);
  }

  Status sizes() {
    PUDU_TRY(cursor_.expect("arena"));
    PUDU_TRY_ASSIGN(map_.arena_bytes, bytes("bytes of the arena"));
    PUDU_TRY(cursor_.expect("bound"));
    PUDU_TRY_ASSIGN(map_.lower_bound_bytes, bytes("bytes that no plan goes below"));
    PUDU_TRY(cursor_.expect("strategy"));
    PUDU_TRY_ASSIGN(map_.strategy, cursor_.quoted("the strategy in quotes"));
    return {};
  }

  Status statement() {
    if (cursor_.accept("window")) return window();
    if (cursor_.accept("share")) return share();
    if (cursor_.accept("place")) return place();
    if (cursor_.accept("whole")) return call_step(StepKind::Whole);
    if (cursor_.accept("rows")) return call_step(StepKind::Rows);
    if (cursor_.accept("slide")) return buffer_step(StepKind::Slide);
    if (cursor_.accept("feed")) return buffer_step(StepKind::Feed);
    return cursor_.unexpected("'window', 'share', 'place', 'whole', 'rows', 'slide', 'feed' or '}'");
  }

  Result<BufferId> buffer() {
    PUDU_TRY(cursor_.expect("%"));
    const base::TextCursor at_name = cursor_;
    PUDU_TRY_ASSIGN(const std::string name, cursor_.name("a buffer's name"));
    const auto found = buffers_.find(name);
    if (found == buffers_.end()) return at_name.unexpected("a buffer of the program");
    return found->second;
  }

  Result<RowRange> rows() {
    const base::TextCursor at_range = cursor_;
    PUDU_TRY_ASSIGN(const std::vector<std::int64_t> ends, cursor_.integers("rows", 0, INT32_MAX));
    if (ends.size() != 2 || ends[0] > ends[1]) return at_range.unexpected("rows as [begin, end]");
    return RowRange{static_cast<std::int32_t>(ends[0]), static_cast<std::int32_t>(ends[1])};
  }

  Status window() {
    PUDU_TRY_ASSIGN(const BufferId id, buffer());
    PUDU_TRY_ASSIGN(const std::int64_t rows, cursor_.integer("rows of the window", 1, INT32_MAX));
    map_.schedule->window_rows[index_of(id)] = static_cast<std::int32_t>(rows);
    return {};
  }

  Status share() {
    PUDU_TRY_ASSIGN(const BufferId id, buffer());
    PUDU_TRY(cursor_.expect("="));
    PUDU_TRY_ASSIGN(const BufferId owner, buffer());
    PUDU_TRY(cursor_.expect("+"));
    PUDU_TRY_ASSIGN(const std::size_t offset, bytes("bytes from its owner's first"));
    map_.schedule->shared[index_of(id)] = SharedStorage{owner, offset};
    return {};
  }

  Status place() {
    PUDU_TRY_ASSIGN(const BufferId id, buffer());
    PUDU_TRY_ASSIGN(map_.offsets[index_of(id)], bytes("an offset"));
    return {};
  }

  Status call_step(StepKind kind) {
    const base::TextCursor at_name = cursor_;
    PUDU_TRY_ASSIGN(const std::string name, cursor_.name("a call's name"));
    const auto found = calls_.find(name);
    if (found == calls_.end()) return at_name.unexpected("a call of the program");
    Step step{.kind = kind, .call = found->second};
    if (kind == StepKind::Rows) {
      PUDU_TRY_ASSIGN(step.rows, rows());
    }
    map_.schedule->steps.push_back(step);
    return {};
  }

  Status buffer_step(StepKind kind) {
    Step step{.kind = kind};
    PUDU_TRY_ASSIGN(step.buffer, buffer());
    PUDU_TRY_ASSIGN(step.rows, rows());
    if (kind == StepKind::Slide && cursor_.accept("to")) {
      PUDU_TRY_ASSIGN(const std::int64_t slot, cursor_.integer("a slot of the window", 0, INT32_MAX));
      step.slot = static_cast<std::int32_t>(slot);
    }
    map_.schedule->steps.push_back(step);
    return {};
  }

  const Program& program_;
  base::TextCursor cursor_;
  std::map<std::string, BufferId, std::less<>> buffers_;
  std::map<std::string, std::size_t, std::less<>> calls_;
  MemoryMap map_;
};

}  // namespace

std::string print_plan(const Program& program, const MemoryMap& map) {
  std::string text = "plan {\n  arena " + std::to_string(map.arena_bytes) + " bound " +
                     std::to_string(map.lower_bound_bytes) + " strategy " + base::quote(map.strategy) + "\n";
  const Schedule& schedule = *map.schedule;
  for (const Buffer& buffer : program.buffers) {
    const std::size_t index = index_of(buffer.id);
    const std::string name = reference(program, buffer.id);
    if (schedule.window_rows[index] > 0) {
      text += "  window " + name + " " + std::to_string(schedule.window_rows[index]) + "\n";
    }
    if (schedule.shared[index]) {
      text += "  share " + name + " = " + reference(program, schedule.shared[index]->owner) + " + " +
              std::to_string(schedule.shared[index]->offset) + "\n";
    }
    if (map.offsets[index] && buffer.kind != BufferKind::State) {
      text += "  place " + name + " " + std::to_string(*map.offsets[index]) + "\n";
    }
  }
  for (const Step& step : schedule.steps) text += "  " + step_line(program, step) + "\n";
  return text + "}\n";
}

Result<MemoryMap> parse_plan(const Program& program, std::string_view text) {
  return Parser(program, text).run();
}

}  // namespace pudu::program

#include "schedule/verify_plan.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "ops/row_calls.hpp"
#include "schedule/check_schedule.hpp"
#include "schedule/live_extents.hpp"
#include "schedule/make_schedule.hpp"

namespace pudu::schedule {
namespace {

using program::Buffer;
using program::index_of;
using program::Step;
using program::StepKind;

class Verifier {
 public:
  Verifier(const program::Program& program, const program::MemoryMap& map)
      : program_(program), schedule_(*map.schedule) {
    for (const program::KernelCall& call : program.calls) forms_.push_back(ops::row_form(program, call));
  }

  Status run() const {
    for (const Buffer& buffer : program_.buffers) {
      PUDU_TRY(check_window(buffer));
      PUDU_TRY(check_owner(buffer));
    }
    for (std::size_t i = 0; i < schedule_.steps.size(); ++i) PUDU_TRY(check_step(schedule_.steps[i], i));
    return {};
  }

 private:
  static Error fault(std::string where, std::string found, std::string allowed) {
    return invalid_input({.where = std::move(where), .found = std::move(found), .allowed = std::move(allowed)});
  }

  static bool is_image(const Buffer& buffer) {
    return buffer.shape.size() == 4 && buffer.shape[0] == 1 &&
           (buffer.kind == program::BufferKind::Input || buffer.kind == program::BufferKind::Activation);
  }

  Status check_window(const Buffer& buffer) const {
    const std::int32_t rows = schedule_.window_rows[index_of(buffer.id)];
    const bool has_slots = std::any_of(schedule_.steps.begin(), schedule_.steps.end(),
                                       [&](const Step& step) { return step.slot && step.buffer == buffer.id; });
    if (rows == 0 || (is_image(buffer) && (rows <= buffer.shape[1] || has_slots))) return {};
    return fault("buffer '" + buffer.name + "'", "a window of " + std::to_string(rows) + " rows",
                 "windows of images, with no more rows than these unless rows are parked");
  }

  Status check_owner(const Buffer& buffer) const {
    const std::optional<program::SharedStorage>& shared = schedule_.shared[index_of(buffer.id)];
    if (!shared) return {};
    const Buffer& owner = program_.buffer(shared->owner);
    const auto is_activation = [](const Buffer& any) {
      return any.kind == program::BufferKind::Input || any.kind == program::BufferKind::Activation;
    };
    const bool has_memory = is_activation(buffer) && is_activation(owner) && !schedule_.shared[index_of(owner.id)] &&
                            schedule_.window_rows[index_of(owner.id)] == schedule_.window_rows[index_of(buffer.id)];
    if (has_memory && shared->offset <= owner.bytes() && buffer.bytes() <= owner.bytes() - shared->offset) return {};
    return fault("buffer '" + buffer.name + "'", "lies in '" + owner.name + "'",
                 "a buffer with memory of its own, of enough bytes");
  }

  Status check_step(const Step& step, std::size_t index) const {
    const std::string where = "step " + std::to_string(index) + " of the plan";
    std::int64_t rows = 0;
    if (step.kind == StepKind::Whole) return {};
    if (step.kind == StepKind::Rows) {
      if (!forms_[step.call]) return fault(where, "rows of '" + program_.calls[step.call].name + "'", "a whole call");
      rows = forms_[step.call]->output_rows;
    } else {
      const Buffer& buffer = program_.buffer(step.buffer);
      if (schedule_.window_rows[index_of(buffer.id)] == 0)
        return fault(where, "rows of '" + buffer.name + "'", "a window");
      rows = buffer.shape[1];
    }
    const bool may_be_empty = step.kind == StepKind::Slide;
    const bool is_empty = step.rows.begin == step.rows.end;
    if (step.slot && (step.kind != StepKind::Slide ||
                      *step.slot > schedule_.window_rows[index_of(step.buffer)] - step.rows.count())) {
      return fault(where, "rows at slot " + std::to_string(*step.slot), "slots of the window");
    }
    if (step.rows.begin >= 0 && step.rows.end <= rows && (may_be_empty || !is_empty)) return {};
    return fault(where, "rows [" + std::to_string(step.rows.begin) + ", " + std::to_string(step.rows.end) + ")",
                 "some of " + std::to_string(rows));
  }

  const program::Program& program_;
  const program::Schedule& schedule_;
  std::vector<std::optional<ops::RowForm>> forms_;
};

Error as_invalid_input(Error error) {
  error.kind = ErrorKind::InvalidInput;
  return error;
}

}  // namespace

Status verify_plan(const program::Program& program, program::MemoryMap& map) {
  PUDU_TRY(Verifier(program, map).run());
  const std::vector<BufferExtents> extents = live_extents(program, *map.schedule);
  map.lifetimes = lifetimes_of(extents);
  place_unused_scratch(program, map);
  for (const Buffer& buffer : program.buffers) {
    const std::size_t index = index_of(buffer.id);
    if (!map.lifetimes[index] || buffer.kind == program::BufferKind::State) continue;
    const std::optional<std::size_t>& offset = map.offsets[index];
    if (offset && *offset <= map.arena_bytes && extents[index].bytes <= map.arena_bytes - *offset) continue;
    return invalid_input({.where = "buffer '" + buffer.name + "'",
                          .found = "has no place in the plan's arena",
                          .allowed = "a place for each that is used"});
  }
  Status runs = check_schedule(program, map);
  if (!runs) return as_invalid_input(std::move(runs).error());
  return {};
}

}  // namespace pudu::schedule

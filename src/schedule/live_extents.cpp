#include "schedule/live_extents.hpp"

#include <algorithm>
#include <optional>

#include "ops/row_calls.hpp"
#include "schedule/scratch_needs.hpp"
#include "schedule/share_storage.hpp"

namespace pudu::schedule {
namespace {

using program::Buffer;
using program::BufferId;
using program::BufferKind;
using program::index_of;
using program::LiveExtent;
using program::RowRange;
using program::Step;
using program::StepKind;

/// More extents than this tell the planner little and cost it much.
constexpr std::size_t most_extents = 256;

bool is_in_arena(const Buffer& buffer) {
  return buffer.kind != BufferKind::Constant && buffer.kind != BufferKind::State;
}

/// Steps [begin, end) of one slot: a row of a tensor, or of a window.
struct Interval {
  int begin = 0;
  int end = 0;
};

/// Consecutive slots of a window.
struct Slots {
  std::int32_t begin = 0;
  std::int32_t end = 0;
};

/// Rows of a parked window in some of its slots, between two slides.
struct Stay {
  int arrival = 0;              ///< step of the slide that brought them
  Slots arrived;                ///< where to
  std::optional<Interval> use;  ///< steps that write or read some of them
  Slots used;                   ///< of these, and those arrived
  bool has_writes = false;      ///< else they wait
};

/// What happens to one buffer.
struct Track {
  std::size_t slot_bytes = 0;
  bool is_window = false;
  std::vector<std::optional<Interval>> slots;  ///< of a window: what it holds now
  std::vector<Interval> over;                  ///< of a window: before it began anew
  // Of a parked window: where its rows lie now, and lay before, while they were filled or waited.
  bool is_parked = false;
  std::optional<Stay> stay;
  std::vector<LiveExtent> filled, waiting, arriving, leaving;
};

class Recorder {
 public:
  Recorder(const program::Program& program, const program::Schedule& schedule)
      : program_(program),
        schedule_(schedule),
        scratch_(program),
        windows_(program, schedule),
        tracks_(program.buffers.size()) {
    forms_.resize(program.calls.size());
    for (const Step& step : schedule.steps) {
      if (step.kind == StepKind::Rows && !forms_[step.call]) {
        forms_[step.call] = ops::row_form(program, program.calls[step.call]);
      }
    }
    guests_.resize(program.buffers.size());
    for (const Buffer& buffer : program.buffers) {
      start(buffer);
      const std::optional<program::SharedStorage>& shared = schedule.shared[index_of(buffer.id)];
      if (shared) guests_[index_of(shared->owner)].push_back(buffer.id);
    }
    for (const Step& step : schedule.steps) {
      if (step.slot) track(step.buffer).is_parked = true;
    }
  }

  std::vector<BufferExtents> run() {
    for (const Buffer& buffer : program_.buffers) {
      if (buffer.kind == BufferKind::Input && !track(buffer.id).is_window) use_all(buffer.id, 0);
    }
    for (std::size_t i = 0; i < schedule_.steps.size(); ++i) record(schedule_.steps[i], static_cast<int>(i));
    const int last = std::max(0, static_cast<int>(schedule_.steps.size()) - 1);
    for (const program::Port& port : program_.outputs) use_all(port.buffer, last);
    std::vector<BufferExtents> result;
    for (const Buffer& buffer : program_.buffers) result.push_back(extents_of(buffer));
    return result;
  }

 private:
  Track& track(BufferId id) { return tracks_[index_of(id)]; }

  void start(const Buffer& buffer) {
    if (!is_in_arena(buffer) || buffer.kind == BufferKind::Scratch) return;
    Track& track = tracks_[index_of(buffer.id)];
    const std::int32_t window = schedule_.window_rows[index_of(buffer.id)];
    const bool is_image = buffer.shape.size() == 4 && buffer.shape[0] == 1;
    const auto rows = static_cast<std::size_t>(is_image ? buffer.shape[1] : 1);
    track.slot_bytes = buffer.bytes() / rows;
    track.is_window = window > 0;
    if (track.is_window) {
      track.slots.resize(1);
    } else {
      track.slots.resize(rows);
    }
  }

  /// The rows of a parked window leave where they are.
  void move_parked(const Step& step, int now) {
    Track& track = this->track(step.buffer);
    end_stay(track, slots_of(step.buffer, step.rows), now + 1);
    windows_.advance(step);
    const Slots arrived = slots_of(step.buffer, step.rows);
    track.stay = Stay{now, arrived, {}, arrived};
  }

  Slots slots_of(BufferId id, RowRange rows) const {
    const std::int32_t first = windows_.first_row(id);
    return {rows.begin - first, rows.end - first};
  }

  static void add(std::vector<LiveExtent>& extents, const Track& track, Slots slots, Interval time) {
    if (slots.begin >= slots.end || time.begin >= time.end) return;
    extents.push_back({time.begin, time.end, static_cast<std::size_t>(slots.begin) * track.slot_bytes,
                       static_cast<std::size_t>(slots.end) * track.slot_bytes});
  }

  /// `leaving` rows are there until step `end`.
  static void end_stay(Track& track, Slots leaving, int end) {
    if (!track.stay) return;
    const Stay stay = *track.stay;
    track.stay.reset();
    if (!stay.has_writes) return add(track.waiting, track, stay.used, {stay.arrival, std::max(end, last_use(stay))});
    add(track.arriving, track, stay.arrived, {stay.arrival, stay.use->begin});
    add(track.filled, track, stay.used, *stay.use);
    add(track.leaving, track, leaving, {stay.use->end, end});
  }

  static int last_use(const Stay& stay) { return stay.use ? stay.use->end : stay.arrival; }

  /// Of a parked window.
  void use_slots(BufferId id, RowRange rows, int step) {
    Track& track = this->track(id);
    const Slots slots = slots_of(id, rows);
    if (!track.stay) track.stay = Stay{step, slots, {}, slots};
    Stay& stay = *track.stay;
    extend(stay.use, step);
    const bool is_empty = stay.used.begin >= stay.used.end;
    stay.used.begin = is_empty ? slots.begin : std::min(stay.used.begin, slots.begin);
    stay.used.end = is_empty ? slots.end : std::max(stay.used.end, slots.end);
  }

  static void extend(std::optional<Interval>& slot, int step) {
    if (!slot) slot = Interval{step, step};
    slot->end = step + 1;
  }

  void use_all(BufferId id, int step) {
    for (std::optional<Interval>& slot : track(id).slots) extend(slot, step);
  }

  void use_rows(BufferId id, RowRange rows, int step) {
    Track& track = this->track(id);
    if (track.is_parked) {
      use_slots(id, rows, step);
      return;
    }
    if (track.is_window || track.slots.size() == 1) return use_all(id, step);
    for (std::int32_t row = rows.begin; row < rows.end; ++row) extend(track.slots[static_cast<std::size_t>(row)], step);
  }

  /// What was in the window, and in those that share its memory, is over.
  void begin_anew(BufferId id) {
    begin_anew(track(id));
    for (const BufferId guest : guests_[index_of(id)]) begin_anew(track(guest));
  }

  static void begin_anew(Track& track) {
    if (!track.is_window || !track.slots[0]) return;
    track.over.push_back(*track.slots[0]);
    track.slots[0].reset();
  }

  /// New rows of a window of one row: the row before is over.
  void begin_row(BufferId id) {
    const bool is_sliding = track(id).is_window && !track(id).is_parked;
    if (is_sliding && schedule_.window_rows[index_of(id)] == 1) begin_anew(track(id));
  }

  void record(const Step& step, int now) {
    switch (step.kind) {
      case StepKind::Whole:
        return record_call(step.call, nullptr, now);
      case StepKind::Rows:
        return record_call(step.call, &step, now);
      case StepKind::Slide:
        if (step.slot) return move_parked(step, now);
        // Where no row is left to be moved, the window is only begun anew.
        if (step.rows.count() > 0) {
          use_all(step.buffer, now);
        } else {
          begin_anew(step.buffer);
        }
        return;
      case StepKind::Feed:
        begin_row(step.buffer);
        return use_rows(step.buffer, step.rows, now);
    }
  }

  /// `rows` is null for a whole call.
  void record_call(std::size_t index, const Step* rows, int now) {
    const program::KernelCall& call = program_.calls[index];
    const ops::RowForm* form = rows != nullptr ? &forms_[index].value() : nullptr;
    std::int32_t rows_read = 0;
    for (const program::Operand& operand : call.operands) {
      const Buffer& buffer = program_.buffer(operand.buffer);
      if (!is_in_arena(buffer) || operand.name == "scratch") continue;
      if (form == nullptr) {
        use_all(buffer.id, now);
      } else if (program::is_written(operand.name)) {
        if (form->accumulates) {
          use_all(buffer.id, now);
        } else {
          begin_row(buffer.id);
          use_rows(buffer.id, rows->rows, now);
          if (track(buffer.id).is_parked) track(buffer.id).stay->has_writes = true;
        }
      } else {
        rows_read = std::max(rows_read, read_rows(*form, operand, rows->rows, now));
      }
    }
    const program::Operand* scratch = call.find_operand("scratch");
    if (scratch == nullptr) return;
    const std::size_t bytes =
        form == nullptr ? scratch_.of_whole(index) : scratch_.of_rows(index, rows->rows, rows_read);
    add_scratch(scratch->buffer, bytes, now);
  }

  std::int32_t read_rows(const ops::RowForm& form, const program::Operand& operand, RowRange rows, int now) {
    const auto input = std::find_if(form.inputs.begin(), form.inputs.end(),
                                    [&](const ops::RowInput& candidate) { return candidate.operand == operand.name; });
    if (input == form.inputs.end()) {
      use_all(operand.buffer, now);
      return 0;
    }
    const RowRange read = input->rows_read(rows);
    use_rows(operand.buffer, read, now);
    return read.count();
  }

  void add_scratch(BufferId id, std::size_t bytes, int now) {
    Track& track = this->track(id);
    if (bytes == 0) return;
    track.slot_bytes = std::max(track.slot_bytes, bytes);
    track.over.push_back({now, now + 1});
  }

  BufferExtents extents_of(const Buffer& buffer) {
    Track& track = tracks_[index_of(buffer.id)];
    if (track.is_window) return window_extents(buffer, track);
    if (buffer.kind == BufferKind::Scratch) return interval_extents(track, track.slot_bytes);
    BufferExtents result{track.slot_bytes * track.slots.size(), {}};
    for (std::size_t row = 0; row < track.slots.size(); ++row) {
      const std::optional<Interval>& slot = track.slots[row];
      if (!slot) continue;
      const std::size_t begin = row * track.slot_bytes;
      std::vector<LiveExtent>& extents = result.extents;
      if (!extents.empty() && extents.back().end_byte == begin && extents.back().begin_step == slot->begin &&
          extents.back().end_step == slot->end) {
        extents.back().end_byte += track.slot_bytes;
      } else {
        extents.push_back({slot->begin, slot->end, begin, begin + track.slot_bytes});
      }
    }
    thin_out(result.extents, most_extents);
    return result;
  }

  BufferExtents window_extents(const Buffer& buffer, Track& track) const {
    const auto window = static_cast<std::size_t>(schedule_.window_rows[index_of(buffer.id)]);
    const std::size_t bytes = window * track.slot_bytes;
    if (track.is_parked) {
      end_stay(track, {}, 0);
      BufferExtents result{bytes, {}};
      for (std::vector<LiveExtent>* extents : {&track.filled, &track.waiting, &track.arriving, &track.leaving}) {
        thin_out(*extents, most_extents / 2);
        result.extents.insert(result.extents.end(), extents->begin(), extents->end());
      }
      return result;
    }
    if (track.slots[0]) track.over.push_back(*track.slots[0]);
    return interval_extents(track, bytes);
  }

  static BufferExtents interval_extents(const Track& track, std::size_t bytes) {
    BufferExtents result{bytes, {}};
    for (const Interval& interval : track.over) {
      std::vector<LiveExtent>& extents = result.extents;
      if (!extents.empty() && extents.back().end_step >= interval.begin) {
        extents.back().end_step = std::max(extents.back().end_step, interval.end);
      } else {
        extents.push_back({interval.begin, interval.end, 0, bytes});
      }
    }
    thin_out(result.extents, most_extents);
    return result;
  }

  /// Neighbours become one extent that covers both, until there are few.
  static void thin_out(std::vector<LiveExtent>& extents, std::size_t most) {
    while (extents.size() > most) {
      std::size_t kept = 0;
      for (std::size_t i = 0; i < extents.size(); i += 2) {
        LiveExtent merged = extents[i];
        if (i + 1 < extents.size()) {
          const LiveExtent& next = extents[i + 1];
          merged = {std::min(merged.begin_step, next.begin_step), std::max(merged.end_step, next.end_step),
                    std::min(merged.begin_byte, next.begin_byte), std::max(merged.end_byte, next.end_byte)};
        }
        extents[kept++] = merged;
      }
      extents.resize(kept);
    }
  }

  const program::Program& program_;
  const program::Schedule& schedule_;
  ScratchNeeds scratch_;
  program::WindowRows windows_;
  std::vector<Track> tracks_;
  std::vector<std::vector<BufferId>> guests_;  ///< by buffer: those in its memory
  std::vector<std::optional<ops::RowForm>> forms_;
};

}  // namespace

std::vector<BufferExtents> live_extents(const program::Program& program, const program::Schedule& schedule) {
  std::vector<BufferExtents> extents = Recorder(program, schedule).run();
  bridge_omitted_calls(program, schedule, extents);
  return extents;
}

}  // namespace pudu::schedule

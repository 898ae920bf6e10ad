#include "schedule/region_cost.hpp"

#include <algorithm>
#include <vector>

namespace pudu::schedule {
namespace {

using program::BufferId;

class RegionMeter {
 public:
  RegionMeter(const RowGraph& graph, CallRange calls, const RegionTrace& trace)
      : graph_(graph), calls_(calls), trace_(trace) {}

  RegionProfile run() {
    RegionProfile profile;
    const std::size_t apart = whole_bytes();
    const Overlap shared = largest_overlap();
    const std::size_t block = apart - shared.bytes;
    const std::size_t standing = untouched_bytes() + wide_window_bytes() + block;
    profile.overlaps = block < apart;
    profile.waiting_bytes = waiting_bytes();
    profile.instructions = instructions();
    const std::vector<std::size_t> passing = passing_bytes();
    const std::vector<std::size_t> holes = hole_bytes();
    for (std::size_t call = calls_.begin; call < calls_.end; ++call) {
      profile.calls.push_back({.call = call, .hole_bytes = no_limit});
    }
    for (std::size_t i = 0; i < trace_.events.size(); ++i) {
      const std::size_t bytes = standing + passing[i];
      profile.bytes = std::max(profile.bytes, bytes);
      if (const std::optional<std::size_t> index = trace_.events[i].call) {
        RegionProfile::Call& call = profile.calls[*index - calls_.begin];
        const std::size_t less_gap = bytes - shared.gap_bytes(i);
        if (holes[i] > 0) {
          call.bytes_beside_hole = std::max(call.bytes_beside_hole, bytes);
          call.bytes_beside_hole_less_gap = std::max(call.bytes_beside_hole_less_gap, less_gap);
          call.hole_bytes = std::min(call.hole_bytes, holes[i]);
        } else {
          call.bytes = std::max(call.bytes, bytes);
          call.bytes_less_gap = std::max(call.bytes_less_gap, less_gap);
        }
      }
    }
    const std::vector<std::vector<RowKind>> kinds = kinds_of_calls();
    for (std::size_t i = 0; i < calls_.count(); ++i) {
      profile.calls[i].offers = graph_.kernels().of_rows(calls_.begin + i, kinds[i]);
    }
    return profile;
  }

 private:
  /// Of an input that dies and a result.
  struct Overlap {
    std::size_t bytes = 0;          ///< that they have in common
    std::vector<std::size_t> gaps;  ///< by event: bytes for scratch between rows of the result and of the input
    std::size_t gap_bytes(std::size_t event) const { return gaps.empty() ? 0 : gaps[event]; }
  };

  /// Tensors that lie there while the region runs, whatever it does.
  std::size_t untouched_bytes() const {
    std::size_t bytes = graph_.bytes_before(calls_.begin);
    for (const RegionTensor& tensor : trace_.tensors) {
      const BufferUse& use = graph_.buffer(tensor.buffer);
      const bool is_counted = use.is_in_arena && (!use.writer || *use.writer < calls_.begin);
      if (tensor.is_input && is_counted) bytes -= aligned(use.bytes);
    }
    return bytes;
  }

  std::size_t window_bytes(const RegionTensor& tensor) const {
    return aligned(static_cast<std::size_t>(window_rows_of(tensor, trace_.slack_rows)) * tensor.row_bytes);
  }

  /// There only while rows in it are needed.
  bool is_passing(const RegionTensor& tensor) const {
    return tensor.is_window && tensor.begins_anew && trace_.slack_rows == 0 && !tensor.merged_into;
  }

  std::size_t wide_window_bytes() const {
    std::size_t bytes = 0;
    for (const RegionTensor& tensor : trace_.tensors) {
      if (tensor.filled_slot > 0) bytes += waiting_bytes_of(tensor);
      const bool is_wide = tensor.is_window && !is_passing(tensor) && !tensor.is_parked() && !tensor.merged_into;
      if (is_wide) bytes += window_bytes(tensor);
    }
    return bytes;
  }

  std::size_t waiting_bytes() const {
    std::size_t bytes = 0;
    for (const RegionTensor& tensor : trace_.tensors) {
      const bool waits = tensor.is_window && !tensor.begins_anew && !tensor.is_input;
      if (waits) bytes += static_cast<std::size_t>(tensor.window_rows - 1) * tensor.row_bytes;
    }
    return bytes;
  }

  std::size_t whole_bytes() const {
    std::size_t bytes = 0;
    for (const RegionTensor& tensor : trace_.tensors) {
      if (!tensor.is_window) bytes += aligned(graph_.buffer(tensor.buffer).bytes);
    }
    return bytes;
  }

  std::size_t waiting_bytes_of(const RegionTensor& tensor) const {
    return aligned(static_cast<std::size_t>(tensor.waiting_rows) * tensor.row_bytes);
  }

  /// Bytes of a parked window while it is filled. Those where its rows wait are counted all the time, but for the last
  /// one of a group, whose rows wait where it is filled.
  void add_parked(std::size_t index, std::vector<std::int64_t>& change) const {
    const RegionTensor& tensor = trace_.tensors[index];
    const auto bytes_of = [&](std::int32_t rows) {
      return static_cast<std::int64_t>(aligned(static_cast<std::size_t>(rows) * tensor.row_bytes));
    };
    const std::vector<Filling>& fillings = trace_.fillings[index];
    for (std::size_t i = 0; i < fillings.size(); ++i) {
      const std::int64_t left = tensor.filled_slot == 0 ? bytes_of(fillings[i].left) : 0;
      change[fillings[i].begin] += bytes_of(tensor.window_rows);
      change[fillings[i].end] += left - bytes_of(tensor.window_rows);
      change[i + 1 < fillings.size() ? fillings[i + 1].begin : trace_.events.size()] -= left;
    }
  }

  /// By event: bytes where rows of a window waited that is filled now.
  std::vector<std::size_t> hole_bytes() const {
    std::vector<std::size_t> holes(trace_.events.size(), 0);
    for (std::size_t index = 0; index < trace_.tensors.size(); ++index) {
      const RegionTensor& tensor = trace_.tensors[index];
      if (tensor.filled_slot <= 0) continue;
      for (const Filling& filling : trace_.fillings[index]) {
        for (std::size_t i = filling.begin; i < filling.end; ++i) {
          holes[i] = std::max(holes[i], waiting_bytes_of(tensor));
        }
      }
    }
    return holes;
  }

  /// By event: bytes of windows that begin anew, and of parked ones.
  std::vector<std::size_t> passing_bytes() const {
    std::vector<std::int64_t> change(trace_.events.size() + 1, 0);
    std::vector<std::size_t> begin(trace_.tensors.size(), 0), end(trace_.tensors.size(), 0);
    const auto close = [&](std::size_t index) {
      const auto bytes = static_cast<std::int64_t>(window_bytes(trace_.tensors[index]));
      if (end[index] <= begin[index]) return;
      change[begin[index]] += bytes;
      change[end[index]] -= bytes;
    };
    for (std::size_t i = 0; i < trace_.events.size(); ++i) {
      const RegionEvent& event = trace_.events[i];
      if (is_passing(trace_.tensors[event.window])) {
        if (!goes_on(trace_, i)) {
          close(event.window);
          begin[event.window] = i;
        }
        end[event.window] = i + 1;
      }
      if (!event.call) continue;
      for (const std::size_t read : trace_.reads[*event.call - calls_.begin]) {
        if (is_passing(trace_.tensors[read])) end[read] = i + 1;
      }
    }
    for (std::size_t index = 0; index < trace_.tensors.size(); ++index) {
      if (is_passing(trace_.tensors[index])) close(index);
    }
    for (std::size_t index = 0; index < trace_.tensors.size(); ++index) {
      if (trace_.tensors[index].is_parked()) add_parked(index, change);
    }
    std::vector<std::size_t> bytes;
    bytes.reserve(trace_.events.size());
    std::int64_t now = 0;
    for (std::size_t i = 0; i < trace_.events.size(); ++i) bytes.push_back(static_cast<std::size_t>(now += change[i]));
    return bytes;
  }

  std::vector<std::vector<RowKind>> kinds_of_calls() const {
    std::vector<std::vector<RowKind>> kinds(calls_.count());
    for (std::vector<RowKind>& of_call : kinds) of_call.reserve(8);
    for (const RegionEvent& event : trace_.events) {
      if (!event.call) continue;
      std::vector<RowKind>& of_call = kinds[*event.call - calls_.begin];
      const auto known = std::find_if(of_call.begin(), of_call.end(), [&](const RowKind& kind) {
        return kind.rows.count() == event.rows.count() && kind.rows_read == event.rows_read;
      });
      if (known != of_call.end()) {
        ++known->times;
      } else {
        of_call.push_back({unswept(event), event.rows_read, 1});
      }
    }
    return kinds;
  }

  /// Of the pair of a dying input and a result that can have most bytes in common.
  Overlap largest_overlap() const {
    if (trace_.in_place) return {aligned(graph_.buffer(trace_.tensors[trace_.in_place->input].buffer).bytes), {}};
    Overlap largest;
    for (std::size_t dying = 0; dying < trace_.dying_inputs.size(); ++dying) {
      for (std::size_t output = 0; output < trace_.tensors.size(); ++output) {
        const RegionTensor& out = trace_.tensors[output];
        if (out.is_input || out.is_window) continue;
        Overlap other = overlap(dying, output);
        if (other.bytes > largest.bytes) largest = std::move(other);
      }
    }
    return largest;
  }

  /// `dying`: index of the trace's dying inputs.
  Overlap overlap(std::size_t dying, std::size_t output) const {
    const RegionTensor& in = trace_.tensors[trace_.dying_inputs[dying]];
    const RegionTensor& out = trace_.tensors[output];
    const std::size_t in_bytes = aligned(graph_.buffer(in.buffer).bytes);
    const std::size_t out_bytes = aligned(graph_.buffer(out.buffer).bytes);
    std::int64_t distance = 0, written = 0;
    struct Ends {
      std::int64_t written, needed;
    };
    std::vector<Ends> ends;  // by event: of the result's rows, and where those of the input begin
    for (std::size_t i = 0; i < trace_.events.size(); ++i) {
      const RegionEvent& event = trace_.events[i];
      if (event.tensor == output) written = event.rows.end * static_cast<std::int64_t>(out.row_bytes);
      const std::int64_t low = trace_.input_lows[i * trace_.dying_inputs.size() + dying];
      ends.push_back({written, low * static_cast<std::int64_t>(in.row_bytes)});
      distance = std::max(distance, written - ends.back().needed);
    }
    const std::size_t apart = in_bytes + out_bytes;
    const std::size_t block = std::max(in_bytes + aligned(static_cast<std::size_t>(distance)), out_bytes);
    if (block >= apart) return {};
    Overlap result{apart - block, {}};
    for (const Ends& each : ends) {
      const std::size_t first = aligned(static_cast<std::size_t>(each.written));
      const std::size_t last = block - in_bytes + static_cast<std::size_t>(each.needed);
      result.gaps.push_back(last > first ? (last - first) / alignment_bytes * alignment_bytes : 0);
    }
    return result;
  }

  program::RowRange unswept(const RegionEvent& event) const {
    if (trace_.sweep == Sweep::Down) return event.rows;
    return mirrored(event.rows, event.row_count);
  }

  static double instructions_of_slide(std::int32_t rows, const RegionTensor& tensor) {
    return instructions_per_slide +
           instructions_per_slid_byte * static_cast<double>(rows) * static_cast<double>(tensor.row_bytes);
  }

  double instructions() const {
    double sum = 0;
    std::vector<std::int32_t> first_rows(trace_.tensors.size(), -1);
    for (const RegionEvent& event : trace_.events) {
      sum += instructions_per_step;
      const RegionTensor& tensor = trace_.tensors[event.window];
      if (!tensor.is_window || tensor.is_parked()) continue;
      std::int32_t& first = first_rows[event.window];
      if (first < 0) first = event.rows.begin;
      if (!needs_slide(trace_, event, first)) continue;
      first = event.needed_from;
      sum += instructions_of_slide(event.rows.begin - first, tensor);
    }
    for (std::size_t index = 0; index < trace_.tensors.size(); ++index) {
      const RegionTensor& tensor = trace_.tensors[index];
      if (!tensor.is_parked()) continue;
      for (const Filling& filling : trace_.fillings[index]) {
        sum += instructions_of_slide(filling.waiting, tensor) + instructions_of_slide(filling.left, tensor);
      }
    }
    return sum;
  }

  const RowGraph& graph_;
  const CallRange calls_;
  const RegionTrace& trace_;
};

/// Bytes of the arena while the call runs with the offer's scratch.
std::size_t bytes_with(const RegionProfile::Call& call, const Offer& offer, Gap gap) {
  const bool in_gap = gap == Gap::HoldsScratch;
  const std::size_t scratch = aligned(offer.scratch_bytes);
  std::size_t bytes = std::max(call.bytes - offer.shared_bytes, call.bytes_beside_hole);
  if (call.bytes > 0) {
    bytes = std::max(bytes, (in_gap ? call.bytes_less_gap : call.bytes) + scratch - offer.shared_bytes);
  }
  if (call.bytes_beside_hole > 0 && scratch > call.hole_bytes) {
    bytes = std::max(bytes, (in_gap ? call.bytes_beside_hole_less_gap : call.bytes_beside_hole) + scratch);
  }
  return bytes;
}

/// The fastest of the offers that fit into the room, with the price of scratch; null where there is none.
const Offer* offer_within(const RegionProfile::Call& call, const KernelRoom& room) {
  if (room.scratch_price == 0) {
    const auto fits = [&](const Offer& offer) { return bytes_with(call, offer, room.gap) <= room.bytes; };
    const auto fastest = std::find_if(call.offers.rbegin(), call.offers.rend(), fits);
    return fastest != call.offers.rend() ? &*fastest : nullptr;
  }
  const auto price = [&room](const Offer& offer) {
    return offer.instructions + room.scratch_price * static_cast<double>(offer.scratch_bytes);
  };
  const Offer* best = nullptr;
  for (const Offer& offer : call.offers) {
    const bool fits = bytes_with(call, offer, room.gap) <= room.bytes;
    if (fits && (best == nullptr || price(offer) < price(*best))) best = &offer;
  }
  return best;
}

}  // namespace

std::size_t RegionProfile::least_bytes(Gap gap) const {
  std::size_t least = bytes;
  for (const Call& call : calls) {
    if (call.offers.empty()) return no_limit;
    least = std::max(least, bytes_with(call, call.offers.front(), gap));
  }
  return least;
}

std::optional<RegionCost> RegionProfile::cost(const KernelRoom& room) const {
  if (bytes > room.bytes) return std::nullopt;
  RegionCost result{bytes, instructions};
  for (const Call& call : calls) {
    const Offer* offer = offer_within(call, room);
    if (offer == nullptr) return std::nullopt;
    result.bytes = std::max(result.bytes, bytes_with(call, *offer, room.gap));
    result.instructions += offer->instructions;
  }
  return result;
}

std::vector<std::pair<std::size_t, std::size_t>> RegionProfile::kernels(const KernelRoom& room) const {
  std::vector<std::pair<std::size_t, std::size_t>> result;
  for (const Call& call : calls) result.emplace_back(call.call, offer_within(call, room)->option);
  return result;
}

RegionProfile profile_of_region(const RowGraph& graph, CallRange calls, const RegionTrace& trace) {
  return RegionMeter(graph, calls, trace).run();
}

std::optional<program::BufferId> in_place_input(const RowGraph& graph, std::size_t call) {
  const CallUse& use = graph.call(call);
  if (use.writes.size() != 1) return std::nullopt;
  const std::size_t bytes = graph.buffer(use.writes.front()).bytes;
  for (const BufferId input : use.in_place_inputs) {
    const BufferUse& in = graph.buffer(input);
    if (in.is_in_arena && in.bytes == bytes && !in.is_needed_after(call)) return input;
  }
  return std::nullopt;
}

RegionProfile profile_of_whole_call(const RowGraph& graph, std::size_t call) {
  const CallUse& use = graph.call(call);
  std::size_t bytes = 0;
  for (const program::Buffer& buffer : graph.program().buffers) {
    const BufferUse& other = graph.buffer(buffer.id);
    if (!other.is_in_arena) continue;
    const bool is_there = !other.writer || *other.writer <= call;
    const bool is_needed = other.is_output || (!other.readers.empty() && other.readers.back() >= call) ||
                           std::find(use.writes.begin(), use.writes.end(), buffer.id) != use.writes.end();
    if (is_there && is_needed) bytes += aligned(other.bytes);
  }
  const std::optional<BufferId> in_place = in_place_input(graph, call);
  if (in_place) bytes -= aligned(graph.buffer(*in_place).bytes);
  return {.bytes = bytes,
          .calls = {{.call = call, .bytes = bytes, .bytes_less_gap = bytes, .offers = graph.kernels().of_whole(call)}}};
}

std::optional<RegionProfile> profile_of_overlapping_call(const RowGraph& graph, std::size_t call) {
  const std::span<const Offer> offers = graph.overlapping_offers(call);
  if (offers.empty()) return std::nullopt;
  RegionProfile profile = profile_of_whole_call(graph, call);
  std::size_t shared = 0;
  for (const Offer& offer : offers) shared = std::max(shared, offer.shared_bytes);
  profile.bytes -= shared;
  profile.calls.front().offers = offers;
  return profile;
}

}  // namespace pudu::schedule

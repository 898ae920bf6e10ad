#include "schedule/plan_streamed.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "schedule/call_overlaps.hpp"
#include "schedule/check_schedule.hpp"
#include "schedule/make_schedule.hpp"
#include "schedule/search.hpp"

namespace pudu::schedule {
namespace {

/// For packings that only compare cuts.
constexpr double trial_seconds = 0.02;

/// Packings may not reach what the search has estimated; cuts that need a little more may pack better.
constexpr double allowances[] = {1.0, 1.005, 1.01, 1.02, 1.03, 1.05, 1.08};

/// Where memory is limited, as much more by estimate is tried first.
constexpr double hopes[] = {1.06, 1.02};

/// Instructions that a byte of scratch counts as, where the fastest kernels do not pack.
constexpr double price_of_scratch = 50;

/// So much more than the smallest plan is a fair price for fewer instructions, where memory is not limited.
constexpr double fair_growth = 1.002;

/// Limits for the arena that are tried where steps take memory, each so much larger than the one before.
constexpr double limit_growth = 1.08;

/// A program whose calls run the chosen kernels.
struct Equipped {
  Equipped(program::Program of, std::vector<std::size_t> chosen)
      : program(std::move(of)), kernels(std::move(chosen)), graph(program) {}

  program::Program program;
  std::vector<std::size_t> kernels;
  RowGraph graph;
};

struct Trial {
  Cuts cuts;
  program::MemoryMap map;
  std::shared_ptr<const Equipped> equipped;  ///< null: the program as it is

  const program::Program& program(const program::Program& as_it_is) const {
    return equipped ? equipped->program : as_it_is;
  }
};

class StreamPlanner {
 public:
  StreamPlanner(const program::Program& program, const StreamOptions& options)
      : program_(program),
        options_(options),
        overlap_(options.rules.overlap ? options.rules.overlap : own_overlap),
        limit_bytes_(options.arena_bytes),
        graph_(program, options.kernels, options.kernel_instructions, options.rules),
        search_(graph_, options.is_fed, options.arena_bytes.value_or(0)) {}

  Result<StreamedPlan> run() {
    if (program_.calls.empty()) return plan_without_calls();
    if (options_.is_fed && inputs_read().size() > 1) return cannot_be_fed();
    if (!limit_bytes_ && options_.step_memory) {
      PUDU_TRY_ASSIGN(limit_bytes_, limit_of_least_need(*options_.step_memory));
      search_.widen(*limit_bytes_);
    }
    const bool is_limited = limit_bytes_.has_value();
    const Cuts smallest = search_.smallest();
    if (smallest.choices.empty()) return cannot_be_fed();
    if (limit_bytes_) {
      PUDU_TRY(try_limit(*limit_bytes_, smallest.bytes));
    }
    // Cuts that need less may pack where faster ones did not.
    if (!fits() || smallest.instructions < best_->cuts.instructions) {
      PUDU_TRY(try_smallest(smallest.bytes));
    }
    PUDU_TRY(try_overlaps(smallest.bytes));
    if (!is_limited && best_) {
      limit_bytes_ = static_cast<std::size_t>(fair_growth * static_cast<double>(best_->map.arena_bytes));
      PUDU_TRY(try_limit(*limit_bytes_, smallest.bytes));
    }
    return finish();
  }

 private:
  bool fits() const { return best_ && limit_bytes_ && best_->map.arena_bytes <= *limit_bytes_; }

  /// Cuts in which whole calls count as overlapping their inputs, where these need less than `apart_bytes` or, within a
  /// limit, fewer instructions. They do not always pack.
  Status try_overlaps(std::size_t apart_bytes) {
    if (!best_ || !search_.count_overlaps()) return {};
    const std::size_t bytes = best_->map.arena_bytes;
    const double instructions = best_->cuts.instructions;
    const Cuts smallest = search_.smallest();
    if (fits()) {
      const KernelRoom room{.bytes = *limit_bytes_};
      const Cuts fastest = search_.fastest(room);
      if (fastest.instructions < instructions) PUDU_TRY(try_cuts(search_.honed(fastest, room), *limit_bytes_));
    } else if (smallest.bytes < apart_bytes) {
      if (limit_bytes_) PUDU_TRY(try_limit(*limit_bytes_, smallest.bytes));
      if (!fits()) PUDU_TRY(try_smallest(smallest.bytes));
    }
    const bool is_better = best_->map.arena_bytes < bytes || best_->cuts.instructions < instructions;
    if (!is_better) search_.count_apart();
    return {};
  }

  /// The limit for the arena with which arena and steps together need least, by estimate.
  Result<std::size_t> limit_of_least_need(const StepMemory& memory) {
    const auto need = [&](std::size_t arena, std::size_t steps) { return arena + memory.bytes_per_step * steps; };
    const std::size_t fewest_steps = program_.calls.size();
    std::size_t best = memory.arena_bytes, least = need(memory.arena_bytes, fewest_steps);
    // Cuts that a limit is the first to allow need more than the one before: from some limit on they cannot be better.
    std::size_t before = 0;
    for (auto limit = static_cast<double>(search_.smallest().bytes);
         limit < static_cast<double>(memory.arena_bytes) && need(before, fewest_steps) < least; limit *= limit_growth) {
      const Cuts cuts = search_.fastest({.bytes = static_cast<std::size_t>(limit)});
      PUDU_TRY_ASSIGN(const program::Schedule schedule, make_schedule(graph_, cuts.choices));
      const std::size_t bytes = need(cuts.bytes, schedule.steps.size());
      if (bytes < least) best = static_cast<std::size_t>(limit), least = bytes;
      before = static_cast<std::size_t>(limit);
    }
    return best;
  }

  Error cannot_be_fed() const {
    return unsupported({.where = "--feed rows",
                        .found = why_not_fed(),
                        .allowed = "inputs that only convolutions, pools and elementwise operators on images read"});
  }

  std::set<program::BufferId> inputs_read() const {
    std::set<program::BufferId> inputs;
    for (std::size_t call = 0; call < graph_.call_count(); ++call) {
      for (const program::BufferId id : graph_.call(call).reads) {
        if (program_.buffer(id).kind == program::BufferKind::Input) inputs.insert(id);
      }
    }
    return inputs;
  }

  /// All calls that read an input are in one region, with those between them.
  std::string why_not_fed() const {
    std::vector<std::size_t> readers;
    for (std::size_t call = 0; call < graph_.call_count(); ++call) {
      if (search_.reads_program_input(call)) readers.push_back(call);
    }
    if (readers.empty()) return "no call reads an input";
    if (const std::size_t count = inputs_read().size(); count > 1) {
      return std::to_string(count) + " inputs, and feed_row() takes rows of one";
    }
    for (const program::Port& port : program_.outputs) {
      if (program_.buffer(port.buffer).kind == program::BufferKind::Input) return "an input is an output, too";
    }
    const std::string &first = program_.calls[readers.front()].name, &last = program_.calls[readers.back()].name;
    for (std::size_t call = readers.front(); call <= readers.back(); ++call) {
      if (graph_.call(call).form) continue;
      const std::string& name = program_.calls[call].name;
      if (search_.reads_program_input(call)) return name + " reads an input and does not work by rows";
      return name + " runs between " + first + " and " + last + ", which read an input, and does not work by rows";
    }
    return "the calls from " + first + " to " + last + ", which read an input, do not run row by row together";
  }

  /// Inputs are outputs.
  Result<StreamedPlan> plan_without_calls() {
    if (options_.is_fed) return cannot_be_fed();
    PUDU_TRY_ASSIGN(program::MemoryMap map, plan_schedule(program_, program::layerwise_schedule(program_)));
    StreamedPlan plan{.map = std::move(map)};
    if (options_.kernels.apply) plan.program = program_;
    return plan;
  }

  /// Cuts that need more than `limit` by estimate: rows that come and go may pack better.
  Status try_hopeful(std::size_t limit) {
    for (const double allowance : hopes) {
      const auto bytes = static_cast<std::size_t>(allowance * static_cast<double>(limit));
      const Cuts cuts = search_.fastest({.bytes = bytes});
      if (cuts.choices.empty() || cuts.bytes <= limit) return {};
      PUDU_TRY_ASSIGN(const std::size_t packed, try_directions(cuts));
      if (packed > bytes) continue;
      PUDU_TRY(try_cuts(cuts, limit));
      if (last_arena_bytes_ > limit) continue;
      return try_cuts(search_.honed(cuts, {.bytes = bytes}), limit);
    }
    return {};
  }

  /// The fastest cuts of at most `limit` bytes; fewer by estimate when packing them takes more.
  Status try_limit(std::size_t limit, std::size_t least) {
    PUDU_TRY(try_hopeful(limit));
    if (fits() && !options_.arena_bytes) return {};
    std::size_t bytes = limit;
    for (int attempt = 0; attempt < 4 && bytes >= least; ++attempt) {
      for (const Cuts& cuts : candidates(bytes)) {
        if (fits() && cuts.instructions >= best_->cuts.instructions) return {};
        PUDU_TRY(try_cuts(cuts, limit));
        if (last_arena_bytes_ <= limit) return {};
      }
      if (fits()) return {};
      for (const double price : {price_of_scratch, 3 * price_of_scratch, price_of_scratch / 3}) {
        PUDU_TRY(try_cuts(search_.fastest({.bytes = bytes, .scratch_price = price}), limit));
        if (last_arena_bytes_ <= limit) return {};
      }
      const std::size_t excess = last_arena_bytes_ > limit ? last_arena_bytes_ - limit : 16;
      if (bytes < least + excess) return {};
      bytes -= excess;
    }
    return {};
  }

  /// The fastest cuts of `bytes` by estimate, the fastest first; where memory is limited, those with scratch between
  /// rows of results and of inputs, too, whose packing may fail.
  std::vector<Cuts> candidates(std::size_t bytes) {
    std::vector<Cuts> result;
    for (const Gap gap : {Gap::LeftFree, Gap::HoldsScratch}) {
      if (gap == Gap::HoldsScratch && !options_.arena_bytes) continue;
      const KernelRoom room{.bytes = bytes, .gap = gap};
      Cuts cuts = search_.fastest(room);
      if (!result.empty() && cuts.instructions >= result.back().instructions) continue;
      Cuts honed = search_.honed(cuts, room);
      if (honed.instructions < cuts.instructions) result.push_back(std::move(honed));
      result.push_back(std::move(cuts));
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const Cuts& a, const Cuts& b) { return a.instructions < b.instructions; });
    return result;
  }

  Status try_smallest(std::size_t least) {
    std::size_t bytes = 0;
    for (const double allowance : allowances) {
      const auto allowed = static_cast<std::size_t>(static_cast<double>(least) * allowance);
      if (best_ && best_->map.arena_bytes <= allowed && allowance > 1) break;
      Cuts cuts = search_.fastest({.bytes = allowed});
      if (cuts.bytes == bytes) continue;
      bytes = cuts.bytes;
      PUDU_TRY(try_cuts(cuts, least));
    }
    // What packs into the same bytes with fewer instructions.
    const std::size_t reached = std::max(best_->map.arena_bytes, least);
    PUDU_TRY(try_cuts(search_.fastest({.bytes = reached}), reached));
    return {};
  }

  /// Packs the cuts, with other directions of sweeps where that may be better than `good_bytes` or the best so far.
  Status try_cuts(const Cuts& cuts, std::size_t good_bytes) {
    if (cuts.choices.empty()) return {};
    PUDU_TRY_ASSIGN(std::size_t bytes, try_directions(cuts));
    std::vector<std::size_t> overlapping;
    for (std::size_t i = 0; i < cuts.choices.size() && bytes > good_bytes; ++i) {
      if (can_turn(cuts.choices[i])) overlapping.push_back(i);
    }
    Cuts turned = cuts;
    std::size_t least = bytes;
    for (int pattern = 0; pattern < 2 && least > good_bytes && !overlapping.empty(); ++pattern) {
      Cuts alternating = cuts;
      for (std::size_t k = 0; k < overlapping.size(); ++k) {
        if ((k + static_cast<std::size_t>(pattern)) % 2 == 0) turn(*alternating.choices[overlapping[k]].form);
      }
      PUDU_TRY_ASSIGN(bytes, try_directions(alternating, least));
      if (bytes < least) least = bytes, turned = std::move(alternating);
    }
    for (std::size_t k = 0; k < overlapping.size() && k < 12 && least > good_bytes; ++k) {
      Cuts other = turned;
      turn(*other.choices[overlapping[k]].form);
      PUDU_TRY_ASSIGN(bytes, try_directions(other, least));
      if (bytes < least) least = bytes, turned = std::move(other);
    }
    last_arena_bytes_ = least;
    return {};
  }

  bool can_turn(const RegionChoice& choice) const {
    if (!choice.form || choice.form->is_fed) return false;
    const std::optional<RegionTrace> trace = trace_region(graph_, choice.calls, *choice.form);
    if (!trace || trace->in_place || !profile_of_region(graph_, choice.calls, *trace).overlaps) return false;
    RegionForm turned = *choice.form;
    turn(turned);
    return trace_region(graph_, choice.calls, turned).has_value();  // sums of rows begin with the first
  }

  /// Makes equipped_ the program with these kernels.
  void equip(const std::vector<std::size_t>& kernels) {
    if (!options_.kernels.apply || (equipped_ && equipped_->kernels == kernels)) return;
    equipped_ = std::make_shared<const Equipped>(options_.kernels.apply(kernels), kernels);
  }

  /// Bytes of the packed cuts, which become best_ where they are better. Exact where they are less than `known_bytes`,
  /// and where they fit.
  Result<std::size_t> try_directions(const Cuts& cuts, std::size_t known_bytes = no_limit) {
    equip(cuts.kernels);
    const RowGraph& graph = equipped_ ? equipped_->graph : graph_;
    PUDU_TRY_ASSIGN(program::Schedule schedule, make_schedule(graph, cuts.choices));
    const planner::PlanGoal goal{limit_bytes_.value_or(0), std::max(known_bytes, useless_bytes(cuts))};
    PUDU_TRY_ASSIGN(program::MemoryMap map,
                    plan_schedule(graph.program(), std::move(schedule), trial_seconds, overlap_, goal, &work_));
    const std::size_t bytes = map.arena_bytes;
    if (is_better(cuts, bytes)) best_ = Trial{cuts, std::move(map), equipped_};
    return bytes;
  }

  bool is_better(const Cuts& cuts, std::size_t bytes) const {
    if (!best_) return true;
    const bool fits_now = limit_bytes_ && bytes <= *limit_bytes_;
    if (fits_now != fits()) return fits_now;
    if (fits_now && cuts.instructions != best_->cuts.instructions) {
      return cuts.instructions < best_->cuts.instructions;
    }
    if (bytes != best_->map.arena_bytes) return bytes < best_->map.arena_bytes;
    return cuts.instructions < best_->cuts.instructions;
  }

  /// So many bytes would not be better, whatever is_better looks at.
  std::size_t useless_bytes(const Cuts& cuts) const {
    if (!best_) return no_limit;
    if (fits() && cuts.instructions > best_->cuts.instructions) return 0;
    const bool has_fewer = cuts.instructions < best_->cuts.instructions;
    if (fits() && has_fewer) return *limit_bytes_ + 1;
    return best_->map.arena_bytes + (has_fewer ? 1 : 0);
  }

  Result<StreamedPlan> finish() {
    const program::Program& program = best_->program(program_);
    if (best_->map.arena_bytes > best_->map.lower_bound_bytes) {
      PUDU_TRY_ASSIGN(program::MemoryMap longer,
                      plan_schedule(program, *best_->map.schedule, options_.plan_seconds, overlap_, {}, &work_));
      if (longer.arena_bytes < best_->map.arena_bytes) best_->map = std::move(longer);
    }
    if (!options_.is_fed && !(options_.arena_bytes && fits())) {
      PUDU_TRY(try_whole_layers());
    }
    PUDU_TRY(check_schedule(program, best_->map));
    StreamedPlan plan{std::move(best_->map), best_->cuts.instructions};
    work_.traced_steps = search_.traced_steps();
    plan.work = work_;
    if (best_->equipped) plan.program = best_->equipped->program, plan.kernels = best_->equipped->kernels;
    return plan;
  }

  /// A plan of whole layers may have views, too.
  Status try_whole_layers() {
    const std::size_t most = best_->map.arena_bytes;
    const SharingRules rules{options_.rules.in_place ? options_.rules.in_place : own_sharing_rules().in_place,
                             overlap_};
    PUDU_TRY_ASSIGN(program::MemoryMap map,
                    plan_layerwise(best_->program(program_), options_.plan_seconds, rules, {0, most}, &work_));
    if (map.arena_bytes >= most) return {};
    if (!map.schedule) map.schedule = program::layerwise_schedule(best_->program(program_));
    best_->cuts.instructions = 0;
    for (const program::Step& step : map.schedule->steps) {
      const std::size_t option = best_->equipped ? best_->equipped->kernels[step.call] : 0;
      best_->cuts.instructions += graph_.kernels().whole_instructions(step.call, option);
    }
    best_->map = std::move(map);
    return {};
  }

  const program::Program& program_;
  const StreamOptions options_;
  const OverlapRule overlap_;
  std::optional<std::size_t> limit_bytes_;  ///< within which fewer instructions are better than fewer bytes
  const RowGraph graph_;
  CutSearch search_;
  std::shared_ptr<const Equipped> equipped_;
  std::optional<Trial> best_;
  std::size_t last_arena_bytes_ = 0;
  PlanningWork work_;
};

}  // namespace

Result<StreamedPlan> plan_streamed(const program::Program& program, const StreamOptions& options) {
  return StreamPlanner(program, options).run();
}

}  // namespace pudu::schedule

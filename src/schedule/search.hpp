// Which regions a program is cut into, and which kernels its calls run: dynamic programming over all cuts of the order
// of execution. Every region of neighbouring calls is traced and metered, then the cuts are chosen whose largest region
// is smallest, and among those the ones with the fewest instructions; or the fewest instructions that some number of
// bytes allows. In every region the kernels are the fastest whose scratch fits beside its windows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "schedule/make_schedule.hpp"
#include "schedule/region_cost.hpp"
#include "schedule/row_graph.hpp"

namespace pudu::schedule {

struct Cuts {
  std::vector<RegionChoice> choices;
  std::size_t bytes = 0;             ///< of the largest region, by estimate
  double instructions = 0;           ///< of kernels that a model knows, with the price of their constants, and of steps
  std::vector<std::size_t> kernels;  ///< by call: which of its options it runs
};

class CutSearch {
 public:
  /// `is_fed`: the program's inputs arrive by rows, where the calls that read them are a region. Cuts of more than
  /// `most_bytes` will not be asked for, unless none are smaller. `graph` must outlive the search.
  CutSearch(const RowGraph& graph, bool is_fed, std::size_t most_bytes = 0);

  /// From now on outputs of whole calls are counted to lie over their inputs as far as kernels allow: more than always
  /// packs. False when that makes no difference.
  bool count_overlaps();
  void count_apart() { counts_overlaps_ = false; }
  /// Cuts of as many bytes will be asked for, too.
  void widen(std::size_t most_bytes);
  /// Fewest bytes that cuts can reach; of several the fewest instructions.
  Cuts smallest();
  /// Fewest instructions of cuts that need at most `room.bytes`, which must not be less than smallest() needs. With a
  /// price a byte of scratch, kernels take more only where it is worth it: scratch lies in one piece, which what is
  /// free in an arena does not. Where the gap holds scratch, regions are swept upwards where that leaves more room in
  /// it.
  Cuts fastest(const KernelRoom& room);
  /// The same regions with steps of more rows for single calls, where that spares instructions and the region needs at
  /// most `room.bytes`.
  Cuts honed(Cuts cuts, const KernelRoom& room) const;
  bool reads_program_input(std::size_t call) const;
  /// Of all regions that it has looked at so far.
  std::int64_t traced_steps() const { return traced_steps_; }

 private:
  struct Option {
    RegionProfile profile;
    std::size_t least_bytes = 0;
    std::optional<RegionForm> form;
    RegionCost fastest = {};  ///< with its fastest kernels
    bool is_overlapping = false;
    bool is_turned = false;               ///< its counterpart was looked for
    std::unique_ptr<Option> turned = {};  ///< swept the other way, where that can be
  };
  struct Region {
    std::vector<Option> options;              ///< of one row a step
    std::vector<std::vector<Option>> taller;  ///< by option: more and more rows a step, as far as they were looked at
    std::vector<bool> is_tallest;             ///< by option: there is nothing behind the last of them
    /// Forms of several rows a step were looked at as far as they need at most so much.
    std::size_t refined_bytes = 0;
  };

  void meter_short();
  bool is_counted(const Option& option) const { return counts_overlaps_ || !option.is_overlapping; }
  bool meter(CallRange calls);
  std::size_t least_bytes() const;
  void refine(CallRange calls, std::size_t most_bytes);
  std::optional<RegionProfile> profile_of(CallRange calls, const RegionForm& form) const;
  bool hone_call(RegionChoice& choice, RegionCost& cost, std::size_t call, const KernelRoom& room) const;
  void note_kernels(Cuts& cuts, const RegionProfile& profile, const KernelRoom& room) const;
  std::optional<Option> option_of(CallRange calls, const RegionForm& form) const;
  std::optional<Option> option_of(CallRange calls, const RegionForm& form, const RegionTrace& trace) const;
  static Option make_option(RegionProfile profile, std::size_t least_bytes, std::optional<RegionForm> form);
  static std::optional<RegionCost> cost_of(const Option& option, const KernelRoom& room);
  void add_options(CallRange calls, const RegionForm& form);
  void refine_option(CallRange calls, std::size_t index, std::size_t most_bytes);
  /// Calls `visit` with every option of the region, and with those swept the other way that may leave more room.
  template <class Visitor>
  void for_each_option(CallRange calls, const KernelRoom& room, Visitor visit);
  const Option* turned(CallRange calls, Option& option, const KernelRoom& room);
  Region& region(CallRange calls) { return regions_[calls.begin][calls.count() - 1]; }

  const RowGraph& graph_;
  const bool is_fed_;
  bool counts_overlaps_ = false;
  std::vector<std::vector<Region>> regions_;  ///< by first call, by count - 1
  std::size_t least_of_short_ = 0;            ///< that cuts into short regions need
  mutable std::int64_t traced_steps_ = 0;
};

}  // namespace pudu::schedule

// Which regions a program is cut into: dynamic programming over all cuts of the order of execution. Every region of
// neighbouring calls is traced and metered, then the cuts are chosen whose largest region is smallest, and among those
// the ones with the fewest instructions; or the fewest instructions that some number of bytes allows.
#pragma once

#include <cstddef>
#include <vector>

#include "schedule/make_schedule.hpp"
#include "schedule/region_cost.hpp"
#include "schedule/row_graph.hpp"

namespace pudu::schedule {

struct Cuts {
  std::vector<RegionChoice> choices;
  std::size_t bytes = 0;    ///< of the largest region, by estimate
  double instructions = 0;  ///< beyond those of whole calls
};

class CutSearch {
 public:
  /// `is_fed`: the program's inputs arrive by rows, where the calls that read them are a region. `graph` must outlive
  /// the search.
  CutSearch(const RowGraph& graph, bool is_fed);

  /// Fewest bytes that cuts can reach; of several the fewest instructions.
  Cuts smallest();
  /// Fewest instructions of cuts that need at most `bytes`, which must not be less than smallest() needs.
  Cuts fastest(std::size_t bytes);
  /// The same regions with steps of more rows for single calls, where that spares instructions and the region needs at
  /// most `bytes`.
  Cuts honed(Cuts cuts, std::size_t bytes) const;
  bool reads_program_input(std::size_t call) const;

 private:
  struct Option {
    RegionCost cost;
    std::optional<RegionForm> form;
  };
  struct Region {
    std::vector<Option> options;
    bool is_refined = false;  ///< forms of several rows a step are among the options
  };

  void meter_all();
  bool meter(CallRange calls);
  void refine(CallRange calls, std::size_t most_bytes);
  std::optional<RegionCost> cost_of(CallRange calls, const RegionForm& form) const;
  bool hone_call(RegionChoice& choice, RegionCost& cost, std::size_t call, std::size_t bytes) const;
  void add_option(CallRange calls, const RegionForm& form);
  Region& region(CallRange calls) { return regions_[calls.begin][calls.count() - 1]; }

  const RowGraph& graph_;
  const bool is_fed_;
  std::vector<std::vector<Region>> regions_;  ///< by first call, by count - 1
};

}  // namespace pudu::schedule

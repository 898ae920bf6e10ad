// Which kernels the calls of a program may run, and what each needs for some rows of its output: scratch and
// instructions. What is asked for is answered by the offers that are worth it: more scratch, fewer instructions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "program/program.hpp"
#include "program/schedule.hpp"

namespace pudu::schedule {

/// Instructions of emitted code, measured in QEMU on MobileNetV2-96 and MLPerf Tiny's networks (docs/memory.md): what
/// kernels that no model knows spend on being called once more.
inline constexpr double instructions_per_call = 250;
inline constexpr double instructions_per_call_with_scratch = 2500;  ///< convolutions that gather
inline constexpr double instructions_per_depthwise_channel = 25;

/// Instructions of one run of a call; 0 for kernels that the model does not know.
using KernelModel = std::function<double(const program::Program&, const program::KernelCall&)>;

/// A kernel that a call may run.
struct KernelOption {
  program::KernelCall call;  ///< the program's, with another kernel and parameters
  double price = 0;          ///< once an inference, in instructions: of its constants
  double instructions = 0;   ///< of the whole call, where the model does not know them
  KernelModel model = {};    ///< of the call, or of some rows of it
};

/// The kernels that a scheduler may choose from.
struct KernelOptions {
  /// At least one for each call; empty: every call runs its own.
  std::vector<std::vector<KernelOption>> by_call = {};
  /// The program with the option chosen for each call: the same calls, in the same order.
  std::function<program::Program(std::span<const std::size_t>)> apply = {};
};

/// Steps of a call that compute as many rows from as many rows.
struct RowKind {
  program::RowRange rows;  ///< of one of them
  std::int32_t rows_read = 0;
  std::int32_t times = 0;
};

/// A kernel for all steps of a call.
struct Offer {
  std::size_t scratch_bytes = 0;  ///< of the step that needs most
  double instructions = 0;        ///< of all steps, with the price of its constants
  std::size_t option = 0;
  std::size_t shared_bytes = 0;  ///< of a whole call: that its output can have in common with its input
};

/// Bytes that the output of the whole call, with this kernel, can have in common with its input.
using SharedBytes = std::function<std::size_t(const program::KernelCall&)>;

/// Remembers answers: regions ask for the same kinds of rows thousands of times.
class KernelCosts {
 public:
  /// `own` is the model of the calls' own kernels, where there are no options.
  KernelCosts(const program::Program& program, KernelOptions options, const KernelModel& own);
  KernelCosts(const KernelCosts&) = delete;  // answers refer to what it remembers
  KernelCosts& operator=(const KernelCosts&) = delete;

  const KernelOptions& options() const { return options_; }
  /// Ascending in scratch, descending in instructions; at least one.
  std::span<const Offer> of_whole(std::size_t call) const;
  /// Ascending in scratch less shared bytes, descending in instructions; empty where no kernel shares any. `shared`
  /// must always be the same.
  std::span<const Offer> of_overlapping(std::size_t call, const SharedBytes& shared) const;
  /// With the price of the option's constants; 0 when nothing is known.
  double whole_instructions(std::size_t call, std::size_t option) const;
  /// Ascending in scratch, descending in instructions; empty where no kernel works by rows.
  std::span<const Offer> of_rows(std::size_t call, std::span<const RowKind> kinds) const;

 private:
  struct Part {
    std::size_t scratch_bytes = 0;
    double instructions = 0;  ///< 0: not known
  };

  std::vector<Offer> whole_offers(std::size_t call, const SharedBytes& shared) const;
  const Part& part_of(std::size_t call, std::size_t option, const RowKind& kind) const;
  double guessed_instructions(const KernelOption& option, const Part& part, std::int32_t rows) const;

  const program::Program& program_;
  const KernelOptions options_;
  std::vector<std::vector<KernelOption>> by_call_;
  std::vector<std::vector<std::int32_t>> rows_;  ///< by call, by option: of its output; 0: it does not work by rows
  mutable std::vector<std::vector<Offer>> whole_;
  mutable std::vector<std::optional<std::vector<Offer>>> overlapping_;
  using PartKey = std::tuple<std::size_t, std::int32_t, std::int32_t>;  ///< option, rows, rows read
  mutable std::vector<std::map<PartKey, Part>> parts_;                  ///< by call
  using KindsKey = std::vector<std::int32_t>;
  using OffersByKinds = std::map<KindsKey, std::vector<Offer>>;
  mutable std::vector<OffersByKinds> by_kinds_;                 ///< by call
  mutable std::vector<const OffersByKinds::value_type*> last_;  ///< by call: the last answer, often the next one, too
};

}  // namespace pudu::schedule

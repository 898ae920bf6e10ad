#include "schedule/reorder.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

#include "schedule/testing/dag_program.hpp"

namespace pudu::schedule {
namespace {

using program::BufferId;
using program::Program;
using testing::DagProgram;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

bool keeps(const std::vector<std::size_t>& order, const std::vector<std::vector<std::size_t>>& before) {
  std::vector<std::size_t> position(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) position[order[i]] = i;
  for (std::size_t call = 0; call < before.size(); ++call) {
    for (const std::size_t earlier : before[call]) {
      if (position[earlier] >= position[call]) return false;
    }
  }
  return true;
}

/// The lowest peak of all orders.
std::size_t lowest_peak(const Program& program) {
  const auto before = dependences(program);
  std::vector<std::size_t> order(program.calls.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::size_t lowest = SIZE_MAX;
  do {
    if (keeps(order, before)) lowest = std::min(lowest, peak_bytes(program, order));
  } while (std::next_permutation(order.begin(), order.end()));
  return lowest;
}

/// Two branches from one input, each large at first and small at its end; the file has both large ones first.
DagProgram two_branches() {
  DagProgram dag;
  const BufferId x = dag.input(16);
  const BufferId large1 = dag.concat({x, x, x, x, x, x, x, x});
  const BufferId large2 = dag.concat({x, x, x, x, x, x, x, x});
  const BufferId small1 = dag.slice(large1, 0, 16, 2);
  const BufferId small2 = dag.slice(large2, 0, 16, 2);
  dag.output(dag.sum(small1, small2));
  return dag;
}

TEST(Reorder, FinishesOneBranchBeforeTheNext) {
  const DagProgram dag = two_branches();
  const CallOrder order = find_order(dag.program);
  EXPECT_THAT(order.calls, ElementsAre(0, 2, 1, 3, 4));
  EXPECT_EQ(order.old_peak_bytes, 128U + 128 + 16);
  EXPECT_EQ(order.peak_bytes, 128U + 16 + 16);
  EXPECT_TRUE(order.is_optimal);
}

TEST(Reorder, ChainsStayAsTheyAre) {
  DagProgram dag;
  BufferId x = dag.input(64);
  for (int i = 0; i < 5; ++i) x = dag.table(x);
  dag.output(x);
  const CallOrder order = find_order(dag.program);
  EXPECT_THAT(order.calls, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(order.peak_bytes, 64U);  // tables work in place
  EXPECT_TRUE(order.is_optimal);
}

TEST(Reorder, EmptyPrograms) {
  DagProgram dag;
  dag.output(dag.input(16));
  const CallOrder order = find_order(dag.program);
  EXPECT_THAT(order.calls, IsEmpty());
  EXPECT_EQ(order.peak_bytes, 16U);
}

TEST(Reorder, DependencesOfStatesAndParts) {
  DagProgram dag;
  const BufferId x = dag.input(16);
  const BufferId state = dag.program.add_buffer({.name = "state", .kind = program::BufferKind::State, .shape = {16}});
  dag.program.buffer(state).data = std::make_shared<const std::vector<std::byte>>(16);
  dag.table(state);                                     // 0: reads the state
  dag.output(dag.table(x));                             // 1
  dag.program.calls[1].operands.back().buffer = state;  // ... and writes it
  dag.table(state);                                     // 2: reads the new state
  EXPECT_THAT(dependences(dag.program), ElementsAre(IsEmpty(), ElementsAre(0), ElementsAre(1)));
}

TEST(Reorder, RandomProgramsReachTheBestOfAllOrders) {
  int improved = 0;
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    const DagProgram dag = testing::random_dag(seed, 6);
    const CallOrder order = find_order(dag.program);
    ASSERT_TRUE(keeps(order.calls, dependences(dag.program))) << seed;
    EXPECT_EQ(peak_bytes(dag.program, order.calls), order.peak_bytes) << seed;
    EXPECT_EQ(order.peak_bytes, lowest_peak(dag.program)) << seed;
    EXPECT_TRUE(order.is_optimal) << seed;
    improved += order.peak_bytes < order.old_peak_bytes ? 1 : 0;
  }
  EXPECT_GT(improved, 10);
}

TEST(Reorder, WithFewSetsTheOrderIsNeverWorseAndSaysThatItMayNotBeBest) {
  int not_proved = 0;
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const DagProgram dag = testing::random_dag(seed, 24);
    const CallOrder best = find_order(dag.program, 20'000);
    const CallOrder order = find_order(dag.program, 2);
    ASSERT_TRUE(keeps(order.calls, dependences(dag.program))) << seed;
    EXPECT_EQ(peak_bytes(dag.program, order.calls), order.peak_bytes) << seed;
    EXPECT_LE(order.peak_bytes, order.old_peak_bytes) << seed;
    EXPECT_GE(order.peak_bytes, best.peak_bytes) << seed;
    EXPECT_TRUE(!order.is_optimal || order.peak_bytes == best.peak_bytes) << seed;
    not_proved += order.is_optimal ? 0 : 1;
  }
  EXPECT_GT(not_proved, 5);
}

}  // namespace
}  // namespace pudu::schedule

#include "schedule/share_storage.hpp"

#include <gmock/gmock.h>

#include <optional>

#include "schedule/make_schedule.hpp"
#include "schedule/testing/dag_program.hpp"
#include "simulator/simulator.hpp"

namespace pudu::schedule {
namespace {

using program::BufferId;
using program::index_of;
using program::MemoryMap;
using program::Program;
using program::SharedStorage;
using testing::DagProgram;
using ::testing::ElementsAre;

std::optional<SharedStorage> in(BufferId owner, std::size_t offset = 0) {
  return SharedStorage{owner, offset};
}

std::vector<std::vector<std::byte>> outputs_with(const Program& program, const MemoryMap& map) {
  auto simulator = simulator::Simulator::create(program, map, simulator::FreeMemory::Poisoned);
  EXPECT_TRUE(simulator.ok());
  std::vector<std::vector<std::byte>> inputs;
  std::mt19937 random(5);
  for (const program::Port& port : program.inputs) {
    inputs.emplace_back();
    for (std::size_t i = 0; i < program.buffer(port.buffer).bytes(); ++i) {
      inputs.back().push_back(static_cast<std::byte>(random()));
    }
  }
  auto outputs = simulator->run(inputs);
  EXPECT_TRUE(outputs.ok());
  return std::move(outputs).value();
}

/// Layer by layer, every buffer in memory of its own.
MemoryMap unshared(const Program& program) {
  MemoryMap map = plan_schedule(program, program::layerwise_schedule(program)).value();
  map.schedule.reset();
  return map;
}

MemoryMap shared(const Program& program) {
  return plan_schedule(program, layerwise_schedule(program, share_storage(program))).value();
}

TEST(ShareStorage, ElementwiseResultsTakeTheirInputsPlace) {
  DagProgram dag;
  const BufferId x = dag.input(64);
  const BufferId a = dag.table(x);
  const BufferId b = dag.table(a);
  dag.output(b);
  const StorageSharing sharing = share_storage(dag.program);
  EXPECT_EQ(sharing.shared[index_of(a)], in(x));
  EXPECT_EQ(sharing.shared[index_of(b)], in(x));
  EXPECT_EQ(shared(dag.program).arena_bytes, 64U);
  EXPECT_EQ(unshared(dag.program).arena_bytes, 128U);
}

TEST(ShareStorage, AnInputThatIsReadLaterKeepsItsMemory) {
  DagProgram dag;
  const BufferId x = dag.input(64);
  const BufferId a = dag.table(x);
  const BufferId b = dag.sum(a, x);
  dag.output(b);
  const StorageSharing sharing = share_storage(dag.program);
  EXPECT_EQ(sharing.shared[index_of(a)], std::nullopt);
  EXPECT_EQ(sharing.shared[index_of(b)], in(a));
}

TEST(ShareStorage, AnOutputOfTheProgramKeepsItsMemory) {
  DagProgram dag;
  const BufferId x = dag.input(64);
  const BufferId a = dag.table(x);
  const BufferId b = dag.table(a);
  dag.output(a);
  dag.output(b);
  const StorageSharing sharing = share_storage(dag.program);
  EXPECT_EQ(sharing.shared[index_of(a)], in(x));
  EXPECT_EQ(sharing.shared[index_of(b)], std::nullopt);
}

TEST(ShareStorage, BothInputsOfASumMayBeTheSame) {
  DagProgram dag;
  const BufferId x = dag.input(64);
  const BufferId a = dag.sum(x, x);
  dag.output(a);
  EXPECT_EQ(share_storage(dag.program).shared[index_of(a)], in(x));
}

TEST(ShareStorage, CallsOfOneConcatenationAreLeftOutTogether) {
  DagProgram dag;
  const BufferId x = dag.input(32);
  const BufferId y = dag.input(20);
  const BufferId a = dag.table(x);
  const BufferId both = dag.concat({a, a});  // a cannot lie at two places
  dag.output(both);
  dag.output(y);
  // The concatenation as two calls: a fills the first half, x the second.
  program::KernelCall& first = dag.program.calls[1];
  first.operands.erase(first.operands.begin() + 1);
  const auto set = [](program::KernelCall& call, const char* name, std::int64_t value) {
    for (program::Parameter& parameter : call.parameters) {
      if (parameter.name == name) std::get<std::vector<std::int64_t>>(parameter.values).front() = value;
    }
  };
  set(first, "input_count", 1);
  program::KernelCall second = first;
  second.name = "second";
  set(second, "output_offset", 32);
  dag.program.calls.push_back(second);
  EXPECT_THAT(share_storage(dag.program).is_omitted, ElementsAre(false, false, false));
  dag.program.calls[2].operands.front().buffer = x;  // now each part has its own place
  EXPECT_THAT(share_storage(dag.program).is_omitted, ElementsAre(false, true, true));
}

TEST(ShareStorage, ResultsLieInPlaceOnlyWhereTheRulesAllowIt) {
  DagProgram dag;
  const BufferId x = dag.input(64);
  const BufferId y = dag.input(64);
  const BufferId a = dag.sum(x, y);
  dag.output(a);
  const auto with = [&](std::vector<std::string_view> names) {
    return share_storage(dag.program, {[names](const Program&, const program::KernelCall&) { return names; }});
  };
  EXPECT_EQ(with({}).shared[index_of(a)], std::nullopt);
  EXPECT_EQ(with({"input2"}).shared[index_of(a)], in(y));
}

TEST(ShareStorage, PartsOfAConcatenationAreWrittenWhereTheyBelong) {
  DagProgram dag;
  const BufferId x = dag.input(32);
  const BufferId y = dag.input(48);
  const BufferId a = dag.table(x);
  const BufferId b = dag.table(y);
  const BufferId both = dag.concat({a, b});
  const BufferId last = dag.table(both);
  dag.output(last);
  const StorageSharing sharing = share_storage(dag.program);
  EXPECT_THAT(sharing.is_omitted, ElementsAre(false, false, true, false));
  EXPECT_EQ(sharing.shared[index_of(a)], in(both));
  EXPECT_EQ(sharing.shared[index_of(b)], in(both, 32));
  EXPECT_EQ(sharing.shared[index_of(x)], in(both));  // and the tables work in place
  EXPECT_EQ(sharing.shared[index_of(last)], in(both));
  const MemoryMap map = shared(dag.program);
  EXPECT_EQ(map.arena_bytes, 80U);
  EXPECT_EQ(map.schedule->steps.size(), 3U);
  EXPECT_EQ(outputs_with(dag.program, map), outputs_with(dag.program, unshared(dag.program)));
}

TEST(ShareStorage, APartThatTwoConcatenationsWantIsCopiedForOne) {
  DagProgram dag;
  const BufferId a = dag.table(dag.input(32));
  const BufferId b = dag.table(a);
  dag.output(dag.concat({a, b}));
  dag.output(dag.concat({b, a}));
  EXPECT_THAT(share_storage(dag.program).is_omitted, ElementsAre(false, false, true, false));
}

TEST(ShareStorage, PartsThatWouldNotBeAlignedAreCopied) {
  DagProgram dag;
  const BufferId a = dag.table(dag.input(20));
  const BufferId b = dag.table(dag.input(32));
  dag.output(dag.concat({a, b}));
  EXPECT_THAT(share_storage(dag.program).is_omitted, ElementsAre(false, false, false));
  DagProgram other;
  const BufferId x = other.input(64);
  other.output(other.slice(x, 8, 16));
  EXPECT_THAT(share_storage(other.program).is_omitted, ElementsAre(false));
}

TEST(ShareStorage, SlicesAreViewsUnlessTheirBytesAreApart) {
  DagProgram dag;
  const BufferId x = dag.table(dag.input(96));
  const BufferId first = dag.slice(x, 0, 32);
  const BufferId rest = dag.slice(x, 32, 64);
  const BufferId even = dag.slice(x, 0, 48, 2);
  dag.output(first);
  dag.output(rest);
  dag.output(even);
  const StorageSharing sharing = share_storage(dag.program);
  EXPECT_THAT(sharing.is_omitted, ElementsAre(false, true, true, false));
  EXPECT_EQ(sharing.shared[index_of(rest)]->offset, 32U);
  EXPECT_EQ(sharing.shared[index_of(even)], std::nullopt);
}

TEST(ShareStorage, BytesLiveUnderAllTheirNames) {
  // The slice of the concatenation is a part's beginning; nobody else reads the concatenation.
  DagProgram dag;
  const BufferId x = dag.input(32);
  const BufferId a = dag.table(x);
  const BufferId both = dag.concat({a, dag.table(a)});
  const BufferId view = dag.slice(both, 0, 16);
  BufferId other = dag.table(dag.slice(x, 0, 16, 2));
  for (int i = 0; i < 3; ++i) other = dag.table(other);
  dag.output(dag.sum(other, view));
  const MemoryMap map = shared(dag.program);
  EXPECT_EQ(map.schedule->steps.size(), dag.program.calls.size() - 2);
  EXPECT_EQ(outputs_with(dag.program, map), outputs_with(dag.program, unshared(dag.program)));
}

TEST(ShareStorage, AViewIsNotOverwrittenWhileItsWholeIsRead) {
  DagProgram dag;
  const BufferId x = dag.table(dag.input(64));
  const BufferId view = dag.slice(x, 0, 32);
  const BufferId changed = dag.table(view);  // must not work in place: x is read behind it
  dag.output(dag.concat({changed, x}));
  const StorageSharing sharing = share_storage(dag.program);
  EXPECT_EQ(outputs_with(dag.program, shared(dag.program)), outputs_with(dag.program, unshared(dag.program)));
  EXPECT_TRUE(is_sound(dag.program, sharing));
}

TEST(StorageRun, SaysNoToUnsoundSharings) {
  DagProgram dag;
  const BufferId x = dag.input(64);
  const BufferId a = dag.table(x);
  const BufferId b = dag.sum(a, x);
  const BufferId c = dag.slice(b, 0, 32);
  dag.output(b);
  dag.output(c);
  const auto verdict = [&](auto change) {
    StorageSharing sharing = no_sharing(dag.program);
    change(sharing);
    return is_sound(dag.program, sharing);
  };
  EXPECT_TRUE(verdict([](StorageSharing&) {}));
  EXPECT_TRUE(verdict([&](StorageSharing& s) { s.shared[index_of(b)] = in(a); }));
  EXPECT_TRUE(verdict([&](StorageSharing& s) { s.shared[index_of(c)] = in(x, 32); }));
  EXPECT_FALSE(verdict([&](StorageSharing& s) { s.shared[index_of(a)] = in(x); }));  // x is read later
  EXPECT_FALSE(verdict([&](StorageSharing& s) { s.shared[index_of(c)] = in(b); }));  // a slice reads while it writes
  EXPECT_FALSE(verdict([&](StorageSharing& s) { s.shared[index_of(c)] = in(a, 48); }));  // no room
  EXPECT_FALSE(verdict([&](StorageSharing& s) { s.is_omitted[2] = true; }));             // not at its place
  EXPECT_FALSE(verdict([&](StorageSharing& s) { s.is_omitted[1] = true; }));             // a sum computes
  EXPECT_FALSE(verdict([&](StorageSharing& s) { s.shared.pop_back(); }));
  EXPECT_FALSE(verdict([&](StorageSharing& s) {  // an owner that shares
    s.shared[index_of(b)] = in(a);
    s.shared[index_of(c)] = in(b);
  }));
  EXPECT_TRUE(verdict([&](StorageSharing& s) {
    s.shared[index_of(c)] = in(b);
    s.is_omitted[2] = true;
  }));
}

TEST(ShareStorage, RandomProgramsComputeTheSame) {
  int omitted = 0;
  int in_place = 0;
  int smaller = 0;
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    const DagProgram dag = testing::random_dag(seed, 14);
    ASSERT_TRUE(program::verify(dag.program).ok()) << seed;
    const StorageSharing sharing = share_storage(dag.program);
    ASSERT_TRUE(is_sound(dag.program, sharing)) << seed;
    const auto plain = outputs_with(dag.program, unshared(dag.program));
    ASSERT_EQ(outputs_with(dag.program, shared(dag.program)), plain) << seed;
    const MemoryMap best = plan_layerwise(dag.program).value();
    ASSERT_EQ(outputs_with(dag.program, best), plain) << seed;
    EXPECT_LE(best.arena_bytes, unshared(dag.program).arena_bytes) << seed;
    smaller += best.arena_bytes < unshared(dag.program).arena_bytes ? 1 : 0;
    for (std::size_t call = 0; call < dag.program.calls.size(); ++call) {
      omitted += sharing.is_omitted[call] ? 1 : 0;
      const BufferId result = dag.program.calls[call].find_operand("output")->buffer;
      in_place += !sharing.is_omitted[call] && sharing.shared[index_of(result)] ? 1 : 0;
    }
  }
  EXPECT_GT(omitted, 200);
  EXPECT_GT(in_place, 200);
  EXPECT_GT(smaller, 100);
}

}  // namespace
}  // namespace pudu::schedule

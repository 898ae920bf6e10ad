// The manager on lists of made-up passes: what it refuses and in which words, what it hands out, verifies and tells.
#include "passes/pass_manager.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace pudu::passes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Status do_nothing(const Supplies&) {
  return {};
}

/// A rewriting that changes nothing.
Pass rewriting(std::string_view name, std::vector<std::string_view> after = {}) {
  return {.name = name,
          .reason = "a test",
          .needs = {Need::Graph},
          .changes = Change::Graph,
          .after = std::move(after),
          .requirements = {},
          .indispensable = {},
          .run = do_nothing};
}

/// Makes the smallest program that verifies.
Status make_program(const Supplies& supplies) {
  program::Program& program = *supplies.program;
  program.name = "example";
  program.target = *supplies.target;
  const auto input = program.add_buffer({.name = "x", .kind = program::BufferKind::Input, .shape = {1, 2}});
  program.inputs = {{"x", input, {1, 2}}};
  program.outputs = {{"x", input, {1, 2}}};
  return {};
}

/// fold, merge, measure, convert, place: a compilation in small.
std::vector<Pass> small_list() {
  std::vector<Pass> list = {rewriting("fold"), rewriting("merge", {"fold"}), rewriting("measure", {"fold", "merge"}),
                            rewriting("convert"), rewriting("place")};
  list[2].needs.push_back(Need::Calibration);
  list[2].changes = Change::Nothing;
  list[3].needs.push_back(Need::Target);
  list[3].changes = Change::Program;
  list[3].requirements = {{"measure", "numbers are needed"}};
  list[3].run = make_program;
  list[4].needs = {Need::Program};
  list[4].changes = Change::Nothing;
  list[4].requirements = {{"convert", "it places what is converted"}};
  list[4].indispensable = "the result is laid out by it";
  return list;
}

class Recorder final : public PassListener {
 public:
  void begin(const Pass& pass) override { events.push_back("begin " + std::string(pass.name)); }
  void end(const Pass& pass, double seconds) override {
    EXPECT_GE(seconds, 0.0);
    events.push_back("end " + std::string(pass.name));
  }
  Status after(const Pass& pass, const PassState& state) override {
    events.push_back("after " + std::string(pass.name) + (state.program ? " with program" : ""));
    return result;
  }

  std::vector<std::string> events;
  Status result;
};

ir::Graph example_graph() {
  ir::Graph graph;
  graph.name = "example";
  graph.inputs = {graph.add_value("x", {ir::DType::Float32, {1, 2}})};
  graph.outputs = graph.inputs;
  return graph;
}

/// The text of an error, with its kind in front.
std::string text_of(const Status& status) {
  if (status) return "no error";
  return std::to_string(exit_code(status.error().kind)) + " " + to_string(status.error());
}

std::string text_of(const Result<std::vector<Pass>>& result) {
  return result ? "no error" : text_of(Status(result.error()));
}

std::vector<std::string> names_of(const std::vector<Pass>& passes) {
  std::vector<std::string> names;
  for (const Pass& pass : passes) names.emplace_back(pass.name);
  return names;
}

TEST(CheckList, TakesAListInOrder) {
  EXPECT_EQ(text_of(check_list(small_list())), "no error");
  EXPECT_EQ(text_of(check_list({})), "no error");
}

TEST(CheckList, RefusesDuplicates) {
  const std::vector<Pass> list = {rewriting("fold"), rewriting("merge"), rewriting("fold")};
  EXPECT_EQ(text_of(check_list(list)), "70 error: pass fold: stands twice in the list; a name for each");
}

TEST(CheckList, RefusesUnknownNeighbours) {
  std::vector<Pass> list = {rewriting("fold"), rewriting("merge", {"flod"})};
  EXPECT_EQ(text_of(check_list(list)), "70 error: pass merge: must run after 'flod', which is no pass; fold, merge");
  list[1].after.clear();
  list[1].requirements = {{"split", "it merges what is split"}};
  EXPECT_EQ(text_of(check_list(list)), "70 error: pass merge: must run after 'split', which is no pass; fold, merge");
}

TEST(CheckList, RefusesAWrongOrder) {
  std::vector<Pass> list = {rewriting("merge", {"fold"}), rewriting("fold")};
  EXPECT_EQ(text_of(check_list(list)),
            "70 error: pass merge: stands before 'fold' in the list; its place is behind it");
  list[0].after.clear();
  list[0].requirements = {{"fold", "it merges what is folded"}};
  EXPECT_EQ(text_of(check_list(list)),
            "70 error: pass merge: stands before 'fold' in the list; its place is behind it");
}

TEST(CheckList, RefusesPassesWhoseFormIsNotThere) {
  std::vector<Pass> early = {rewriting("place")};
  early[0].needs = {Need::Program};
  EXPECT_EQ(text_of(check_list(early)), "70 error: pass place: needs the program; no pass in front of it makes one");
  std::vector<Pass> late = small_list();
  late.push_back(rewriting("prune"));
  EXPECT_EQ(text_of(check_list(late)),
            "70 error: pass prune: needs the graph; 'convert' in front of it has made the program of it");
}

TEST(SelectPasses, LeavesOutAndStops) {
  EXPECT_THAT(names_of(*select_passes(small_list(), {})), ElementsAre("fold", "merge", "measure", "convert", "place"));
  EXPECT_THAT(names_of(*select_passes(small_list(), {.disabled = {"merge", "fold", "merge"}, .stop_after = {}})),
              ElementsAre("measure", "convert", "place"));
  EXPECT_THAT(names_of(*select_passes(small_list(), {.disabled = {"fold"}, .stop_after = "measure"})),
              ElementsAre("merge", "measure"));
}

TEST(SelectPasses, NamesTheNearestOfAnUnknownPass) {
  EXPECT_EQ(text_of(select_passes(small_list(), {.disabled = {"mege"}, .stop_after = {}})),
            "1 error: --disable-pass: unknown pass 'mege'; fold, merge, measure, convert, place\n"
            "hint: did you mean 'merge'?");
  EXPECT_EQ(text_of(select_passes(small_list(), {.disabled = {}, .stop_after = "vectorize"})),
            "1 error: --stop-after: unknown pass 'vectorize'; fold, merge, measure, convert, place");
  EXPECT_EQ(text_of(select_passes(small_list(), {.disabled = {}, .stop_after = ""})),
            "1 error: --stop-after: unknown pass ''; fold, merge, measure, convert, place");
}

TEST(SelectPasses, SaysWhyAPassCannotBeLeftOut) {
  EXPECT_EQ(text_of(select_passes(small_list(), {.disabled = {"measure"}, .stop_after = {}})),
            "1 error: --disable-pass: 'measure' cannot be left out; 'convert' needs it: numbers are needed");
  EXPECT_EQ(text_of(select_passes(small_list(), {.disabled = {"place"}, .stop_after = {}})),
            "1 error: --disable-pass: 'place' cannot be left out; the result is laid out by it");
}

TEST(SelectPasses, BindsOnlyWhatRuns) {
  EXPECT_THAT(names_of(*select_passes(small_list(), {.disabled = {"measure", "place"}, .stop_after = "merge"})),
              ElementsAre("fold", "merge"));
  EXPECT_EQ(text_of(select_passes(small_list(), {.disabled = {"merge"}, .stop_after = "merge"})),
            "1 error: --stop-after: 'merge' is disabled; a pass that runs");
}

class RunPasses : public ::testing::Test {
 protected:
  Status run(const std::vector<Pass>& list) { return run_passes(list, state_, recorder_); }
  Calibration one_sample() const { return {{ops::Tensor({1, 2}, {1.0F, 2.0F})}}; }

  ir::Graph graph_ = example_graph();
  PassState state_{.graph = graph_};
  Recorder recorder_;
};

TEST_F(RunPasses, SuppliesWhatIsDeclaredAndNothingElse) {
  int loads = 0;
  state_.target = targets::TargetConfig{};
  state_.calibration_source = [&](const ir::Graph& graph) -> Result<Calibration> {
    EXPECT_EQ(&graph, &graph_);
    ++loads;
    return one_sample();
  };
  std::vector<Pass> list = small_list();
  list[0].run = [&](const Supplies& supplies) -> Status {
    EXPECT_EQ(supplies.graph, &graph_);
    EXPECT_EQ(supplies.program, nullptr);
    EXPECT_EQ(supplies.target, nullptr);
    EXPECT_EQ(supplies.calibration, nullptr);
    EXPECT_EQ(loads, 0) << "nobody needs it yet";
    return {};
  };
  list[2].run = [&](const Supplies& supplies) -> Status {
    EXPECT_EQ(supplies.calibration->size(), 1U);
    EXPECT_EQ(supplies.target, nullptr);
    return {};
  };
  list[4].needs.push_back(Need::Calibration);
  list[4].run = [&](const Supplies& supplies) -> Status {
    EXPECT_EQ(supplies.graph, nullptr);
    EXPECT_EQ(supplies.program->name, "example");
    EXPECT_EQ(supplies.calibration->size(), 1U);
    return {};
  };
  EXPECT_EQ(text_of(run(list)), "no error");
  EXPECT_EQ(loads, 1);
  EXPECT_THAT(recorder_.events,
              ElementsAre("begin fold", "end fold", "after fold", "begin merge", "end merge", "after merge",
                          "begin measure", "end measure", "after measure", "begin convert", "end convert",
                          "after convert with program", "begin place", "end place", "after place with program"));
}

TEST_F(RunPasses, RefusesBeforeAnythingRunsWhatIsNotSupplied) {
  state_.calibration = one_sample();
  EXPECT_EQ(text_of(run(small_list())), "1 error: pass convert: needs a target; none is given");
  state_.calibration.reset();
  state_.target = targets::TargetConfig{};
  EXPECT_EQ(text_of(run(small_list())), "1 error: pass measure: needs calibration data; none are given");
  EXPECT_THAT(recorder_.events, IsEmpty());
}

TEST_F(RunPasses, RefusesAListWithoutARequiredPass) {
  std::vector<Pass> list = small_list();
  list.erase(list.begin() + 2);
  EXPECT_EQ(text_of(run(list)), "70 error: pass convert: needs 'measure', which does not run; numbers are needed");
  std::swap(list[0], list[1]);
  EXPECT_EQ(text_of(run(list)), "70 error: pass merge: stands before 'fold' in the list; its place is behind it");
  EXPECT_THAT(recorder_.events, IsEmpty());
}

TEST_F(RunPasses, VerifiesTheGraphAfterEachPass) {
  std::vector<Pass> list = {rewriting("fold"), rewriting("merge")};
  list[0].run = [](const Supplies& supplies) -> Status {
    supplies.graph->value(supplies.graph->inputs[0]).type.shape = {-3};
    return {};
  };
  EXPECT_EQ(text_of(run(list)), "70 error: after pass fold, value 'x': shape [-3]; sizes are positive");
  EXPECT_THAT(recorder_.events, ElementsAre("begin fold", "end fold"));
}

TEST_F(RunPasses, VerifiesTheProgramAfterEachPass) {
  state_.target = targets::TargetConfig{};
  state_.calibration = one_sample();
  std::vector<Pass> list = small_list();
  list[4].run = [](const Supplies& supplies) -> Status {
    supplies.program->buffers[0].shape = {0};
    return {};
  };
  EXPECT_EQ(text_of(run(list)),
            "70 error: after pass place, buffer 'x': shape [0]; positive sizes, at most 2147483647 elements");
}

TEST_F(RunPasses, ChecksTheCallsOfTheProgram) {
  state_.target = targets::TargetConfig{};
  state_.calibration = one_sample();
  std::vector<Pass> list = small_list();
  list[3].run = [](const Supplies& supplies) -> Status {
    PUDU_TRY(make_program(supplies));
    program::Program& program = *supplies.program;
    const auto output = program.add_buffer({.name = "y", .shape = {1, 2}});
    program.outputs = {{"y", output, {1, 2}}};
    program.calls.push_back({.name = "c", .op = "copy", .kernel = "teleport_s8", .operands = {{"output", output}}});
    return {};
  };
  EXPECT_EQ(text_of(run(list)),
            "70 error: after pass convert, c: unknown kernel 'teleport_s8'; a kernel of this version");
}

TEST_F(RunPasses, HandsOnTheErrorsOfPassesSourcesAndListeners) {
  std::vector<Pass> list = {rewriting("fold"), rewriting("merge")};
  list[1].run = [](const Supplies&) -> Status { return invalid_input({.where = "node", .found = "is wrong"}); };
  EXPECT_EQ(text_of(run(list)), "2 error: node: is wrong");
  EXPECT_THAT(recorder_.events, ElementsAre("begin fold", "end fold", "after fold", "begin merge", "end merge"));

  list[1] = rewriting("measure");
  list[1].needs.push_back(Need::Calibration);
  state_.calibration_source = [](const ir::Graph&) -> Result<Calibration> {
    return invalid_input({.file = "c.npy", .found = "no such file"});
  };
  EXPECT_EQ(text_of(run(list)), "2 error: c.npy: no such file");

  recorder_.result = invalid_input({.file = "out", .found = "the disk is full"});
  recorder_.events.clear();
  EXPECT_EQ(text_of(run(list)), "2 error: out: the disk is full");
  EXPECT_THAT(recorder_.events, ElementsAre("begin fold", "end fold", "after fold"));
}

TEST(Need, HasAName) {
  EXPECT_EQ(to_string(Need::Graph), "graph");
  EXPECT_EQ(to_string(Need::Program), "program");
  EXPECT_EQ(to_string(Need::Target), "target");
  EXPECT_EQ(to_string(Need::Calibration), "calibration");
}

TEST(WhyRequired, NamesTheFirstPassThatNeedsIt) {
  EXPECT_EQ(why_required(small_list(), "measure"), "'convert' needs it: numbers are needed");
  EXPECT_EQ(why_required(small_list(), "place"), "the result is laid out by it");
  EXPECT_EQ(why_required(small_list(), "fold"), "");
}

TEST(AnyNeeds, LooksAtEveryPass) {
  EXPECT_TRUE(any_needs(small_list(), Need::Calibration));
  EXPECT_TRUE(any_needs(small_list(), Need::Program));
  EXPECT_FALSE(any_needs(std::vector<Pass>{rewriting("fold")}, Need::Target));
}

}  // namespace
}  // namespace pudu::passes

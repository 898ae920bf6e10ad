#include "base/subprocess.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "base/temp_directory.hpp"

namespace pudu::base {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Subprocess, CapturesBothStreamsAndTheExitStatus) {
  const Result<ProcessResult> result = run_process({"sh", "-c", "echo out; echo err >&2; exit 7"});
  ASSERT_TRUE(result) << to_string(result.error());
  EXPECT_EQ(result->end, ProcessEnd::Exited);
  EXPECT_EQ(result->code, 7);
  EXPECT_FALSE(result->succeeded());
  EXPECT_EQ(result->standard_output, "out\n");
  EXPECT_EQ(result->standard_error, "err\n");
}

TEST(Subprocess, PassesArgumentsWithoutAShell) {
  const Result<ProcessResult> result = run_process({"printf", "%s|", "a b", "$HOME;'\"", ""});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->standard_output, "a b|$HOME;'\"||");
}

TEST(Subprocess, CapturesMoreThanAPipeHoldsAndCutsAtTheLimit) {
  const std::vector<std::string> command = {"sh", "-c", "head -c 1000000 /dev/zero; head -c 300000 /dev/zero >&2"};
  const Result<ProcessResult> whole = run_process(command);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->standard_output.size(), 1000000U);
  EXPECT_EQ(whole->standard_error.size(), 300000U);

  ProcessOptions options;
  options.captured_bytes_limit = 1000;
  const Result<ProcessResult> cut = run_process(command, options);
  ASSERT_TRUE(cut);
  EXPECT_TRUE(cut->succeeded());
  EXPECT_EQ(cut->standard_output.size(), 1000U);
}

TEST(Subprocess, RunsInAFolderWithAnEnvironment) {
  const Result<TempDirectory> folder = TempDirectory::create("pudu-test");
  ASSERT_TRUE(folder);
  ProcessOptions options;
  options.working_directory = folder->path();
  options.environment = {"PUDU_TEST_VARIABLE=here", "LC_ALL=C"};
  const Result<ProcessResult> result = run_process({"sh", "-c", "pwd; echo $PUDU_TEST_VARIABLE $LC_ALL"}, options);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->standard_output, std::filesystem::canonical(folder->path()).string() + "\nhere C\n");
}

TEST(Subprocess, KillsTheWholeGroupWhenTheTimeIsUp) {
  ProcessOptions options;
  options.timeout = std::chrono::milliseconds(200);
  const auto start = std::chrono::steady_clock::now();
  const Result<ProcessResult> result = run_process({"sh", "-c", "echo begun; sleep 60 & sleep 60"}, options);
  const auto elapsed = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(result);
  EXPECT_EQ(result->end, ProcessEnd::TimedOut);
  EXPECT_EQ(result->standard_output, "begun\n");
  EXPECT_LT(elapsed, std::chrono::seconds(20));
}

TEST(Subprocess, DoesNotWaitForABackgroundProcessThatHoldsThePipes) {
  const auto start = std::chrono::steady_clock::now();
  const Result<ProcessResult> result = run_process({"sh", "-c", "sleep 30 & echo done"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->standard_output, "done\n");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(Subprocess, ReportsTheSignal) {
  const Result<ProcessResult> result = run_process({"sh", "-c", "kill -9 $$"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->end, ProcessEnd::Killed);
  EXPECT_EQ(result->code, 9);
}

TEST(Subprocess, ReportsAProgramThatCannotBeStarted) {
  const Result<ProcessResult> result = run_process({"pudu-no-such-program"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::InvalidInput);
  EXPECT_THAT(to_string(result.error()), HasSubstr("pudu-no-such-program: cannot be started: No such file"));
}

TEST(Subprocess, RunsFromSeveralThreads) {
  std::vector<std::string> outputs(16);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    threads.emplace_back([&outputs, i] {
      const Result<ProcessResult> result = run_process({"echo", std::to_string(i)});
      if (result) outputs[i] = result->standard_output;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < outputs.size(); ++i) EXPECT_EQ(outputs[i], std::to_string(i) + "\n");
}

TEST(FindProgram, LooksInPath) {
  ASSERT_TRUE(find_program("sh"));
  EXPECT_TRUE(find_program("sh")->is_absolute());
  EXPECT_FALSE(find_program("pudu-no-such-program"));
  EXPECT_EQ(find_program("/bin/sh"), std::filesystem::path("/bin/sh"));
  EXPECT_FALSE(find_program("/bin"));
}

TEST(TempDirectory, IsRemovedWithItsContentAndOnlyOnce) {
  std::filesystem::path path;
  {
    Result<TempDirectory> made = TempDirectory::create("pudu-test");
    ASSERT_TRUE(made);
    path = made->path();
    EXPECT_THAT(path.filename().string(), StartsWith("pudu-test-"));
    std::filesystem::create_directories(path / "a" / "b");
    const TempDirectory moved = std::move(made).value();
    EXPECT_EQ(moved.path(), path);
    EXPECT_TRUE(std::filesystem::is_directory(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace pudu::base

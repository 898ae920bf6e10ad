// posix_spawn with two pipes. The child leads a process group of its own, so that a timeout also ends what it started.
#include "base/subprocess.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/cancellation.hpp"

extern char** environ;

namespace pudu::base {
namespace {

using Clock = std::chrono::steady_clock;

class FileDescriptor {
 public:
  explicit FileDescriptor(int value = -1) : value_(value) {}
  FileDescriptor(FileDescriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~FileDescriptor() { close(); }

  int value() const { return value_; }
  bool is_open() const { return value_ >= 0; }
  void close() {
    if (value_ >= 0) ::close(value_);
    value_ = -1;
  }

 private:
  int value_;
};

struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;
};

Error start_error(const std::string& program, int number) {
  return invalid_input({.file = program,
                        .where = {},
                        .found = std::string("cannot be started: ") + std::strerror(number),
                        .allowed = {},
                        .hint = {}});
}

std::optional<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// This process's environment with `changes` applied.
std::vector<std::string> merged_environment(const std::vector<std::string>& changes) {
  std::vector<std::string> merged = changes;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    const bool replaced = std::any_of(changes.begin(), changes.end(),
                                      [&](const std::string& change) { return change.starts_with(name); });
    if (!replaced) merged.emplace_back(text);
  }
  return merged;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Starts the program; 0 or an errno value.
int spawn(const std::vector<std::string>& arguments, const ProcessOptions& options, const Pipe& output,
          const Pipe& error, pid_t& child) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.write_end.value(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, error.write_end.value(), STDERR_FILENO);
  if (!options.working_directory.empty()) {
    posix_spawn_file_actions_addchdir_np(&actions, options.working_directory.c_str());
  }
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);

  const std::vector<std::string> environment = merged_environment(options.environment);
  std::vector<char*> argument_pointers = pointers_to(arguments);
  std::vector<char*> environment_pointers = pointers_to(environment);
  const int number = ::posix_spawnp(&child, arguments[0].c_str(), &actions, &attributes, argument_pointers.data(),
                                    environment_pointers.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return number;
}

// Moves what the pipe holds into `text`; closes it at its end.
void drain(FileDescriptor& pipe, std::string& text, std::size_t limit) {
  std::array<char, 65536> buffer;
  while (pipe.is_open()) {
    const ssize_t count = ::read(pipe.value(), buffer.data(), buffer.size());
    if (count > 0) {
      text.append(buffer.data(), std::min(static_cast<std::size_t>(count), limit - std::min(limit, text.size())));
    } else if (count < 0 && errno == EINTR) {
      continue;
    } else if (count < 0 && errno == EAGAIN) {
      return;
    } else {
      pipe.close();
    }
  }
}

void set_end(ProcessResult& result, int wait_status) {
  if (WIFEXITED(wait_status)) {
    result.end = ProcessEnd::Exited;
    result.code = WEXITSTATUS(wait_status);
  } else {
    result.end = ProcessEnd::Killed;
    result.code = WTERMSIG(wait_status);
  }
}

// Ends the child with what it has started.
void kill_group(pid_t child) {
  int wait_status = 0;
  ::kill(-child, SIGKILL);
  while (::waitpid(child, &wait_status, 0) < 0 && errno == EINTR) {
  }
}

bool is_cancelled() {
  const std::atomic<bool>* flag = cancellation_flag();
  return flag != nullptr && flag->load(std::memory_order_relaxed);
}

// Collects output until the child has ended or the time is up. The child's end counts, not the end of its pipes:
// something it left behind may hold them open.
ProcessResult collect(pid_t child, FileDescriptor output, FileDescriptor error, const ProcessOptions& options) {
  ProcessResult result;
  const Clock::time_point start = Clock::now();
  int wait_milliseconds = 1;
  for (;;) {
    pollfd files[2] = {{output.value(), POLLIN, 0}, {error.value(), POLLIN, 0}};
    ::poll(files, 2, wait_milliseconds);
    drain(output, result.standard_output, options.captured_bytes_limit);
    drain(error, result.standard_error, options.captured_bytes_limit);

    int wait_status = 0;
    const pid_t ended = ::waitpid(child, &wait_status, WNOHANG);
    if (ended == child) {
      drain(output, result.standard_output, options.captured_bytes_limit);
      drain(error, result.standard_error, options.captured_bytes_limit);
      set_end(result, wait_status);
      return result;
    }
    if (options.timeout && Clock::now() - start >= *options.timeout) {
      kill_group(child);
      result.end = ProcessEnd::TimedOut;
      return result;
    }
    if (is_cancelled()) {
      kill_group(child);
      throw Cancelled();
    }
    // A child that is about to end is seen within a millisecond; one that works on is polled rarely.
    wait_milliseconds = std::min(wait_milliseconds * 2, 20);
  }
}

}  // namespace

std::optional<std::filesystem::path> find_program(std::string_view name) {
  const auto is_executable = [](const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string_view::npos) {
    std::filesystem::path path(name);
    return is_executable(path) ? std::optional(std::move(path)) : std::nullopt;
  }
  const char* variable = std::getenv("PATH");
  std::string_view folders = variable == nullptr ? "/usr/local/bin:/usr/bin:/bin" : variable;
  while (!folders.empty()) {
    const std::size_t end = std::min(folders.find(':'), folders.size());
    std::filesystem::path path = std::filesystem::path(folders.substr(0, end)) / name;
    if (end > 0 && is_executable(path)) return path;
    folders.remove_prefix(std::min(end + 1, folders.size()));
  }
  return std::nullopt;
}

Result<ProcessResult> run_process(const std::vector<std::string>& arguments, const ProcessOptions& options) {
  if (arguments.empty()) return internal_error({.file = {}, .where = "run_process", .found = "no program given"});
  std::optional<Pipe> output = make_pipe();
  std::optional<Pipe> error = make_pipe();
  if (!output || !error) return start_error(arguments[0], errno);

  pid_t child = 0;
  const int number = spawn(arguments, options, *output, *error, child);
  if (number != 0) return start_error(arguments[0], number);
  output->write_end.close();
  error->write_end.close();
  return collect(child, std::move(output->read_end), std::move(error->read_end), options);
}

}  // namespace pudu::base

// Each run has a folder of its own, QEMU's working directory, where firmware and instruction counter find and leave
// their files under fixed names (runner_protocol.hpp).
#include "emulator/qemu.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/subprocess.hpp"
#include "base/temp_directory.hpp"
#include "emulator/file_io.hpp"
#include "emulator/runner_protocol.hpp"

namespace pudu::emulator {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view emulator_name = "qemu-system-arm";
constexpr std::string_view plugin_name = "pudu_instruction_counter.so";
constexpr std::string_view counts_file_name = "instructions.txt";
constexpr std::string_view profile_file_name = "profile.txt";

void append_word(std::string& bytes, std::uint32_t word) {
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>((word >> shift) & 0xFF);
}

std::uint32_t word_at(std::string_view bytes, std::size_t offset) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    word |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[offset + i])) << (8 * i);
  }
  return word;
}

// The file that holds this code: the Python extension, or the executable.
fs::path own_file() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&append_word), &info) == 0 || info.dli_fname == nullptr) return {};
  return info.dli_fname;
}

// The instruction counter, never by a path of the machine that built this: in the folder of the Python package, in that
// of a compiler of pudu_add_compiler, or beside the folder of the executable.
Result<fs::path> find_plugin() {
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  const fs::path beside = executable.parent_path().parent_path() / "lib" / "pudu" / plugin_name;
  std::vector<fs::path> candidates = {executable.parent_path() / "lib" / "pudu" / plugin_name, beside};
  // For an executable it is what was typed, which says nothing about a folder.
  if (const fs::path own = own_file(); own.is_absolute()) {
    candidates.insert(candidates.begin(), own.parent_path() / "lib" / "pudu" / plugin_name);
  }
  for (const fs::path& candidate : candidates) {
    if (candidate.is_absolute() && fs::is_regular_file(candidate, error)) return candidate;
  }
  return unsupported({.file = beside.string(),
                      .where = {},
                      .found = "the instruction counter for QEMU is missing",
                      .allowed = {},
                      .hint = "install lib/pudu next to the folder of the pudu executable"});
}

Result<std::string> make_request(const std::vector<SampleBytes>& samples) {
  constexpr std::size_t largest = std::numeric_limits<std::uint32_t>::max();
  const std::size_t sample_bytes = samples.empty() ? 0 : samples.front().size();
  std::string request;
  request.reserve(sizeof(RequestHeader) + samples.size() * sample_bytes);
  append_word(request, request_magic);
  append_word(request, static_cast<std::uint32_t>(samples.size()));
  append_word(request, static_cast<std::uint32_t>(sample_bytes));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples[i].size() != sample_bytes || sample_bytes > largest || samples.size() > largest) {
      return invalid_input({.file = {},
                            .where = "sample " + std::to_string(i),
                            .found = std::to_string(samples[i].size()) + " bytes",
                            .allowed = std::to_string(sample_bytes) + " bytes, as sample 0 has",
                            .hint = {}});
    }
    request.append(samples[i].begin(), samples[i].end());
  }
  return request;
}

// A comma inside a value of a QEMU option is written twice.
std::string escape_commas(const std::string& text) {
  std::string escaped;
  for (const char character : text) escaped.append(character == ',' ? 2 : 1, character);
  return escaped;
}

std::vector<std::string> qemu_command(const fs::path& program, const Firmware& firmware, const fs::path& plugin,
                                      Measurement measurement) {
  std::string arguments = ",output=" + std::string(counts_file_name);
  if (measurement == Measurement::Profile) arguments += ",profile=" + std::string(profile_file_name);
  return {program.string(),
          "-machine",
          std::string(firmware.board.qemu_machine),
          "-nodefaults",
          "-display",
          "none",
          "-monitor",
          "none",
          "-serial",
          "none",
          "-nic",
          "none",
          "-semihosting-config",
          "enable=on,target=native",
          "-plugin",
          escape_commas(plugin.string()) + arguments,
          "-kernel",
          fs::absolute(firmware.elf).string()};
}

// QEMU's standard error without its warnings about unconnected devices.
std::string messages_of(std::string_view text) {
  std::string messages;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (!line.empty() && line.find(": warning: ") == std::string_view::npos) {
      messages += (messages.empty() ? "" : "\n") + std::string(line);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return messages.substr(0, 1000);
}

Error guest_error(const Firmware& firmware, std::string found) {
  return internal_error({.file = firmware.elf.string(),
                         .where = "board " + std::string(firmware.board.name),
                         .found = std::move(found),
                         .allowed = {},
                         .hint = {}});
}

// How the emulator ended, when that is not success.
Status check_end(const Firmware& firmware, const base::ProcessResult& result, const QemuOptions& options) {
  const std::string board = "board " + std::string(firmware.board.name);
  const std::string messages = messages_of(result.standard_error);
  switch (result.end) {
    case base::ProcessEnd::TimedOut:
      return limit_exceeded(
          {.file = firmware.elf.string(),
           .where = board,
           .found = "the emulator did not finish within " + std::to_string(options.timeout.count() / 1000.0) + " s",
           .allowed = {},
           .hint = "run fewer samples at once"});
    case base::ProcessEnd::Killed:
      return guest_error(firmware, "the emulator was ended by signal " + std::to_string(result.code) + ": " + messages);
    case base::ProcessEnd::Exited:
      break;
  }
  switch (static_cast<GuestExit>(result.code)) {
    case GuestExit::Done:
      return {};
    case GuestExit::WrongSampleSize:
      return invalid_input({.file = {},
                            .where = "samples",
                            .found = "their size is not that of the model's inputs",
                            .allowed = {},
                            .hint = {}});
    case GuestExit::NoRequest:
      return guest_error(firmware, "the firmware cannot read its request");
    case GuestExit::TruncatedRequest:
      return guest_error(firmware, "the firmware's request ends early");
    case GuestExit::NoResponse:
      return guest_error(firmware, "the firmware cannot write its response");
    case GuestExit::Fault:
      return guest_error(firmware, "the firmware stopped: " + messages);
  }
  return guest_error(firmware, "the emulator ended with status " + std::to_string(result.code) + ": " + messages);
}

Status parse_response(const Firmware& firmware, std::string_view response, std::size_t sample_count, QemuRun& run) {
  const Error incomplete = guest_error(firmware, "the firmware's response is incomplete");
  if (response.size() < sizeof(ResponseHeader) || word_at(response, 0) != response_magic) return incomplete;
  const std::size_t output_bytes = word_at(response, 4);
  const std::size_t stride = sizeof(std::uint32_t) + output_bytes;
  if (response.size() != sizeof(ResponseHeader) + sample_count * stride + sizeof(ResponseTrailer)) return incomplete;

  for (std::size_t i = 0; i < sample_count; ++i) {
    const std::string_view sample = response.substr(sizeof(ResponseHeader) + i * stride, stride);
    run.statuses.push_back(static_cast<std::uint8_t>(word_at(sample, 0)));
    run.outputs.emplace_back(sample.begin() + sizeof(std::uint32_t), sample.end());
  }
  const std::string_view trailer = response.substr(response.size() - sizeof(ResponseTrailer));
  if (word_at(trailer, 0) != response_magic) return incomplete;
  run.peak_stack_bytes = word_at(trailer, 4);
  return {};
}

// Lines of `name=value` fields; `instructions` is the one that is looked up.
std::vector<std::uint64_t> parse_counts(std::string_view text) {
  constexpr std::string_view field = "instructions=";
  std::vector<std::uint64_t> counts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    for (const std::string& word : split_flags(text.substr(0, end))) {
      if (word.starts_with(field)) counts.push_back(std::strtoull(word.c_str() + field.size(), nullptr, 10));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return counts;
}

}  // namespace

Result<QemuRun> run_on_qemu(const Firmware& firmware, const std::vector<SampleBytes>& samples,
                            const QemuOptions& options) {
  const std::optional<fs::path> program = base::find_program(emulator_name);
  if (!program) {
    return unsupported({.file = {},
                        .where = std::string(emulator_name),
                        .found = "the emulator is not installed",
                        .allowed = {},
                        .hint = "install the Debian package qemu-system-arm, or run on the host simulator"});
  }
  PUDU_TRY_ASSIGN(const fs::path plugin, find_plugin());
  PUDU_TRY_ASSIGN(const std::string request, make_request(samples));
  PUDU_TRY_ASSIGN(const base::TempDirectory folder, base::TempDirectory::create("pudu-run"));
  PUDU_TRY(write_if_changed(folder.path() / request_file_name, request));

  base::ProcessOptions process_options;
  process_options.working_directory = folder.path();
  process_options.timeout = options.timeout;
  PUDU_TRY_ASSIGN(const base::ProcessResult result,
                  base::run_process(qemu_command(*program, firmware, plugin, options.measurement), process_options));
  PUDU_TRY(check_end(firmware, result, options));

  QemuRun run;
  PUDU_TRY_ASSIGN(const std::string response, read_text(folder.path() / response_file_name));
  PUDU_TRY(parse_response(firmware, response, samples.size(), run));
  PUDU_TRY_ASSIGN(const std::string counts, read_text(folder.path() / counts_file_name));
  run.instructions = parse_counts(counts);
  if (run.instructions.size() != samples.size()) {
    return guest_error(firmware, std::to_string(run.instructions.size()) + " instruction counts for " +
                                     std::to_string(samples.size()) + " samples");
  }
  if (options.measurement == Measurement::Profile && !samples.empty()) {
    PUDU_TRY_ASSIGN(const std::string profile, read_text(folder.path() / profile_file_name));
    PUDU_TRY_ASSIGN(const std::vector<LayerMarker> markers, read_layer_markers(firmware.elf));
    PUDU_TRY_ASSIGN(run.profile, parse_profile(profile, markers, options.layer_count, options.cycle_model));
  }
  return run;
}

}  // namespace pudu::emulator

// Compilation is parallel over the sources; every object's name carries a hash of its source, all headers and the
// command, so there are no stale objects and no dependency files.
#include "emulator/firmware.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include "base/embedded_file.hpp"
#include "base/subprocess.hpp"
#include "emulator/cmsis_nn_sources.hpp"
#include "emulator/elf_file.hpp"
#include "emulator/file_io.hpp"

namespace pudu::base {
std::span<const EmbeddedFile> board_files();
}

namespace pudu::emulator {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view compiler_name = "arm-none-eabi-g++";
constexpr std::string_view device_flags =
    "-std=c++17 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-unwind-tables -fno-asynchronous-unwind-tables "
    "-ffunction-sections -fdata-sections -ffp-contract=off -pipe";
// As CMSIS-NN's own CMakeLists.txt builds it, but for the sections.
constexpr std::string_view cmsis_nn_flags = "-x c -std=gnu11 -Ofast -ffunction-sections -fdata-sections -pipe";
constexpr std::string_view link_flags = "-nostdlib -Wl,--gc-sections -Wl,--print-memory-usage";
constexpr std::string_view link_libraries = "-Wl,--start-group -lc -lm -lgcc -Wl,--end-group";

// FNV-1a with 64 bits over length-prefixed parts.
class Hash {
 public:
  void add(std::string_view part) {
    add_bytes(std::to_string(part.size()) + ":");
    add_bytes(part);
  }

  std::string text() const {
    std::string digits;
    for (int shift = 60; shift >= 0; shift -= 4) digits += "0123456789abcdef"[(value_ >> shift) & 0xF];
    return digits;
  }

 private:
  void add_bytes(std::string_view bytes) {
    for (const char byte : bytes) value_ = (value_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  }

  std::uint64_t value_ = 0xcbf29ce484222325U;
};

enum class Origin : std::uint8_t { Model, CmsisNn };

struct Source {
  fs::path path;
  std::string object_prefix;           ///< sections.ld tells the harness from the model by "board_"
  std::vector<std::string> arguments;  ///< beside those common to all sources
  Origin origin = Origin::Model;
};

struct Toolchain {
  fs::path compiler;
  std::string identity;  ///< changes when the compiler is replaced
};

Error toolchain_error(std::string found) {
  return unsupported(
      {.file = {},
       .where = std::string(compiler_name),
       .found = std::move(found),
       .allowed = {},
       .hint = "install the Debian packages gcc-arm-none-eabi and libstdc++-arm-none-eabi-newlib, or put Arm's GNU "
               "toolchain on the PATH"});
}

Result<Toolchain> find_toolchain() {
  std::optional<fs::path> compiler = base::find_program(compiler_name);
  if (!compiler) return toolchain_error("the cross compiler is not installed");
  std::error_code ignored;
  const auto changed = fs::last_write_time(*compiler, ignored).time_since_epoch().count();
  std::string identity =
      compiler->string() + " " + std::to_string(fs::file_size(*compiler, ignored)) + " " + std::to_string(changed);
  return Toolchain{std::move(*compiler), std::move(identity)};
}

bool has_extension(const fs::path& path, std::string_view extension) {
  return path.extension() == extension && !path.string().ends_with("_test.cpp");
}

// All files below `dir` with this extension, sorted.
std::vector<fs::path> files_below(const fs::path& dir, std::string_view extension) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(dir, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->is_regular_file(error) && has_extension(entry->path(), extension)) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The sources below pudu/ that the request names, or all of them.
std::vector<fs::path> kernel_sources(const FirmwareRequest& request) {
  if (request.kernel_sources.empty()) return files_below(request.model_dir / "pudu", ".cpp");
  std::vector<fs::path> sources;
  for (const std::string& path : request.kernel_sources) sources.push_back(request.model_dir / path);
  std::sort(sources.begin(), sources.end());
  return sources;
}

// model.cpp and kernels. Other files of the folder are the user's.
Result<std::vector<Source>> model_sources(const FirmwareRequest& request) {
  const fs::path& model_dir = request.model_dir;
  std::error_code error;
  for (const char* name : {"model.hpp", "model.cpp"}) {
    if (!fs::is_regular_file(model_dir / name, error)) {
      return invalid_input({.file = model_dir.string(),
                            .where = {},
                            .found = std::string("no ") + name,
                            .allowed = "a folder written by `pudu compile`",
                            .hint = {}});
    }
  }
  std::vector<std::string> arguments;
  if (request.layer_markers == LayerMarkers::On) arguments.emplace_back("-DPUDU_LAYER_MARKERS");
  std::vector<Source> sources = {{model_dir / "model.cpp", "model_", std::move(arguments)}};
  for (const fs::path& path : kernel_sources(request)) sources.push_back({path, "model_", {}});
  if (!request.cmsis_nn_root.empty()) {
    PUDU_TRY_ASSIGN(const std::vector<fs::path> paths, cmsis_nn_sources(request.cmsis_nn_root));
    for (const fs::path& path : paths) sources.push_back({path, "model_", {}, Origin::CmsisNn});
  }
  return sources;
}

// Writes the firmware's own sources below `board_dir` and adds them to `sources`.
Status add_board_sources(const FirmwareRequest& request, const fs::path& board_dir, std::vector<Source>& sources) {
  for (const base::EmbeddedFile& file : base::board_files()) {
    PUDU_TRY(write_if_changed(board_dir / file.path, file.content));
  }
  const fs::path common = board_dir / "boards" / "common";
  sources.push_back({common / "startup.cpp", "board_", {}});
  std::vector<std::string> runner_flags = {"-DPUDU_MODEL_NAMESPACE=" + request.model_namespace};
  runner_flags.insert(runner_flags.end(), request.runner_flags.begin(), request.runner_flags.end());
  sources.push_back({common / "runner.cpp", "board_", std::move(runner_flags)});
  return {};
}

void append(std::vector<std::string>& arguments, const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
}

// Everything the compiler is told but for the include folders, the source and the object.
std::vector<std::string> compile_flags(const FirmwareRequest& request, const Source& source) {
  const bool is_model = source.origin == Origin::Model;
  std::vector<std::string> flags = split_flags(is_model ? device_flags : cmsis_nn_flags);
  append(flags, request.compiler_flags);
  if (is_model) flags.push_back(request.optimization);
  append(flags, source.arguments);
  return flags;
}

// Files that a build depends on but no object's name tells: the headers, by content.
Result<std::string> hash_headers(const std::vector<fs::path>& dirs, std::string_view extension = ".hpp") {
  Hash hash;
  for (const fs::path& dir : dirs) {
    for (const fs::path& path : files_below(dir, extension)) {
      PUDU_TRY_ASSIGN(const std::string content, read_text(path));
      hash.add(path.lexically_relative(dir).string());
      hash.add(content);
    }
  }
  return hash.text();
}

// The first lines that tell what went wrong: of the compiler its errors without the notes around them, of the linker
// all.
std::string first_error_lines(std::string_view text) {
  constexpr std::size_t most_lines = 5;
  text = text.substr(0, text.find("collect2:"));
  const bool has_errors = text.find("error: ") != std::string_view::npos;
  std::string lines;
  std::size_t count = 0;
  while (!text.empty() && count < most_lines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool is_noise = line.starts_with("compilation terminated");
    if (is_noise || (has_errors && line.find("error: ") == std::string_view::npos)) continue;
    lines += (count == 0 ? "" : "\n") + std::string(line);
    ++count;
  }
  return lines;
}

Error compile_error(const fs::path& source, const base::ProcessResult& result) {
  const std::string lines = first_error_lines(result.standard_error);
  if (lines.find(": No such file or directory") != std::string::npos &&
      lines.find("fatal error: c") != std::string::npos) {
    return toolchain_error("the C++ standard headers of the cross compiler are missing: " + lines);
  }
  return invalid_input({.file = source.string(),
                        .where = {},
                        .found = "the cross compiler rejects it:\n" + lines,
                        .allowed = {},
                        .hint = {}});
}

struct CompileJob {
  fs::path source;
  fs::path object;
  std::vector<std::string> command;  ///< up to and without the object
};

Status compile(const CompileJob& job) {
  std::error_code error;
  if (fs::exists(job.object, error)) return {};
  const fs::path temporary = temporary_name(job.object);
  std::vector<std::string> command = job.command;
  append(command, {"-o", temporary.string()});
  base::ProcessOptions options;
  options.environment = {"LC_ALL=C"};
  PUDU_TRY_ASSIGN(const base::ProcessResult result, base::run_process(command, options));
  if (!result.succeeded()) {
    fs::remove(temporary, error);
    return compile_error(job.source, result);
  }
  return publish(temporary, job.object);
}

// Runs all jobs on as many threads as there are cores; the error of the first failing source, in their order.
Status compile_all(const std::vector<CompileJob>& jobs) {
  std::vector<Status> statuses(jobs.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < jobs.size(); i = next++) statuses[i] = compile(jobs[i]);
  };
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < std::min(cores, jobs.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  for (Status& status : statuses) {
    if (!status) return std::move(status);
  }
  return {};
}

Result<std::vector<CompileJob>> make_jobs(const FirmwareRequest& request, const Toolchain& toolchain,
                                          const std::vector<Source>& sources, const fs::path& board_dir) {
  const fs::path kernels = request.model_dir / "pudu";
  std::vector<fs::path> include_dirs = {request.model_dir, kernels, board_dir / "src", board_dir / "boards" / "common"};
  std::string cmsis_nn_headers;
  if (!request.cmsis_nn_root.empty()) {
    include_dirs.push_back(request.cmsis_nn_root / "Include");
    PUDU_TRY_ASSIGN(cmsis_nn_headers, hash_headers({include_dirs.back()}, ".h"));
  }
  PUDU_TRY_ASSIGN(const std::string all_headers, hash_headers({request.model_dir, board_dir}));
  PUDU_TRY_ASSIGN(const std::string kernel_headers, hash_headers({kernels}));
  std::vector<CompileJob> jobs;
  for (const Source& source : sources) {
    const std::vector<std::string> flags = compile_flags(request, source);
    // Kernels include nothing of the model, so that models with the same kernels share their objects.
    const fs::path below_kernels = source.path.lexically_relative(kernels);
    const bool is_kernel = !below_kernels.empty() && *below_kernels.begin() != "..";
    PUDU_TRY_ASSIGN(const std::string content, read_text(source.path));
    Hash hash;
    hash.add(toolchain.identity);
    for (const std::string& flag : flags) hash.add(flag);
    if (source.origin == Origin::Model) hash.add(is_kernel ? kernel_headers : all_headers);
    if (!is_kernel) hash.add(cmsis_nn_headers);
    hash.add(content);

    CompileJob job;
    job.source = source.path;
    job.object =
        request.work_dir / "objects" / (source.object_prefix + source.path.stem().string() + "-" + hash.text() + ".o");
    job.command = {toolchain.compiler.string()};
    append(job.command, flags);
    for (const fs::path& dir : include_dirs) append(job.command, {"-I", dir.string()});
    append(job.command, {"-c", source.path.string()});
    jobs.push_back(std::move(job));
  }
  return jobs;
}

// The regions of --print-memory-usage that are over 100 %: `  SSRAM1:     4259840 B         4 MB    101.56%`.
std::string overfull_regions(std::string_view usage) {
  std::string regions;
  while (!usage.empty()) {
    const std::size_t end = std::min(usage.find('\n'), usage.size());
    std::vector<std::string> words = split_flags(usage.substr(0, end));
    usage.remove_prefix(std::min(end + 1, usage.size()));
    if (words.size() != 6 || !words[0].ends_with(':') || !words[5].ends_with('%')) continue;
    words[0].pop_back();
    if (std::strtod(words[5].c_str(), nullptr) <= 100.0) continue;
    regions += (regions.empty() ? "" : ", ") + words[1] + " " + words[2] + " of " + words[0] + " (it has " + words[3] +
               " " + words[4] + ")";
  }
  return regions;
}

struct LinkResult {
  bool fits = true;
  std::string overfull;  ///< what does not fit, for the message
};

Result<LinkResult> link(const std::vector<std::string>& command, const fs::path& elf) {
  base::ProcessOptions options;
  options.environment = {"LC_ALL=C"};
  const fs::path temporary = temporary_name(elf);
  std::vector<std::string> arguments = command;
  append(arguments, {"-o", temporary.string()});
  PUDU_TRY_ASSIGN(const base::ProcessResult result, base::run_process(arguments, options));
  std::error_code error;
  if (!result.succeeded()) {
    fs::remove(temporary, error);
    const std::string overfull = overfull_regions(result.standard_output);
    if (!overfull.empty()) return LinkResult{false, overfull};
    return invalid_input({.file = elf.string(),
                          .where = {},
                          .found = "the firmware does not link:\n" + first_error_lines(result.standard_error),
                          .allowed = {},
                          .hint = {}});
  }
  PUDU_TRY(publish(temporary, elf));
  return LinkResult{};
}

// Links with the first layout of the board that the image fits.
Result<fs::path> link_image(const FirmwareRequest& request, const Toolchain& toolchain, const Board& board,
                            const std::vector<CompileJob>& jobs, const fs::path& board_dir) {
  LinkResult last;
  for (const std::string_view layout : board.layouts) {
    const fs::path script = board_dir / "boards" / board.name / layout;
    std::vector<std::string> command = {toolchain.compiler.string()};
    append(command, request.compiler_flags);
    append(command, split_flags(link_flags));
    append(command, {"-L", (board_dir / "boards" / "common").string(), "-T", script.string()});
    for (const CompileJob& job : jobs) command.push_back(job.object.string());
    append(command, split_flags(link_libraries));

    Hash hash;
    for (const std::string& argument : command) hash.add(argument);
    PUDU_TRY_ASSIGN(const std::string script_text, read_text(script));
    PUDU_TRY_ASSIGN(const std::string sections_text, read_text(board_dir / "boards" / "common" / "sections.ld"));
    hash.add(script_text);
    hash.add(sections_text);
    const fs::path elf = request.work_dir / ("firmware-" + hash.text() + ".elf");
    std::error_code error;
    if (fs::exists(elf, error)) return elf;
    PUDU_TRY_ASSIGN(last, link(command, elf));
    if (last.fits) return elf;
  }
  return limit_exceeded({.file = {},
                         .where = "board " + std::string(board.name),
                         .found = "the firmware needs " + last.overfull,
                         .allowed = {},
                         .hint = "a smaller model, or a board with more memory"});
}

Result<FirmwareSizes> read_sizes(const fs::path& elf) {
  PUDU_TRY_ASSIGN(const std::vector<ElfSection> sections, read_elf_sections(elf));
  FirmwareSizes sizes;
  const std::pair<std::string_view, std::size_t*> fields[] = {
      {".vectors", &sizes.harness_bytes},  {".board", &sizes.harness_bytes}, {".text", &sizes.code_bytes},
      {".rodata", &sizes.constants_bytes}, {".data", &sizes.data_bytes},     {".bss", &sizes.bss_bytes},
  };
  for (const ElfSection& section : sections) {
    for (const auto& [name, field] : fields) {
      // Memories of a model that is divided among several have sections of their own: .bss.dtcm.
      const bool is_part = section.name.starts_with(std::string(name) + ".");
      if (section.allocated && (section.name == name || is_part)) *field += section.bytes;
    }
  }
  return sizes;
}

}  // namespace

std::vector<std::string> split_flags(std::string_view flags) {
  std::vector<std::string> parts;
  while (!flags.empty()) {
    const std::size_t end = std::min(flags.find(' '), flags.size());
    if (end > 0) parts.emplace_back(flags.substr(0, end));
    flags.remove_prefix(std::min(end + 1, flags.size()));
  }
  return parts;
}

Result<Firmware> build_firmware(const FirmwareRequest& original) {
  std::error_code error;
  FirmwareRequest request = original;
  request.model_dir = fs::absolute(original.model_dir, error).lexically_normal();
  request.work_dir = fs::absolute(original.work_dir, error).lexically_normal();
  if (!original.cmsis_nn_root.empty()) {
    request.cmsis_nn_root = fs::absolute(original.cmsis_nn_root, error).lexically_normal();
  }

  PUDU_TRY_ASSIGN(const Board board, find_board(request.board));
  PUDU_TRY_ASSIGN(const Toolchain toolchain, find_toolchain());
  PUDU_TRY_ASSIGN(std::vector<Source> sources, model_sources(request));
  const fs::path board_dir = request.work_dir / "board";
  PUDU_TRY(add_board_sources(request, board_dir, sources));
  fs::create_directories(request.work_dir / "objects", error);
  if (error) {
    return invalid_input({.file = request.work_dir.string(),
                          .where = {},
                          .found = "cannot be written: " + error.message(),
                          .allowed = {},
                          .hint = {}});
  }

  PUDU_TRY_ASSIGN(const std::vector<CompileJob> jobs, make_jobs(request, toolchain, sources, board_dir));
  PUDU_TRY(compile_all(jobs));
  PUDU_TRY_ASSIGN(fs::path elf, link_image(request, toolchain, board, jobs, board_dir));
  PUDU_TRY_ASSIGN(const FirmwareSizes sizes, read_sizes(elf));
  return Firmware{std::move(elf), board, sizes};
}

}  // namespace pudu::emulator

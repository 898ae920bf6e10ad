// The firmware's main program: runs a compiled model on the samples of a request file and writes a response file
// (emulator/runner_protocol.hpp). Generic over models: it includes the model.hpp on the include path, whose namespace
// is PUDU_MODEL_NAMESPACE. Samples are one sequence for a model with states; with PUDU_RESET_EACH_SAMPLE each stands
// alone.
#include "model.hpp"

#include <cstddef>
#include <cstdint>

#include "emulator/runner_protocol.hpp"
#include "semihosting.hpp"

// model.hpp defines PUDU_FEEDS_ROWS_<namespace> where an input arrives by rows.
#define PUDU_JOIN(a, b) a##b
#define PUDU_FEEDS_ROWS(name) PUDU_JOIN(PUDU_FEEDS_ROWS_, name)

extern "C" {
extern std::uint32_t pudu_stack_limit[];
}

namespace pudu::board {

[[noreturn]] void run_model();

namespace {

namespace model = ::PUDU_MODEL_NAMESPACE;
using emulator::GuestExit;

constexpr std::uint32_t paint = 0xC5A5C5A5U;

[[noreturn]] void finish(GuestExit exit) {
  exit_emulator(static_cast<std::uint32_t>(exit));
}

constexpr std::uint32_t input_bytes() {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < model::input_count; ++i) bytes += model::inputs[i].bytes;
  return static_cast<std::uint32_t>(bytes);
}

constexpr std::uint32_t output_bytes() {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < model::output_count; ++i) bytes += model::outputs[i].bytes;
  return static_cast<std::uint32_t>(bytes);
}

#if PUDU_FEEDS_ROWS(PUDU_MODEL_NAMESPACE)
/// Stands for the camera: the input that the model takes by rows. None of the model's memory, and not counted as such.
[[gnu::section(".board_input")]] alignas(16) std::uint8_t whole_input[model::inputs[model::fed_input].bytes];

void* input_memory(std::size_t index) {
  return index == model::fed_input ? whole_input : model::input_data(index);
}

RunStatus run_once() {
  RunStatus status = model::begin();
  const auto* row = reinterpret_cast<const model::FedElement*>(whole_input);
  constexpr std::size_t elements = model::fed_row_bytes / sizeof(model::FedElement);
  for (std::int32_t i = 0; i < model::fed_rows; ++i, row += elements) status = model::feed_row({row, elements});
  return status;
}
#else
void* input_memory(std::size_t index) {
  return model::input_data(index);
}

inline RunStatus run_once() {
  return model::run();
}
#endif

struct Measured {
  RunStatus status;
  std::uint32_t stack_bytes;
};

// Paints the unused stack, runs the model between the markers of the instruction counter, and finds how far down the
// paint is gone. Everything below the stack pointer is free: there are no interrupts. Volatile keeps the loops from
// becoming calls of memset, whose own frame would be painted over.
[[gnu::noinline]] Measured run_measured() {
  volatile std::uint32_t* top = nullptr;
  asm volatile("mov %0, sp" : "=r"(top));
  for (volatile std::uint32_t* word = pudu_stack_limit; word != top; ++word) *word = paint;

  asm volatile("mov r10, r10" ::: "memory");
  const RunStatus status = run_once();
  asm volatile("mov r11, r11" ::: "memory");

  const volatile std::uint32_t* deepest = pudu_stack_limit;
  while (deepest != top && *deepest == paint) ++deepest;
  return {status, static_cast<std::uint32_t>((top - deepest) * sizeof(std::uint32_t))};
}

void read_inputs(const HostFile& request) {
  for (std::size_t i = 0; i < model::input_count; ++i) {
    if (!request.read(input_memory(i), model::inputs[i].bytes)) finish(GuestExit::TruncatedRequest);
  }
}

void write_outputs(const HostFile& response, RunStatus status) {
  const std::uint32_t word = static_cast<std::uint32_t>(status);
  bool written = response.write(&word, sizeof(word));
  for (std::size_t i = 0; i < model::output_count; ++i) {
    written = written && response.write(model::output_data(i), model::outputs[i].bytes);
  }
  if (!written) finish(GuestExit::NoResponse);
}

}  // namespace

void run_model() {
  using namespace emulator;
  const HostFile request(request_file_name, sizeof(request_file_name) - 1, OpenMode::ReadBinary);
  RequestHeader header = {};
  if (!request.is_open() || !request.read(&header, sizeof(header)) || header.magic != request_magic) {
    finish(GuestExit::NoRequest);
  }
  if (header.sample_bytes != input_bytes()) finish(GuestExit::WrongSampleSize);

  const HostFile response(response_file_name, sizeof(response_file_name) - 1, OpenMode::WriteBinary);
  const ResponseHeader response_header = {response_magic, output_bytes()};
  if (!response.is_open() || !response.write(&response_header, sizeof(response_header))) finish(GuestExit::NoResponse);

  ResponseTrailer trailer = {response_magic, 0};
  for (std::uint32_t sample = 0; sample < header.sample_count; ++sample) {
#ifdef PUDU_RESET_EACH_SAMPLE
    model::reset();
#endif
    read_inputs(request);
    const Measured measured = run_measured();
    if (measured.stack_bytes > trailer.peak_stack_bytes) trailer.peak_stack_bytes = measured.stack_bytes;
    write_outputs(response, measured.status);
  }
  if (!response.write(&trailer, sizeof(trailer)) || !response.close()) finish(GuestExit::NoResponse);
  finish(GuestExit::Done);
}

}  // namespace pudu::board

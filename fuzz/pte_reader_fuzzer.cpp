// Fuzz target of the .pte reader. The bytes are read as they are, and once more with the checksum of a file of Pudu's
// made right, which would stop nearly every mutation at the door otherwise.
//
// What the reader refuses must be the input's fault; what it accepts must be traceable without a fault, and every
// call's arguments must be there.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

#include "pte/describe.hpp"
#include "pte/figures.hpp"
#include "pte/metadata.hpp"
#include "pte/operators.hpp"
#include "pte/read.hpp"
#include "pte/trace.hpp"

namespace {

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

/// Looks at everything that the commands and the runner look at.
void use(const pudu::pte::Program& program) {
  std::size_t sum = 0;
  for (const pudu::pte::Plan& plan : program.plans) {
    sum += pudu::pte::compute_figures(program, plan).constant_bytes + pudu::pte::print(plan).size();
    for (const std::int32_t value : plan.inputs) sum += pudu::pte::edge_quantization(plan, value) ? 1 : 0;
    const pudu::pte::Trace trace = pudu::pte::trace_memory(program, plan);
    if (!trace.faults.empty()) fail("a program that was accepted has faults");
    for (const pudu::pte::TracedBuffer& buffer : trace.buffers) {
      if (buffer.place.offset + buffer.bytes > plan.pool_bytes[buffer.place.memory_id - 1]) fail("outside of its pool");
    }
    for (const pudu::pte::KernelCall& call : plan.calls) {
      const pudu::pte::Schema* schema = pudu::pte::find_schema(plan.operator_of(call));
      if (schema != nullptr && call.args.size() != schema->call_values()) fail("a call with the wrong arguments");
      for (const std::int32_t arg : call.args) {
        const pudu::pte::Value& value = plan.values.at(static_cast<std::size_t>(arg));
        if (const auto* list = std::get_if<pudu::pte::IntList>(&value)) sum += plan.integers(*list).size();
        const auto* tensor = std::get_if<pudu::pte::Tensor>(&value);
        if (tensor == nullptr) continue;
        for (const std::byte byte : tensor->data) sum += static_cast<std::size_t>(byte);
      }
    }
  }
  sum += pudu::pte::isa_names(program).size();
  if (sum == 1) std::fputs("", stderr);  // the sum is used, so that the reads happen
}

void read(std::span<const std::byte> file) {
  const auto program = pudu::pte::read(file);
  if (program) return use(*program);
  if (program.error().kind == pudu::ErrorKind::Internal) fail(to_string(program.error()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A vector of its own: aligned, and the sanitizer sees a read behind its end.
  const auto bytes = std::as_bytes(std::span(data, size));
  std::vector<std::byte> file(bytes.begin(), bytes.end());
  read(file);
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::size_t begin = text.find("pudu=");
  if (begin == std::string_view::npos) return 0;
  const std::size_t crc = text.find("crc32=", begin);
  if (crc == std::string_view::npos || crc + 14 > text.size()) return 0;
  const std::string metadata(text.substr(begin, crc + 14 - begin));
  if (pudu::pte::seal(file, metadata)) read(file);
  return 0;
}

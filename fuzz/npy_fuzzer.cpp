// Fuzz target of the .npy and .npz readers. Whatever is accepted must be written and read back unchanged, and a file
// that is read piece by piece must be accepted, and described, as one that is read at once.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "base/npy.hpp"
#include "frontends/numpy/npz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto header = pudu::base::read_npy_header(pudu::base::byte_source(bytes));
  const auto array = pudu::base::parse_npy(bytes, "fuzz.npy");
  if (header.ok() != array.ok()) std::abort();
  if (array) {
    if (header->dtype != array->dtype || header->shape != array->shape) std::abort();
    if (header->header_bytes + array->bytes.size() > size) std::abort();
    const auto again = pudu::base::parse_npy(pudu::base::format_npy(*array), "fuzz.npy");
    if (!again || !(*again == *array)) std::abort();
    if (pudu::base::to_float32(*array).size() != static_cast<std::size_t>(array->elements())) std::abort();
  }
  (void)pudu::frontends::parse_npz(bytes, "fuzz.npz");
  return 0;
}

// What Pudu records in the .pte files that it writes: for whom a program was compiled, and a checksum of the whole
// file.
//
// A program of Pudu's has a second execution plan, the constant method "pudu": no inputs, no instructions, one output,
// which is a String value. A stock runtime can call it as any method; its text is
//
//   pudu=0.1.0 target=cortex-m55 isa=mve kernels=builtin scratch=1 inputs=0.025:-9 outputs=0.0625:0 crc32=0123abcd
//
// `inputs` and `outputs`, scale:zero_point of each port with commas between them, say what the codes of int8 and
// int16 ports stand for: no instruction tells. `-` stands for a port that is not quantized; without any that is, both
// are left out.
//
// The CRC (IEEE 802.3, as zlib's crc32) is over the file from its first byte to its last, with the eight digits of the
// CRC itself taken as '0'. Limits: values hold no spaces and no '='.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace pudu::pte {

/// The name of the execution plan that holds the metadata.
inline constexpr std::string_view metadata_plan_name = "pudu";
/// Raised when a kernel's scratch formula changes in a way that an older program's plan does not satisfy.
inline constexpr int scratch_formula_version = 1;

/// What the codes of an int8 or int16 port stand for: real = (code - zero_point) * scale.
struct PortQuantization {
  float scale = 1.0F;  ///< finite, above 0
  std::int32_t zero_point = 0;

  friend bool operator==(const PortQuantization&, const PortQuantization&) = default;
};

struct Metadata {
  std::string pudu_version;  ///< "0.1.0"
  std::string target;        ///< "cortex-m55", or "any"
  std::string isa;           ///< "scalar", "dsp", "mve", or "any"
  std::string kernels;       ///< whose scratch sizes the plan satisfies: "builtin" or "cmsis-nn"
  int scratch_formula_version = pte::scratch_formula_version;
  std::vector<std::optional<PortQuantization>> inputs = {};   ///< of each input; empty when none is quantized
  std::vector<std::optional<PortQuantization>> outputs = {};  ///< of each output; empty when none is quantized
  std::uint32_t crc32 = 0;                                    ///< 0 until seal() has run

  friend bool operator==(const Metadata&, const Metadata&) = default;
};

/// The text of the String value.
std::string encode(const Metadata& metadata);
/// InvalidInput when a field is missing, unknown, written twice or no value of its kind.
Result<Metadata> decode(std::string_view text);

/// Writes the CRC into the metadata of a whole file that assemble() made. `metadata_text` is what encode() gave for the
/// file's String value; it must occur once in the file. Internal otherwise.
Status seal(std::span<std::byte> file, std::string_view metadata_text);

/// The CRC of `file` with the digits of the CRC at `text_offset` + their place in `metadata_text` taken as '0'.
std::uint32_t sealed_crc32(std::span<const std::byte> file, std::size_t text_offset, std::string_view metadata_text);

}  // namespace pudu::pte

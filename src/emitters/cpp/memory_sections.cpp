#include "emitters/cpp/memory_sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>

#include "emitters/cpp/constants.hpp"

namespace pudu::emitters {
namespace {

constexpr std::string_view start_of_constant = "alignas(16) ";

std::string array_name(const program::PlacedRegion& region) {
  return "arena_" + region.name;
}

std::vector<program::PlacedRegion> used_regions(const program::MemoryMap& memory) {
  std::vector<program::PlacedRegion> used;
  std::copy_if(memory.ram_regions.begin(), memory.ram_regions.end(), std::back_inserter(used),
               [](const program::PlacedRegion& region) { return region.bytes > 0; });
  return used;
}

/// Offsets count through the regions; every one is known when the code is compiled, so nothing of this is left.
std::string region_address(const std::vector<program::PlacedRegion>& regions) {
  std::string text;
  for (std::size_t i = 0; i + 1 < regions.size(); ++i) {
    text += fmt::format("offset < {} ? {} + (offset - {}) : ", regions[i + 1].begin, array_name(regions[i]),
                        regions[i].begin);
  }
  return text + fmt::format("{} + (offset - {})", array_name(regions.back()), regions.back().begin);
}

}  // namespace

std::string region_macro(const program::PlacedRegion& region) {
  std::string name = "PUDU_IN_";
  for (const char character : region.name)
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(character)));
  return name;
}

std::string region_macros(const program::MemoryMap& memory) {
  std::string text;
  for (const auto* regions : {&memory.ram_regions, &memory.flash_regions}) {
    for (const program::PlacedRegion& region : *regions) {
      text += fmt::format("#ifndef {0}\n#define {0} __attribute__((section({1})))\n#endif\n", region_macro(region),
                          string_literal(region.section));
    }
  }
  if (text.empty()) return text;
  return "// The memories that the model was divided among; define one of these macros to place its part elsewhere.\n" +
         text + "\n";
}

std::string arena_definition(const program::MemoryMap& memory) {
  const std::vector<program::PlacedRegion> regions = used_regions(memory);
  // An array must have an element, even when a model needs no arena.
  if (regions.empty()) {
    return "[[maybe_unused]] alignas(16) std::uint8_t arena[arena_bytes > 0 ? arena_bytes : 1];\n\n";
  }
  std::string text;
  for (const program::PlacedRegion& region : regions) {
    text +=
        fmt::format("alignas(16) {} std::uint8_t {}[{}];\n", region_macro(region), array_name(region), region.bytes);
  }
  return text + fmt::format(
                    "\n// Offsets count through the arrays, one behind the other.\nstruct Arena {{}};\n"
                    "[[maybe_unused]] constexpr Arena arena{{}};\n"
                    "[[maybe_unused]] inline std::uint8_t* operator+(Arena, std::size_t offset) noexcept {{\n"
                    "  return {};\n}}\n\n",
                    region_address(regions));
}

std::string in_region(const program::MemoryMap& memory, program::BufferId constant, std::string definition) {
  for (const program::PlacedRegion& region : memory.flash_regions) {
    const bool is_here =
        std::find(region.constants.begin(), region.constants.end(), constant) != region.constants.end();
    if (is_here) return definition.insert(start_of_constant.size(), region_macro(region) + " ");
  }
  return definition;
}

}  // namespace pudu::emitters

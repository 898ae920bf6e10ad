#include "tools/memory_table.hpp"

#include <fmt/format.h>

#include "tools/console.hpp"

namespace pudu::tools {

std::string memory_json(std::span<const driver::MemoryCounter> counters) {
  std::string fields;
  for (const driver::MemoryCounter& counter : counters) {
    fields += fmt::format("{}\"{}\": {}", fields.empty() ? "" : ", ", counter.name, counter.bytes);
  }
  return "{" + fields + "}";
}

std::string memory_lines(std::span<const driver::MemoryCounter> counters) {
  std::string lines;
  for (const driver::MemoryCounter& counter : counters) {
    lines +=
        fmt::format("{}  {:<26} {:>11} bytes", lines.empty() ? "" : "\n", counter.name, with_thousands(counter.bytes));
  }
  return lines;
}

std::string memory_table(const driver::MemoryLog& in_arena, const driver::MemoryLog& in_pool) {
  constexpr const char* row = "  {:<26} {:>16} {:>20}\n";
  std::string table = fmt::format(row, "memory in bytes", "scratch in arena", "in a pool of its own");
  const auto pool_counters = in_pool.counters();
  std::size_t index = 0;
  for (const driver::MemoryCounter& counter : in_arena.counters()) {
    table +=
        fmt::format(row, counter.name, with_thousands(counter.bytes), with_thousands(pool_counters[index++].bytes));
  }
  return table + fmt::format(row, "RAM in all, without stack", with_thousands(in_arena.ram_bytes()),
                             with_thousands(in_pool.ram_bytes()));
}

}  // namespace pudu::tools

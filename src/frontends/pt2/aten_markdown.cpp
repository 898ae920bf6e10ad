#include "frontends/pt2/aten_markdown.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "frontends/pt2/assertions.hpp"
#include "frontends/pt2/aten_table.hpp"
#include "frontends/pt2/subgraphs.hpp"

namespace pudu::frontends {

namespace {

constexpr char introduction[] = R"(
What `torch.export` may write, and the reader translates to the operators above ([pt2.md](pt2.md)). All of them end as int8
kernels, or disappear: views, copies and whatever only reads constants cost nothing on the device. An overload that is not
named is `default`. Any other operator is refused (exit code 3) with its name and the user's line of code; nothing is
computed in float unless `--keep-float` asks for it.

| ATen operator | in place, too | arguments |
|---|---|---|
)";

/// "add_.Tensor" of "add.Tensor".
std::string in_place_name(std::string_view name) {
  const std::size_t end = std::min(name.find('.'), name.size());
  return fmt::format("{}_{}", name.substr(0, end), name.substr(end));
}

/// A "|" would end the cell.
std::string escaped(std::string_view schema) {
  std::string text;
  for (const char letter : schema) {
    if (letter == '|') text += '\\';
    text += letter;
  }
  return text;
}

}  // namespace

std::string aten_markdown() {
  std::string text = std::string(aten_heading) + (introduction + 1);
  for (const AtenRow* row : all_aten_rows()) {
    const bool is_both = row->in_place == InPlaceForm::Yes;
    text += fmt::format("| `{}` | {} | `{}` |\n", row->name, is_both ? "`" + in_place_name(row->name) + "`" : "",
                        escaped(row->schema));
  }
  text += "\nBesides those, operators that are no part of the computation:\n\n| operator | what happens |\n|---|---|\n";
  for (const std::string_view prefix : assertion_prefixes()) {
    text += fmt::format("| `{}*` | left out: a check of the exported program on itself |\n",
                        prefix.substr(std::string_view("torch.ops.").size()));
  }
  for (const std::string_view target : inlined_operators()) {
    text += fmt::format("| `{}` | its nodes take its place: the setting changes nothing in float32 |\n",
                        target.substr(std::string_view("torch.ops.").size()));
  }
  text += "| `_operator.*`, `aten.sym_size.int`, `aten.sym_numel` | integers of shapes, computed while reading |\n";
  return text;
}

}  // namespace pudu::frontends

// Source files carried inside a library. The compiler hands kernel and board sources on to the user's project, and the
// binary must work wherever it was copied to, so it cannot look for them in its own source tree.
// pudu_embed_files() of cmake/PuduEmbed.cmake generates the tables; text files without NUL bytes only.
#pragma once

#include <span>
#include <string_view>

namespace pudu::base {

struct EmbeddedFile {
  std::string_view path;     ///< relative to the ROOT given to pudu_embed_files, with '/' separators
  std::string_view content;  ///< the whole file; followed by a NUL that is not part of it
};

// A library with files embedded under the symbol NAME defines `std::span<const EmbeddedFile> NAME_files();` in this
// namespace, sorted by path. Its user declares that function.

}  // namespace pudu::base

// Headers come once, in the order of their includes; the sources follow behind PUDU_KERNELS_IMPLEMENTATION. In one
// translation unit they share what was each source's own: macros are undefined where a source ends, and a name of an
// anonymous namespace that might meet another's is a macro for a name of its own while its source lasts.
//
// Limits: reads the sources as clang-format leaves them, line by line: an anonymous namespace is `namespace {` to
// `}  // namespace`, its declarations begin in the first column. Whatever escapes it does not compile, which the tests
// would see.
#include "emitters/cpp/single_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "ops/registry.hpp"

namespace pudu::emitters {
namespace {

constexpr std::string_view implementation_macro = "PUDU_KERNELS_IMPLEMENTATION";
constexpr std::string_view included = "#include \"";

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool is_own_include(const std::string& line) {
  return line.starts_with(included);
}

/// "kernels/mve.hpp" of `#include "kernels/mve.hpp"`.
std::string included_path(const std::string& line) {
  return line.substr(included.size(), line.find('"', included.size()) - included.size());
}

/// Without what only made sense in a file of its own.
std::string body_of(const std::vector<std::string>& lines) {
  std::string body;
  for (const std::string& line : lines) {
    if (!is_own_include(line) && line != "#pragma once") body += line + "\n";
  }
  return body;
}

constexpr std::string_view mve_include = "#include <arm_mve.h>";

/// Moves the includes of the system's headers to the front, before any name is a macro.
std::string system_includes(std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!line.starts_with("#include <")) continue;
    text += line == mve_include ? fmt::format("#if defined(__ARM_FEATURE_MVE)\n{}\n#endif\n", line) : line + "\n";
  }
  std::erase_if(lines, [](const std::string& line) { return line.starts_with("#include <"); });
  return text;
}

/// A header for sources that are empty in builds without MVE; here it stands outside of them.
bool wants_mve(const std::vector<std::string>& lines) {
  int conditions = 0;
  for (const std::string& line : lines) {
    if (line.starts_with("#if")) ++conditions;
    if (line.starts_with("#endif")) --conditions;
    if (conditions == 0 && line == mve_include) return true;
  }
  return false;
}

std::set<std::string> words_of(const std::vector<std::string>& lines) {
  std::set<std::string> words;
  for (const std::string& line : lines) {
    std::string word;
    for (const char c : line + " ") {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
        word += c;
      } else if (!word.empty()) {
        words.insert(std::exchange(word, ""));
      }
    }
  }
  return words;
}

/// The name that a line in the first column declares, or nothing.
std::string declared_name(const std::string& line) {
  static const std::regex alias(R"(^using (\w+) =)");
  static const std::regex type(R"(^(?:struct|class|union|enum class|enum) (\w+)\b)");
  static const std::regex function(R"(^[\w\[][^("=]*?\b(\w+)\()");
  static const std::regex variable(R"(^[\w\[][^("=]*?\b(\w+)(?:\[\w*\])*(?: =|\{|;))");
  static const std::regex other(R"(^(?:template <|namespace|static_assert|extern|asm|alignas|PUDU_|return))");
  std::smatch match;
  if (std::regex_search(line, match, other)) return "";
  if (line.starts_with("using ")) return std::regex_search(line, match, alias) ? match[1].str() : "";
  for (const std::regex* form : {&type, &function, &variable}) {
    if (std::regex_search(line, match, *form)) return match[1];
  }
  return "";
}

struct AnonymousName {
  std::string name_space;  ///< around the anonymous one
  std::string name;
  friend auto operator<=>(const AnonymousName&, const AnonymousName&) = default;
};

/// What a source keeps for itself.
struct OwnNames {
  std::set<AnonymousName> anonymous;
  std::set<std::string> macros;
};

OwnNames own_names(const std::vector<std::string>& lines) {
  static const std::regex macro(R"(^\s*#\s*define (\w+))");
  static const std::regex begin(R"(^namespace ([\w:]+) \{)");
  OwnNames names;
  std::string name_space;
  bool is_anonymous = false;
  for (const std::string& line : lines) {
    std::smatch match;
    if (std::regex_search(line, match, macro)) names.macros.insert(match[1]);
    if (std::regex_search(line, match, begin)) name_space = match[1];
    if (line == "namespace {") is_anonymous = true;
    if (line == "}  // namespace") is_anonymous = false;
    if (!is_anonymous) continue;
    if (std::string name = declared_name(line); !name.empty()) names.anonymous.insert({name_space, std::move(name)});
  }
  return names;
}

class Merger {
 public:
  explicit Merger(const std::vector<base::OutputFile>& sources) {
    constexpr std::size_t folder = std::string_view("pudu/").size();
    for (const base::OutputFile& file : sources) files_[file.path.substr(folder)] = lines_of(file.content);
    for (const auto& [path, lines] : files_) {
      for (const std::string& word : words_of(lines)) ++uses_[word];
      if (!path.ends_with(".cpp")) continue;
      for (const AnonymousName& name : own_names(lines).anonymous) ++declarations_[name];
    }
  }

  /// What a model.cpp includes, and what that includes.
  std::string declarations() {
    std::set<std::string> headers = {"kernels/build_check.hpp", "kernels/model_api.hpp", "kernels/move_rows.hpp"};
    for (const ops::KernelBinding* kernel : ops::all_kernels()) headers.emplace(kernel->header);
    std::string text;
    for (const std::string& header : headers) add_header(header, text);
    return text;
  }

  std::string implementation() {
    std::string text;
    for (const auto& [path, lines] : files_) {
      if (path.ends_with(".cpp")) add_source(path, lines, text);
    }
    return text;
  }

 private:
  void add_headers_of(const std::vector<std::string>& lines, std::string& text) {
    for (const std::string& line : lines) {
      if (is_own_include(line)) add_header(included_path(line), text);
    }
  }

  void add_header(const std::string& path, std::string& text) {
    const auto found = files_.find(path);
    if (found == files_.end() || !added_.insert(path).second) return;
    add_headers_of(found->second, text);
    text += fmt::format("\n// ---- {}\n", path);
    const bool is_for_mve = wants_mve(found->second);
    if (is_for_mve) text += "#if defined(__ARM_FEATURE_MVE)\n";
    text += body_of(found->second);
    if (is_for_mve) text += "#endif\n";
  }

  void add_source(const std::string& path, std::vector<std::string> lines, std::string& text) {
    add_headers_of(lines, text);
    const OwnNames names = own_names(lines);
    std::string suffix = path.substr(0, path.rfind('.'));
    std::replace_if(
        suffix.begin(), suffix.end(), [](char c) { return c == '/'; }, '_');
    text += fmt::format("\n// ---- {}\n", path) + system_includes(lines);
    std::set<std::string> to_undefine = names.macros;
    for (const AnonymousName& name : names.anonymous) {
      if (!may_meet_another(name)) continue;
      text += fmt::format("#define {0} {0}_of_{1}\n", name.name, suffix);
      to_undefine.insert(name.name);
    }
    text += body_of(lines);
    for (const std::string& macro : to_undefine) text += fmt::format("#undef {}\n", macro);
  }

  /// Two sources declare it in the same namespace, or it is in the one of all kernels, where others speak of another.
  bool may_meet_another(const AnonymousName& name) const {
    if (declarations_.at(name) > 1) return true;
    return name.name_space == "pudu::kernels" && uses_.at(name.name) > 1;
  }

  std::map<std::string, std::vector<std::string>> files_;
  std::map<std::string, int> uses_;            ///< of a word: in how many files it stands
  std::map<AnonymousName, int> declarations_;  ///< in how many sources
  std::set<std::string> added_;
};

}  // namespace

std::string single_header(const std::vector<base::OutputFile>& sources, std::string_view version) {
  Merger merger(sources);
  std::string text = fmt::format(
      "// Pudu {} kernels in one file. Made by `pudu kernels`; do not edit.\n"
      "//\n"
      "// Beside model.hpp and model.cpp of a compiled folder it takes the place of the folder pudu/. Include it "
      "where\n"
      "// you like; in one source of the program define {} before. C++17, with GCC or Clang.\n"
      "#ifndef PUDU_KERNELS_HPP\n#define PUDU_KERNELS_HPP\n",
      version, implementation_macro);
  text += merger.declarations();
  text += fmt::format(
      "\n#endif  // PUDU_KERNELS_HPP\n\n"
      "#if defined({0}) && !defined(PUDU_KERNELS_IMPLEMENTED)\n#define PUDU_KERNELS_IMPLEMENTED\n",
      implementation_macro);
  text += merger.implementation();
  return text + fmt::format("\n#endif  // {}\n", implementation_macro);
}

}  // namespace pudu::emitters

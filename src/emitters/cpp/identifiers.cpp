#include "emitters/cpp/identifiers.hpp"

#include <algorithm>
#include <cctype>

namespace pudu::emitters {
namespace {

// Each list is one string of words between single spaces.

constexpr std::string_view keywords =
    " alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class "
    "co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype "
    "default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int "
    "long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register "
    "reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch template "
    "this thread_local throw true try typedef typeid typename union unsigned using virtual void volatile wchar_t "
    "while xor xor_eq ";

/// Names that the emitted files use themselves.
constexpr std::string_view own_names =
    " FedElement T arena arena_bytes at begin fed_input feed_all fed_row_bytes fed_rows feed_row index input_count "
    "input_data inputs isas kernel_abi_version kernel_library main nn_after "
    "nn_before nn_bias nn_context nn_filter nn_input nn_output nn_params nn_permutation nn_scaling offset offsets "
    "output_count output_data outputs pudu pudu_version reset resume run scratch_bytes state_at state_bytes "
    "state_values "
    "states "
    "status std target_cpu target_isa ";

/// Macros: of <cstddef>, and those that some compilers define unless told to follow the standard.
constexpr std::string_view macros = " NULL i386 linux mips unix ";

/// What C headers put beside the namespace: a namespace of that name cannot be declared where they are included.
constexpr std::string_view library_names =
    " abort abs accept access acos acosh alarm asin asinh assert atan atan2 atanh atexit atof atoi atol bcmp bcopy "
    "bind "
    "brk bsearch bzero calloc cbrt ceil chdir chmod chown clock close connect copysign cos cosh creat ctime daemon "
    "difftime div div_t dup environ erf erfc errno exit exp exp2 expm1 fabs fclose fdim feof ferror fflush ffs fgetc "
    "fgets floor fma fmax fmin fmod fopen fork fprintf fputc fputs fread free freopen frexp fscanf fseek ftell fwrite "
    "gamma getc getchar getenv gets gmtime hypot ilogb index int16_t int32_t int64_t int8_t intmax_t intptr_t isalnum "
    "isalpha isdigit isnan isspace j0 j1 jn kill labs ldexp lgamma link listen llabs localtime log log10 log1p log2 "
    "logb longjmp lrint lround lseek malloc max_align_t memchr memcmp memcpy memmove memset mktime modf nan nearbyint "
    "nice open pause perror pipe pow printf ptrdiff_t putc putchar puts qsort raise rand random read realloc recv "
    "remainder remove rename rewind rindex rint round sbrk scalb scanf select send setbuf setjmp setvbuf shutdown "
    "signal sin sinh size_t sleep socket sprintf sqrt srand srandom sscanf stat strcat strchr strcmp strcoll strcpy "
    "strcspn strdup strerror strlen strncat strncmp strncpy strpbrk strrchr strspn strstr strtok strtol strxfrm swab "
    "sync system tan tanh tgamma time timezone tmpfile tolower toupper trunc truncate tzset uint16_t uint32_t uint64_t "
    "uint8_t uintmax_t uintptr_t ungetc unlink usleep va_list wait write y0 y1 yn ";

/// What Arduino's cores put there, and a network may well be called.
constexpr std::string_view arduino_names =
    " boolean byte init interrupts loop map micros millis setup tone word yield Client Print Serial Server Stream "
    "String ";

/// Names of this form are macros: of Arduino's cores (`INPUT`, `B101`), and by the thousand of vendors' device headers.
bool is_all_capitals(std::string_view name) {
  const auto is_capital = [](char character) {
    return (character >= 'A' && character <= 'Z') || (character >= '0' && character <= '9') || character == '_';
  };
  return name.size() > 1 && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
         std::all_of(name.begin(), name.end(), is_capital);
}

bool contains(std::string_view words, std::string_view name) {
  return name.find(' ') == std::string_view::npos &&
         words.find(" " + std::string(name) + " ") != std::string_view::npos;
}

}  // namespace

bool is_reserved_word(std::string_view name) {
  return contains(keywords, name) || contains(own_names, name) || contains(macros, name) || is_all_capitals(name);
}

bool is_library_name(std::string_view name) {
  return contains(library_names, name) || contains(arduino_names, name);
}

std::string comment_text(std::string_view text) {
  std::string result;
  for (const char character : text) {
    const bool is_plain = character >= 0x20 && character < 0x7F && character != '\\';
    const bool is_trigraph = character == '?' && result.ends_with('?');
    result += is_plain && !is_trigraph ? character : '_';
  }
  return result;
}

std::string IdentifierPool::make(std::string_view name) {
  std::string base;
  for (const char character : name) {
    const auto byte = static_cast<unsigned char>(character);
    const bool valid = byte < 0x80 && std::isalnum(byte) != 0;
    // Runs of underscores, and one in front, are reserved to the implementation.
    if (valid) {
      base += character;
    } else if (!base.empty() && base.back() != '_') {
      base += '_';
    }
  }
  while (!base.empty() && base.back() == '_') base.pop_back();
  if (base.empty() || std::isdigit(static_cast<unsigned char>(base.front())) != 0) base = "n" + base;
  std::string candidate = is_reserved_word(base) ? base + "_v1" : base;
  for (int suffix = 2; !used_.insert(candidate).second; ++suffix) candidate = base + "_v" + std::to_string(suffix);
  return candidate;
}

}  // namespace pudu::emitters

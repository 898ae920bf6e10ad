// The "kernel" of the stand-in: calls main() and writes what printk() was given to output.bin.
#include <zephyr/sys/printk.h>
#include <cstdarg>

#include "files.hpp"

namespace {

char printed[4096];
std::size_t length = 0;

void put(char c) {
  if (length < sizeof printed) printed[length++] = c;
}

void put_number(unsigned number) {
  if (number >= 10) put_number(number / 10);
  put(static_cast<char>('0' + number % 10));
}

void put_signed(int number) {
  if (number < 0) put('-');
  put_number(number < 0 ? 0U - static_cast<unsigned>(number) : static_cast<unsigned>(number));
}

}  // namespace

void printk(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  for (; *format != '\0'; ++format) {
    if (*format != '%') {
      put(*format);
    } else if (*++format == 'd') {
      put_signed(va_arg(arguments, int));
    } else {
      for (const char* text = va_arg(arguments, const char*); *text != '\0'; ++text) put(*text);
    }
  }
  va_end(arguments);
}

extern "C" int call_main() asm("main");

int run_samples() {
  const int code = call_main();
  const File file("output.bin", File::Mode::Write);
  return file.write(printed, length) ? code : 9;
}

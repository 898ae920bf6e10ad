#include "Arduino.h"

#include "files.hpp"

SerialPort Serial;

namespace {

char printed[4096];
std::size_t length = 0;

void put(char c) {
  if (length < sizeof printed) printed[length++] = c;
}

}  // namespace

void SerialPort::print(const char* text) {
  while (*text != '\0') put(*text++);
}
void SerialPort::print(unsigned long number) {
  if (number >= 10) print(number / 10);
  put(static_cast<char>('0' + number % 10));
}
void SerialPort::print(int number) {
  if (number < 0) put('-');
  print(static_cast<unsigned long>(number < 0 ? -number : number));
}
// Two digits behind the point, as Arduino's.
void SerialPort::print(float number) {
  if (number < 0) put('-');
  const float magnitude = number < 0 ? -number : number;
  const unsigned long hundredths = static_cast<unsigned long>(magnitude * 100.0F + 0.5F);
  print(hundredths / 100);
  put('.');
  put(static_cast<char>('0' + hundredths / 10 % 10));
  put(static_cast<char>('0' + hundredths % 10));
}
void SerialPort::println(const char* text) {
  print(text);
  put('\n');
}
void SerialPort::println(unsigned long number) {
  print(number);
  put('\n');
}

unsigned long micros() {
  static unsigned long now = 0;
  return ++now;
}
void delay(unsigned long) {}

// What the board's main() does, for one loop.
int run_samples() {
  setup();
  loop();
  const File file("output.bin", File::Mode::Write);
  return file.write(printed, length) ? 0 : 1;
}

// A stand-in for the core of an Arduino board: as much of it as the sketches use, with the macros that real cores
// define and that break careless headers. What Serial prints goes to output.bin.
#pragma once

#include <cstddef>
#include <cstdint>

#define PI 3.1415926535897932384626433832795
#define HIGH 0x1
#define LOW 0x0
#define F(text) (text)
#define B1 1
#define bit(b) (1UL << (b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define abs(x) ((x) > 0 ? (x) : -(x))
#define round(x) ((x) >= 0 ? (long)((x) + 0.5) : (long)((x)-0.5))
#define constrain(x, low, high) ((x) < (low) ? (low) : ((x) > (high) ? (high) : (x)))

struct SerialPort {
  void begin(unsigned long) {}
  void print(const char* text);
  void print(int number);
  void print(float number);
  void print(unsigned long number);
  void println(const char* text);
  void println(unsigned long number);
};
extern SerialPort Serial;

unsigned long micros();
void delay(unsigned long milliseconds);

void setup();
void loop();

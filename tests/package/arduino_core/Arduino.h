// A stand-in for the core of an Arduino board: as much of it as the sketches use, with the macros that real cores
// define and that break careless headers. What Serial prints goes to output.bin.
#pragma once

#include <cstddef>
#include <cstdint>

#define PI 3.1415926535897932384626433832795
#define EULER 2.718281828459045235360287471352
#define HIGH 0x1
#define LOW 0x0
#define INPUT 0x0
#define OUTPUT 0x1
#define DEFAULT 1
#define SERIAL 0x0
#define LSBFIRST 0
#define F(text) (text)
#define B0 0
#define B1 1
#define B101 5
#define B00000001 1
#define bit(b) (1UL << (b))
#define bitRead(value, b) (((value) >> (b)) & 0x01)
#define bitSet(value, b) ((value) |= (1UL << (b)))
#define lowByte(w) ((w)&0xff)
#define highByte(w) ((w) >> 8)
#define _BV(b) (1 << (b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define abs(x) ((x) > 0 ? (x) : -(x))
#define round(x) ((x) >= 0 ? (long)((x) + 0.5) : (long)((x)-0.5))
#define sq(x) ((x) * (x))
#define radians(deg) ((deg)*0.017453292519943295769236907684886)
#define constrain(x, low, high) ((x) < (low) ? (low) : ((x) > (high) ? (high) : (x)))
#define interrupts() (void)0

typedef bool boolean;
typedef std::uint8_t byte;
typedef std::uint16_t word;

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
void tone(std::uint8_t pin, unsigned int frequency, unsigned long duration = 0);

void setup();
void loop();

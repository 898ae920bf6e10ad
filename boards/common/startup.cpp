// Start-up of every board: vector table, floating-point and vector unit, .data and .bss, then run_model().
// Any exception ends the emulator at once with its registers on standard error, so that a broken kernel never hangs a
// test. No interrupt is enabled: instruction counts repeat exactly.
#include <cstdint>

#include "emulator/runner_protocol.hpp"
#include "semihosting.hpp"

extern "C" {
// Placed by common/sections.ld.
extern std::uint32_t pudu_stack_limit[], pudu_stack_top[];
extern const std::uint32_t pudu_data_load[];
extern std::uint32_t pudu_data_begin[], pudu_data_end[], pudu_bss_begin[], pudu_bss_end[];

[[noreturn]] void reset_handler();
void exception_handler();

// libgcc's arithmetic helpers carry unwind tables that name these. Without them the linker would pull in the unwinder
// and through it abort() and malloc(). They are never called: nothing here throws.
void __aeabi_unwind_cpp_pr0() {}
void __aeabi_unwind_cpp_pr1() {}
}

namespace pudu::board {

[[noreturn]] void run_model();

namespace {

using Handler = void (*)();

struct VectorTable {
  std::uint32_t* initial_stack_pointer;
  Handler handlers[15];
};

[[gnu::section(".vectors"), gnu::used]] const VectorTable vector_table = {
    pudu_stack_top,
    {reset_handler, exception_handler, exception_handler, exception_handler, exception_handler, exception_handler,
     exception_handler, exception_handler, exception_handler, exception_handler, exception_handler, exception_handler,
     exception_handler, exception_handler, exception_handler}};

volatile std::uint32_t& system_register(std::uint32_t address) {
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}

#if !defined(__ARM_ARCH_8M_BASE__) && !defined(__ARM_ARCH_8M_MAIN__) && !defined(__ARM_ARCH_8_1M_MAIN__)
// The stack ends where the data memory begins, and what is below swallows writes on the MPS2 boards: an overflow would
// run through half a gigabyte before it faults. The memory protection unit, if the core has one, faults at once.
void guard_stack() {
  constexpr std::uint32_t mpu_type = 0xE000ED90, mpu_control = 0xE000ED94, region_base = 0xE000ED9C,
                          region_attributes = 0xE000EDA0;
  if ((system_register(mpu_type) & 0xFF00U) == 0) return;
  system_register(region_base) = 0x10000000U | (1U << 4);             // region 0, selected by VALID
  system_register(region_attributes) = (1U << 28) | (27U << 1) | 1U;  // XN, 2^28 bytes, no access
  system_register(mpu_control) = (1U << 2) | 1U;  // the default map elsewhere, off in fault handlers
  asm volatile("dsb\n\tisb" ::: "memory");
}
#else
void guard_stack() {}  // MSPLIM, or a memory map without such a hole
#endif

void prepare_core() {
  guard_stack();
#if defined(__ARM_ARCH_6M__)
  // A Cortex-M0 image may run on a Cortex-M3: trap unaligned accesses as the Cortex-M0 does (CCR.UNALIGN_TRP).
  system_register(0xE000ED14) = system_register(0xE000ED14) | (1U << 3);
#else
  system_register(0xE000ED88) = system_register(0xE000ED88) | (0xFU << 20);  // CPACR: full access to CP10 and CP11
  asm volatile("dsb\n\tisb" ::: "memory");
#endif
#if defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__)
  asm volatile("msr msplim, %0" ::"r"(pudu_stack_limit));
#endif
#if defined(__ARM_FEATURE_MVE)
  // FPSCR.LTPSIZE = 4: no tail predication outside low-overhead loops.
  asm volatile("vmsr fpscr, %0" ::"r"(4U << 16) : "memory");
#endif
}

// A function of its own, not inlined: the compiler may use vector registers in it, which must be on by then.
[[noreturn, gnu::noinline]] void start_program() {
  const std::uint32_t* source = pudu_data_load;
  for (volatile std::uint32_t* word = pudu_data_begin; word != pudu_data_end; ++word) *word = *source++;
  for (volatile std::uint32_t* word = pudu_bss_begin; word != pudu_bss_end; ++word) *word = 0;
  run_model();
}

void print_register(const char* name, std::uint32_t value) {
  char text[12];
  text[0] = '0';
  text[1] = 'x';
  for (int digit = 0; digit < 8; ++digit) {
    const std::uint32_t nibble = (value >> (28 - 4 * digit)) & 0xFU;
    text[2 + digit] = static_cast<char>(nibble < 10 ? '0' + nibble : 'a' + nibble - 10);
  }
  text[10] = ' ';
  text[11] = '\0';
  print(name);
  print(text);
}

}  // namespace
}  // namespace pudu::board

void reset_handler() {
  pudu::board::prepare_core();
  pudu::board::start_program();
}

// Called with the stack pointer at the exception, where the hardware left pc and lr unless the stack was full.
extern "C" [[noreturn, gnu::used]] void report_exception(const std::uint32_t* frame) {
  using namespace pudu::board;
  std::uint32_t exception = 0;
  asm volatile("mrs %0, ipsr" : "=r"(exception));
  print_register("fault: exception ", exception);
  if (frame > pudu_stack_limit && frame + 8 <= pudu_stack_top) {
    print_register("pc ", frame[6]);
    print_register("lr ", frame[5]);
  } else {
    print("stack overflow ");
  }
#if !defined(__ARM_ARCH_6M__)
  print_register("cfsr ", system_register(0xE000ED28));
  print_register("bfar ", system_register(0xE000ED38));
#endif
  print("\n");
  exit_emulator(static_cast<std::uint32_t>(pudu::emulator::GuestExit::Fault));
}

// Moves the stack pointer back to the top where less than 128 bytes are left for the report.
extern "C" [[gnu::naked]] void exception_handler() {
  asm volatile(
      "mrs r0, msp\n\t"
      "ldr r1, =pudu_stack_limit + 128\n\t"
      "cmp r0, r1\n\t"
      "bhs 1f\n\t"
      "ldr r1, =pudu_stack_top\n\t"
      "msr msp, r1\n"
      "1:\n\t"
      "ldr r1, =report_exception\n\t"
      "bx r1\n\t"
      ".ltorg");
}

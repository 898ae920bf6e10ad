// QEMU plugin (TCG, plugin API version 1): counts the guest instructions between two marker instructions, which do
// nothing and which no compiler emits:
//   mov r10, r10  begins a measurement,  mov r11, r11  ends it,  mov r9, r9  stands between its parts.
// Usage: qemu-system-arm -plugin pudu_instruction_counter.so,output=FILE[,profile=FILE]
// `output` gets one line per measurement, in order, as it ends: `instructions=N`. Markers themselves are not counted.
// `profile` gets what was executed, part by part; it makes QEMU slower, so it is only asked for when it is looked at:
//   code ID ADDRESS HEX     a run of instructions without a branch in it, before its first `run`
//   begin                   a measurement begins; its first part has no marker of its own
//   run ID TIMES LEFT       so often executed in this part, and so often left for another place than its end
//   part ADDRESS            the marker at this address was executed: another part begins (maybe one seen before)
//   end INSTRUCTIONS        of the whole measurement
// Addresses and bytes are hexadecimal. Classes of instructions and cycles are made of it on the host (src/emulator).
//
// How: a translation block is cut at its markers into segments. The first instruction of a segment adds the segment's
// length to a counter, inline and without a call; for a profile it calls a function that counts the segment and
// compares where it begins with where the last one ended. A block is left early only by an exception, which ends our
// firmware anyway, so the sum is exact; a conditional instruction that is skipped inside an IT block counts, as it does
// on the core. Instructions are counted, not cycles.
//
// QEMU's plugin header is not packaged by distributions: the part of the API that is used is declared here.
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
typedef struct qemu_info_t qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*qemu_plugin_vcpu_udata_cb_t)(unsigned int vcpu_index, void* userdata);
typedef void (*qemu_plugin_vcpu_tb_trans_cb_t)(qemu_plugin_id_t id, struct qemu_plugin_tb* tb);
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_tb_trans_cb_t callback);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn* insn, qemu_plugin_vcpu_udata_cb_t callback,
                                                   enum qemu_plugin_cb_flags flags, void* userdata);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn* insn, enum qemu_plugin_op op,
                                                       void* counter, uint64_t increment);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb* tb);
extern struct qemu_plugin_insn* qemu_plugin_tb_get_insn(const struct qemu_plugin_tb* tb, size_t index);
extern const void* qemu_plugin_insn_data(const struct qemu_plugin_insn* insn);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn* insn);

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc, char** argv);

static FILE* output;
static FILE* profile;      // NULL: none is asked for
static uint64_t executed;  // instructions of all segments entered so far
static uint64_t executed_at_begin;
static bool measuring;

// A run of instructions that is entered at its begin only. Those of a profile live as long as QEMU; a block that is
// translated again gets new ones.
struct segment {
  uint64_t begin;
  uint64_t end;
  uint64_t times;  // executed in the present part
  uint64_t left;   // of these, how often something else followed than what stands behind it
  struct segment* next;
  unsigned id;
  bool is_written;
  size_t count;            // instructions
  uint8_t (*encoding)[4];  // of each instruction; the second halfword counts for 32-bit ones only
};

static struct segment* segments;
static struct segment* running;  // the last one entered, until it is known what follows it
static unsigned segment_count;

// The first halfwords 0b11101, 0b11110 and 0b11111 begin a 32-bit instruction. QEMU 7.2 sometimes reports a 16-bit one
// as 32 bits wide, so its own size is not looked at.
static unsigned instruction_bytes(const uint8_t* bytes) {
  return (bytes[1] & 0xf8) >= 0xe8 ? 4 : 2;
}

static void follow(uint64_t address) {
  if (running != NULL && running->end != address) ++running->left;
  running = NULL;
}

static void enter_segment(unsigned int vcpu_index, void* userdata) {
  (void)vcpu_index;
  struct segment* segment = userdata;
  follow(segment->begin);
  if (!measuring) return;
  ++segment->times;
  running = segment;
}

static void write_code(struct segment* segment) {
  fprintf(profile, "code %u %" PRIx64 " ", segment->id, segment->begin);
  for (size_t i = 0; i < segment->count; ++i) {
    for (unsigned byte = 0; byte < instruction_bytes(segment->encoding[i]); ++byte) {
      fprintf(profile, "%02x", segment->encoding[i][byte]);
    }
  }
  fputc('\n', profile);
  segment->is_written = true;
}

// Writes what the part has executed and starts the next one from zero.
static void write_part(void) {
  for (struct segment* segment = segments; segment != NULL; segment = segment->next) {
    if (segment->times == 0) continue;
    if (!segment->is_written) write_code(segment);
    fprintf(profile, "run %u %" PRIu64 " %" PRIu64 "\n", segment->id, segment->times, segment->left);
    segment->times = 0;
    segment->left = 0;
  }
}

// The callbacks of markers get the marker's address.
static void begin_measurement(unsigned int vcpu_index, void* userdata) {
  (void)vcpu_index;
  follow((uint64_t)(uintptr_t)userdata);
  executed_at_begin = executed;
  measuring = true;
  if (profile == NULL) return;
  for (struct segment* segment = segments; segment != NULL; segment = segment->next) {
    segment->times = 0;
    segment->left = 0;
  }
  fprintf(profile, "begin\n");
}

static void begin_part(unsigned int vcpu_index, void* userdata) {
  (void)vcpu_index;
  follow((uint64_t)(uintptr_t)userdata);
  if (!measuring || profile == NULL) return;
  write_part();
  fprintf(profile, "part %" PRIx64 "\n", (uint64_t)(uintptr_t)userdata);
}

static void end_measurement(unsigned int vcpu_index, void* userdata) {
  (void)vcpu_index;
  follow((uint64_t)(uintptr_t)userdata);
  if (!measuring) return;
  measuring = false;
  fprintf(output, "instructions=%" PRIu64 "\n", executed - executed_at_begin);
  fflush(output);  // QEMU may be killed when its time is up; what has been measured stays
  if (profile == NULL) return;
  write_part();
  fprintf(profile, "end %" PRIu64 "\n", executed - executed_at_begin);
  fflush(profile);
}

static const struct {
  uint16_t encoding;
  qemu_plugin_vcpu_udata_cb_t callback;
} markers[] = {
    {0x46d2, begin_measurement},  // mov r10, r10
    {0x46db, end_measurement},    // mov r11, r11
    {0x46c9, begin_part},         // mov r9, r9
};

// The callback of a marker, or NULL. Compares the first halfword only: no 32-bit Thumb instruction starts with these.
static qemu_plugin_vcpu_udata_cb_t marker_callback(const struct qemu_plugin_insn* insn) {
  const uint8_t* bytes = qemu_plugin_insn_data(insn);
  const uint16_t halfword = (uint16_t)(bytes[0] | bytes[1] << 8);
  for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); ++i) {
    if (markers[i].encoding == halfword) return markers[i].callback;
  }
  return NULL;
}

static void* allocate(size_t bytes) {
  void* memory = calloc(1, bytes);
  if (memory == NULL) {
    fprintf(stderr, "instruction_counter: out of memory\n");
    exit(1);
  }
  return memory;
}

static struct segment* make_segment(const struct qemu_plugin_tb* tb, size_t begin, size_t end) {
  struct segment* segment = allocate(sizeof(struct segment));
  segment->id = segment_count++;
  segment->count = end - begin;
  segment->encoding = allocate(segment->count * sizeof(segment->encoding[0]));
  for (size_t i = begin; i < end; ++i) {
    const struct qemu_plugin_insn* insn = qemu_plugin_tb_get_insn(tb, i);
    const uint8_t* bytes = qemu_plugin_insn_data(insn);
    const unsigned size = instruction_bytes(bytes);
    memcpy(segment->encoding[i - begin], bytes, size);
    if (i == begin) segment->begin = qemu_plugin_insn_vaddr(insn);
    segment->end = qemu_plugin_insn_vaddr(insn) + size;
  }
  segment->next = segments;
  segments = segment;
  return segment;
}

static void count_segment(const struct qemu_plugin_tb* tb, size_t begin, size_t end) {
  if (begin == end) return;
  struct qemu_plugin_insn* first = qemu_plugin_tb_get_insn(tb, begin);
  qemu_plugin_register_vcpu_insn_exec_inline(first, QEMU_PLUGIN_INLINE_ADD_U64, &executed, end - begin);
  if (profile == NULL) return;
  qemu_plugin_register_vcpu_insn_exec_cb(first, enter_segment, QEMU_PLUGIN_CB_NO_REGS, make_segment(tb, begin, end));
}

static void instrument_block(qemu_plugin_id_t id, struct qemu_plugin_tb* tb) {
  (void)id;
  const size_t count = qemu_plugin_tb_n_insns(tb);
  size_t segment_begin = 0;
  for (size_t i = 0; i < count; ++i) {
    struct qemu_plugin_insn* insn = qemu_plugin_tb_get_insn(tb, i);
    const qemu_plugin_vcpu_udata_cb_t callback = marker_callback(insn);
    if (callback == NULL) continue;
    count_segment(tb, segment_begin, i);
    segment_begin = i + 1;
    void* address = (void*)(uintptr_t)qemu_plugin_insn_vaddr(insn);
    qemu_plugin_register_vcpu_insn_exec_cb(insn, callback, QEMU_PLUGIN_CB_NO_REGS, address);
  }
  count_segment(tb, segment_begin, count);
}

// The value of the argument `name`=VALUE, or NULL.
static const char* argument(int argc, char** argv, const char* name) {
  const size_t length = strlen(name);
  const char* value = NULL;
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], name, length) == 0 && argv[i][length] == '=') value = argv[i] + length + 1;
  }
  return value;
}

static FILE* open_for_writing(const char* path) {
  FILE* file = fopen(path, "w");
  if (file == NULL) fprintf(stderr, "instruction_counter: cannot write %s\n", path);
  return file;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc, char** argv) {
  (void)info;
  const char* output_path = argument(argc, argv, "output");
  const char* profile_path = argument(argc, argv, "profile");
  if (output_path == NULL) {
    fprintf(stderr, "instruction_counter: the argument output=FILE is missing\n");
    return 1;
  }
  output = open_for_writing(output_path);
  if (output == NULL) return 1;
  if (profile_path != NULL) {
    profile = open_for_writing(profile_path);
    if (profile == NULL) return 1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, instrument_block);
  return 0;
}

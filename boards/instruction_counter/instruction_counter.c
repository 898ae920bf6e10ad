// QEMU plugin (TCG, plugin API version 1): counts the guest instructions between two marker instructions, which do
// nothing and which no compiler emits:
//   mov r10, r10  begins a measurement,  mov r11, r11  ends it.
// Usage: qemu-system-arm -plugin pudu_instruction_counter.so,output=FILE
// FILE gets one line per measurement, in order, as it ends: `instructions=N`. A later version may append further
// `name=value` fields, separated by spaces; readers look fields up by name. The markers themselves are not counted.
//
// How: a translation block is cut at its markers into segments. The first instruction of a segment adds the segment's
// length to a counter, inline and without a call. A block is left early only by an exception, which ends our firmware
// anyway, so the sum is exact; a conditional instruction that is skipped inside an IT block counts, as it does on the
// core. Instructions are counted, not cycles.
//
// To count by layer, add a row to `markers`; to count by class of instruction, let a segment add to one counter per
// class in count_segment and write these counters as further fields in end_measurement.
//
// QEMU's plugin header is not packaged by distributions: the part of the API that is used is declared here.
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc, char** argv);

static FILE* output;
static uint64_t executed;  // instructions of all segments entered so far
static uint64_t executed_at_begin;
static bool measuring;

static void begin_measurement(unsigned int vcpu_index, void* userdata) {
  (void)vcpu_index;
  (void)userdata;
  executed_at_begin = executed;
  measuring = true;
}

static void end_measurement(unsigned int vcpu_index, void* userdata) {
  (void)vcpu_index;
  (void)userdata;
  if (!measuring) return;
  measuring = false;
  fprintf(output, "instructions=%" PRIu64 "\n", executed - executed_at_begin);
  fflush(output);  // QEMU may be killed when its time is up; what has been measured stays
}

static const struct {
  uint16_t encoding;
  qemu_plugin_vcpu_udata_cb_t callback;
} markers[] = {
    {0x46d2, begin_measurement},  // mov r10, r10
    {0x46db, end_measurement},    // mov r11, r11
};

// The callback of a marker, or NULL. Compares the first halfword only: QEMU 7.2 sometimes reports a 16-bit instruction
// as 32 bits wide, and no 32-bit Thumb instruction starts with these halfwords.
static qemu_plugin_vcpu_udata_cb_t marker_callback(const struct qemu_plugin_insn* insn) {
  const uint8_t* bytes = qemu_plugin_insn_data(insn);
  const uint16_t halfword = (uint16_t)(bytes[0] | bytes[1] << 8);
  for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); ++i) {
    if (markers[i].encoding == halfword) return markers[i].callback;
  }
  return NULL;
}

static void count_segment(const struct qemu_plugin_tb* tb, size_t begin, size_t end) {
  if (begin == end) return;
  qemu_plugin_register_vcpu_insn_exec_inline(qemu_plugin_tb_get_insn(tb, begin), QEMU_PLUGIN_INLINE_ADD_U64, &executed,
                                             end - begin);
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
    qemu_plugin_register_vcpu_insn_exec_cb(insn, callback, QEMU_PLUGIN_CB_NO_REGS, NULL);
  }
  count_segment(tb, segment_begin, count);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc, char** argv) {
  (void)info;
  static const char option[] = "output=";
  const char* path = NULL;
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], option, sizeof(option) - 1) == 0) path = argv[i] + sizeof(option) - 1;
  }
  if (path == NULL) {
    fprintf(stderr, "instruction_counter: the argument output=FILE is missing\n");
    return 1;
  }
  output = fopen(path, "w");
  if (output == NULL) {
    fprintf(stderr, "instruction_counter: cannot write %s\n", path);
    return 1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, instrument_block);
  return 0;
}

// report.json: the schema of docs/report.md, the round trip, and faults of the file.
#include "emitters/report/report.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "emitters/report/testing/reports.hpp"

namespace pudu::emitters {
namespace {

using Json = nlohmann::ordered_json;
using program::ElementType;
using ::testing::ElementsAre;
using testing::mobilenet_report;
using testing::shared_constants_report;
using ::testing::StartsWith;

TEST(ReportJson, RoundTripGivesTheSameBytes) {
  Report report = mobilenet_report();
  const std::string bare = to_json(report);
  Result<Report> read = report_from_json(bare);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(to_json(*read), bare);

  report.code_bytes = 20'000;
  report.stack_bytes = 800;
  report.instructions = 31'234'567;
  report.layers[0].instructions = 1'234;
  report.layers[0].sqnr_db = 38.25;
  report.io[0].scale = 0.1F;
  report.io[0].zero_point = -7;
  const std::string measured = to_json(report);
  EXPECT_NE(measured, bare);
  read = report_from_json(measured);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(to_json(*read), measured);
  EXPECT_EQ(read->code_bytes, 20'000U);
  EXPECT_EQ(read->layers[0].sqnr_db, 38.25);
  EXPECT_EQ(read->io[0].scale, 0.1F);
}

/// Field by field, so that a field that the common list of fields forgets is noticed.
TEST(ReportJson, ReadsEveryFieldBack) {
  Report report = mobilenet_report();
  report.persistent_bytes = 12;
  report.exact_targets = {{"scalar", 1000, 20}, {"dsp", 1100, 24}};
  report.measured_on = "cortex-m4";
  report.kernels = "cmsis-nn";
  report.float_operators = {"softmax"};
  report.layers[2].function = "arm_softmax_s8";
  report.layers[3].fallback = "dilation";
  const Result<Report> read = report_from_json(to_json(report));
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->pudu_version, report.pudu_version);
  EXPECT_EQ(read->kernel_abi_version, report.kernel_abi_version);
  ASSERT_EQ(read->exact_targets.size(), 2U);
  EXPECT_EQ(read->exact_targets[1].isa, "dsp");
  EXPECT_EQ(read->exact_targets[1].arena_bytes, 1100U);
  EXPECT_EQ(read->exact_targets[1].scratch_bytes, 24U);
  EXPECT_EQ(read->measured_on, "cortex-m4");
  EXPECT_EQ(read->model, report.model);
  EXPECT_EQ(read->cpu, report.cpu);
  EXPECT_EQ(read->isa, report.isa);
  EXPECT_EQ(read->kernels, report.kernels);
  EXPECT_EQ(read->arena_bytes, report.arena_bytes);
  EXPECT_EQ(read->lower_bound_bytes, report.lower_bound_bytes);
  EXPECT_EQ(read->persistent_bytes, report.persistent_bytes);
  EXPECT_EQ(read->weights_bytes, report.weights_bytes);
  EXPECT_EQ(read->macs, report.macs);
  EXPECT_EQ(read->parameters, report.parameters);
  EXPECT_EQ(read->float_operators, report.float_operators);
  EXPECT_EQ(read->transposes, report.transposes);
  EXPECT_EQ(read->transpose_reasons, report.transpose_reasons);
  EXPECT_EQ(read->plan_strategy, report.plan_strategy);
  ASSERT_EQ(read->layers.size(), report.layers.size());
  EXPECT_EQ(read->layers[3].op, report.layers[3].op);
  EXPECT_EQ(read->layers[3].kernel, report.layers[3].kernel);
  EXPECT_EQ(read->layers[2].function, report.layers[2].function);
  EXPECT_EQ(read->layers[3].fallback, report.layers[3].fallback);
  EXPECT_EQ(read->layers[3].source, report.layers[3].source);
  EXPECT_EQ(read->layers[3].output_shape, report.layers[3].output_shape);
  EXPECT_EQ(read->layers[3].weights_bytes, report.layers[3].weights_bytes);
  EXPECT_EQ(read->layers[3].scratch_bytes, report.layers[3].scratch_bytes);
  ASSERT_EQ(read->buffers.size(), report.buffers.size());
  EXPECT_EQ(read->buffers[5].offset, report.buffers[5].offset);
  EXPECT_EQ(read->buffers[5].bytes, report.buffers[5].bytes);
  EXPECT_EQ(read->buffers[5].begin_step, report.buffers[5].begin_step);
  EXPECT_EQ(read->buffers[5].end_step, report.buffers[5].end_step);
  ASSERT_EQ(read->stages.size(), 2U);
  EXPECT_EQ(read->stages[1].seconds, 3.5);
  EXPECT_EQ(read->stages[1].peak_memory_bytes, 310'000'000U);
}

TEST(ReportJson, ReadsRegionsBack) {
  testing::ProgramBuilder builder("regions");
  const auto x = builder.add_input("x", ElementType::Int8, {1, 4, 4, 8});
  builder.add_output("y", builder.add_conv("conv", x, 8, 1, 1));
  const program::Program& program = builder.program();
  program::MemoryMap memory = testing::make_plan(program);
  const std::size_t y_offset = memory.offset(program.outputs[0].buffer);
  memory.ram_regions = {{"dtcm", ".bss.dtcm", 1000, y_offset, 128}};
  memory.flash_regions = {{"flash", ".rodata.flash", 5000, 0, 64, {program.calls[0].operands[1].buffer}}};
  const Report report = make_report(program, memory);
  ASSERT_EQ(report.regions.size(), 2U);
  EXPECT_THAT(report.regions[0].contents, ElementsAre("conv.output"));
  EXPECT_THAT(report.regions[1].contents, ElementsAre("conv.weights"));
  const std::string json = to_json(report);
  const Result<Report> read = report_from_json(json);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(to_json(*read), json);
  EXPECT_EQ(read->regions[0].capacity_bytes, 1000U);
  EXPECT_EQ(read->regions[0].begin, y_offset);
  EXPECT_EQ(read->regions[1].section, ".rodata.flash");
  EXPECT_EQ(read->regions[1].bytes, 64U);
  EXPECT_THAT(to_html(report), ::testing::AllOf(::testing::HasSubstr("<h2>Memories</h2>"),
                                                ::testing::HasSubstr("\"regions\":[[\"dtcm\",")));
}

TEST(ReportJson, ReadsPlansBack) {
  const testing::StreamedProgram streamed = testing::make_streamed();
  Report report = make_report(streamed.program, streamed.memory, streamed.extents);
  report.layerwise = describe_plan(streamed.program, testing::make_plan(streamed.program));
  report.alternatives = {{"--feed rows", 96}};
  report.planning = {12'000, 30, 400'000};
  const std::string json = to_json(report);
  const Result<Report> read = report_from_json(json);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(to_json(*read), json);
  ASSERT_EQ(read->steps.size(), report.steps.size());
  EXPECT_EQ(read->steps[1].begin_row, report.steps[1].begin_row);
  EXPECT_EQ(read->steps[1].layer, report.steps[1].layer);
  ASSERT_TRUE(read->layerwise);
  EXPECT_EQ(read->layerwise->arena_bytes, report.layerwise->arena_bytes);
  EXPECT_EQ(read->layerwise->plan_strategy, "largest first");
  EXPECT_EQ(read->buffers[1].extents, report.buffers[1].extents);
  EXPECT_EQ(read->buffers[1].written_by, report.buffers[1].written_by);
  EXPECT_EQ(read->buffers[1].read_by, report.buffers[1].read_by);
  EXPECT_EQ(read->alternatives.at(0).option, "--feed rows");
  EXPECT_EQ(read->alternatives.at(0).arena_bytes, 96U);
  EXPECT_EQ(read->planning.packed_arenas, 30);
}

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

TEST(ReportJson, HasTheFieldsOfTheSchema) {
  const Json json = Json::parse(to_json(mobilenet_report()));
  EXPECT_THAT(keys(json), ElementsAre("pudu_version", "kernel_abi_version", "model", "target", "io", "arena_bytes",
                                      "lower_bound_bytes", "persistent_bytes", "weights_bytes", "exact_targets",
                                      "measured_on", "code_bytes", "stack_bytes", "macs", "parameters", "instructions",
                                      "executed", "dead_channels", "float_operators", "float_parts", "int16",
                                      "transposes", "transpose_reasons", "plan_strategy", "layers", "steps", "buffers",
                                      "layerwise", "alternatives", "regions", "validation", "planning", "stages"));
  EXPECT_THAT(keys(json["target"]), ElementsAre("cpu", "isa", "kernels", "optimize"));
  EXPECT_THAT(keys(json["io"][0]), ElementsAre("name", "direction", "shape", "dtype", "scale", "zero_point"));
  EXPECT_THAT(
      keys(json["layers"][0]),
      ElementsAre("name", "operator", "kernel", "function", "fallback", "choice", "estimated_instructions", "source",
                  "output_shape", "macs", "weights_bytes", "scratch_bytes", "instructions", "executed", "sqnr_db"));
  EXPECT_THAT(keys(json["buffers"][0]), ElementsAre("name", "kind", "offset", "bytes", "begin_step", "end_step",
                                                    "written_by", "read_by", "extents"));
  EXPECT_THAT(keys(json["planning"]), ElementsAre("traced_steps", "packed_arenas", "packing_work"));
  EXPECT_THAT(keys(json["stages"][0]), ElementsAre("name", "seconds", "peak_memory_bytes"));
}

TEST(ReportJson, HasTheTypesOfTheSchema) {
  const Json json = Json::parse(to_json(mobilenet_report()));
  for (const char* name : {"pudu_version", "model", "plan_strategy"}) EXPECT_TRUE(json[name].is_string()) << name;
  for (const char* name : {"arena_bytes", "lower_bound_bytes", "persistent_bytes", "weights_bytes"}) {
    EXPECT_TRUE(json[name].is_number_unsigned()) << name;
  }
  for (const char* name : {"macs", "parameters"}) EXPECT_TRUE(json[name].is_number_integer()) << name;
  for (const char* name : {"measured_on", "code_bytes", "stack_bytes", "instructions"})
    EXPECT_TRUE(json[name].is_null()) << name;
  EXPECT_TRUE(json["layers"][0]["sqnr_db"].is_null());
  EXPECT_TRUE(json["layers"][0]["instructions"].is_null());
  EXPECT_TRUE(json["io"][0]["scale"].is_null());
  EXPECT_EQ(json["transposes"], Json::array({"to_nhwc"}));
  EXPECT_EQ(json["float_operators"], Json::array());
  EXPECT_TRUE(json["stages"][0]["seconds"].is_number_float());
}

TEST(ReportJson, WritesAScaleWithItsShortestDigits) {
  Report report;
  report.io.push_back({.name = "x", .direction = "input", .dtype = "int8", .scale = 0.1F, .zero_point = 3});
  EXPECT_THAT(to_json(report), ::testing::HasSubstr(R"("scale":0.1,"zero_point":3)"));
}

TEST(ReportJson, WritesNumbersThatJsonLacksAsNull) {
  Report report;
  report.layers.push_back({.name = "exact", .sqnr_db = std::numeric_limits<double>::infinity()});
  report.layers.push_back({.name = "zero", .sqnr_db = std::numeric_limits<double>::quiet_NaN()});
  const Result<Report> read = report_from_json(to_json(report));
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_FALSE(read->layers[0].sqnr_db || read->layers[1].sqnr_db);
}

TEST(ReportJson, IsAsciiWhateverTheNames) {
  Report report;
  report.model = "n\xC3\xA4me \xFF\xC0 \"quoted\" \x01\n";
  const std::string json = to_json(report);
  for (const char character : json) {
    const auto byte = static_cast<unsigned char>(character);
    EXPECT_TRUE(byte == '\n' || (byte >= 0x20 && byte < 0x7F)) << static_cast<int>(byte);
  }
  const Result<Report> read = report_from_json(json);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_THAT(read->model, StartsWith("n\xC3\xA4me \xEF\xBF\xBD"));
  EXPECT_THAT(read->model, ::testing::EndsWith(" \"quoted\" \x01\n"));
}

/// A change of one field of a good report, and the line it is refused with.
struct Fault {
  const char* pointer;
  const char* replacement;  ///< null removes the field
  const char* message;
};

void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.pointer << " = " << (fault.replacement != nullptr ? fault.replacement : "(removed)");
}

constexpr const char* old_hint = "\nhint: was it written by another version of Pudu? then compile the model again";

class ReportFault : public ::testing::TestWithParam<Fault> {};

TEST_P(ReportFault, IsNamed) {
  Json json = Json::parse(to_json(shared_constants_report()));
  const Json::json_pointer pointer(GetParam().pointer);
  if (GetParam().replacement != nullptr) {
    json[pointer] = Json::parse(GetParam().replacement);
  } else {
    json[pointer.parent_pointer()].erase(pointer.back());
  }
  const Result<Report> read = report_from_json(json.dump());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::InvalidInput);
  std::string message = GetParam().message;
  if (message.ends_with("+hint")) message.replace(message.size() - 5, 5, old_hint);
  EXPECT_EQ(to_string(read.error()), "error: " + message);
}

INSTANTIATE_TEST_SUITE_P(
    Report, ReportFault,
    ::testing::Values(
        Fault{"/macs", nullptr, "macs: missing; a report has this field+hint"},
        Fault{"/target/isa", nullptr, "target.isa: missing; a report has this field+hint"},
        Fault{"/layers/2/kernel", nullptr, "layers[2].kernel: missing; a report has this field+hint"},
        Fault{"/extra", "1", "report: an unknown field, the text \"extra\"; the fields that docs/report.md lists+hint"},
        Fault{"/target/extra", "1",
              "target: an unknown field, the text \"extra\"; the fields that docs/report.md lists+hint"},
        Fault{"/model", "3", "model: 3; a text"}, Fault{"/target", "\"m55\"", "target: the text \"m55\"; an object"},
        Fault{"/layers", "{}", "layers: an object; an array"}, Fault{"/layers/1", "null", "layers[1]: null; an object"},
        Fault{"/layers/1/name", "[]", "layers[1].name: an array; a text"},
        Fault{"/layers/0/output_shape/3", "true",
              "layers[0].output_shape[3]: true; an integer from -9007199254740992 to 9007199254740992"},
        Fault{"/arena_bytes", "-1", "arena_bytes: -1; an integer from 0 to 9007199254740992"},
        Fault{"/arena_bytes", "1.5", "arena_bytes: 1.5; an integer from 0 to 9007199254740992"},
        Fault{"/code_bytes", "18446744073709551615",
              "code_bytes: 18446744073709551615; an integer from 0 to 9007199254740992"},
        Fault{"/io/0/zero_point", "2147483648",
              "io[0].zero_point: 2147483648; an integer from -2147483648 to 2147483647"},
        Fault{"/io/0/scale", "1e39", "io[0].scale: 1e+39; a float32 number"},
        Fault{"/io/0/scale", "\"x\"", "io[0].scale: the text \"x\"; a float32 number"},
        Fault{"/io/0/direction", "\"up\"", "io[0].direction: the text \"up\"; input, output"},
        Fault{"/io/0/dtype", "\"f64\"", "io[0].dtype: the text \"f64\"; int8, uint8, int16, int32, float32"},
        Fault{"/transposes/0", "0", "transposes[0]: 0; a text"}, Fault{"/macs", "-5", "macs: -5; not negative"},
        Fault{"/layers/0/macs", "-5", "layers[0].macs: -5; not negative"},
        Fault{"/layers/0/sqnr_db", "\"good\"", "layers[0].sqnr_db: the text \"good\"; a number"},
        Fault{"/buffers/0/kind", "\"weird\"",
              "buffers[0].kind: the text \"weird\"; input, activation, output, scratch"},
        Fault{"/buffers/0/offset", "1000000",
              "buffers[0]: 128 bytes at offset 1000000; inside the arena of 1024 bytes"},
        Fault{"/buffers/0/end_step", "2000000000",
              "buffers[0]: alive from step 0 up to step 2000000000; 0 <= begin_step < end_step <= 5"},
        Fault{"/buffers/0/written_by", "9", "buffers[0].written_by: layer 9; one of 5 layers"},
        Fault{"/buffers/0/read_by/0", "-1", "buffers[0].read_by: layer -1; one of 5 layers"},
        Fault{"/buffers/0/extents", "[7]",
              "buffers[0].extents[0]: 7; an array of begin_step, end_step, begin_byte and end_byte"},
        Fault{
            "/buffers/0/extents", "[[0, 1, 0, 129]]",
            "buffers[0].extents[0]: bytes 0 up to 129 from step 0 up to step 1; inside the buffer's 128 bytes and the "
            "5 steps, none empty"},
        Fault{"/steps", R"([{"kind": "jump", "layer": 0, "buffer": "", "begin_row": 0, "end_row": 0}])",
              "steps[0].kind: the text \"jump\"; whole, rows, slide, feed"},
        Fault{"/steps", R"([{"kind": "rows", "layer": 5, "buffer": "", "begin_row": 0, "end_row": 1}])",
              "steps[0].layer: layer 5; one of 5 layers"},
        Fault{
            "/regions",
            R"([{"name": "a", "kind": "rom", "section": ".a", "capacity_bytes": 1, "bytes": 0, "begin": 0, "contents": []}])",
            "regions[0].kind: the text \"rom\"; ram, flash"},
        Fault{"/buffers/0/end_step", "0",
              "buffers[0]: alive from step 0 up to step 0; 0 <= begin_step < end_step <= 5"}));

std::string message_of(std::string_view json) {
  const Result<Report> read = report_from_json(json);
  return read ? "accepted" : to_string(read.error());
}

TEST(ReportJson, RefusesWhatIsNotJson) {
  EXPECT_EQ(message_of(""), "error: line 1, column 1: not JSON; a report.json");
  EXPECT_EQ(message_of("{\n  \"macs\": oops}"), "error: line 2, column 11: not JSON; a report.json");
  EXPECT_EQ(message_of("[1, 2"), "error: line 1, column 6: not JSON; a report.json");
  EXPECT_EQ(message_of("{\"model\": \"\xFF\"}"), "error: line 1, column 12: not JSON; a report.json");
  EXPECT_EQ(message_of("[1e999]"), "error: report: a number that is too large; a report.json");
  EXPECT_EQ(message_of("[]"), "error: report: an array; an object");
  EXPECT_EQ(message_of("null"), "error: report: null; an object");
}

TEST(ReportJson, RefusesDeepNestingWithoutFailing) {
  const std::string open(200'000, '[');
  const std::string close(200'000, ']');
  EXPECT_EQ(message_of(open + close), "error: report: an array; an object");
  EXPECT_THAT(message_of(open), StartsWith("error: line 1, column 200001: not JSON"));
}

TEST(ReportJson, RefusesEveryShortenedReport) {
  const std::string json = to_json(shared_constants_report());
  for (std::size_t size = 0; size + 2 < json.size(); ++size) {
    ASSERT_FALSE(report_from_json(std::string_view(json).substr(0, size))) << size;
  }
}

TEST(ReportJson, AValidationReadsBackAndReachesTheLayers) {
  Report report = mobilenet_report();
  ReportValidation validation;
  validation.samples = 2;
  validation.sqnr_db = 30.5;
  validation.sample_sqnr_db = {31.0, 30.0};
  validation.layers = {{report.layers[1].name, "conv2d", "conv2d_s8", std::nullopt, 28.5, 0.999, 0.5, 90.0}};
  validation.classification.emplace().confusion = {{1, 2, 3}};
  validation.points = {{0.5, 0.25, 1}};
  validation.errors = ReportErrors{0.25, -8.5, 0.5, {1, 2}};
  validation.suggestions = {{"--effort max", 33.0, 2.5}};
  add_validation(report, validation);
  EXPECT_EQ(report.layers[1].sqnr_db, 28.5);
  EXPECT_FALSE(report.layers[0].sqnr_db);
  const Result<Report> read = report_from_json(to_json(report));
  ASSERT_TRUE(read.ok()) << to_string(read.error());
  EXPECT_EQ(to_json(*read), to_json(report));
  ASSERT_TRUE(read->validation);
  EXPECT_FALSE(read->validation->layers.at(0).isolated_sqnr_db);
  EXPECT_EQ(read->validation->classification->confusion.at(0).samples, 3U);
  EXPECT_EQ(read->validation->points.at(0).actual, 0.25);
  EXPECT_EQ(read->validation->errors->counts, (std::vector<std::size_t>{1, 2}));
}

}  // namespace
}  // namespace pudu::emitters

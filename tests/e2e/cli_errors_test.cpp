// What `pudu` says about bad input: the exit code and the exact text of every failure that users cause, nothing on
// standard output, and no file of theirs made, changed or lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/files.hpp"
#include "base/npy.hpp"
#include "e2e/cli_workspace.hpp"
#include "frontends/numpy/npz.hpp"
#include "frontends/pt2/testing/patched_archive.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

namespace fs = std::filesystem;
using frontends::testing::PatchedArchive;
using testing::CliWorkspace;

constexpr const char* tiny_cnn = "models/tiny_cnn.pt2";

void write_bytes(const fs::path& file, const std::vector<std::byte>& bytes) {
  ASSERT_TRUE(base::write_file(file, bytes).ok());
}

void write_array(const fs::path& file, const base::Array& array) {
  ASSERT_TRUE(base::write_npy(file, array).ok());
}

base::Array zeros(std::vector<std::int64_t> shape, base::ArrayType type = base::ArrayType::Float32) {
  base::Array array{type, std::move(shape), {}};
  array.bytes.resize(static_cast<std::size_t>(array.elements()) * base::size_in_bytes(type));
  return array;
}

base::Array with_element(base::Array array, std::size_t index, float value) {
  std::memcpy(array.bytes.data() + index * sizeof value, &value, sizeof value);
  return array;
}

/// The first weight of the network becomes NaN.
std::vector<std::byte> with_nan_weight() {
  PatchedArchive archive(tiny_cnn);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(archive.content("data/weights/weight_0").data(), &nan, sizeof nan);
  return archive.bytes();
}

std::vector<std::byte> with_short_weights() {
  PatchedArchive archive(tiny_cnn);
  std::vector<std::byte>& weights = archive.content("data/weights/weight_0");
  weights.resize(weights.size() - 4);
  return archive.bytes();
}

/// Broken model files, each from a sound one.
void write_models(const CliWorkspace& work) {
  work.copy(testing::test_data(tiny_cnn), "tiny.pt2");
  work.copy(testing::test_data("models/tiny_cnn_dynbatch.pt2"), "dynamic.pt2");
  work.copy(testing::test_data("reader/unsupported_operators.pt2"), "unsupported.pt2");
  work.copy(testing::test_data("reader/two_inputs_two_outputs.pt2"), "two.pt2");
  work.copy(testing::test_data("reader/two_inputs_two_outputs.npz"), "two.npz");
  const std::string sound = testing::read_text(work.path("tiny.pt2"));
  testing::write_text(work.path("truncated.pt2"), sound.substr(0, sound.size() / 2));
  testing::write_text(work.path("text.pt2"), "this is no archive\n");
  testing::write_text(work.path("empty.pt2"), "");
  write_bytes(work.path("field.pt2"),
              PatchedArchive(tiny_cnn).replace("models/model.json", "\"graph_module\"", "\"graph_nodule\"").bytes());
  write_bytes(work.path("short.pt2"), with_short_weights());
  write_bytes(work.path("nan.pt2"), with_nan_weight());
  testing::write_text(work.path("net.onnx"), "");
  testing::write_text(work.path("net"), "");
}

void write_data(const CliWorkspace& work) {
  work.copy(testing::test_data("models/tiny_cnn.calib0.npy"), "calib.npy");
  write_array(work.path("rgb.npy"), zeros({2, 3, 28, 28}));
  write_array(work.path("double.npy"), zeros({2, 1, 28, 28}, base::ArrayType::Float64));
  write_array(work.path("codes.npy"), zeros({2, 1, 28, 28}, base::ArrayType::Int8));
  write_array(work.path("none.npy"), zeros({0, 1, 28, 28}));
  write_array(work.path("nan.npy"), with_element(zeros({2, 1, 28, 28}), 800, NAN));
  write_array(work.path("infinite.npy"), with_element(zeros({2, 1, 28, 28}), 3, INFINITY));
  EXPECT_TRUE(frontends::write_npz(work.path("names.npz"), {{"images", zeros({2, 1, 28, 28})}}).ok());
  write_array(work.path("labels3.npy"), zeros({3}, base::ArrayType::Int64));
  write_array(work.path("scores.npy"), zeros({4}));
  testing::write_text(work.path("text.npy"), "0.1 0.2 0.3\n");
  testing::write_text(work.path("text.npz"), "0.1 0.2 0.3\n");
  testing::write_text(work.path("small.txt"), "dtcm ram 1K\n");
  testing::write_text(work.path("wrong.txt"), "dtcm ram 1K\nsram rom 2K\n");
}

/// Compiled folders, sound and broken.
void write_folders(const CliWorkspace& work) {
  work.pudu_ok("compile tiny.pt2 --calibration calib.npy -o tiny");
  work.pudu_ok("compile two.pt2 --calibration two_calibration.npz -o two");
  work.pudu_ok("compile tiny.pt2 --calibration calib.npy --io float32 -o float");
  work.pudu_ok("compile tiny.pt2 --calibration calib.npy --memory streamed -o streamed");
  work.pudu_ok("compile tiny.pt2 --calibration calib.npy --memory layerwise --disable-pass prepare -o unprepared");
  work.copy(work.path("tiny"), "damaged");
  std::string model = testing::read_text(work.path("damaged/model.pudu"));
  model[model.size() / 2] = static_cast<char>(model[model.size() / 2] ^ 1);
  testing::write_text(work.path("damaged/model.pudu"), model);
  testing::write_text(work.path("cut/model.pudu"), testing::read_text(work.path("tiny/model.pudu")).substr(0, 25));
  testing::write_text(work.path("foreign/model.pudu"), "hello\n");
  testing::write_text(work.path("photos/holiday.txt"), "a user's file\n");
  work.copy(work.path("tiny"), "mine");
  testing::write_text(work.path("mine/notes.txt"), "a user's file\n");
  fs::create_directories(work.path("blocked/model.cpp"));
  fs::create_directories(work.path("folder.npy"));
  fs::create_directories(work.path("reportless"));
  work.copy(work.path("tiny/model.pudu"), "reportless/model.pudu");
  fs::create_directories(work.path("reported"));
  work.copy(work.path("tiny/model.pudu"), "reported/model.pudu");
  testing::write_text(work.path("reported/report.json"), "{\"colour\": \"green\"}\n");
}

/// One workspace for all cases: every one of them must leave it as it was.
const CliWorkspace& workspace() {
  static const CliWorkspace work;
  static const bool filled = [] {
    write_models(work);
    write_data(work);
    auto arrays = frontends::read_npz(work.path("two.npz")).value();
    const frontends::NamedArrays calibration = {{"in0", arrays.at("calib0")}, {"in1", arrays.at("calib1")}};
    EXPECT_TRUE(frontends::write_npz(work.path("two_calibration.npz"), calibration).ok());
    write_folders(work);
    return true;
  }();
  EXPECT_TRUE(filled);
  return work;
}

struct ErrorCase {
  const char* name;
  const char* arguments;
  int code;
  const char* message;
};

void PrintTo(const ErrorCase& error, std::ostream* stream) {
  *stream << error.arguments;
}

std::string case_name(const ::testing::TestParamInfo<ErrorCase>& info) {
  return info.param.name;
}

std::string replaced(std::string text, const std::string& placeholder, const std::string& value) {
  for (std::size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at)) {
    text.replace(at, placeholder.size(), value);
  }
  return text;
}

/// The number in a field of the report of a compiled folder.
std::string reported(const CliWorkspace& work, const std::string& folder, const std::string& field) {
  const std::string report = testing::read_text(work.path(folder + "/report.json"));
  const std::size_t begin = report.find(": ", report.find('"' + field + '"')) + 2;
  return report.substr(begin, report.find_first_not_of("0123456789", begin) - begin);
}

/// The message with what is not known here: sizes change when kernels and planner get better.
std::string expected_message(const CliWorkspace& work, std::string message) {
  message = replaced(message, "{arena}", reported(work, "tiny", "arena_bytes"));
  message = replaced(message, "{constants}", reported(work, "tiny", "weights_bytes"));
  message = replaced(message, "{streamed}", reported(work, "streamed", "arena_bytes"));
  message = replaced(message, "{unprepared}", reported(work, "unprepared", "arena_bytes"));
  return replaced(message, "{folder}", work.path().string()) + "\n";
}

class CliError : public ::testing::TestWithParam<ErrorCase> {};

TEST_P(CliError, SaysExactlyThisAndTouchesNothing) {
  const CliWorkspace& work = workspace();
  const auto before = testing::tree_of(work.path());
  const base::ProcessResult result = work.pudu(GetParam().arguments);
  EXPECT_EQ(result.end, base::ProcessEnd::Exited);
  EXPECT_EQ(result.code, GetParam().code);
  EXPECT_EQ(result.standard_error, expected_message(work, GetParam().message));
  EXPECT_EQ(result.standard_output, "");
  EXPECT_TRUE(testing::tree_of(work.path()) == before) << "the command made, changed or removed a file";
}

#define COMPILE_TAIL " --calibration calib.npy -o out"

constexpr ErrorCase model_cases[] = {
    {"Missing", "compile gone.pt2" COMPILE_TAIL, 2, "error: gone.pt2: no such file"},
    {"Truncated", "compile truncated.pt2" COMPILE_TAIL, 2,
     "error: truncated.pt2: the ZIP archive is truncated or damaged (Not a zip archive)"},
    {"NotAZip", "compile text.pt2" COMPILE_TAIL, 2, "error: text.pt2: not a ZIP archive"},
    {"Empty", "compile empty.pt2" COMPILE_TAIL, 2, "error: empty.pt2: the file is empty"},
    {"IsAFolder", "compile photos" COMPILE_TAIL, 2,
     "error: photos: is a folder; a model file\n"
     "hint: `pudu run`, `bench` and `inspect` take compiled folders"},
    {"CompiledFolder", "compile ./tiny" COMPILE_TAIL, 2,
     "error: ./tiny: is a folder; a model file\n"
     "hint: `pudu run`, `bench` and `inspect` take compiled folders"},
    {"OtherKind", "compile net.onnx" COMPILE_TAIL, 2,
     "error: net.onnx: unknown kind of model '.onnx'; a model file ending in .pt2 (torch.export.save) or "
     ".tflite (TensorFlow Lite's converter)"},
    {"NoExtension", "compile net" COMPILE_TAIL, 2,
     "error: net: has no extension, which tells the kind of model; a model file ending in .pt2 (torch.export.save) or "
     ".tflite (TensorFlow Lite's converter)"},
    {"MissingField", "compile field.pt2" COMPILE_TAIL, 2,
     "error: field.pt2: models/model.json: field 'graph_module' is missing"},
    {"ShortWeights", "compile short.pt2" COMPILE_TAIL, 2,
     "error: short.pt2: c1.weight: data/weights/weight_0 has 284 bytes, but float32 of shape [8, 1, 3, 3] needs 288"},
    {"NanWeights", "compile nan.pt2" COMPILE_TAIL, 2, "error: nan.pt2: c1.weight: holds NaN; finite numbers"},
    {"UnsupportedOperators", "compile unsupported.pt2" COMPILE_TAIL, 3,
     "error: unsupported.pt2: sort: operator aten.sort.default is not supported; at make_reader_probes.py:57 in "
     "forward: return self.body(self, *inputs, **kwargs)\n"
     "error: unsupported.pt2: fft_fft2: operator aten.fft_fft2.default is not supported; at make_reader_probes.py:57 "
     "in forward: return self.body(self, *inputs, **kwargs)\n"
     "error: unsupported.pt2: real: operator aten.real.default is not supported; at make_reader_probes.py:57 in "
     "forward: return self.body(self, *inputs, **kwargs)"},
    {"InspectMissing", "inspect gone.pt2", 2, "error: gone.pt2: no such file"},
    {"AnalyzeUnsupported", "analyze unsupported.pt2 --json", 3,
     "error: unsupported.pt2: sort: operator aten.sort.default is not supported; at make_reader_probes.py:57 in "
     "forward: return self.body(self, *inputs, **kwargs)\n"
     "error: unsupported.pt2: fft_fft2: operator aten.fft_fft2.default is not supported; at make_reader_probes.py:57 "
     "in forward: return self.body(self, *inputs, **kwargs)\n"
     "error: unsupported.pt2: real: operator aten.real.default is not supported; at make_reader_probes.py:57 in "
     "forward: return self.body(self, *inputs, **kwargs)"},
};

INSTANTIATE_TEST_SUITE_P(Model, CliError, ::testing::ValuesIn(model_cases), case_name);

#define TINY "compile tiny.pt2 -o out "

constexpr ErrorCase calibration_cases[] = {
    {"None", TINY, 1,
     "error: --calibration: no calibration data; a few typical inputs, preprocessed as in training\n"
     "hint: numpy.save(\"samples.npy\", inputs) with samples on the first axis; `pudu analyze` needs none"},
    {"Missing", TINY "--calibration gone.npy", 2, "error: gone.npy: no such file"},
    {"WrongShape", TINY "--calibration rgb.npy", 2,
     "error: rgb.npy: x: shape [2, 3, 28, 28]; the model takes [1, 1, 28, 28]: give [N, 1, 1, 28, 28] or [N, 1, 28, "
     "28]"},
    {"WrongType", TINY "--calibration double.npy", 2,
     "error: double.npy: x: data type float64; float32\n"
     "hint: convert with array.astype(\"float32\"), preprocessed as in training"},
    {"Codes", TINY "--calibration codes.npy", 2,
     "error: codes.npy: x: data type int8; float32\n"
     "hint: convert with array.astype(\"float32\"), preprocessed as in training"},
    {"NoSamples", TINY "--calibration none.npy", 2, "error: none.npy: x: 0 samples; at least 1 sample"},
    {"NotNpy", TINY "--calibration text.npy", 2, "error: text.npy: not a .npy file; an array saved with numpy.save"},
    {"NotNpz", TINY "--calibration text.npz", 2, "error: text.npz: not a ZIP archive"},
    {"HoldsNan", TINY "--calibration nan.npy", 2, "error: nan.npy: x: sample 1 holds NaN; finite numbers"},
    {"HoldsInfinity", TINY "--calibration infinite.npy", 2,
     "error: infinite.npy: x: sample 0 holds an infinite number; finite numbers"},
    {"IsAModel", TINY "--calibration tiny.pt2", 2, "error: tiny.pt2: not a .npy file; an array saved with numpy.save"},
    {"TooManyFiles", TINY "--calibration calib.npy --calibration calib.npy", 2,
     "error: calib.npy: 2 files; one .npy or .npz: the model has one input"},
    {"WrongShapeInNpz", TINY "--calibration two.npz", 2,
     "error: two.npz: x: shape [1, 4, 8, 8]; the model takes [1, 1, 28, 28]: give [N, 1, 1, 28, 28] or [N, 1, 28, 28]"},
    {"NoArrayOfTheName", TINY "--calibration names.npz", 2,
     "error: names.npz: x: no array of this name; an array 'x' or 'in0'"},
    {"OneFileForTwoInputs", "compile two.pt2 -o out --calibration calib.npy", 2,
     "error: calib.npy: one .npy file; one .npz, or a .npy for each of the model's 2 inputs"},
};

INSTANTIATE_TEST_SUITE_P(Calibration, CliError, ::testing::ValuesIn(calibration_cases), case_name);

#define GOOD "compile tiny.pt2 --calibration calib.npy "

constexpr ErrorCase options_cases[] = {

    {"NoCommand", "", 1,
     "error: no command; compile, run, validate, analyze, estimate, bench, inspect, kernels, scratch, targets\n"
     "hint: see `pudu --help`"},
    {"UnknownCommand", "compil tiny.pt2", 1,
     "error: unknown command 'compil'; compile, run, validate, analyze, estimate, bench, inspect, kernels, scratch, "
     "targets\n"
     "hint: see `pudu --help`"},
    {"OptionWithoutCommand", "--json", 1,
     "error: no command; compile, run, validate, analyze, estimate, bench, inspect, kernels, scratch, targets\n"
     "hint: see `pudu --help`"},
    {"NoModel", "compile --calibration calib.npy -o out", 1,
     "error: compile: MODEL is required\n"
     "hint: see `pudu compile --help`"},
    {"NoOutput", GOOD, 1,
     "error: compile: --output is required\n"
     "hint: see `pudu compile --help`"},
    {"EstimateNoModel", "estimate --target cortex-m4", 1,
     "error: estimate: MODEL is required\n"
     "hint: see `pudu estimate --help`"},
    {"EstimateTargetUnknown", "estimate tiny.pt2 --target m4,esp32", 3,
     "error: --target: unknown CPU 'esp32'; supported: cortex-m0, cortex-m0plus, cortex-m3, cortex-m4, cortex-m7, "
     "cortex-m23, cortex-m33, cortex-m35p, cortex-m52, cortex-m55, cortex-m85, any"},
    {"UnknownOption", GOOD "-o out --fast", 1,
     "error: compile: unknown option '--fast'\n"
     "hint: see `pudu compile --help`"},
    {"SecondModel", "compile tiny.pt2 two.pt2 --calibration calib.npy -o out", 1,
     "error: compile: unexpected argument 'two.pt2'\n"
     "hint: see `pudu compile --help`"},
    {"ValueMissing", "compile tiny.pt2 --calibration calib.npy -o", 1,
     "error: compile: --output without a value\n"
     "hint: see `pudu compile --help`"},
    {"TargetTypo", GOOD "-o out --target cortex-m54", 3,
     "error: --target: unknown CPU 'cortex-m54'; supported: cortex-m0, cortex-m0plus, cortex-m3, cortex-m4, cortex-m7, "
     "cortex-m23, cortex-m33, cortex-m35p, cortex-m52, cortex-m55, cortex-m85, any\n"
     "hint: did you mean 'cortex-m4'?"},
    {"TargetUnknown", GOOD "-o out --target esp32", 3,
     "error: --target: unknown CPU 'esp32'; supported: cortex-m0, cortex-m0plus, cortex-m3, cortex-m4, cortex-m7, "
     "cortex-m23, cortex-m33, cortex-m35p, cortex-m52, cortex-m55, cortex-m85, any"},
    {"IsaNotOfCpu", GOOD "-o out --target cortex-m4 --isa mve", 3,
     "error: --isa: ISA 'mve' is not supported by cortex-m4; supported: scalar, dsp"},
    {"IsaUnknown", GOOD "-o out --isa neon", 1,
     "error: --isa: unknown ISA 'neon'; supported by cortex-m55: scalar, dsp, mve"},
    {"TargetWithDataType", GOOD "-o out --target cortex-m55+int8", 3,
     "error: --target: '+int8' behind the CPU in 'cortex-m55+int8'; the CPU alone, without a data type or features\n"
     "hint: write 'cortex-m55'; --isa chooses a smaller ISA"},
    {"TargetsTwoForms", "targets --markdown --json", 1, "error: --markdown: together with --json; one of the two"},
    {"Io", GOOD "-o out --io uint8", 1, "error: --io: 'uint8'; int8 or float32"},
    {"InputLayout", GOOD "-o out --input-layout chwn", 1, "error: --input-layout: 'chwn'; nchw or nhwc"},
    {"Ranges", GOOD "-o out --ranges best", 1, "error: --ranges: 'best'; mse, minmax, percentile, entropy or auto"},
    {"BiasCorrection", GOOD "-o out --bias-correction maybe", 1, "error: --bias-correction: 'maybe'; on or off"},
    {"Optimize", GOOD "-o out --optimize fast", 1, "error: --optimize: 'fast'; speed, size or balanced"},
    {"LinearWeights", GOOD "-o out --linear-weights one", 1,
     "error: --linear-weights: 'one'; adaptive, per-channel or per-tensor"},
    {"KeepFloat", GOOD "-o out --keep-float conv2", 1,
     "error: --keep-float: 'conv2' is no node and no operator of the model; a name of its nodes, as the report has "
     "them, or of its operators\n"
     "hint: did you mean 'conv2d'?"},
    {"Int16", GOOD "-o out --int16 conv2", 1,
     "error: --int16: 'conv2' is no node and no input of the model; a name of its nodes, as the report has them, or "
     "inputs; all:OPERATOR\n"
     "hint: did you mean 'conv2d'?"},
    {"Int16Nothing", GOOD "-o out --int16 conv2d,,linear", 1,
     "error: --int16: an empty name; NAME[,NAME]..., auto or auto:N"},
    {"Int16Auto", GOOD "-o out --int16 auto:many", 1, "error: --int16 auto: 'many'; a whole number from 1 up"},
    {"Accuracy", GOOD "-o out --accuracy good", 1,
     "error: --accuracy: 'good'; dB of signal over noise, above 0 and up to 100, e.g. 25"},
    {"Emit", GOOD "-o out --emit onnx", 1, "error: --emit: 'onnx'; cpp, pte, cpp,pte or arduino"},
    {"EmitWithoutOutput", GOOD "--emit onnx", 1, "error: --emit: 'onnx'; cpp, pte, cpp,pte or arduino"},
    {"ArduinoOnCmsisNn", GOOD "-o out --emit arduino --kernels cmsis-nn", 1,
     "error: --kernels: 'cmsis-nn' for an Arduino library; builtin: the library carries its kernels"},
    {"ArduinoIntoAProgram", GOOD "-o out.pte --emit arduino", 1,
     "error: --emit: 'arduino' into the file 'out.pte'; a folder for C++\n"
     "hint: -o FOLDER --emit cpp,pte writes FOLDER/model.pte, too"},
    {"KernelsWithoutFile", "kernels", 1,
     "error: kernels: --single-header is required\nhint: see `pudu kernels --help`"},
    {"KernelsOfNoFolder", "kernels --single-header k.hpp --for nowhere", 2,
     "error: nowhere: no such folder; a folder written by `pudu compile`"},
    {"KernelsIntoAFolder", "kernels --single-header .", 2, "error: .: is no name of a file; a file to be written"},
    {"PteOperatorsWithoutOutput", GOOD "--pte-operators nchw", 1, "error: --pte-operators: 'nchw'; nhwc or classic"},
    {"IoWithoutOutput", GOOD "--io uint8", 1, "error: --io: 'uint8'; int8 or float32"},
    {"Kernels", GOOD "-o out --kernels cmsis", 1,
     "error: --kernels: unknown kernel library 'cmsis'; supported: builtin, cmsis-nn"},
    {"JobsText", GOOD "-o out --jobs many", 1, "error: --jobs: 'many'; a whole number from 1 up"},
    {"JobsZero", GOOD "-o out --jobs 0", 1, "error: --jobs: '0'; a whole number from 1 up"},
    {"JobsOutOfRange", GOOD "-o out --jobs 1025", 1, "error: --jobs: '1025'; 1 to 1024 threads"},
    {"MemoryMode", GOOD "-o out --memory tiny", 1, "error: --memory: 'tiny'; layerwise, streamed or auto"},
    {"FeedMode", GOOD "-o out --feed columns", 1, "error: --feed: 'columns'; whole or rows"},
    {"FeedRowsOfLayers", GOOD "-o out --memory layerwise --feed rows", 1,
     "error: --feed: 'rows' with --memory layerwise; --memory streamed or auto: rows are used as they arrive"},
    {"FedProgram", GOOD "-o out.pte --feed rows", 1,
     "error: --feed: 'rows' for an ExecuTorch program; C++ output: ExecuTorch's runtime takes whole inputs"},
    {"PlanTimeText", GOOD "-o out --plan-time long", 1, "error: --plan-time: 'long'; seconds from 0 to 86400"},
    {"PlanTimeNegative", GOOD "-o out --plan-time=-1", 1, "error: --plan-time: '-1'; seconds from 0 to 86400"},
    {"PlanTimeNan", GOOD "-o out --plan-time nan", 1, "error: --plan-time: 'nan'; seconds from 0 to 86400"},
    {"PlanTimeOfAnalyze", "analyze tiny.pt2 --plan-time 1s", 1, "error: --plan-time: '1s'; seconds from 0 to 86400"},
    {"JobsOfAnalyze", "analyze tiny.pt2 --jobs=-1", 1, "error: --jobs: '-1'; a whole number from 1 up"},
    {"CompileAProgram", "compile model.pte -o out", 2,
     "error: model.pte: is an ExecuTorch program, which is compiled already; a network: a .pt2 file, or a .tflite "
     "file\n"
     "hint: `pudu run` runs it, `pudu analyze` says what it needs"},
    {"CppIntoAProgram", GOOD "-o out.pte --emit cpp,pte", 1,
     "error: --emit: 'cpp,pte' into the file 'out.pte'; a folder for C++\n"
     "hint: -o FOLDER --emit cpp,pte writes FOLDER/model.pte, too"},
    {"PteOperators", GOOD "-o out.pte --pte-operators nchw", 1, "error: --pte-operators: 'nchw'; nhwc or classic"},
    {"PteBelowAFile", GOOD "-o calib.npy/out.pte", 2,
     "error: calib.npy: cannot be a folder: 'calib.npy' is a file; a folder that can be written"},
    {"PteWithoutAName", GOOD "-o .pte", 2, "error: .pte: is no name of a file; a file to be written"},
    {"SizeText", GOOD "-o out --ram lots", 1,
     "error: --ram: 'lots'; a size such as 65536, 256K or 1M (K = 1024 bytes)"},
    {"SizeNegative", GOOD "-o out --flash=-1", 1,
     "error: --flash: '-1'; a size such as 65536, 256K or 1M (K = 1024 bytes)"},
    {"SizeOverflow", GOOD "-o out --ram 99999999999999999999", 1,
     "error: --ram: '99999999999999999999'; a size such as 65536, 256K or 1M (K = 1024 bytes)"},
    {"SizeUnit", GOOD "-o out --ram 256X", 1,
     "error: --ram: '256X'; a size such as 65536, 256K or 1M (K = 1024 bytes)"},
    {"BatchText", "compile dynamic.pt2 --calibration calib.npy -o out --batch many", 1,
     "error: --batch: 'many'; a whole number from 1 up"},
    {"BatchZero", "compile dynamic.pt2 --calibration calib.npy -o out --batch 0", 1,
     "error: --batch: '0'; a whole number from 1 up"},
    {"BatchOutOfRange", "compile dynamic.pt2 --calibration calib.npy -o out --batch 100000", 2,
     "error: dynamic.pt2: x: batch 100000 is outside of the range that the model was exported for; 1 to 64"},
    {"BatchOfStaticModel", GOOD "-o out --batch 2", 2,
     "error: tiny.pt2: x: batch 2 was asked for, but the model was exported for batch 1; batch 1\n"
     "hint: export with dynamic_shapes and torch.export.Dim for a model of any batch"},
};

INSTANTIATE_TEST_SUITE_P(Options, CliError, ::testing::ValuesIn(options_cases), case_name);

constexpr ErrorCase limits_cases[] = {
    {"Ram", GOOD "-o out --ram 4K --memory layerwise", 4,
     "error: tiny.pt2: max_pool2d: the arena needs {arena} bytes; --ram allows 4096 bytes\n"
     "hint: --ram {arena} is the least that this plan fits; --memory streamed needs {streamed} bytes; "
     "--disable-pass prepare (slower kernels with less scratch) needs {unprepared} bytes; "
     "this layer needs most memory: a smaller input or fewer channels there help"},
    {"Flash", GOOD "-o out --flash 4K", 4,
     "error: tiny.pt2: weights: the constants alone need {constants} bytes of flash; --flash allows 4096 bytes\n"
     "hint: --flash {constants} is the least that fits"},
    {"Both", GOOD "-o out --ram 1K --flash 1K --memory layerwise", 4,
     "error: tiny.pt2: max_pool2d: the arena needs {arena} bytes; --ram allows 1024 bytes\n"
     "hint: --ram {arena} is the least that this plan fits; --memory streamed needs {streamed} bytes; "
     "--disable-pass prepare (slower kernels with less scratch) needs {unprepared} bytes; "
     "this layer needs most memory: a smaller input or fewer channels there help\n"
     "error: tiny.pt2: weights: the constants alone need {constants} bytes of flash; --flash allows 1024 bytes\n"
     "hint: --flash {constants} is the least that fits"},
    {"ExistingArtifactStays", GOOD "-o mine --ram 4K --memory layerwise", 4,
     "error: tiny.pt2: max_pool2d: the arena needs {arena} bytes; --ram allows 4096 bytes\n"
     "hint: --ram {arena} is the least that this plan fits; --memory streamed needs {streamed} bytes; "
     "--disable-pass prepare (slower kernels with less scratch) needs {unprepared} bytes; "
     "this layer needs most memory: a smaller input or fewer channels there help"},
    {"JsonToo", GOOD "-o out --ram 4K --json --memory layerwise", 4,
     "error: tiny.pt2: max_pool2d: the arena needs {arena} bytes; --ram allows 4096 bytes\n"
     "hint: --ram {arena} is the least that this plan fits; --memory streamed needs {streamed} bytes; "
     "--disable-pass prepare (slower kernels with less scratch) needs {unprepared} bytes; "
     "this layer needs most memory: a smaller input or fewer channels there help"},
    {"MemoriesTooSmall", GOOD "-o out --memories small.txt", 4,
     "error: tiny.pt2: conv2d: 6272 bytes that fit nowhere beside what is alive at the same time; the RAM of "
     "--memories: "
     "dtcm of 1024 bytes\nhint: one region of {arena} bytes would hold everything; several need more"},
    {"MemoriesFault", GOOD "-o out --memories wrong.txt", 2, "error: wrong.txt: line 2: 'rom'; ram or flash"},
    {"MemoriesMissing", GOOD "-o out --memories none.txt", 2, "error: none.txt: no such file"},
    {"MemoriesOfAProgram", GOOD "-o out.pte --memories small.txt", 1,
     "error: --memories: given for an ExecuTorch program; C++ output: the runtime places the memory of a program"},
};

INSTANTIATE_TEST_SUITE_P(Limits, CliError, ::testing::ValuesIn(limits_cases), case_name);

constexpr ErrorCase output_cases[] = {
    {"FileHasThisName", GOOD "-o photos/holiday.txt", 2,
     "error: photos/holiday.txt: cannot be a folder: 'photos/holiday.txt' is a file; a folder that can be written"},
    {"BelowAFile", GOOD "-o photos/holiday.txt/out", 2,
     "error: photos/holiday.txt/out: cannot be a folder: 'photos/holiday.txt' is a file; a folder that can be written"},
    {"FolderInTheWay", GOOD "-o blocked", 2,
     "error: blocked/model.cpp: cannot be written: a folder has this name; a file or nothing"},
    {"IntermediatesNotWritable", GOOD "-o out --intermediates photos/holiday.txt", 2,
     "error: photos/holiday.txt: cannot make this folder (a file has this name); a folder that can be written"},
};

INSTANTIATE_TEST_SUITE_P(Output, CliError, ::testing::ValuesIn(output_cases), case_name);

constexpr ErrorCase run_cases[] = {
    {"NoArtifact", "run --input calib.npy", 1,
     "error: run: ARTIFACT is required\n"
     "hint: see `pudu run --help`"},
    {"NoInput", "run tiny", 1,
     "error: run: --input is required\n"
     "hint: see `pudu run --help`"},
    {"MissingFolder", "run gone --input calib.npy", 2,
     "error: gone: no such folder; a folder written by `pudu compile`"},
    {"NotCompiled", "run photos --input calib.npy", 2,
     "error: photos: not a compiled model (no model.pudu in it); a folder written by `pudu compile`"},
    {"AFile", "run calib.npy --input calib.npy", 2,
     "error: calib.npy: not a compiled model (no model.pudu in it); a folder written by `pudu compile`"},
    {"Damaged", "run damaged --input calib.npy", 2,
     "error: damaged/model.pudu: is damaged: its checksum does not match; a file written by this version of `pudu "
     "compile`\n"
     "hint: compile the model again"},
    {"Cut", "run cut --input calib.npy", 2,
     "error: cut/model.pudu: is cut off; a file written by this version of `pudu compile`\n"
     "hint: compile the model again"},
    {"Foreign", "run foreign --input calib.npy", 2,
     "error: foreign/model.pudu: is not a compiled model of this format; a file written by this version of `pudu "
     "compile`\n"
     "hint: compile the model again"},
    {"InspectDamaged", "inspect damaged", 2,
     "error: damaged/model.pudu: is damaged: its checksum does not match; a file written by this version of `pudu "
     "compile`\n"
     "hint: compile the model again"},
    {"BenchDamaged", "bench damaged", 2,
     "error: damaged/model.pudu: is damaged: its checksum does not match; a file written by this version of `pudu "
     "compile`\n"
     "hint: compile the model again"},
    {"WrongShape", "run tiny --input rgb.npy", 2,
     "error: rgb.npy: x: shape [2, 3, 28, 28]; the model takes [1, 1, 28, 28]: give [N, 1, 1, 28, 28] or [N, 1, 28, "
     "28]"},
    {"WrongType", "run tiny --input double.npy", 2,
     "error: double.npy: x: data type float64; float32, or int8 codes as they are\n"
     "hint: convert with array.astype(\"float32\"), preprocessed as in training"},
    {"CodesForFloatModel", "run float --input codes.npy", 2,
     "error: codes.npy: x: data type int8; float32\n"
     "hint: convert with array.astype(\"float32\"), preprocessed as in training"},
    {"CodesForFloatFile", "run tiny.pt2 --input codes.npy", 2,
     "error: codes.npy: x: data type int8; float32\n"
     "hint: convert with array.astype(\"float32\"), preprocessed as in training"},
    {"InputMissing", "run tiny --input gone.npy", 2, "error: gone.npy: no such file"},
    {"HoldsNan", "run tiny --input nan.npy", 2, "error: nan.npy: x: sample 1 holds NaN; finite numbers"},
    {"LabelsOfWrongLength", "run tiny --input calib.npy --labels labels3.npy", 2,
     "error: labels3.npy: labels: 3 labels; one for each of the 4 samples"},
    {"LabelsOfWrongType", "run tiny --input calib.npy --labels scores.npy", 2,
     "error: scores.npy: labels: data type float32; int64, int32, int8 or uint8 class numbers"},
    {"LabelsMissing", "run tiny --input calib.npy --labels gone.npy", 2, "error: gone.npy: no such file"},
    {"TwoOutputsInOneNpy", "run two --input two.npz --output y.npy", 1,
     "error: --output: one .npy file for 2 outputs; a name ending in .npz"},
    {"OutputOfOtherKind", "run tiny --input calib.npy --output y.txt", 1,
     "error: --output: 'y.txt'; a .npy or .npz file"},
    {"OutputBelowAFile", "run tiny --input calib.npy --output calib.npy/y.npy", 2,
     "error: calib.npy: cannot be a folder: 'calib.npy' is a file; a folder that can be written"},
    {"LimitZero", "run tiny --input calib.npy --limit 0", 1, "error: --limit: '0'; a whole number from 1 up"},
    {"UnknownPlace", "run tiny --input calib.npy --on cloud", 1, "error: --on: 'cloud'; host, qemu or executorch"},
    {"FolderOnExecutorch", "run tiny --input calib.npy --on executorch", 1,
     "error: --on: 'executorch' with no .pte file; host or qemu\n"
     "hint: pudu compile MODEL --output FILE.pte writes an ExecuTorch program"},
    {"ProgramOnHost", "run model.pte --input calib.npy --on host", 1,
     "error: --on: 'host' with an ExecuTorch program; executorch, which is the default"},
    {"ProgramMissing", "run gone.pte --input calib.npy", 2, "error: gone.pte: no such file"},
    {"ProfileOnHost", "run tiny --input calib.npy --profile", 1,
     "error: --profile: given for a run on the host; with --on executorch only"},
    {"BoardOfAProgram", "run gone.pte --input calib.npy --board mps3-an547", 1,
     "error: --board: given for a run on executorch; with --on qemu only"},
    {"FloatModelOnQemu", "run tiny.pt2 --input calib.npy --on qemu", 1,
     "error: --on: 'qemu' with a float model; a compiled folder: a .pt2 file runs on the host only"},
    {"UnknownBoard", "run tiny --input calib.npy --on qemu --board pico", 3,
     "error: board: unknown board 'pico'; one of mps3-an547, mps2-an386, mps2-an385, mps2-an500, mps2-an505, microbit"},
    {"BoardOfSmallerCore", "run tiny --input calib.npy --on qemu --board mps2-an385", 3,
     "error: board: mps2-an385 has a cortex-m3, which does not run code for cortex-m55; such as mps3-an547"},
    {"BenchWithoutReport", "bench reportless", 2, "error: reportless/report.json: no such file"},
    {"BenchOfForeignReport", "bench reported", 2,
     "error: reported/report.json: pudu_version: missing; a report has this field\n"
     "hint: was it written by another version of Pudu? then compile the model again"},
    {"CompareWithNothing", "bench tiny --compare gone", 2, "error: gone: no such file"},
    {"CompareWithoutMeasurement", "bench tiny --compare tiny", 2,
     "error: tiny/report.json: instructions: not measured yet; a report with measurements\n"
     "hint: run `pudu bench` on that folder first"},
    {"CompareWithForeignReport", "bench tiny --compare reported/report.json", 2,
     "error: reported/report.json: pudu_version: missing; a report has this field\n"
     "hint: was it written by another version of Pudu? then compile the model again"},
    {"InspectWithoutReport", "inspect reportless --json", 2, "error: reportless/report.json: no such file"},
    {"QemuWithoutSource", "run reportless --input calib.npy --on qemu", 2,
     "error: {folder}/reportless: no model.hpp; a folder written by `pudu compile`"},
    {"OutputIsAFolder", "run tiny --input calib.npy --output folder.npy", 2,
     "error: folder.npy: cannot be written: Is a directory"},
    {"InputIsAFolder", "run tiny --input folder.npy", 2, "error: folder.npy: is a folder, not a file"},
    {"TargetOnHost", "run tiny --input calib.npy --target cortex-m55", 1,
     "error: --target: given for a run on the host; with --on qemu only"},
    {"TargetOfAnotherCpu", "run tiny --input calib.npy --on qemu --target cortex-m4", 3,
     "error: --target: cortex-m4, but the model is compiled for cortex-m55 (mve); cortex-m55\n"
     "hint: a model compiled with --target any runs on every CPU"},
    {"BenchOnAnotherCpu", "bench tiny --target m4", 3,
     "error: --target: cortex-m4, but the model is compiled for cortex-m55 (mve); cortex-m55\n"
     "hint: a model compiled with --target any runs on every CPU"},
    {"BenchOnAnyCpu", "bench tiny --target any", 3,
     "error: --target: 'any', where one CPU is emulated; one CPU, such as cortex-m55"},
    {"BoardOnHost", "run tiny --input calib.npy --board mps3-an547", 1,
     "error: --board: given for a run on the host; with --on qemu only"},
    {"WorkDirOnHost", "run tiny --input calib.npy --work-dir w", 1,
     "error: --work-dir: given for a run on the host; with --on qemu only"},
};

INSTANTIATE_TEST_SUITE_P(Run, CliError, ::testing::ValuesIn(run_cases), case_name);

/// Of a folder that cannot be written, the message depends on who runs the test: root gets as far as making it.
TEST(CliErrors, OutputFolderThatCannotBeWritten) {
  const base::ProcessResult result = workspace().pudu(GOOD "-o /proc/pudu/out");
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.standard_output, "");
  const std::string as_root =
      "error: /proc/pudu: cannot make this folder (No such file or directory); a folder that can be written\n";
  const std::string as_user =
      "error: /proc/pudu/out: cannot write to '/proc' (Permission denied); a folder that can be written\n";
  EXPECT_THAT(result.standard_error, ::testing::AnyOf(as_root, as_user));
}

TEST(CliErrors, StandardOutputThatTakesNothing) {
  const auto result = base::run_process({"/bin/sh", "-c", "'" + std::string(PUDU_BINARY) + "' targets > /dev/full"});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->code, 2);
  EXPECT_EQ(result->standard_error, "error: cannot write to standard output: No space left on device\n");
}

TEST(CliErrors, ToolsMissing) {
  const base::ProcessResult result = workspace().pudu("run tiny --input calib.npy --on qemu", {"PATH=/nonexistent"});
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.standard_output, "");
  EXPECT_EQ(result.standard_error,
            "error: arm-none-eabi-g++: the cross compiler is not installed\n"
            "hint: install the Debian packages gcc-arm-none-eabi and libstdc++-arm-none-eabi-newlib, or put Arm's GNU "
            "toolchain on the PATH\n");
}

TEST(CliErrors, AnArtifactRunsAsBeforeWhenARecompileFailed) {
  const CliWorkspace& work = workspace();
  work.pudu_ok("run mine --input calib.npy --output before.npy");
  EXPECT_EQ(work.pudu(GOOD "-o mine --flash 1K").code, 4);
  EXPECT_EQ(work.pudu("compile gone.pt2 --calibration calib.npy -o mine").code, 2);
  work.pudu_ok("run mine --input calib.npy --output after.npy");
  EXPECT_EQ(testing::read_text(work.path("before.npy")), testing::read_text(work.path("after.npy")));
  EXPECT_EQ(testing::read_text(work.path("mine/notes.txt")), "a user's file\n");
}

}  // namespace
}  // namespace pudu

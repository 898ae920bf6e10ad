// What `pudu` says about bad input: the exit code and the exact text of every failure that users cause, nothing on
// standard output, and no file of theirs made, changed or lost. The failures of options are in
// cli_option_errors_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "e2e/cli_error_cases.hpp"
#include "support/models.hpp"

namespace pudu::testing {

namespace fs = std::filesystem;

/// Without what is printed of stages that take long: on a busy machine any may.
std::string without_times(const std::string& text) {
  static const std::regex times("(^|\n)(  [a-z][^\n]* [0-9.]+ m?s\n)+");
  return std::regex_replace(text, times, "$1");
}

TEST_P(CliError, SaysExactlyThisAndTouchesNothing) {
  const CliWorkspace& work = error_workspace();
  const auto before = tree_of(work.path());
  const base::ProcessResult result = work.pudu(GetParam().arguments);
  EXPECT_EQ(result.end, base::ProcessEnd::Exited);
  EXPECT_EQ(result.code, GetParam().code);
  EXPECT_EQ(without_times(result.standard_error), expected_message(work, GetParam().message));
  EXPECT_EQ(result.standard_output, "");
  EXPECT_TRUE(tree_of(work.path()) == before) << "the command made, changed or removed a file";
}

namespace {

constexpr ErrorCase model_cases[] = {
    {"Missing", "compile gone.pt2" PUDU_TAIL, 2, "error: gone.pt2: no such file"},
    {"MissingWithoutSamples", "compile gone.pt2 -o out", 2, "error: gone.pt2: no such file"},
    {"Truncated", "compile truncated.pt2" PUDU_TAIL, 2,
     "error: truncated.pt2: the ZIP archive is truncated or damaged (Not a zip archive)"},
    {"NotAZip", "compile text.pt2" PUDU_TAIL, 2, "error: text.pt2: not a ZIP archive"},
    {"Empty", "compile empty.pt2" PUDU_TAIL, 2, "error: empty.pt2: the file is empty"},
    {"IsAFolder", "compile photos" PUDU_TAIL, 2,
     "error: photos: is a folder; a model file\n"
     "hint: `pudu run`, `bench` and `inspect` take compiled folders"},
    {"CompiledFolder", "compile ./tiny" PUDU_TAIL, 2,
     "error: ./tiny: is a folder; a model file\n"
     "hint: `pudu run`, `bench` and `inspect` take compiled folders"},
    {"OtherKind", "compile net.onnx" PUDU_TAIL, 2,
     "error: net.onnx: unknown kind of model '.onnx'; a model file ending in .pt2 (torch.export.save) or "
     ".tflite (TensorFlow Lite's converter)\n"
     "hint: export the PyTorch network itself: torch.export.save(torch.export.export(model.eval(), (example_input,)), "
     "\"model.pt2\")"},
    {"OtherKindWithoutSamples", "compile net.h5 -o out", 2,
     "error: net.h5: unknown kind of model '.h5'; a model file ending in .pt2 (torch.export.save) or "
     ".tflite (TensorFlow Lite's converter)\n"
     "hint: tf.lite.TFLiteConverter with a representative_dataset makes an int8 .tflite of it"},
    {"NoExtension", "compile net" PUDU_TAIL, 2,
     "error: net: has no extension, which tells the kind of model; a model file ending in .pt2 (torch.export.save) or "
     ".tflite (TensorFlow Lite's converter)"},
    {"MissingField", "compile field.pt2" PUDU_TAIL, 2,
     "error: field.pt2: models/model.json: field 'graph_module' is missing"},
    {"ShortWeights", "compile short.pt2" PUDU_TAIL, 2,
     "error: short.pt2: c1.weight: data/weights/weight_0 has 284 bytes, but float32 of shape [8, 1, 3, 3] needs 288"},
    {"NanWeights", "compile nan.pt2" PUDU_TAIL, 2, "error: nan.pt2: c1.weight: holds NaN; finite numbers"},
    {"UnsupportedOperators", "compile unsupported.pt2" PUDU_TAIL, 3,
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

constexpr ErrorCase calibration_cases[] = {
    {"None", PUDU_TINY, 1,
     "error: --calibration: no calibration data; a few typical inputs, preprocessed as in training\n"
     "hint: numpy.save(\"samples.npy\", inputs) with samples on the first axis; `pudu analyze` needs none"},
    {"Missing", PUDU_TINY "--calibration gone.npy", 2, "error: gone.npy: no such file"},
    {"WrongShape", PUDU_TINY "--calibration rgb.npy", 2,
     "error: rgb.npy: x: shape [2, 3, 28, 28]; the model takes [1, 1, 28, 28]: give [N, 1, 1, 28, 28] or [N, 1, 28, "
     "28]"},
    {"WithoutChannels", PUDU_TINY "--calibration gray.npy", 2,
     "error: gray.npy: x: shape [2, 28, 28]; the model takes [1, 1, 28, 28]: give [N, 1, 1, 28, 28] or [N, 1, 28, "
     "28]\n"
     "hint: convert with array.reshape(-1, 1, 28, 28)"},
    {"ChannelsLast", "compile two.pt2 -o out --calibration last.npz", 2,
     "error: last.npz: inputs_0: shape [5, 8, 8, 4]; the model takes [1, 4, 8, 8]: give [N, 1, 4, 8, 8] or [N, 4, 8, "
     "8]\n"
     "hint: channels last: convert with array.transpose(0, 3, 1, 2), or compile the model with --input-layout nhwc"},
    {"FilesInAnotherOrder", "compile two.pt2 -o out --calibration second.npy --calibration first.npy", 2,
     "error: second.npy: inputs_0: shape [5, 4]; the model takes [1, 4, 8, 8]: give [N, 1, 4, 8, 8] or [N, 4, 8, 8]\n"
     "hint: files stand in the order of the inputs: inputs_0, inputs_1"},
    {"WrongType", PUDU_TINY "--calibration double.npy", 2,
     "error: double.npy: x: data type float64; float32\n"
     "hint: convert with array.astype(\"float32\"), preprocessed as in training"},
    {"Codes", PUDU_TINY "--calibration codes.npy", 2,
     "error: codes.npy: x: data type int8; float32\n"
     "hint: convert with array.astype(\"float32\"), preprocessed as in training"},
    {"NoSamples", PUDU_TINY "--calibration none.npy", 2, "error: none.npy: x: 0 samples; at least 1 sample"},
    {"NotNpy", PUDU_TINY "--calibration text.npy", 2,
     "error: text.npy: not a .npy file; an array saved with numpy.save"},
    {"NotNpz", PUDU_TINY "--calibration text.npz", 2, "error: text.npz: not a ZIP archive"},
    {"HoldsNan", PUDU_TINY "--calibration nan.npy", 2, "error: nan.npy: x: sample 1 holds NaN; finite numbers"},
    {"HoldsInfinity", PUDU_TINY "--calibration infinite.npy", 2,
     "error: infinite.npy: x: sample 0 holds an infinite number; finite numbers"},
    {"IsAModel", PUDU_TINY "--calibration tiny.pt2", 2,
     "error: tiny.pt2: not a .npy file; an array saved with numpy.save"},
    {"TooManyFiles", PUDU_TINY "--calibration calib.npy --calibration calib.npy", 2,
     "error: calib.npy: 2 files; one .npy or .npz: the model has one input"},
    {"WrongShapeInNpz", PUDU_TINY "--calibration two.npz", 2,
     "error: two.npz: x: shape [1, 4, 8, 8]; the model takes [1, 1, 28, 28]: give [N, 1, 1, 28, 28] or [N, 1, 28, 28]"},
    {"NoArrayOfTheName", PUDU_TINY "--calibration names.npz", 2,
     "error: names.npz: x: no array of this name among 'images'; an array 'x' or 'in0'"},
    {"OneFileForTwoInputs", "compile two.pt2 -o out --calibration calib.npy", 2,
     "error: calib.npy: one .npy file; one .npz, or a .npy for each of the model's 2 inputs"},
};

INSTANTIATE_TEST_SUITE_P(Calibration, CliError, ::testing::ValuesIn(calibration_cases), case_name);

constexpr ErrorCase limits_cases[] = {
    {"Ram", PUDU_GOOD "-o out --ram 4K --memory layerwise", 4,
     "error: tiny.pt2: conv2d: the arena needs {arena} bytes; --ram allows 4096 bytes\n"
     "hint: --ram {arena} is the least that this plan fits; --memory streamed fits: it needs {streamed} bytes; "
     "--feed rows fits: it needs {fed} bytes; "
     "--disable-pass prepare (slower kernels with less scratch) needs {unprepared} bytes"},
    {"Flash", PUDU_GOOD "-o out --flash 4K", 4,
     "error: tiny.pt2: weights: the constants alone need {constants} bytes of flash; --flash allows 4096 bytes\n"
     "hint: --flash {constants} is the least that fits"},
    {"Both", PUDU_GOOD "-o out --ram 1K --flash 1K --memory layerwise", 4,
     "error: tiny.pt2: conv2d: the arena needs {arena} bytes; --ram allows 1024 bytes\n"
     "hint: --ram {arena} is the least that this plan fits; --memory streamed needs {streamed} bytes; "
     "--feed rows needs {fed} bytes; --disable-pass prepare (slower kernels with less scratch) needs {unprepared} "
     "bytes; "
     "this layer needs most memory: a smaller input or fewer channels there help\n"
     "error: tiny.pt2: weights: the constants alone need {constants} bytes of flash; --flash allows 1024 bytes\n"
     "hint: --flash {constants} is the least that fits"},
    {"ExistingArtifactStays", PUDU_GOOD "-o mine --ram 4K --memory layerwise", 4,
     "error: tiny.pt2: conv2d: the arena needs {arena} bytes; --ram allows 4096 bytes\n"
     "hint: --ram {arena} is the least that this plan fits; --memory streamed fits: it needs {streamed} bytes; "
     "--feed rows fits: it needs {fed} bytes; "
     "--disable-pass prepare (slower kernels with less scratch) needs {unprepared} bytes"},
    {"JsonToo", PUDU_GOOD "-o out --ram 4K --json --memory layerwise", 4,
     "error: tiny.pt2: conv2d: the arena needs {arena} bytes; --ram allows 4096 bytes\n"
     "hint: --ram {arena} is the least that this plan fits; --memory streamed fits: it needs {streamed} bytes; "
     "--feed rows fits: it needs {fed} bytes; "
     "--disable-pass prepare (slower kernels with less scratch) needs {unprepared} bytes"},
    {"MemoriesTooSmall", PUDU_GOOD "-o out --memories small.txt", 4,
     "error: tiny.pt2: conv2d: 6272 bytes that fit nowhere beside what is alive at the same time; the RAM of "
     "--memories: "
     "dtcm of 1024 bytes\nhint: one region of {arena} bytes would hold everything; several need more"},
    {"MemoriesFault", PUDU_GOOD "-o out --memories wrong.txt", 2, "error: wrong.txt: line 2: 'rom'; ram or flash"},
    {"MemoriesMissing", PUDU_GOOD "-o out --memories none.txt", 2, "error: none.txt: no such file"},
    {"MemoriesOfAProgram", PUDU_GOOD "-o out.pte --memories small.txt", 1,
     "error: --memories: given for an ExecuTorch program; C++ output: the runtime places the memory of a program"},
};

INSTANTIATE_TEST_SUITE_P(Limits, CliError, ::testing::ValuesIn(limits_cases), case_name);

constexpr ErrorCase output_cases[] = {
    {"FilesOfOthers", PUDU_GOOD "-o project", 2,
     "error: project/CMakeLists.txt: is there already, and Pudu has not written it; a folder of its own, or one that "
     "Pudu has written\n"
     "hint: the folder project/model leaves it alone\n"
     "error: project/model.hpp: is there already, and Pudu has not written it; a folder of its own, or one that Pudu "
     "has written\n"
     "hint: the folder project/model leaves it alone"},
    {"ReportOfOthers", PUDU_GOOD "-o tested", 2,
     "error: tested/report.html: is there already, and Pudu has not written it; a folder of its own, or one that Pudu "
     "has written\n"
     "hint: the folder tested/model leaves it alone"},
    {"AnalyzeReportOfOthers", "analyze tiny.pt2 --output tested", 2,
     "error: tested/report.html: is there already, and Pudu has not written it; a folder of its own, or one that Pudu "
     "has written\n"
     "hint: the folder tested/model leaves it alone"},
    {"ProgramOfOthers", PUDU_GOOD "-o exported --emit cpp,pte", 2,
     "error: exported/model.pte: is there already, and Pudu has not written it; a folder of its own, or one that Pudu "
     "has written\n"
     "hint: the folder exported/model leaves it alone"},
    {"ReadmeOfOthers", PUDU_GOOD "-o sketches --emit arduino", 2,
     "error: sketches/README.md: is there already, and Pudu has not written it; a folder of its own, or one that Pudu "
     "has written\n"
     "hint: the folder sketches/model leaves it alone"},
    {"FileHasThisName", PUDU_GOOD "-o photos/holiday.txt", 2,
     "error: photos/holiday.txt: cannot be a folder: 'photos/holiday.txt' is a file; a folder that can be written"},
    {"BelowAFile", PUDU_GOOD "-o photos/holiday.txt/out", 2,
     "error: photos/holiday.txt/out: cannot be a folder: 'photos/holiday.txt' is a file; a folder that can be written"},
    {"FolderInTheWay", PUDU_GOOD "-o blocked", 2,
     "error: blocked/model.cpp: cannot be written: a folder has this name; a file or nothing"},
    {"IntermediatesNotWritable", PUDU_GOOD "-o out --intermediates photos/holiday.txt", 2,
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
    {"LabelsOneHot", "run tiny --input calib.npy --labels labels_one_hot.npy", 2,
     "error: labels_one_hot.npy: labels: 40 labels; one for each of the 4 samples\n"
     "hint: convert with array.argmax(1)"},
    {"LabelsBeyondTheClasses", "run tiny --input calib.npy --labels labels_beyond.npy", 2,
     "error: labels_beyond.npy: labels: class 16843009 of sample 0; 0 to 9: the model has 10 classes"},
    {"LabelsOfWrongType", "run tiny --input calib.npy --labels scores.npy", 2,
     "error: scores.npy: labels: data type float32; int64, int32, int8 or uint8 class numbers\n"
     "hint: convert with array.astype(\"int64\"), where they are class numbers"},
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
  const base::ProcessResult result = error_workspace().pudu(PUDU_GOOD "-o /proc/pudu/out");
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.standard_output, "");
  const std::string as_root =
      "error: /proc/pudu: cannot make this folder (No such file or directory); a folder that can be written\n";
  const std::string as_user =
      "error: /proc/pudu/out: cannot write to '/proc' (Permission denied); a folder that can be written\n";
  EXPECT_THAT(without_times(result.standard_error), ::testing::AnyOf(as_root, as_user));
}

TEST(CliErrors, StandardOutputThatTakesNothing) {
  const auto result = base::run_process({"/bin/sh", "-c", "'" + std::string(PUDU_BINARY) + "' targets > /dev/full"});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->code, 2);
  EXPECT_EQ(result->standard_error, "error: cannot write to standard output: No space left on device\n");
}

TEST(CliErrors, ToolsMissing) {
  const base::ProcessResult result =
      error_workspace().pudu("run tiny --input calib.npy --on qemu", {"PATH=/nonexistent"});
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.standard_output, "");
  EXPECT_EQ(result.standard_error,
            "error: arm-none-eabi-g++: the cross compiler is not installed\n"
            "hint: install the Debian packages gcc-arm-none-eabi and libstdc++-arm-none-eabi-newlib, or put Arm's GNU "
            "toolchain on the PATH\n");
}

TEST(CliErrors, AnArtifactRunsAsBeforeWhenARecompileFailed) {
  const CliWorkspace& work = error_workspace();
  work.pudu_ok("run mine --input calib.npy --output before.npy");
  EXPECT_EQ(work.pudu(PUDU_GOOD "-o mine --flash 1K").code, 4);
  EXPECT_EQ(work.pudu("compile gone.pt2 --calibration calib.npy -o mine").code, 2);
  work.pudu_ok("run mine --input calib.npy --output after.npy");
  EXPECT_EQ(read_text(work.path("before.npy")), read_text(work.path("after.npy")));
  EXPECT_EQ(read_text(work.path("mine/notes.txt")), "a user's file\n");
}

}  // namespace
}  // namespace pudu::testing

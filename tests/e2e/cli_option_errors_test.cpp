// What `pudu` says about options: as cli_errors_test.cpp.
#include <gtest/gtest.h>

#include "e2e/cli_error_cases.hpp"

namespace pudu::testing {
namespace {

constexpr ErrorCase options_cases[] = {

    {"NoCommand", "", 1,
     "error: no command; compile, run, validate, analyze, estimate, bench, inspect, kernels, scratch, targets\n"
     "hint: see `pudu --help`"},
    {"UnknownCommand", "compil tiny.pt2", 1,
     "error: unknown command 'compil'; compile, run, validate, analyze, estimate, bench, inspect, kernels, scratch, "
     "targets\n"
     "hint: did you mean 'compile'? see `pudu --help`"},
    {"OptionWithoutCommand", "--json", 1,
     "error: no command; compile, run, validate, analyze, estimate, bench, inspect, kernels, scratch, targets\n"
     "hint: see `pudu --help`"},
    {"NoModel", "compile --calibration calib.npy -o out", 1,
     "error: compile: MODEL is required\n"
     "hint: see `pudu compile --help`"},
    {"NoOutput", PUDU_GOOD, 1,
     "error: compile: --output is required\n"
     "hint: see `pudu compile --help`"},
    {"EstimateNoModel", "estimate --target cortex-m4", 1,
     "error: estimate: MODEL is required\n"
     "hint: see `pudu estimate --help`"},
    {"EstimateTargetUnknown", "estimate tiny.pt2 --target m4,esp32", 3,
     "error: --target: unknown CPU 'esp32'; supported: cortex-m0, cortex-m0plus, cortex-m3, cortex-m4, cortex-m7, "
     "cortex-m23, cortex-m33, cortex-m35p, cortex-m52, cortex-m55, cortex-m85, any"},
    {"UnknownOption", PUDU_GOOD "-o out --verbatim", 1,
     "error: compile: unknown option '--verbatim'\n"
     "hint: see `pudu compile --help`"},
    {"OptionCutShort", PUDU_GOOD "-o out --mem streamed", 1,
     "error: compile: unknown option '--mem'\n"
     "hint: did you mean '--memory'? see `pudu compile --help`"},
    {"OptionTypo", "compile tiny.pt2 --calibraton=calib.npy -o out", 1,
     "error: compile: unknown option '--calibraton=calib.npy'\n"
     "hint: did you mean '--calibration'? see `pudu compile --help`"},
    {"OptionOfOneLetter", "run tiny --input calib.npy -o y.npy", 1,
     "error: run: unknown option '-o'\n"
     "hint: see `pudu run --help`"},
    {"RequiredOptionTypo", "run tiny --inpt calib.npy", 1,
     "error: run: unknown option '--inpt'\n"
     "hint: did you mean '--input'? see `pudu run --help`"},
    {"OptionTypoWithoutCommand", "--verison", 1,
     "error: unknown option '--verison'; compile, run, validate, analyze, estimate, bench, inspect, kernels, scratch, "
     "targets\n"
     "hint: did you mean '--version'? see `pudu --help`"},
    {"SecondModel", "compile tiny.pt2 two.pt2 --calibration calib.npy -o out", 1,
     "error: compile: unexpected argument 'two.pt2'\n"
     "hint: see `pudu compile --help`"},
    {"ValueMissing", "compile tiny.pt2 --calibration calib.npy -o", 1,
     "error: compile: --output without a value\n"
     "hint: see `pudu compile --help`"},
    {"TargetTypo", PUDU_GOOD "-o out --target cortex-m54", 3,
     "error: --target: unknown CPU 'cortex-m54'; supported: cortex-m0, cortex-m0plus, cortex-m3, cortex-m4, cortex-m7, "
     "cortex-m23, cortex-m33, cortex-m35p, cortex-m52, cortex-m55, cortex-m85, any\n"
     "hint: did you mean 'cortex-m55'?"},
    {"TargetUnknown", PUDU_GOOD "-o out --target esp32", 3,
     "error: --target: unknown CPU 'esp32'; supported: cortex-m0, cortex-m0plus, cortex-m3, cortex-m4, cortex-m7, "
     "cortex-m23, cortex-m33, cortex-m35p, cortex-m52, cortex-m55, cortex-m85, any"},
    {"IsaNotOfCpu", PUDU_GOOD "-o out --target cortex-m4 --isa mve", 3,
     "error: --isa: ISA 'mve' is not supported by cortex-m4; supported: scalar, dsp"},
    {"IsaUnknown", PUDU_GOOD "-o out --isa neon", 1,
     "error: --isa: unknown ISA 'neon'; supported by cortex-m55: scalar, dsp, mve"},
    {"TargetWithDataType", PUDU_GOOD "-o out --target cortex-m55+int8", 3,
     "error: --target: '+int8' behind the CPU in 'cortex-m55+int8'; the CPU alone, without a data type or features\n"
     "hint: write 'cortex-m55'; --isa chooses a smaller ISA"},
    {"TargetsTwoForms", "targets --markdown --json", 1, "error: --markdown: together with --json; one of the two"},
    {"Io", PUDU_GOOD "-o out --io uint8", 1, "error: --io: 'uint8'; int8 or float32"},
    {"InputLayout", PUDU_GOOD "-o out --input-layout chwn", 1, "error: --input-layout: 'chwn'; nchw or nhwc"},
    {"Ranges", PUDU_GOOD "-o out --ranges best", 1,
     "error: --ranges: 'best'; mse, minmax, percentile, entropy or auto"},
    {"BiasCorrection", PUDU_GOOD "-o out --bias-correction maybe", 1, "error: --bias-correction: 'maybe'; on or off"},
    {"Optimize", PUDU_GOOD "-o out --optimize fast", 1, "error: --optimize: 'fast'; speed, size or balanced"},
    {"LinearWeights", PUDU_GOOD "-o out --linear-weights one", 1,
     "error: --linear-weights: 'one'; adaptive, per-channel or per-tensor"},
    {"KeepFloat", PUDU_GOOD "-o out --keep-float conv2", 1,
     "error: --keep-float: 'conv2' is no node and no operator of the model; a name of its nodes, as the report has "
     "them, or of its operators\n"
     "hint: did you mean 'conv2d'?"},
    {"Int16", PUDU_GOOD "-o out --int16 conv2", 1,
     "error: --int16: 'conv2' is no node and no input of the model; a name of its nodes, as the report has them, or "
     "inputs; all:OPERATOR\n"
     "hint: did you mean 'conv2d'?"},
    {"Int16Operator", PUDU_GOOD "-o out --int16 all:lstm", 1,
     "error: --int16: 'all:lstm': the model has no operator 'lstm'; those of the model with int16 kernels: conv2d, "
     "linear, max_pool2d, permute, reshape"},
    {"Int16Nothing", PUDU_GOOD "-o out --int16 conv2d,,linear", 1,
     "error: --int16: an empty name; NAME[,NAME]..., auto or auto:N"},
    {"Int16Auto", PUDU_GOOD "-o out --int16 auto:many", 1, "error: --int16 auto: 'many'; a whole number from 1 up"},
    {"Accuracy", PUDU_GOOD "-o out --accuracy good", 1,
     "error: --accuracy: 'good'; dB of signal over noise, above 0 and up to 100, e.g. 25"},
    {"Emit", PUDU_GOOD "-o out --emit onnx", 1, "error: --emit: 'onnx'; cpp, pte, cpp,pte or arduino"},
    {"EmitWithoutOutput", PUDU_GOOD "--emit onnx", 1, "error: --emit: 'onnx'; cpp, pte, cpp,pte or arduino"},
    {"ArduinoOnCmsisNn", PUDU_GOOD "-o out --emit arduino --kernels cmsis-nn", 1,
     "error: --kernels: 'cmsis-nn' for an Arduino library; builtin: the library carries its kernels"},
    {"ArduinoIntoAProgram", PUDU_GOOD "-o out.pte --emit arduino", 1,
     "error: --emit: 'arduino' into the file 'out.pte'; a folder for C++\n"
     "hint: -o FOLDER --emit cpp,pte writes FOLDER/model.pte, too"},
    {"KernelsWithoutFile", "kernels", 1,
     "error: kernels: --single-header is required\nhint: see `pudu kernels --help`"},
    {"KernelsOfNoFolder", "kernels --single-header k.hpp --for nowhere", 2,
     "error: nowhere: no such folder; a folder written by `pudu compile`"},
    {"KernelsIntoAFolder", "kernels --single-header .", 2, "error: .: is no name of a file; a file to be written"},
    {"PteOperatorsWithoutOutput", PUDU_GOOD "--pte-operators nchw", 1,
     "error: --pte-operators: 'nchw'; nhwc or classic"},
    {"IoWithoutOutput", PUDU_GOOD "--io uint8", 1, "error: --io: 'uint8'; int8 or float32"},
    {"Kernels", PUDU_GOOD "-o out --kernels cmsis", 1,
     "error: --kernels: unknown kernel library 'cmsis'; supported: builtin, cmsis-nn"},
    {"JobsText", PUDU_GOOD "-o out --jobs many", 1, "error: --jobs: 'many'; a whole number from 1 up"},
    {"JobsZero", PUDU_GOOD "-o out --jobs 0", 1, "error: --jobs: '0'; a whole number from 1 up"},
    {"JobsOutOfRange", PUDU_GOOD "-o out --jobs 1025", 1, "error: --jobs: '1025'; 1 to 1024 threads"},
    {"MemoryMode", PUDU_GOOD "-o out --memory tiny", 1, "error: --memory: 'tiny'; layerwise, streamed or auto"},
    {"FeedMode", PUDU_GOOD "-o out --feed columns", 1, "error: --feed: 'columns'; whole or rows"},
    {"FeedRowsOfLayers", PUDU_GOOD "-o out --memory layerwise --feed rows", 1,
     "error: --feed: 'rows' with --memory layerwise; --memory streamed or auto: rows are used as they arrive"},
    {"FedProgram", PUDU_GOOD "-o out.pte --feed rows", 1,
     "error: --feed: 'rows' for an ExecuTorch program; C++ output: ExecuTorch's runtime takes whole inputs"},
    {"PlanTimeText", PUDU_GOOD "-o out --plan-time long", 1, "error: --plan-time: 'long'; seconds from 0 to 86400"},
    {"PlanTimeNegative", PUDU_GOOD "-o out --plan-time=-1", 1, "error: --plan-time: '-1'; seconds from 0 to 86400"},
    {"PlanTimeNan", PUDU_GOOD "-o out --plan-time nan", 1, "error: --plan-time: 'nan'; seconds from 0 to 86400"},
    {"PlanTimeOfAnalyze", "analyze tiny.pt2 --plan-time 1s", 1, "error: --plan-time: '1s'; seconds from 0 to 86400"},
    {"JobsOfAnalyze", "analyze tiny.pt2 --jobs=-1", 1, "error: --jobs: '-1'; a whole number from 1 up"},
    {"CompileAProgram", "compile model.pte -o out", 2,
     "error: model.pte: is an ExecuTorch program, which is compiled already; a network: a .pt2 file, or a .tflite "
     "file\n"
     "hint: `pudu run` runs it, `pudu analyze` says what it needs"},
    {"CppIntoAProgram", PUDU_GOOD "-o out.pte --emit cpp,pte", 1,
     "error: --emit: 'cpp,pte' into the file 'out.pte'; a folder for C++\n"
     "hint: -o FOLDER --emit cpp,pte writes FOLDER/model.pte, too"},
    {"PteOperators", PUDU_GOOD "-o out.pte --pte-operators nchw", 1, "error: --pte-operators: 'nchw'; nhwc or classic"},
    {"PteBelowAFile", PUDU_GOOD "-o calib.npy/out.pte", 2,
     "error: calib.npy: cannot be a folder: 'calib.npy' is a file; a folder that can be written"},
    {"PteWithoutAName", PUDU_GOOD "-o .pte", 2, "error: .pte: is no name of a file; a file to be written"},
    {"SizeText", PUDU_GOOD "-o out --ram lots", 1,
     "error: --ram: 'lots'; a size such as 65536, 256K or 1M (K = 1024 bytes)"},
    {"SizeNegative", PUDU_GOOD "-o out --flash=-1", 1,
     "error: --flash: '-1'; a size such as 65536, 256K or 1M (K = 1024 bytes)"},
    {"SizeOverflow", PUDU_GOOD "-o out --ram 99999999999999999999", 1,
     "error: --ram: '99999999999999999999'; a size such as 65536, 256K or 1M (K = 1024 bytes)"},
    {"SizeUnit", PUDU_GOOD "-o out --ram 256X", 1,
     "error: --ram: '256X'; a size such as 65536, 256K or 1M (K = 1024 bytes)"},
    {"BatchText", "compile dynamic.pt2 --calibration calib.npy -o out --batch many", 1,
     "error: --batch: 'many'; a whole number from 1 up"},
    {"BatchZero", "compile dynamic.pt2 --calibration calib.npy -o out --batch 0", 1,
     "error: --batch: '0'; a whole number from 1 up"},
    {"BatchOutOfRange", "compile dynamic.pt2 --calibration calib.npy -o out --batch 100000", 2,
     "error: dynamic.pt2: x: batch 100000 is outside of the range that the model was exported for; 1 to 64"},
    {"BatchOfStaticModel", PUDU_GOOD "-o out --batch 2", 2,
     "error: tiny.pt2: x: batch 2 was asked for, but the model was exported for batch 1; batch 1\n"
     "hint: export with dynamic_shapes and torch.export.Dim for a model of any batch"},
};

INSTANTIATE_TEST_SUITE_P(Options, CliError, ::testing::ValuesIn(options_cases), case_name);

}  // namespace
}  // namespace pudu::testing

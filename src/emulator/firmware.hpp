// Builds the firmware that runs a compiled model on an emulated board: the model's folder, start-up code and runner of
// the board, compiled by arm-none-eabi-g++ and linked into one ELF image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "emulator/board.hpp"

namespace pudu::emulator {

/// Whether the model marks where each of its steps begins, for a profile. The markers change no other instruction.
enum class LayerMarkers : std::uint8_t { Off, On };

struct FirmwareRequest {
  /// The compiled model: model.hpp, model.cpp, and the kernels below pudu/.
  std::filesystem::path model_dir;
  /// The kernels' *.cpp, relative to model_dir; empty = all below pudu/, where an earlier model may have left some.
  std::vector<std::string> kernel_sources;
  std::string model_namespace;  ///< the C++ namespace of model.hpp
  std::string board;            ///< "mps3-an547"
  /// Of the CPU, from cpus.def: "-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard". See split_flags.
  std::vector<std::string> compiler_flags;
  std::string optimization = "-O2";
  /// Objects and images are kept here under names made of a hash of all they depend on: what is there is not built
  /// again, and several models may share the folder. Made when absent.
  std::filesystem::path work_dir;
  /// Folder of CMSIS-NN, whose sources are built in; empty for a model that does not call it.
  std::filesystem::path cmsis_nn_root = {};
  LayerMarkers layer_markers = LayerMarkers::Off;
  /// Further definitions for the runner, as "-DPUDU_RESET_EACH_SAMPLE" for a model with states.
  std::vector<std::string> runner_flags = {};
};

/// Sizes of the image. The harness (vector table, start-up, runner) is not part of the model and not part of the sums.
struct FirmwareSizes {
  std::size_t harness_bytes = 0;
  std::size_t code_bytes = 0;       ///< .text: the model, its kernels, and the library functions they call
  std::size_t constants_bytes = 0;  ///< .rodata: weights and tables
  std::size_t data_bytes = 0;       ///< .data: initialized variables, in flash and in RAM
  std::size_t bss_bytes = 0;        ///< .bss: the arena
  std::size_t flash_bytes() const { return code_bytes + constants_bytes + data_bytes; }
  std::size_t ram_bytes() const { return data_bytes + bss_bytes; }  ///< without the stack
};

struct Firmware {
  std::filesystem::path elf;
  Board board;
  FirmwareSizes sizes;
};

/// Fails with Unsupported when the cross compiler is missing or the board unknown, InvalidInput when the folder is no
/// compiled model or does not compile (with the first lines of the compiler), LimitExceeded when the image does not fit
/// the memories of the board.
Result<Firmware> build_firmware(const FirmwareRequest& request);

/// Splits the flags of cpus.def at spaces.
std::vector<std::string> split_flags(std::string_view flags);

}  // namespace pudu::emulator

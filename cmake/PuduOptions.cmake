# Build options, language level and warnings shared by every target.
# A project that adds this one as a subdirectory gets the libraries and `pudu`, without what only its own developers need.
option(PUDU_BUILD_TESTS "Build the unit, end-to-end and emulator tests" ${PROJECT_IS_TOP_LEVEL})
option(PUDU_BUILD_BENCHMARKS "Build the micro-benchmarks of the compiler (needs Google Benchmark)" OFF)
option(PUDU_BUILD_FUZZERS "Build the libFuzzer targets (needs clang)" OFF)
option(PUDU_BUILD_PYTHON "Build the extension module of the Python package (needs nanobind; pyproject.toml turns it on)" OFF)
option(PUDU_BUILD_EXECUTORCH "Build the operator library and the runner for ExecuTorch's programs" ${PROJECT_IS_TOP_LEVEL})
option(PUDU_WARNINGS_AS_ERRORS "Stop at a compiler warning; turn off for a compiler newer than this source" ${PROJECT_IS_TOP_LEVEL})
option(PUDU_INSTALL "Make the rules of `cmake --install`" ${PROJECT_IS_TOP_LEVEL})
set(PUDU_SANITIZERS "" CACHE STRING "Value of -fsanitize= for every host target; see the presets asan and fuzz")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# `pudu` looks for the parts it runs beside itself, so all programs lie in one folder.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

# Two kinds of build: the compiler on a host, or only what runs on the device (presets cortex-m*).
if(CMAKE_SYSTEM_NAME STREQUAL "Generic")
  set(PUDU_DEVICE_BUILD ON)
  set(PUDU_BUILD_TESTS OFF)
else()
  set(PUDU_DEVICE_BUILD OFF)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")

find_program(PUDU_CCACHE ccache)
if(PUDU_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${PUDU_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER "${PUDU_CCACHE}")
endif()

if(PUDU_SANITIZERS)
  add_compile_options(-fsanitize=${PUDU_SANITIZERS} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PUDU_SANITIZERS})
endif()

add_library(pudu_warnings INTERFACE)
# A designated initializer leaves out fields on purpose: the language gives them their defaults.
target_compile_options(pudu_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers)
if(PUDU_WARNINGS_AS_ERRORS)
  target_compile_options(pudu_warnings INTERFACE -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # These come from the optimizer and find other things, also in the standard library's headers, with every version.
    target_compile_options(pudu_warnings INTERFACE
      -Wno-error=array-bounds -Wno-error=maybe-uninitialized -Wno-error=restrict -Wno-error=stringop-overflow
      -Wno-error=stringop-overread)
  endif()
endif()

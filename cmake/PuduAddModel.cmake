# Models as steps of a build. docs/howto/cmake.md shows them at work.
#
#   pudu_add_model(TARGET net MODEL net.pt2 CALIBRATION samples.npy CPU cortex-m55
#                  [OPTIONS --ram 64K ...] [DEPENDS file...])
#
# compiles the network when the build runs, and again when the network, its samples, an option or `pudu` has changed. `net`
# is then a static library: link it and include "net/model.hpp". The namespace in it is the network's own name (net.pt2:
# `net`). A .tflite model is quantized already and takes no CALIBRATION. OPTIONS go to `pudu compile`; DEPENDS names files that
# they speak of. The property PUDU_FOLDER of the target is the compiled folder, with its report.html.
#
#   pudu_add_program(TARGET net MODEL net.pt2 CALIBRATION samples.npy CPU cortex-m55 [OPTIONS ...] [DEPENDS file...])
#
# does the same for ExecuTorch: `net` is a library that holds the program in flash, "net/program.hpp" declares it.
#
# `pudu` is the target pudu::pudu of this build or package, or else the program PUDU_EXECUTABLE, which is looked for on the PATH.
# It runs on the host also where the build is for a device.
include_guard(GLOBAL)

function(pudu_find_compiler COMMAND DEPENDENCY)
  if(PUDU_EXECUTABLE)
    set(${COMMAND} "${PUDU_EXECUTABLE}" PARENT_SCOPE)
    set(${DEPENDENCY} "${PUDU_EXECUTABLE}" PARENT_SCOPE)
    return()
  elseif(TARGET pudu::pudu)
    set(${COMMAND} "$<TARGET_FILE:pudu::pudu>" PARENT_SCOPE)
    set(${DEPENDENCY} "$<TARGET_FILE:pudu::pudu>" PARENT_SCOPE)
    get_target_property(aliased pudu::pudu ALIASED_TARGET)
    if(aliased)
      set(${DEPENDENCY} ${aliased} PARENT_SCOPE)
    endif()
    return()
  endif()
  find_program(PUDU_EXECUTABLE pudu NO_CMAKE_FIND_ROOT_PATH DOC "The compiler `pudu`, a program of the host")
  if(NOT PUDU_EXECUTABLE)
    message(FATAL_ERROR "No `pudu` was found, which compiles the models: install Pudu so that it is on the PATH, or name it "
                        "with -DPUDU_EXECUTABLE=FILE.")
  endif()
  set(${COMMAND} "${PUDU_EXECUTABLE}" PARENT_SCOPE)
  set(${DEPENDENCY} "${PUDU_EXECUTABLE}" PARENT_SCOPE)
endfunction()

# Of the ARG_ variables of the caller.
function(pudu_check_model_arguments FUNCTION)
  if(NOT "${ARG_UNPARSED_ARGUMENTS}" STREQUAL "")
    message(FATAL_ERROR "${FUNCTION}: unknown argument '${ARG_UNPARSED_ARGUMENTS}'; "
                        "allowed: TARGET, MODEL, CALIBRATION, CPU, OPTIONS, DEPENDS")
  endif()
  foreach(name TARGET MODEL CPU)
    # A target may be called `n`, which if() takes for false.
    if("${ARG_${name}}" STREQUAL "")
      message(FATAL_ERROR "${FUNCTION}: ${name} is missing; "
                          "${FUNCTION}(TARGET net MODEL net.pt2 CALIBRATION samples.npy CPU cortex-m55)")
    endif()
  endforeach()
  foreach(file IN LISTS ARG_MODEL ARG_CALIBRATION ARG_DEPENDS)
    get_filename_component(path "${file}" ABSOLUTE)
    # A file that another step of the build makes may come later.
    get_source_file_property(is_generated "${path}" GENERATED)
    if(NOT EXISTS "${path}" AND NOT is_generated)
      message(FATAL_ERROR "${FUNCTION}(TARGET ${ARG_TARGET}): '${path}' is no file")
    endif()
  endforeach()
endfunction()

# The step that writes OUTPUTS by `pudu compile ... -o OUT`.
function(pudu_compile_step OUT)
  cmake_parse_arguments(STEP "" "" "OUTPUTS;BYPRODUCTS" ${ARGN})
  get_filename_component(model "${ARG_MODEL}" ABSOLUTE)
  set(inputs "${model}")
  set(arguments compile "${model}" --target "${ARG_CPU}")
  foreach(file IN LISTS ARG_CALIBRATION)
    get_filename_component(path "${file}" ABSOLUTE)
    list(APPEND inputs "${path}")
    list(APPEND arguments --calibration "${path}")
  endforeach()
  foreach(file IN LISTS ARG_DEPENDS)
    get_filename_component(path "${file}" ABSOLUTE)
    list(APPEND inputs "${path}")
  endforeach()
  list(APPEND arguments ${ARG_OPTIONS} -o "${OUT}" --quiet)
  pudu_find_compiler(compiler compiler_dependency)
  # Makefiles do not run a step again when its command changes; this file changes with it.
  string(REPLACE ";" "\n" lines "${arguments}")
  set(command_file "${CMAKE_CURRENT_BINARY_DIR}/pudu/${ARG_TARGET}.command")
  set(before "")
  if(EXISTS "${command_file}")
    file(READ "${command_file}" before)
  endif()
  if(NOT before STREQUAL "${lines}\n")
    file(WRITE "${command_file}" "${lines}\n")
  endif()
  add_custom_command(
    OUTPUT ${STEP_OUTPUTS}
    BYPRODUCTS ${STEP_BYPRODUCTS}
    COMMAND "${compiler}" ${arguments}
    DEPENDS ${inputs} "${command_file}" "${compiler_dependency}"
    COMMENT "Compiling ${ARG_MODEL} for ${ARG_CPU}"
    VERBATIM)
endfunction()

# What a library of this build is compiled with beside its own: the flags of a Zephyr board.
function(pudu_join_build TARGET)
  if(TARGET zephyr_interface)
    target_link_libraries(${TARGET} PRIVATE zephyr_interface)
  endif()
endfunction()

function(pudu_add_model)
  cmake_parse_arguments(ARG "" "TARGET;MODEL;CPU" "CALIBRATION;OPTIONS;DEPENDS" ${ARGN})
  pudu_check_model_arguments(pudu_add_model)
  if(NOT TARGET pudu::kernels)
    message(FATAL_ERROR "pudu_add_model(TARGET ${ARG_TARGET}): there is no target pudu::kernels; "
                        "find_package(pudu) or add_subdirectory() of Pudu makes it")
  endif()
  set(root "${CMAKE_CURRENT_BINARY_DIR}/pudu/${ARG_TARGET}")
  set(folder "${root}/${ARG_TARGET}")
  pudu_compile_step("${folder}" OUTPUTS "${folder}/model.cpp" "${folder}/model.hpp"
    BYPRODUCTS "${folder}/model.pudu" "${folder}/report.json" "${folder}/report.html")
  add_library(${ARG_TARGET} STATIC "${folder}/model.cpp" "${folder}/model.hpp")
  target_compile_features(${ARG_TARGET} PUBLIC cxx_std_17)
  target_compile_options(${ARG_TARGET} PRIVATE -fno-exceptions -fno-rtti)
  target_include_directories(${ARG_TARGET} PUBLIC "${root}")
  target_link_libraries(${ARG_TARGET} PUBLIC pudu::kernels)
  set_target_properties(${ARG_TARGET} PROPERTIES PUDU_FOLDER "${folder}")
  pudu_join_build(${ARG_TARGET})
endfunction()

function(pudu_add_program)
  cmake_parse_arguments(ARG "" "TARGET;MODEL;CPU" "CALIBRATION;OPTIONS;DEPENDS" ${ARGN})
  pudu_check_model_arguments(pudu_add_program)
  string(MAKE_C_IDENTIFIER "${ARG_TARGET}" symbol)
  set(root "${CMAKE_CURRENT_BINARY_DIR}/pudu/${ARG_TARGET}")
  set(program "${root}/${ARG_TARGET}/model.pte")
  pudu_compile_step("${program}" OUTPUTS "${program}")
  file(MAKE_DIRECTORY "${root}/${ARG_TARGET}")
  file(CONFIGURE OUTPUT "${root}/${ARG_TARGET}/program.hpp" @ONLY CONTENT
"// The ExecuTorch program of the target @ARG_TARGET@, in flash. Generated by pudu_add_program.
#pragma once

#include <cstddef>

// At a multiple of 16 bytes, as ExecuTorch's loader asks.
extern \"C\" const unsigned char @symbol@_pte[];
extern \"C\" const unsigned char @symbol@_pte_end[];

inline std::size_t @symbol@_pte_bytes() { return static_cast<std::size_t>(@symbol@_pte_end - @symbol@_pte); }
")
  # C and not assembly, which a project would have to enable as a language.
  file(CONFIGURE OUTPUT "${root}/program.c" @ONLY CONTENT
"__asm__(
    \".section .rodata.@symbol@_pte, \\\"a\\\"\\n\"
    \".balign 16\\n\"
    \".global @symbol@_pte\\n\"
    \"@symbol@_pte:\\n\"
    \".incbin \\\"\" PUDU_PROGRAM \"\\\"\\n\"
    \".global @symbol@_pte_end\\n\"
    \"@symbol@_pte_end:\\n\"
    \".byte 0\\n\"
    \".previous\\n\");
extern const unsigned char @symbol@_pte[];
")
  set_source_files_properties("${root}/program.c" PROPERTIES
    OBJECT_DEPENDS "${program}" COMPILE_DEFINITIONS "PUDU_PROGRAM=\"${program}\"")
  add_library(${ARG_TARGET} STATIC "${root}/program.c")
  target_include_directories(${ARG_TARGET} PUBLIC "${root}")
  set_target_properties(${ARG_TARGET} PROPERTIES PUDU_PROGRAM "${program}")
  pudu_join_build(${ARG_TARGET})
endfunction()

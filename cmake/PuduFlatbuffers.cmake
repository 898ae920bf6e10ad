# pudu_flatbuffers(TARGET FILE.fbs) makes an interface library with the C++ header that flatc writes for a schema. Include it
# as <TARGET/FILE_generated.h>; it is a system header, since its warnings are not ours.
# The system's first: the `executorch` wheel has another version in .venv/bin, which comes first while .venv is active.
find_program(PUDU_FLATC flatc HINTS /usr/bin)
find_path(PUDU_FLATBUFFERS_INCLUDE_DIR flatbuffers/flatbuffers.h)
if(NOT PUDU_FLATC OR NOT PUDU_FLATBUFFERS_INCLUDE_DIR)
  message(FATAL_ERROR "Pudu needs flatc and flatbuffers/flatbuffers.h, which CMake did not find. "
                      "Run tools/setup, which installs flatbuffers-compiler and libflatbuffers-dev.")
endif()

function(pudu_flatbuffers TARGET SCHEMA)
  get_filename_component(name "${SCHEMA}" NAME_WE)
  set(include_dir "${CMAKE_CURRENT_BINARY_DIR}/generated")
  set(header "${include_dir}/${TARGET}/${name}_generated.h")
  add_custom_command(
    OUTPUT "${header}"
    COMMAND "${PUDU_FLATC}" --cpp --scoped-enums --gen-object-api --force-empty-vectors -o "${include_dir}/${TARGET}" "${CMAKE_CURRENT_SOURCE_DIR}/${SCHEMA}"
    DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${SCHEMA}" "${PUDU_FLATC}"
    COMMENT "Compiling ${SCHEMA}"
    VERBATIM)
  add_library(${TARGET} INTERFACE)
  target_sources(${TARGET} INTERFACE FILE_SET HEADERS BASE_DIRS "${include_dir}" FILES "${header}")
  add_custom_target(${TARGET}_header DEPENDS "${header}")
  add_dependencies(${TARGET} ${TARGET}_header)
  target_include_directories(${TARGET} SYSTEM INTERFACE
    "$<BUILD_INTERFACE:${include_dir}>" "$<BUILD_INTERFACE:${PUDU_FLATBUFFERS_INCLUDE_DIR}>")
  set_property(GLOBAL APPEND PROPERTY PUDU_LIBRARIES ${TARGET})
endfunction()

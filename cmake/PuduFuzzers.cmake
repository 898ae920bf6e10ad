# pudu_fuzzer(NAME SOURCES file... [DEPENDS lib...]) makes the libFuzzer executable bin/NAME_fuzzer and adds it to the target
# `fuzzers`. Its committed seeds are in fuzz/corpus/NAME; tools/fuzz pairs the two by name.
add_custom_target(fuzzers)

function(pudu_fuzzer NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  set(fuzzer "${NAME}_fuzzer")
  add_executable(${fuzzer} ${ARG_SOURCES})
  target_include_directories(${fuzzer} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(${fuzzer} PRIVATE ${ARG_DEPENDS} pudu_warnings)
  target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers ${fuzzer})
endfunction()

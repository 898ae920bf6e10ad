# pudu_library(NAME [FREESTANDING] [DEPENDS lib...]) makes a static library `pudu_NAME` of every source file below the
# calling folder, and one test executable `NAME_test` of every *_test.cpp there. Files are found by pattern so that adding
# an operator, a kernel or a pass touches no build file.
function(pudu_library NAME)
  cmake_parse_arguments(ARG "FREESTANDING" "" "DEPENDS;TEST_DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  # A nested folder with its own CMakeLists.txt is a library of its own.
  file(GLOB_RECURSE nested CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*/CMakeLists.txt")
  foreach(list_file IN LISTS nested)
    get_filename_component(folder "${list_file}" DIRECTORY)
    list(FILTER sources EXCLUDE REGEX "^${folder}/")
    list(FILTER tests EXCLUDE REGEX "^${folder}/")
  endforeach()

  set(library "pudu_${NAME}")
  if(sources)
    add_library(${library} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(${library} PRIVATE $<BUILD_INTERFACE:pudu_warnings>)
  else()
    add_library(${library} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${library} ${scope}
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>" "$<INSTALL_INTERFACE:include/pudu>")
  target_link_libraries(${library} ${scope} ${ARG_DEPENDS})
  if(ARG_FREESTANDING AND sources)
    # The same flags as on the device: contraction would change float results between hosts and cores.
    set_target_properties(${library} PROPERTIES CXX_STANDARD 17)
    target_compile_options(${library} PRIVATE -fno-exceptions -fno-rtti -ffp-contract=off)
  endif()
  set_property(GLOBAL APPEND PROPERTY PUDU_LIBRARIES ${library})
  if(PUDU_BUILD_TESTS AND tests)
    pudu_test(${NAME}_test SOURCES ${tests} DEPENDS ${library} ${ARG_TEST_DEPENDS})
  endif()
endfunction()

# pudu_test(NAME SOURCES file... [DEPENDS lib...] [LABELS label...] [TIMEOUT seconds]) makes a GoogleTest executable and
# registers each of its tests with ctest.
function(pudu_test NAME)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPENDS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  add_executable(${NAME} ${ARG_SOURCES})
  target_include_directories(${NAME} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPENDS} GTest::gmock_main pudu_warnings)
  target_compile_definitions(${NAME} PRIVATE PUDU_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(${NAME} DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()

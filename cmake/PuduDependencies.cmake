# Packages come from the system by name (tools/setup installs them); nothing is downloaded or vendored.
include(GoogleTest)

# A project that adds this one as a subdirectory links pudu::compiler, and with it these, from its own folder.
if(NOT PROJECT_IS_TOP_LEVEL)
  set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
endif()

# As find_package, but a missing one says what to do about it.
macro(pudu_find_package NAME)
  find_package(${NAME} QUIET ${ARGN})
  if(NOT ${NAME}_FOUND)
    message(FATAL_ERROR "Pudu needs ${NAME}, which CMake did not find. Run tools/setup, which installs it.")
  endif()
endmacro()

pudu_find_package(Threads)
pudu_find_package(fmt)
pudu_find_package(simdjson)
pudu_find_package(nlohmann_json)
pudu_find_package(CLI11)
include(PuduSystemLibraries)
if(PUDU_MISSING_LIBRARY)
  message(FATAL_ERROR "Pudu needs ${PUDU_MISSING_LIBRARY}, which CMake did not find. Run tools/setup, which installs it.")
endif()

if(PUDU_BUILD_TESTS)
  pudu_find_package(GTest)
  # The tests that look at the source tree, and the data scripts, are Python.
  pudu_find_package(Python3 COMPONENTS Interpreter)
endif()

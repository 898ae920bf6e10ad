# Packages come from the system by name (tools/setup installs them); nothing is downloaded or vendored.
include(GoogleTest)

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
pudu_find_package(PkgConfig)
pkg_check_modules(libzip QUIET IMPORTED_TARGET libzip)
if(NOT libzip_FOUND)
  message(FATAL_ERROR "Pudu needs libzip, which pkg-config did not find. Run tools/setup, which installs it.")
endif()

# Not find_package(dnnl): Debian builds oneDNN with its OpenCL back end too, and its package file then demands OpenCL's
# headers, which nothing here uses.
find_path(PUDU_DNNL_INCLUDE_DIR dnnl.hpp)
find_library(PUDU_DNNL_LIBRARY dnnl)
if(NOT PUDU_DNNL_INCLUDE_DIR OR NOT PUDU_DNNL_LIBRARY)
  message(FATAL_ERROR "Pudu needs oneDNN (dnnl.hpp, libdnnl), which CMake did not find. Run tools/setup, which installs it.")
endif()
add_library(DNNL::dnnl UNKNOWN IMPORTED)
set_target_properties(DNNL::dnnl PROPERTIES
  IMPORTED_LOCATION "${PUDU_DNNL_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${PUDU_DNNL_INCLUDE_DIR}")

if(PUDU_BUILD_TESTS)
  pudu_find_package(GTest)
  # The tests that look at the source tree, and the data scripts, are Python.
  pudu_find_package(Python3 COMPONENTS Interpreter)
endif()

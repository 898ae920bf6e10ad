# A stand-in for Zephyr's build system, for tests where its tree is not at hand: as much of what find_package(Zephyr) does as
# modules and applications see. The test gives ZEPHYR_MODULES (folders), and DOTCONFIG, the .config that it made of Kconfig
# and prj.conf. Real: the order (modules first, then the application), the library `app`, `zephyr_interface` with the board's flags,
# CONFIG_ variables, `app` linked as a whole. Not real: kernel, drivers, device tree, and Zephyr's C library.
project(Zephyr-Kernel LANGUAGES C CXX)
set(stand_in "${CMAKE_CURRENT_LIST_DIR}/..")

file(STRINGS "${DOTCONFIG}" settings REGEX "^CONFIG_[A-Za-z0-9_]+=")
foreach(setting IN LISTS settings)
  string(REGEX MATCH "^([A-Za-z0-9_]+)=\"?([^\"]*)\"?$" matched "${setting}")
  set(${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
endforeach()

add_library(zephyr_interface INTERFACE)
target_include_directories(zephyr_interface INTERFACE "${stand_in}/include")
# OF_THE_BOARD: the test looks for it in every command.
target_compile_options(zephyr_interface INTERFACE -Os -DOF_THE_BOARD -ffunction-sections -fdata-sections)
add_library(app STATIC)
target_link_libraries(app PUBLIC zephyr_interface)

foreach(module IN LISTS ZEPHYR_MODULES)
  get_filename_component(name "${module}" NAME)
  set(ZEPHYR_CURRENT_MODULE_DIR "${module}")
  add_subdirectory("${module}/zephyr" "${CMAKE_BINARY_DIR}/modules/${name}")
endforeach()

# Zephyr links when all of the application's lines are read.
if(LINK_IMAGE)
  cmake_language(EVAL CODE "cmake_language(DEFER CALL include [[${CMAKE_CURRENT_LIST_DIR}/link.cmake]])")
endif()

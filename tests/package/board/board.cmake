# Board support of the tests' firmware: start-up and memory map of an emulated board (boards/), and files of the host. The
# toolchain file sets PUDU_CPU.
set(board_support "${CMAKE_CURRENT_LIST_DIR}")
get_filename_component(pudu_tree "${board_support}/../../.." ABSOLUTE)

function(add_board_support TARGET)
  if(PUDU_CPU STREQUAL "cortex-m55")
    set(script "${pudu_tree}/boards/mps3-an547/itcm.ld")
  elseif(PUDU_CPU STREQUAL "cortex-m4")
    set(script "${pudu_tree}/boards/mps2-an386/ssram.ld")
  else()
    set(script "${pudu_tree}/boards/mps2-an385/ssram.ld")
  endif()
  target_sources(${TARGET} PRIVATE "${pudu_tree}/boards/common/startup.cpp" "${board_support}/device_files.cpp")
  target_include_directories(${TARGET} PRIVATE "${board_support}" "${board_support}/../consumer" "${pudu_tree}/boards/common")
  # Of the harness, not of the model: for startup.cpp.
  set_source_files_properties("${pudu_tree}/boards/common/startup.cpp" PROPERTIES INCLUDE_DIRECTORIES "${pudu_tree}/src")
  target_compile_features(${TARGET} PRIVATE cxx_std_17)
  target_compile_options(${TARGET} PRIVATE -fno-exceptions -fno-rtti -fno-threadsafe-statics)
  target_link_options(${TARGET} PRIVATE
    -nostdlib -Wl,--gc-sections "-L${pudu_tree}/boards/common" "-T${script}")
  # Behind all libraries, wherever they come from.
  set(CMAKE_CXX_STANDARD_LIBRARIES "-Wl,--start-group -lc -lm -lgcc -Wl,--end-group" PARENT_SCOPE)
endfunction()

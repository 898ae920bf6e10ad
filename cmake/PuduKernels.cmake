# pudu_add_kernels(SOURCE_ROOT) makes the target pudu::kernels, the freestanding kernel library, of the sources below
# SOURCE_ROOT (folders kernels/ and numerics/). The kernels travel as sources, because each firmware has flags of its own:
# core, floating-point unit, optimization. An archive, so that a firmware holds the kernels that its models call and no more.
# For CMake 3.16 and later: a firmware's build need not have the CMake that builds the compiler.
include_guard(GLOBAL)

function(pudu_add_kernels SOURCE_ROOT)
  if(TARGET pudu::kernels)
    return()
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${SOURCE_ROOT}/kernels/*.cpp" "${SOURCE_ROOT}/numerics/*.cpp")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$|/testing/")
  if(NOT sources)
    message(FATAL_ERROR "pudu_add_kernels: no kernels in '${SOURCE_ROOT}'; name a folder with kernels/ and numerics/")
  endif()
  add_library(pudu_kernels STATIC EXCLUDE_FROM_ALL ${sources})
  add_library(pudu::kernels ALIAS pudu_kernels)
  target_include_directories(pudu_kernels PUBLIC "${SOURCE_ROOT}")
  target_compile_features(pudu_kernels PUBLIC cxx_std_17)
  # Contraction of a*b+c would change the bits of float results between cores.
  target_compile_options(pudu_kernels PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions;-fno-rtti;-ffp-contract=off;-ffunction-sections>)
  # The flags of a Zephyr board.
  if(TARGET zephyr_interface)
    target_link_libraries(pudu_kernels PRIVATE zephyr_interface)
  endif()
endfunction()

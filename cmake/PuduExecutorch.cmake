# pudu_find_executorch() makes the targets executorch::runtime, executorch::etdump and executorch::kernels_optimized of
# ExecuTorch's wheel, which tools/setup installs into .venv by name. The wheel is asked for through the Python of .venv, so
# that no version of Python is written here. PUDU_EXECUTORCH_ROOT names another installation of the package. Without one
# it is an error, unless PUDU_BUILD_EXECUTORCH is AUTO: pudu_executorch_targets says whether there are the targets.
set(PUDU_EXECUTORCH_ROOT "" CACHE PATH "The installed Python package `executorch`; empty: that of .venv")

macro(pudu_find_executorch)
  set(pudu_executorch_root "${PUDU_EXECUTORCH_ROOT}")
  if(NOT pudu_executorch_root)
    execute_process(
      COMMAND "${PROJECT_SOURCE_DIR}/.venv/bin/python" -c
              "import importlib.util as u; print(list(u.find_spec('executorch').submodule_search_locations)[0])"
      OUTPUT_VARIABLE pudu_executorch_root OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  unset(executorch_DIR CACHE)  # another root than last time
  find_package(executorch 1.5 QUIET CONFIG PATHS "${pudu_executorch_root}" NO_DEFAULT_PATH)
  set(pudu_executorch_targets TRUE)
  foreach(pudu_executorch_target runtime etdump kernels_optimized)
    if(NOT TARGET executorch::${pudu_executorch_target})
      set(pudu_executorch_targets FALSE)
    endif()
  endforeach()
  if(NOT pudu_executorch_targets AND PUDU_BUILD_EXECUTORCH STREQUAL "AUTO")
    message(STATUS "ExecuTorch's C++ runtime was not found in '${pudu_executorch_root}': no runner of .pte programs")
  elseif(NOT pudu_executorch_targets)
    message(FATAL_ERROR
      "Pudu needs ExecuTorch's C++ runtime (the Python package executorch 1.5.1), which CMake did not find in "
      "'${pudu_executorch_root}'. Run tools/setup, which installs it into .venv; or name an installed package with "
      "-DPUDU_EXECUTORCH_ROOT=FOLDER; or leave the runner of .pte programs out with -DPUDU_BUILD_EXECUTORCH=OFF.")
  endif()
endmacro()

# pudu_find_executorch() makes the targets executorch::runtime, executorch::etdump and executorch::kernels_optimized of
# ExecuTorch's wheel, which tools/setup installs into .venv by name. The wheel is asked for through the Python of .venv, so
# that no version of Python is written here. PUDU_EXECUTORCH_ROOT names another installation of the package.
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
  if(NOT TARGET executorch::runtime OR NOT TARGET executorch::etdump OR NOT TARGET executorch::kernels_optimized)
    message(FATAL_ERROR
      "Pudu needs ExecuTorch's C++ runtime (the Python package executorch 1.5.1), which CMake did not find in "
      "'${pudu_executorch_root}'. Run tools/setup, which installs it into .venv; or name an installed package with "
      "-DPUDU_EXECUTORCH_ROOT=FOLDER; or leave the runner of .pte programs out with -DPUDU_BUILD_EXECUTORCH=OFF.")
  endif()
endmacro()

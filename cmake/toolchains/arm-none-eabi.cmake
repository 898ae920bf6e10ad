# Builds the freestanding libraries (numerics, kernels) for one Cortex-M, named by PUDU_CPU, with Arm's GCC and newlib.
# A core that can have an FPU is taken to have it, as GCC's -mfpu=auto does; code for one without it needs its own build.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)

set(PUDU_CPU cortex-m55 CACHE STRING "Cortex-M to build for, as GCC's -mcpu names it")
# try_compile runs this file again and must see the same core.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PUDU_CPU)
# There is no system to link a program for.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)

if(PUDU_CPU MATCHES "^cortex-m(0|0plus|1|3|23)$")
  set(pudu_float_abi soft)
else()
  set(pudu_float_abi hard)
endif()
set(CMAKE_CXX_FLAGS_INIT
  "-mcpu=${PUDU_CPU} -mthumb -mfpu=auto -mfloat-abi=${pudu_float_abi} -ffunction-sections -fdata-sections -fno-threadsafe-statics")
set(CMAKE_C_FLAGS_INIT "-mcpu=${PUDU_CPU} -mthumb -mfpu=auto -mfloat-abi=${pudu_float_abi} -ffunction-sections -fdata-sections")
unset(pudu_float_abi)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

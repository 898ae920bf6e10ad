# Libraries without a CMake package of use, as targets: PkgConfig::libzip and DNNL::dnnl. For this project's build and for
# those that find it installed (puduConfig.cmake). PUDU_MISSING_LIBRARY says which one is not there, or is empty.
set(PUDU_MISSING_LIBRARY "")
find_package(PkgConfig QUIET)
if(NOT PkgConfig_FOUND)
  set(PUDU_MISSING_LIBRARY "pkg-config")
  return()
endif()
if(NOT TARGET PkgConfig::libzip)
  pkg_check_modules(libzip QUIET IMPORTED_TARGET GLOBAL libzip)
  if(NOT libzip_FOUND)
    set(PUDU_MISSING_LIBRARY "libzip (found by pkg-config)")
    return()
  endif()
endif()

# Not find_package(dnnl): Debian builds oneDNN with its OpenCL back end too, and its package file then demands OpenCL's
# headers, which nothing here uses.
find_path(PUDU_DNNL_INCLUDE_DIR dnnl.hpp)
find_library(PUDU_DNNL_LIBRARY dnnl)
if(NOT PUDU_DNNL_INCLUDE_DIR OR NOT PUDU_DNNL_LIBRARY)
  set(PUDU_MISSING_LIBRARY "oneDNN (dnnl.hpp, libdnnl)")
  return()
endif()
if(NOT TARGET DNNL::dnnl)
  add_library(DNNL::dnnl UNKNOWN IMPORTED GLOBAL)
  set_target_properties(DNNL::dnnl PROPERTIES
    IMPORTED_LOCATION "${PUDU_DNNL_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${PUDU_DNNL_INCLUDE_DIR}")
endif()

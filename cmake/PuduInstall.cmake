# Rules of `cmake --install`, in two components: `pudu`, the command line with what it runs, and `pudu_development`, the CMake
# package (docs/howto/cmake.md): host libraries, their headers, and the kernels as sources.
include(CMakePackageConfigHelpers)

install(TARGETS pudu RUNTIME DESTINATION bin COMPONENT pudu)
install(TARGETS pudu_instruction_counter LIBRARY DESTINATION lib/pudu COMPONENT pudu)
if(TARGET pudu-executorch-runner)
  install(TARGETS pudu-executorch-runner RUNTIME DESTINATION bin COMPONENT pudu OPTIONAL)
endif()

set(pudu_package_dir lib/cmake/pudu)
get_property(libraries GLOBAL PROPERTY PUDU_LIBRARIES)
list(FILTER libraries EXCLUDE REGEX "_testing$")
foreach(library IN LISTS libraries)
  string(REGEX REPLACE "^pudu_" "compiler_" name "${library}")
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${name})
  set(headers "")
  get_target_property(sets ${library} INTERFACE_HEADER_SETS)
  if(sets)
    set(headers FILE_SET HEADERS DESTINATION include/pudu COMPONENT pudu_development)
  endif()
  install(TARGETS ${library} EXPORT pudu_libraries
    ARCHIVE DESTINATION lib/pudu COMPONENT pudu_development ${headers})
endforeach()
install(EXPORT pudu_libraries NAMESPACE pudu:: FILE puduCompilerTargets.cmake
  DESTINATION ${pudu_package_dir} COMPONENT pudu_development)

set(no_tests PATTERN "*_test.*" EXCLUDE PATTERN "testing" EXCLUDE PATTERN "testdata" EXCLUDE)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/src/" DESTINATION include/pudu COMPONENT pudu_development
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*.def" ${no_tests})
foreach(folder kernels numerics)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/src/${folder}" DESTINATION share/pudu/src COMPONENT pudu_development
    FILES_MATCHING PATTERN "*.hpp" PATTERN "*.cpp" ${no_tests} PATTERN "prepare.hpp" EXCLUDE)
endforeach()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/puduConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/puduConfig.cmake" INSTALL_DESTINATION ${pudu_package_dir}
  NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# The package serves 32-bit devices and 64-bit hosts alike.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/puduConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
  "${PROJECT_BINARY_DIR}/puduConfig.cmake" "${PROJECT_BINARY_DIR}/puduConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/PuduAddModel.cmake" "${PROJECT_SOURCE_DIR}/cmake/PuduKernels.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/PuduSystemLibraries.cmake" "${PROJECT_SOURCE_DIR}/cmake/PuduAddCompiler.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/PuduEmbed.cmake" "${PROJECT_SOURCE_DIR}/cmake/PuduEmbedGenerate.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/extended_main.cpp.in"
  DESTINATION ${pudu_package_dir} COMPONENT pudu_development)
install(FILES "${PROJECT_SOURCE_DIR}/cmake/toolchains/arm-none-eabi.cmake"
  DESTINATION ${pudu_package_dir}/toolchains COMPONENT pudu_development)

# pudu_add_compiler(TARGET name OPERATORS folder...)
#
# makes the program `name`: `pudu`, with operators of the user's own linked in. Each folder NAME holds
#   NAME.cpp             defines `pudu::driver::Extension NAME_extension()` (src/driver/extension.hpp)
#   kernels/NAME/*       its kernels, freestanding C++17; they travel with every model that calls them
# docs/howto/custom-operator.md goes through an example.
include_guard(GLOBAL)
include("${CMAKE_CURRENT_LIST_DIR}/PuduEmbed.cmake")
set(PUDU_EXTENDED_MAIN "${CMAKE_CURRENT_LIST_DIR}/extended_main.cpp.in")

function(pudu_add_compiler)
  cmake_parse_arguments(ARG "" "TARGET" "OPERATORS" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS OR NOT ARG_TARGET OR NOT ARG_OPERATORS)
    message(FATAL_ERROR "pudu_add_compiler(TARGET name OPERATORS folder...): found '${ARGN}'")
  endif()
  set(declarations "")
  set(calls "")
  add_executable(${ARG_TARGET})
  foreach(folder IN LISTS ARG_OPERATORS)
    get_filename_component(folder "${folder}" ABSOLUTE)
    get_filename_component(name "${folder}" NAME)
    file(GLOB_RECURSE kernels CONFIGURE_DEPENDS "${folder}/kernels/*.hpp" "${folder}/kernels/*.cpp")
    if(NOT EXISTS "${folder}/${name}.cpp" OR NOT kernels)
      message(FATAL_ERROR "pudu_add_compiler(TARGET ${ARG_TARGET}): ${folder} has no ${name}.cpp, or no kernels/${name}/")
    endif()
    set(kernel_code ${kernels})
    list(FILTER kernel_code INCLUDE REGEX "\\.cpp$")
    # A library of its own, so that kernels are C++17 as on the device, and see no other operator's folder.
    add_library(${ARG_TARGET}-${name} OBJECT "${folder}/${name}.cpp")
    add_library(${ARG_TARGET}-${name}-kernels OBJECT ${kernel_code})
    foreach(library ${ARG_TARGET}-${name} ${ARG_TARGET}-${name}-kernels)
      target_include_directories(${library} PRIVATE "${folder}")
      target_link_libraries(${library} PRIVATE pudu::tools)
    endforeach()
    target_compile_features(${ARG_TARGET}-${name} PRIVATE cxx_std_20)
    set_target_properties(${ARG_TARGET}-${name}-kernels PROPERTIES CXX_STANDARD 17)
    target_compile_options(${ARG_TARGET}-${name}-kernels PRIVATE -ffp-contract=off -fno-exceptions -fno-rtti)
    target_link_libraries(${ARG_TARGET} PRIVATE ${ARG_TARGET}-${name} ${ARG_TARGET}-${name}-kernels)
    pudu_embed_files(${ARG_TARGET} ${name}_kernel "${folder}" ${kernels})
    string(APPEND declarations "namespace pudu::base { std::span<const EmbeddedFile> ${name}_kernel_files(); }\n"
      "pudu::driver::Extension ${name}_extension();\n")
    string(APPEND calls "  add_or_leave(${name}_extension(), pudu::base::${name}_kernel_files());\n")
  endforeach()
  set(main "${CMAKE_CURRENT_BINARY_DIR}/${ARG_TARGET}_main.cpp")
  configure_file("${PUDU_EXTENDED_MAIN}" "${main}" @ONLY)
  target_sources(${ARG_TARGET} PRIVATE "${main}")
  target_compile_features(${ARG_TARGET} PRIVATE cxx_std_20)
  target_link_libraries(${ARG_TARGET} PRIVATE pudu::tools)
  # QEMU loads it; the program looks for it beside itself.
  if(TARGET pudu_instruction_counter)
    set(counter "$<TARGET_FILE:pudu_instruction_counter>")
  else()
    set(counter "${PUDU_INSTALLED_COUNTER}")
  endif()
  add_custom_command(TARGET ${ARG_TARGET} POST_BUILD
    COMMAND "${CMAKE_COMMAND}" -E make_directory "$<TARGET_FILE_DIR:${ARG_TARGET}>/lib/pudu"
    COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${counter}" "$<TARGET_FILE_DIR:${ARG_TARGET}>/lib/pudu"
    VERBATIM)
endfunction()

# pudu_embed_files(TARGET SYMBOL ROOT file...) compiles text files into TARGET. It generates a .cpp that defines
#   namespace pudu::base { std::span<const EmbeddedFile> SYMBOL_files(); }
# with one entry per file (base/embedded_file.hpp): its path relative to ROOT and its content, sorted by path.
# The table is generated anew when one of the files changes. TARGET must already exist and have the include root src/.
set(PUDU_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/PuduEmbedGenerate.cmake")

function(pudu_embed_files TARGET SYMBOL ROOT)
  set(files)
  foreach(file IN LISTS ARGN)
    get_filename_component(file "${file}" ABSOLUTE)
    list(APPEND files "${file}")
  endforeach()
  list(SORT files)
  get_filename_component(root "${ROOT}" ABSOLUTE)

  set(list_file "${CMAKE_CURRENT_BINARY_DIR}/${SYMBOL}_files.txt")
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${SYMBOL}_files.cpp")
  list(JOIN files "\n" lines)
  # Written only when it differs, so that configuring again does not rebuild the table.
  file(CONFIGURE OUTPUT "${list_file}" CONTENT "${lines}\n" @ONLY)
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DLIST_FILE=${list_file}" "-DROOT=${root}" "-DSYMBOL=${SYMBOL}" "-DOUTPUT=${output}"
            -P "${PUDU_EMBED_SCRIPT}"
    DEPENDS ${files} "${list_file}" "${PUDU_EMBED_SCRIPT}"
    COMMENT "Embedding ${SYMBOL} files"
    VERBATIM)
  target_sources(${TARGET} PRIVATE "${output}")
endfunction()

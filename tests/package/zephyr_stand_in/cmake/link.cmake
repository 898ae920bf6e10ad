# The image: `app` as a whole, on an emulated board.
include("${CMAKE_CURRENT_LIST_DIR}/../../board/board.cmake")
add_executable(zephyr.elf "${CMAKE_CURRENT_LIST_DIR}/../kernel.cpp")
target_link_libraries(zephyr.elf PRIVATE -Wl,--whole-archive app -Wl,--no-whole-archive)
add_board_support(zephyr.elf)

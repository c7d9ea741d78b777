# Data that is made at build time: build/<preset>/data/{domains/,gazetteer.bin}. The program finds it there, or where
# it was installed.
set(DATA_STAMP ${CMAKE_BINARY_DIR}/data/.stamp)
file(GLOB_RECURSE DOMAIN_FILES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/domains/*)
add_custom_command(OUTPUT ${DATA_STAMP}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/data
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${CMAKE_SOURCE_DIR}/domains ${CMAKE_BINARY_DIR}/data/domains
  COMMAND ${CMAKE_COMMAND} -E touch ${DATA_STAMP}
  DEPENDS ${DOMAIN_FILES} VERBATIM)
add_custom_target(data ALL DEPENDS ${DATA_STAMP})
include(${CMAKE_CURRENT_LIST_DIR}/gazetteer.cmake OPTIONAL)

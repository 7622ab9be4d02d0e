# Where the installed libraries, headers and descriptions go, relative to the prefix.
set(include_directory "${CMAKE_INSTALL_INCLUDEDIR}/fieldledger")
set(share_directory "${CMAKE_INSTALL_DATADIR}/fieldledger")
set(pkgconfig_directory "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
set(package_directory "${CMAKE_INSTALL_LIBDIR}/cmake/fieldledger")
file(RELATIVE_PATH prefix_from_pkgconfig "/${pkgconfig_directory}" "/")

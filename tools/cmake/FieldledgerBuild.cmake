# What every target of ours is built with, and the options of the presets.
option(FIELDLEDGER_STRICT "Treat warnings as errors" OFF)
set(FIELDLEDGER_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
option(FIELDLEDGER_FUZZ "Make tests/fuzz libFuzzer programs (clang)" OFF)
option(FIELDLEDGER_COVERAGE "Measure line coverage" OFF)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # __int128, clock_gettime, openat
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE}")
endif()

# fieldledger_target(NAME): our warnings, sanitizers and feature macros for a target of ours.
# Generated code does not get it.
function(fieldledger_target name)
    target_compile_definitions(${name} PRIVATE _GNU_SOURCE
                               FIELDLEDGER_VERSION="${PROJECT_VERSION}")
    target_compile_options(${name} PRIVATE -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes
                           -Wmissing-prototypes -Wvla -Wno-missing-field-initializers)
    if(FIELDLEDGER_STRICT)
        target_compile_options(${name} PRIVATE -Werror)
    endif()
endfunction()

if(FIELDLEDGER_SANITIZE)
    # A finding ends the program, or nobody would see those of a service under test.
    add_compile_options(-fsanitize=${FIELDLEDGER_SANITIZE} -fno-sanitize-recover=all
                        -fno-omit-frame-pointer -g)
    add_link_options(-fsanitize=${FIELDLEDGER_SANITIZE})
endif()
if(FIELDLEDGER_FUZZ)
    # An empty span may be NULL, and clang calls NULL + 0 an overflow.
    add_compile_options(-fsanitize=fuzzer-no-link -fno-sanitize=pointer-overflow)
endif()
if(FIELDLEDGER_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()

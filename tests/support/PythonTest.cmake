# python_test(NAME LABEL [TIMEOUT seconds]): runs test_NAME.py against the built programs.
# A test that exits with 77 is skipped; it says why in lines that begin with "SKIP:".
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

function(python_test name label)
    cmake_parse_arguments(test "" "TIMEOUT" "" ${ARGN})
    if(NOT test_TIMEOUT)
        set(test_TIMEOUT 120)
    endif()
    math(EXPR test_TIMEOUT "${patience} * ${test_TIMEOUT}")
    set(environment
        "FIELDLEDGER_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}"
        "PYTHONPATH=${PROJECT_SOURCE_DIR}/tests/support"
        "FIELDLEDGER_SANITIZE=${FIELDLEDGER_SANITIZE}"
        "FIELDLEDGER_PATIENCE=${patience}"
        "PYTHONDONTWRITEBYTECODE=1")
    add_test(NAME ${label}.${name}
             COMMAND Python3::Interpreter "${CMAKE_CURRENT_SOURCE_DIR}/test_${name}.py")
    set_tests_properties(${label}.${name} PROPERTIES
        LABELS "${label}" TIMEOUT ${test_TIMEOUT} SKIP_RETURN_CODE 77
        ENVIRONMENT "${environment}")
endfunction()

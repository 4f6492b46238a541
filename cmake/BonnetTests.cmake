# SPDX-License-Identifier: BSD-2-Clause
#
# The tests, each kind in its home. A .c file is one cmocka program test_<folder>_<file>; a .sh or .py
# file is one script that finds its surroundings in BONNET_BUILD and BONNET_SRC; exit status 77 means
# skipped, with the reason printed. Files whose name begins with lib help the others of their folder.

find_path(CMOCKA_INCLUDE cmocka.h)
find_library(CMOCKA_LIBRARY cmocka)
if(NOT CMOCKA_INCLUDE OR NOT CMOCKA_LIBRARY)
    message(FATAL_ERROR "The tests need cmocka: apt-get install libcmocka-dev")
endif()
# The system's python first: a version manager's shim may lack what the distribution's has.
find_program(BONNET_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(BONNET_PYTHON python3 REQUIRED)

# The oracle compares with the kernel in real time and wants the machine for itself.
set(alone oracle)

function(bonnet_register name folder)
    add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
    set(surroundings BONNET_BUILD=${CMAKE_BINARY_DIR} BONNET_SRC=${CMAKE_SOURCE_DIR}
        BONNET_SANITIZE=${BONNET_SANITIZE} CC=${CMAKE_C_COMPILER}
        UBSAN_OPTIONS=print_stacktrace=1)
    set_tests_properties(${name} PROPERTIES LABELS ${folder} SKIP_RETURN_CODE 77 TIMEOUT 300
        ENVIRONMENT "${surroundings}")
    if(folder IN_LIST alone)
        set_tests_properties(${name} PROPERTIES PROCESSORS 2)
    endif()
endfunction()

# bonnet_test_programs(<folder> INCLUDE <dir>... LINK <object or library>... WITH <source>...)
function(bonnet_test_programs folder)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "INCLUDE;LINK;WITH")
    file(GLOB programs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${folder}/*.c)
    file(GLOB shared CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${folder}/lib*.c)
    list(REMOVE_ITEM programs ${shared} "")
    foreach(source IN LISTS programs)
        cmake_path(GET source STEM name)
        set(test test_${folder}_${name})
        add_executable(${test} ${source} ${shared} ${arg_WITH})
        set_target_properties(${test} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
        target_include_directories(${test} PRIVATE
            ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/tests ${arg_INCLUDE})
        target_include_directories(${test} SYSTEM PRIVATE ${CMOCKA_INCLUDE})
        target_link_libraries(${test} PRIVATE ${arg_LINK} ${CMOCKA_LIBRARY} m)
        bonnet_register(${test} ${folder} ${test})
    endforeach()
endfunction()

function(bonnet_test_scripts folder)
    file(GLOB scripts CONFIGURE_DEPENDS
        ${CMAKE_SOURCE_DIR}/tests/${folder}/*.sh ${CMAKE_SOURCE_DIR}/tests/${folder}/*.py)
    foreach(script IN LISTS scripts)
        cmake_path(GET script STEM name)
        cmake_path(GET script EXTENSION extension)
        if(name MATCHES "^lib")
            continue()
        elseif(extension STREQUAL ".py")
            bonnet_register(${folder}_${name} ${folder} ${BONNET_PYTHON} ${script})
        else()
            bonnet_register(${folder}_${name} ${folder} bash ${script})
        endif()
    endforeach()
endfunction()

# Unit and step tests see the headers of src/, and link their room and what lies below it. The world
# that base/ is tested in, with its allocator, serves the rooms above as well.
foreach(room IN LISTS rooms)
    set(parts)
    set(world ${CMAKE_SOURCE_DIR}/tests/base/libbase.c)
    if(room STREQUAL base)
        set(world)
    endif()
    foreach(part ${below_${room}} ${room})
        list(APPEND parts ${objects_${part}})
    endforeach()
    bonnet_test_programs(${room} INCLUDE ${CMAKE_SOURCE_DIR}/src LINK ${parts} WITH ${world})
endforeach()

# host/, lab/ and tools/ are tested from inside, file by file. The rest sees the public face only, as a user
# of the library does.
if(TARGET host_static)
    bonnet_test_programs(host INCLUDE ${CMAKE_SOURCE_DIR}/host
        LINK $<TARGET_OBJECTS:host_objects> bonnet_static Threads::Threads)
    foreach(folder exchange anomaly oracle examples paths)
        bonnet_test_programs(${folder} LINK host_static)
    endforeach()
    # The simulation counts the steps of the core: each basic block tells when it is entered. What
    # only shows the stack to its checkers does not count.
    set(counted_sources ${core_sources})
    list(FILTER counted_sources EXCLUDE REGEX "/(inspect|row|handle)\\.c$")
    set(uncounted_sources ${core_sources})
    list(FILTER uncounted_sources INCLUDE REGEX "/(inspect|row|handle)\\.c$")
    bonnet_core_objects(core_counted ${counted_sources})
    bonnet_core_objects(core_uncounted ${uncounted_sources})
    target_compile_options(core_counted PRIVATE -fsanitize-coverage=trace-pc)
    bonnet_test_programs(sim LINK $<TARGET_OBJECTS:host_objects> $<TARGET_OBJECTS:core_counted>
        $<TARGET_OBJECTS:core_uncounted> Threads::Threads)
endif()
if(TARGET lab_objects)
    bonnet_test_programs(lab INCLUDE ${CMAKE_SOURCE_DIR} LINK ${objects_lab} host_static)
endif()
if(TARGET tools_objects)
    bonnet_test_programs(tools INCLUDE ${CMAKE_SOURCE_DIR}/tools ${CMAKE_SOURCE_DIR} LINK ${objects_tools} host_static)
endif()
if(TARGET packetdrill)
    bonnet_test_programs(packetdrill INCLUDE ${CMAKE_SOURCE_DIR}/packetdrill
        LINK host_static ${CMAKE_DL_LIBS})
    add_dependencies(test_packetdrill_table packetdrill)
endif()
foreach(folder sim exchange anomaly oracle host lab packetdrill tools examples)
    bonnet_test_scripts(${folder})
endforeach()

# What the house claims of its sources and of its plain objects; a sanitizer's objects prove nothing.
if(NOT BONNET_SANITIZE)
    bonnet_test_scripts(house)
endif()

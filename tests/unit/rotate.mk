# SPDX-License-Identifier: BSD-2-Clause
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/rotate tests/unit/rotate_any

tests_unit_rotate_SOURCES = tests/unit/rotate.c tests/unit/rotate_lib.c tests/unit/rotate_lib.h
tests_unit_rotate_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_rotate_LDADD = libtkrotate.la $(CMOCKA_LIBS)

tests_unit_rotate_any_SOURCES = tests/unit/rotate_any.c tests/unit/rotate_lib.c \
	tests/unit/rotate_lib.h
tests_unit_rotate_any_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_rotate_any_LDADD = libtkrotate.la $(CMOCKA_LIBS)
endif

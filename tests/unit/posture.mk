# SPDX-License-Identifier: BSD-2-Clause
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/posture

tests_unit_posture_SOURCES = tests/unit/posture.c tests/unit/unit.h
tests_unit_posture_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_posture_LDADD = libtkposture.la libtkbase.la $(CMOCKA_LIBS)
endif

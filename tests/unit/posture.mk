# SPDX-License-Identifier: BSD-2-Clause
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/posture tests/unit/posture_key

tests_unit_posture_SOURCES = tests/unit/posture.c tests/unit/unit.h
tests_unit_posture_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_posture_LDADD = libtkposture.la libtkbase.la $(CMOCKA_LIBS)

tests_unit_posture_key_SOURCES = tests/unit/posture_key.c tests/unit/unit.h
tests_unit_posture_key_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_posture_key_LDADD = libtkposture.la libtkbase.la $(CMOCKA_LIBS)
endif

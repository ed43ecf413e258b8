# SPDX-License-Identifier: BSD-2-Clause
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/correlate_trail

tests_unit_correlate_trail_SOURCES = tests/unit/correlate_trail.c tests/unit/unit.h
tests_unit_correlate_trail_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_correlate_trail_LDADD = libtkcorrelate.la $(CMOCKA_LIBS)
endif

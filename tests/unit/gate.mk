# SPDX-License-Identifier: BSD-2-Clause
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/gate
tests_unit_gate_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_gate_LDADD = libtkgate.la $(CMOCKA_LIBS)
endif

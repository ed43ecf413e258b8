# SPDX-License-Identifier: BSD-2-Clause
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/notify

tests_unit_notify_SOURCES = tests/unit/notify.c tests/unit/unit.h
tests_unit_notify_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_notify_LDADD = libtknotify.la libtkbase.la $(CMOCKA_LIBS)
endif

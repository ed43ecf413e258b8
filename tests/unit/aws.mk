# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += tests/vectors
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/aws_sigv4

tests_unit_aws_sigv4_SOURCES = tests/unit/aws_sigv4.c tests/unit/unit.h
tests_unit_aws_sigv4_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_aws_sigv4_LDADD = libtkaws.la $(CMOCKA_LIBS)
endif

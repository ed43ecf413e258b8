# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += tests/vectors
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/aws_parts tests/unit/aws_sigv4 tests/unit/net_proto tests/unit/net_sandbox

tests_unit_aws_parts_SOURCES = tests/unit/aws_parts.c tests/unit/unit.h
tests_unit_aws_parts_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_aws_parts_LDADD = libtkaws.la $(CMOCKA_LIBS)

tests_unit_net_proto_SOURCES = tests/unit/net_proto.c tests/unit/unit.h
tests_unit_net_proto_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_net_proto_LDADD = libtknet.la libtkbase.la $(CMOCKA_LIBS)

tests_unit_net_sandbox_SOURCES = tests/unit/net_sandbox.c tests/unit/unit.h src/net/helper.h \
	src/net/helper_sandbox.c
tests_unit_net_sandbox_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SECCOMP_CFLAGS)
tests_unit_net_sandbox_CFLAGS = $(AM_CFLAGS) -pthread
tests_unit_net_sandbox_LDADD = libtkconfine.la $(CMOCKA_LIBS)

tests_unit_aws_sigv4_SOURCES = tests/unit/aws_sigv4.c tests/unit/unit.h
tests_unit_aws_sigv4_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_aws_sigv4_LDADD = libtkaws.la $(CMOCKA_LIBS)
endif

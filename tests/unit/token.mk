# SPDX-License-Identifier: BSD-2-Clause
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/token_authdata tests/unit/token_check tests/unit/token_fork tests/unit/token_proto \
	tests/unit/token_sandbox tests/unit/token_why

tests_unit_token_authdata_SOURCES = tests/unit/token_authdata.c tests/unit/unit.h
tests_unit_token_authdata_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_token_authdata_LDADD = libtkproto.la $(CMOCKA_LIBS)

tests_unit_token_check_SOURCES = tests/unit/token_check.c tests/unit/unit.h src/token/helper.h \
	src/token/helper_check.c
tests_unit_token_check_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_token_check_LDADD = libtkproto.la libtkcrypto.la libtkbase.la $(CMOCKA_LIBS)

tests_unit_token_fork_SOURCES = tests/unit/token_fork.c tests/unit/unit.h src/token/helper.h \
	src/token/helper_fork.c
tests_unit_token_fork_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_token_fork_LDADD = $(CMOCKA_LIBS)

tests_unit_token_proto_SOURCES = tests/unit/token_proto.c tests/unit/unit.h
tests_unit_token_proto_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_token_proto_LDADD = libtkproto.la $(CMOCKA_LIBS)

tests_unit_token_sandbox_SOURCES = tests/unit/token_sandbox.c tests/unit/unit.h src/token/helper.h \
	src/token/helper_sandbox.c
tests_unit_token_sandbox_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SECCOMP_CFLAGS)
tests_unit_token_sandbox_CFLAGS = $(AM_CFLAGS) -pthread
tests_unit_token_sandbox_LDADD = libtkconfine.la $(CMOCKA_LIBS)

tests_unit_token_why_SOURCES = tests/unit/token_why.c tests/unit/unit.h
tests_unit_token_why_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_token_why_LDADD = libtktoken.la $(CMOCKA_LIBS)
endif

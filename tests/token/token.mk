# SPDX-License-Identifier: BSD-2-Clause
# token.h from a command line; token.bats drives it against software keys.
noinst_PROGRAMS += tests/token/token_try
tests_token_token_try_SOURCES = tests/token/token_try.c
tests_token_token_try_LDFLAGS = $(PROG_LDFLAGS)
tests_token_token_try_LDADD = libtktoken.la libtkcrypto.la libtkbase.la
EXTRA_DIST += tests/token/lib.bash tests/token/no_filter.c tests/token/sandbox.bats tests/token/server.bats \
	tests/token/token.bats tests/token/trouble.bats tests/fuzz/fuzz_token.c tests/fuzz/corpus/token

include tests/unit/token.mk

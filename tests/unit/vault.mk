# SPDX-License-Identifier: BSD-2-Clause
# Security keys and a vault in memory, for any test to use.
check_LTLIBRARIES = libtkfake.la
libtkfake_la_SOURCES = \
	tests/unit/fake_token.c tests/unit/fake_token.h \
	tests/unit/fake_vault.c tests/unit/fake_vault.h
libtkfake_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
libtkfake_la_LIBADD = libtkvault.la libtkcrypto.la libtkbase.la $(CRYPTO_LIBS)

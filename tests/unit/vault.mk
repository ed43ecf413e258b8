# SPDX-License-Identifier: BSD-2-Clause
# Security keys and a vault in memory, for any test to use.
check_LTLIBRARIES = libtkfake.la
libtkfake_la_SOURCES = \
	tests/unit/fake_ask.c tests/unit/fake_ask.h \
	tests/unit/fake_token.c tests/unit/fake_token.h \
	tests/unit/fake_vault.c tests/unit/fake_vault.h
libtkfake_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
libtkfake_la_LIBADD = libtkvault.la libtkcrypto.la libtkbase.la $(CRYPTO_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += \
	tests/unit/vault_approval tests/unit/vault_below tests/unit/vault_bundle \
	tests/unit/vault_model tests/unit/vault_open tests/unit/vault_policy \
	tests/unit/vault_quorum tests/unit/vault_record tests/unit/vault_rules \
	tests/unit/vault_statement tests/unit/vault_tamper
tests_unit_vault_approval_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vault_approval_LDADD = libtkfake.la libtkvault.la $(CMOCKA_LIBS)
tests_unit_vault_below_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vault_below_LDADD = libtkfake.la libtkvault.la $(CMOCKA_LIBS)
tests_unit_vault_bundle_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vault_bundle_LDADD = libtkfake.la libtkvault.la $(CMOCKA_LIBS)
tests_unit_vault_model_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_vault_model_LDADD = libtkfake.la libtkvault.la $(CMOCKA_LIBS) $(CRYPTO_LIBS)
tests_unit_vault_open_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vault_open_LDADD = libtkfake.la libtkvault.la $(CMOCKA_LIBS)
tests_unit_vault_policy_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vault_policy_LDADD = libtkfake.la libtkvault.la $(CMOCKA_LIBS)
tests_unit_vault_quorum_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vault_quorum_LDADD = libtkfake.la libtkvault.la $(CMOCKA_LIBS)
tests_unit_vault_record_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vault_record_LDADD = libtkfake.la libtkvault.la $(CMOCKA_LIBS)
tests_unit_vault_rules_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vault_rules_LDADD = libtkfake.la libtkvault.la $(CMOCKA_LIBS)
tests_unit_vault_statement_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vault_statement_LDADD = libtkfake.la libtkvault.la $(CMOCKA_LIBS)
tests_unit_vault_tamper_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_vault_tamper_LDADD = libtkfake.la libtkvault.la $(CMOCKA_LIBS)
endif

# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += tests/unit/x509_vectors.h
if HAVE_CMOCKA
check_PROGRAMS += \
	tests/unit/crypto_kdf tests/unit/crypto_seal tests/unit/crypto_shamir \
	tests/unit/crypto_sign
tests_unit_crypto_kdf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_crypto_kdf_LDADD = libtkcrypto.la libtkbase.la $(CMOCKA_LIBS)
tests_unit_crypto_seal_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_crypto_seal_LDADD = libtkcrypto.la libtkbase.la $(CMOCKA_LIBS)
tests_unit_crypto_shamir_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_crypto_shamir_LDADD = libtkcrypto.la libtkbase.la $(CMOCKA_LIBS)
tests_unit_crypto_sign_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_crypto_sign_LDADD = libtkcrypto.la libtkbase.la $(CMOCKA_LIBS)
endif

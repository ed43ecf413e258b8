# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libtkcrypto.la
libtkcrypto_la_SOURCES = \
	src/crypto/aead.c src/crypto/crypto.h src/crypto/crypto_local.h src/crypto/ed25519.c \
	src/crypto/es256.c src/crypto/hash.c src/crypto/hkdf.c src/crypto/hpke.c \
	src/crypto/init.c src/crypto/random.c src/crypto/rsa.c src/crypto/shamir.c src/crypto/x25519.c \
	src/crypto/x509.c
libtkcrypto_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
libtkcrypto_la_LIBADD = libtkbase.la $(CRYPTO_LIBS)

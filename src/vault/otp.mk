# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libtkotp.la
libtkotp_la_SOURCES = \
	src/vault/import.h src/vault/import_check.c src/vault/import_csv.c src/vault/import_each.c \
	src/vault/import_json.c src/vault/import_local.h \
	src/vault/otpauth.c src/vault/otpauth.h src/vault/otpauth_parse.c \
	src/vault/password.c src/vault/password.h src/vault/totp.c src/vault/totp.h
libtkotp_la_LIBADD = libtkcrypto.la libtkbase.la

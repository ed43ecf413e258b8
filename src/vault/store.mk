# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libtkstore.la
libtkstore_la_SOURCES = \
	src/vault/state.c src/vault/state.h src/vault/store.c src/vault/store.h \
	src/vault/store_dir.c src/vault/store_dir_write.c src/vault/store_local.h
libtkstore_la_LIBADD = libtkcrypto.la libtkbase.la

# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libtklog.la
libtklog_la_SOURCES = \
	src/log/append.c src/log/archive.c src/log/archive.h src/log/checkpoint.c \
	src/log/checkpoint.h src/log/head.c src/log/head.h src/log/index.c src/log/index.h \
	src/log/log.c src/log/log.h src/log/merkle.c src/log/merkle.h src/log/prove.c \
	src/log/prove.h src/log/reader.c src/log/reader.h src/log/verify.c src/log/verify.h
libtklog_la_LIBADD = libtkstore.la libtkvault.la libtkcrypto.la libtkbase.la

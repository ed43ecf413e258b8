# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libtklog.la
libtklog_la_SOURCES = \
	src/log/append.c src/log/archive.c src/log/archive.h src/log/archive_local.h src/log/archive_read.c \
	src/log/checkpoint.c src/log/checkpoint.h src/log/head.c src/log/head.h \
	src/log/index.c src/log/index.h src/log/index_cache.c src/log/index_local.h \
	src/log/index_shard.c src/log/log.c src/log/log.h src/log/log_local.h \
	src/log/merkle.c src/log/merkle.h src/log/prove.c src/log/prove.h src/log/reader.c \
	src/log/reader.h src/log/recover.c src/log/space.c src/log/verify.c src/log/verify.h \
	src/log/verify_docs.c src/log/verify_entry.c src/log/verify_event.c src/log/verify_heads.c \
	src/log/verify_judge.c src/log/verify_local.h src/log/verify_log.c src/log/verify_login.c \
	src/log/verify_owner.c src/log/verify_policy.c src/log/verify_release.c \
	src/log/verify_root.c src/log/verify_said.c src/log/verify_report.c \
	src/log/verify_shape.c
libtklog_la_LIBADD = libtkstore.la libtkvault.la libtkcrypto.la libtkbase.la
libtklog_la_CFLAGS = $(AM_CFLAGS) -pthread

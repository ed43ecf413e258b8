# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libtkbase.la
libtkbase_la_SOURCES = \
	src/base/buf.c src/base/buf.h src/base/child.c src/base/child.h \
	src/base/clock.c src/base/clock.h src/base/codec.c src/base/codec.h \
	src/base/dir.c src/base/err.c src/base/err.h \
	src/base/file.c src/base/file.h src/base/file_local.h \
	src/base/frame.c src/base/frame.h \
	src/base/json.h src/base/json_local.h src/base/json_parse.c \
	src/base/json_scan.c src/base/json_scan.h \
	src/base/json_shape.c src/base/json_string.c src/base/json_tree.c \
	src/base/json_write.c \
	src/base/secret.c src/base/secret.h \
	src/base/text.c src/base/text.h src/base/view.c src/base/view.h src/base/view_get.c
libtkbase_la_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS)
libtkbase_la_LIBADD = $(JSONC_LIBS)

# What shuts a helper in: linked into the helpers alone.
noinst_LTLIBRARIES += libtkconfine.la
libtkconfine_la_SOURCES = src/base/confine.c src/base/confine.h
libtkconfine_la_CFLAGS = $(AM_CFLAGS) $(SECCOMP_CFLAGS)
libtkconfine_la_LIBADD = $(SECCOMP_LIBS)

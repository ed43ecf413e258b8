# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libtkcorrelate.la
libtkcorrelate_la_SOURCES = \
	src/correlate/arena.c src/correlate/arena.h src/correlate/sources.c src/correlate/sources.h src/correlate/sources_bucket.c src/correlate/cursor.c \
	src/correlate/cursor.h src/correlate/digest.c src/correlate/digest.h src/correlate/digest_cover.c src/correlate/digest_files.c \
	src/correlate/digest_keys.c src/correlate/digest_local.h src/correlate/digest_read.c \
	src/correlate/event.c src/correlate/event.h src/correlate/event_local.h src/correlate/events.c \
	src/correlate/file.c src/correlate/file_local.h src/correlate/file_take.c src/correlate/files.c src/correlate/files.h \
	src/correlate/files_find.c src/correlate/gunzip.c src/correlate/gunzip.h src/correlate/gzip.c \
	src/correlate/gzip.h src/correlate/journal.c src/correlate/journal.h src/correlate/past.c \
	src/correlate/past.h src/correlate/past_kept.c src/correlate/past_local.h src/correlate/spans.c src/correlate/spans.h src/correlate/spill.c \
	src/correlate/spill.h src/correlate/trail.c src/correlate/trail.h src/correlate/trail_block.h \
	src/correlate/verdict.c src/correlate/verdict.h src/correlate/verdict_groups.c \
	src/correlate/verdict_local.h src/correlate/verdict_witness.c src/correlate/waiting.c
libtkcorrelate_la_LIBADD = libtkaws.la libtkceremony.la libtklog.la libtkstore.la libtkvault.la libtkcrypto.la \
	libtkbase.la $(DEFLATE_LIBS) $(ZLIB_LIBS)
libtkcorrelate_la_CFLAGS = $(AM_CFLAGS) $(DEFLATE_CFLAGS) $(ZLIB_CFLAGS) -pthread

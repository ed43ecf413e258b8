# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libtkrotate.la
libtkrotate_la_SOURCES = \
	src/rotate/judge.c src/rotate/owner.c src/rotate/policy.c src/rotate/report.c src/rotate/report_json.c \
	src/rotate/rotate.c src/rotate/rotate.h src/rotate/rotate_local.h src/rotate/spare.c
libtkrotate_la_LIBADD = libtkvault.la libtkcrypto.la libtkbase.la

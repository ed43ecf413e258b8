# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libtkposture.la
libtkposture_la_SOURCES = \
	src/posture/ask.c src/posture/ask.h src/posture/judge.c src/posture/judge_local.h \
	src/posture/judge_root.c src/posture/judge_use.c src/posture/key.c src/posture/known.c src/posture/known.h \
	src/posture/posture.h src/posture/row.c
libtkposture_la_LIBADD = libtkcorrelate.la libtkaws.la libtkbase.la

# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libtkaws.la
libtkaws_la_SOURCES = \
	src/aws/sigv4.c src/aws/sigv4.h src/aws/sigv4_canon.c src/aws/sigv4_local.h
libtkaws_la_LIBADD = libtknet.la libtkcrypto.la libtkbase.la

# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libtkceremony.la
libtkceremony_la_SOURCES = \
	src/ceremony/ask.c src/ceremony/ask.h \
	src/ceremony/confirm.c src/ceremony/confirm.h \
	src/ceremony/counters.c src/ceremony/counters.h src/ceremony/enrol.c src/ceremony/enrol.h \
	src/ceremony/entries.c src/ceremony/entries.h src/ceremony/entries_local.h \
	src/ceremony/entries_login.c src/ceremony/entries_login.h \
	src/ceremony/exposure.c src/ceremony/exposure.h \
	src/ceremony/gather.c src/ceremony/gather.h \
	src/ceremony/host.c src/ceremony/host.h src/ceremony/init.c src/ceremony/init.h \
	src/ceremony/login.c src/ceremony/login.h src/ceremony/login_session.c \
	src/ceremony/login_session.h src/ceremony/requester.c src/ceremony/requester.h \
	src/ceremony/seal.c src/ceremony/seal.h \
	src/ceremony/seeker.c src/ceremony/seeker.h src/ceremony/session.c \
	src/ceremony/session.h src/ceremony/session_chain.c \
	src/ceremony/session_chain.h src/ceremony/ui.h src/ceremony/unseal.c \
	src/ceremony/unseal.h src/ceremony/unseal_find.c src/ceremony/unseal_local.h \
	src/ceremony/use_token.c src/ceremony/use_token.h \
	src/ceremony/witness.c src/ceremony/witness.h src/ceremony/words.c src/ceremony/words.h

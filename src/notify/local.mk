# SPDX-License-Identifier: BSD-2-Clause
# What a channel is, for whoever reads the configuration.
noinst_LTLIBRARIES += libtkchannel.la libtknotify.la
libtkchannel_la_SOURCES = src/notify/channel.c src/notify/channel.h
libtkchannel_la_LIBADD = libtkbase.la
libtknotify_la_SOURCES = \
	src/notify/channel_local.h src/notify/cloud.c src/notify/local.c src/notify/mail.c src/notify/webhook.c src/notify/notice.c src/notify/notice.h \
	src/notify/outbox.c src/notify/outbox.h src/notify/program.c src/notify/send.c \
	src/notify/steps.c src/notify/steps.h
libtknotify_la_LIBADD = libtkchannel.la libtkaws.la libtknet.la libtkrotate.la libtkvault.la libtkcrypto.la \
	libtkbase.la

# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libtkaws.la
libtkaws_la_SOURCES = \
	src/aws/call.c src/aws/call.h \
	src/aws/client.c src/aws/client.h src/aws/client_local.h \
	src/aws/cloudtrail.c src/aws/cloudtrail.h \
	src/aws/credentials.c src/aws/credentials.h src/aws/credentials_json.c \
	src/aws/credentials_local.h src/aws/error.c src/aws/error.h src/aws/ini.c src/aws/ini.h \
	src/aws/iam.c src/aws/iam.h src/aws/kms.c src/aws/kms.h \
	src/aws/organizations.c src/aws/organizations.h \
	src/aws/process.c src/aws/process.h src/aws/reply.c src/aws/reply.h \
	src/aws/publish.c src/aws/publish.h src/aws/request.c src/aws/s3.c src/aws/s3.h src/aws/sts.c src/aws/sts.h \
	src/aws/service.c src/aws/service.h \
	src/aws/sigv4.c src/aws/sigv4.h src/aws/sigv4_canon.c src/aws/sigv4_local.h \
	src/aws/sqs.c src/aws/sqs.h \
	src/aws/utf8.c src/aws/utf8.h src/aws/xml.c src/aws/xml.h
libtkaws_la_LIBADD = libtknet.la libtkcrypto.la libtkbase.la

# SPDX-License-Identifier: BSD-2-Clause
# src/aws from a command line; the Python files beside it drive it.
noinst_PROGRAMS += tests/aws/awscall
tests_aws_awscall_SOURCES = tests/aws/awscall.c tests/aws/awscall.h tests/aws/awscall_more.c
tests_aws_awscall_LDFLAGS = $(PROG_LDFLAGS)
tests_aws_awscall_LDADD = libtkaws.la libtknet.la libtkcrypto.la libtkbase.la
EXTRA_DIST += tests/aws/ca.py tests/aws/ceph.sh tests/aws/double.py \
	tests/aws/double_accounts.py tests/aws/lib.py tests/aws/shapes.py tests/aws/sign.py tests/aws/tap.py tests/aws/test_calls.py \
	tests/aws/test_ceph.py tests/aws/test_credentials.py tests/aws/test_double.py \
	tests/aws/test_net.py tests/aws/test_services.py tests/aws/test_sign.py \
	tests/aws/wire-requests.txt

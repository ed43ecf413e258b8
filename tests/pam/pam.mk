# SPDX-License-Identifier: BSD-2-Clause
# A PAM application for tests/pam and tests/bench.
EXTRA_PROGRAMS += tests/pam/pamcall
CLEANFILES += tests/pam/pamcall
tests_pam_pamcall_SOURCES = tests/pam/pamcall.c
tests_pam_pamcall_LDADD = $(PAM_LIBS)
check-local: tests/pam/pamcall

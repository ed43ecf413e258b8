# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libtkvault.la
libtkvault_la_SOURCES = \
	src/vault/approval.c src/vault/approval.h src/vault/approval_build.c \
	src/vault/approval_local.h src/vault/approvals.c \
	src/vault/assertion.c src/vault/assertion.h \
	src/vault/bundle.c src/vault/bundle.h src/vault/bundle_build.c \
	src/vault/bundle_local.h src/vault/bundle_model.c src/vault/bundle_open.c \
	src/vault/doc.c src/vault/doc.h \
	src/vault/policy.c src/vault/policy.h src/vault/policy_draft.c \
	src/vault/policy_get.c src/vault/policy_local.h src/vault/policy_names.c \
	src/vault/policy_rules.c src/vault/policy_verify.c \
	src/vault/quorum.c src/vault/quorum.h src/vault/quorum_local.h \
	src/vault/quorum_share.c src/vault/quorum_text.c \
	src/vault/record.c src/vault/record.h src/vault/record_field.c \
	src/vault/record_kind.c src/vault/record_local.h src/vault/record_seal.c \
	src/vault/shares.c src/vault/shares.h src/vault/shares_build.c \
	src/vault/shares_local.h \
	src/vault/statement.c src/vault/statement.h src/vault/statement_build.c \
	src/vault/statement_check.c
libtkvault_la_LIBADD = libtkcrypto.la libtkbase.la

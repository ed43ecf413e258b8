# SPDX-License-Identifier: BSD-2-Clause
# The machinery is a library, so that its tests link it without any command.
noinst_LTLIBRARIES += libtkcli.la
libtkcli_la_SOURCES = \
	src/cli/clip.c src/cli/clip.h src/cli/cloud.c src/cli/cloud.h src/cli/command.h src/cli/config.c src/cli/config.h \
	src/cli/config_local.h src/cli/config_notify.c \
	src/cli/pam_judge.c src/cli/pam_judge.h src/cli/pam_judge_line.c src/cli/pam_judge_local.h \
	src/cli/pam_load.c src/cli/pam_propose.c src/cli/pam_stack.c src/cli/pam_stack.h src/cli/pam_stack_local.h \
	src/cli/pam_walk.c src/cli/pam_walk.h \
	src/cli/present.c src/cli/present.h src/cli/runexec.c src/cli/runexec.h \
	src/cli/say.c src/cli/say.h src/cli/story.c src/cli/story.h src/cli/table.c src/cli/table_args.c src/cli/table_complete.c \
	src/cli/table_help.c src/cli/table_local.h src/cli/term.c src/cli/term.h \
	src/cli/term_local.h src/cli/term_raw.c
libtkcli_la_LIBADD = libtkchannel.la libtkwire.la libtkotp.la libtknet.la libtkbase.la

bin_PROGRAMS += src/cli/twokey
src_cli_twokey_SOURCES = \
	src/cli/cmd_aws_setup.c src/cli/cmd_runbook.c src/cli/texts.h \
	src/cli/cmd_doctor.c src/cli/cmd_enroll.c src/cli/cmd_host.c src/cli/cmd_init.c src/cli/cmd_log_export.c \
	src/cli/cmd_log_prove.c src/cli/cmd_log_show.c src/cli/cmd_log_verify.c src/cli/cmd_rotate.c src/cli/cmd_seal.c \
	src/cli/cmd_correlate.c src/cli/cmd_posture.c src/cli/cmd_watch.c src/cli/cmd_status.c src/cli/status_metrics.c src/cli/status_metrics.h \
	src/cli/status_nagios.c src/cli/status_nagios.h src/cli/cmd_unseal.c \
	src/cli/correlate_args.c src/cli/correlate_record.c src/cli/correlate_run.c src/cli/correlate_run.h \
	src/cli/correlate_json.c src/cli/correlate_show.c src/cli/correlate_show.h \
	src/cli/commands.h src/cli/doctor.h src/cli/doctor_host.c src/cli/doctor_keys.c \
	src/cli/doctor_login.c src/cli/doctor_pam.c src/cli/doctor_rescue.c src/cli/doctor_sshd.c \
	src/cli/deliver.c src/cli/deliver.h src/cli/open.c src/cli/open.h \
	src/cli/partition.c src/cli/partition.h src/cli/posture_run.c src/cli/posture_run.h \
	src/cli/cmd_remind.c src/cli/release_teller.c src/cli/release_teller.h \
	src/cli/remind_look.c src/cli/remind_motd.c src/cli/remind_notice.c src/cli/remind_run.c src/cli/remind_run.h src/cli/remind_test.c \
	src/cli/posture_show.c src/cli/posture_show.h src/cli/halves.c src/cli/halves.h \
	src/cli/rotate_local.h src/cli/rotate_seal.c src/cli/rotate_show.c src/cli/rotate_show.h \
	src/cli/people.c src/cli/people.h src/cli/seal_ask.c src/cli/seal_ask.h \
	src/cli/seal_import.c src/cli/seal_import.h src/cli/seal_witness.c src/cli/seal_witness.h src/cli/tasks.c src/cli/tasks.h \
	src/cli/witness_kms.c src/cli/witness_kms.h src/cli/main.c src/cli/cmd_help.c src/cli/cmd_help.h src/cli/commands.c
src_cli_twokey_CPPFLAGS = $(AM_CPPFLAGS) -DTWOKEY_GATE=\"$(helperdir)/twokey-gate\" \
	-DTWOKEY_PAM_DIR=\"$(pamdir)\"
src_cli_twokey_LDFLAGS = $(PROG_LDFLAGS)
src_cli_twokey_LDADD = libtkcli.la libtknotify.la libtkposture.la libtkcorrelate.la libtkaws.la libtkceremony.la libtkrotate.la libtklog.la libtkstore.la \
	libtkvault.la libtkotp.la libtktoken.la libtkcrypto.la libtkbase.la

# Texts that are compiled in: from docs/aws, and the runbooks in the order of the list.
texts_template = docs/aws/template.json.in
texts_runbooks = \
	docs/runbooks/set-up.md docs/runbooks/unseal-rotate.md docs/runbooks/lost-password.md \
	docs/runbooks/lost-mfa.md docs/runbooks/lost-key.md docs/runbooks/holder-leaves.md \
	docs/runbooks/dead-host.md docs/runbooks/root-email.md docs/runbooks/transfer.md \
	docs/runbooks/first-admin.md docs/runbooks/close-account.md docs/runbooks/root-keys.md \
	docs/runbooks/unexplained-use.md docs/runbooks/disaster.md
nodist_src_cli_twokey_SOURCES = src/cli/aws_template.c src/cli/runbooks.c
EXTRA_DIST += src/cli/texts.awk $(texts_runbooks)
CLEANFILES += src/cli/aws_template.c src/cli/runbooks.c
texts_make = $(MKDIR_P) src/cli && (cd $(srcdir) && LC_ALL=C $(AWK) -f src/cli/texts.awk
src/cli/aws_template.c: src/cli/texts.awk $(texts_template)
	$(AM_V_GEN)$(texts_make) symbol=aws_template $(texts_template)) >$@.tmp && mv $@.tmp $@
src/cli/runbooks.c: src/cli/texts.awk $(texts_runbooks)
	$(AM_V_GEN)$(texts_make) symbol=runbooks $(texts_runbooks)) >$@.tmp && mv $@.tmp $@

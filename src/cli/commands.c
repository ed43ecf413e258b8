/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

const struct command *const commands[] = {
	&cmd_enroll,
	&cmd_init,
	&cmd_host_add,
	&cmd_host_list,
	&cmd_seal,
	&cmd_unseal,
	&cmd_rotate,
	&cmd_log_show,
	&cmd_log_verify,
	&cmd_log_prove,
	&cmd_log_export,
	&cmd_status,
	&cmd_correlate,
	&cmd_watch,
	&cmd_remind,
	&cmd_aws_setup,
	&cmd_posture,
	&cmd_doctor,
	&cmd_runbook,
	&cmd_help,
	&cmd_version,
	NULL
};

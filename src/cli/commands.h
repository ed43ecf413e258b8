/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_COMMANDS_H
#define TWOKEY_CLI_COMMANDS_H

#include "cli/command.h"

/* Each in the file of its name. */
extern const struct command cmd_enroll;
extern const struct command cmd_init;
extern const struct command cmd_host_add;
extern const struct command cmd_host_list;
extern const struct command cmd_seal;
extern const struct command cmd_unseal;
extern const struct command cmd_rotate;
extern const struct command cmd_log_show;
extern const struct command cmd_log_verify;
extern const struct command cmd_log_prove;
extern const struct command cmd_log_export;
extern const struct command cmd_status;
extern const struct command cmd_correlate;
extern const struct command cmd_watch;
extern const struct command cmd_remind;
extern const struct command cmd_aws_setup;
extern const struct command cmd_posture;
extern const struct command cmd_doctor;
extern const struct command cmd_runbook;

#endif

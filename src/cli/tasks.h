/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_TASKS_H
#define TWOKEY_CLI_TASKS_H

#include <stddef.h>

/* What an AWS account's root user is opened for (AWS IAM user guide, "Tasks that
 * require root user credentials"). */
struct task {
	const char *id;		/* for --task */
	const char *text;
	int root;		/* 1: needs root; 0: does not */
	const char *instead;	/* another way, or NULL */
};
extern const struct task tasks[];	/* ended by id NULL */
const struct task *task_find(const char *id);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_TASKS_H
#define TWOKEY_CLI_TASKS_H

#include <stddef.h>

/* What an AWS account's root user is opened for (AWS IAM user guide, "Tasks that
 * require root user credentials"). */
enum task_root { TASK_ROOT, TASK_NO_ROOT, TASK_UNLISTED };
struct task {
	const char *id;		/* for --task */
	const char *text;
	enum task_root root;	/* whether AWS's list says that it needs root */
	const char *instead;	/* another way, or NULL */
	/* Of AWS's policies root-task/..., the one with which sts:AssumeRoot does it in a
	 * member account; or NULL. */
	const char *policy;
};
extern const struct task tasks[];	/* ended by id NULL */
const struct task *task_find(const char *id);
/* All of them, on stderr. */
void tasks_list(void);
/* What it is, whether it needs root, and the other way: on stderr, for this account of
 * this partition ("aws"). */
void task_show(const struct task *t, const char *account, const char *partition);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TESTS_AWSCALL_H
#define TWOKEY_TESTS_AWSCALL_H

#include "aws/client.h"

struct call {
	struct aws_settings s;
	struct aws_where where;
	struct aws_endpoint endpoints[8];
	int stop;	/* -S: cancel at once */
	int times;	/* -n: requests of `fetch`, one after the other */
};

/* awscall_more.c: a step of the smaller services; moves *argv behind its words. */
int more_step(struct aws *a, char ***argv, struct err *e);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* awscall's steps of the smaller services. */
#include "awscall.h"

int more_step(struct aws *a, char ***argv, struct err *e)
{
	(void)a;
	return err_set(e, ERR_USAGE, "There is no step %s.", **argv);
}

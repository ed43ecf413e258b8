/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_AWS_OPEN_H
#define TWOKEY_CLI_AWS_OPEN_H

#include "aws/client.h"
#include "cli/config.h"

/* A client of AWS's as the configuration says; root takes nothing from the environment.
 * region NULL: the configuration's, else us-east-1.  Ends with aws_open_end; c must live as long. */
struct aws_open {
	struct aws *aws;
	struct aws_where where;
	struct aws_endpoint endpoints[2];
};
int aws_open(struct aws_open *a, const struct config *c, const char *region, struct err *e);
void aws_open_end(struct aws_open *a);

#endif

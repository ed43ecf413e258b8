/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_PARTITION_H
#define TWOKEY_CLI_PARTITION_H

#include <stddef.h>

/* The Region with the events and endpoints of global services of an AWS partition, whose
 * name is len bytes long: us-east-1 for "aws".  NULL for a name that is none. */
const char *partition_region(const char *name, size_t len);

#endif

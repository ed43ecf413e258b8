/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_FILE_LOCAL_H
#define TWOKEY_BASE_FILE_LOCAL_H

#include <sys/stat.h>

#include "base/file.h"

/* Shared by file.c and dir.c only. */

/* ERR_INTERNAL unless name is one part of a path. */
int file_check_name(const char *name, struct err *e);
/* Owner and mode of st; name "" means the folder `path` itself. */
int file_check_trust(const struct stat *st, enum file_trust trust, const char *path,
    const char *name, struct err *e);

#endif

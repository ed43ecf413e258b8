/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_CONFIG_LOCAL_H
#define TWOKEY_CLI_CONFIG_LOCAL_H

#include "base/json_scan.h"
#include "base/secret.h"
#include "cli/config.h"

/* An absolute path of clean text, without "." or ".." parts. */
int config_path_ok(const char *s);

/* Reads the list of "notify" into c->channels; key and value: room for words.  ERR_CONFIG
 * with the place; what was read then is the configuration's to free. */
int config_notify(struct config *c, struct json_scan *s, struct secret *key, struct secret *value,
    struct err *e);

#endif

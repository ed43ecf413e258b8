/* SPDX-License-Identifier: BSD-2-Clause */
/* twokey.conf. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config c;
	struct err e;

	err_clear(&e);
	if (config_parse(&c, (const char *)data, size, "f", &e) != 0) {
		if (e.code != ERR_CONFIG || strncmp(e.text, "f, line ", 8) != 0 || c.store != NULL)
			abort();
		return 0;
	}
	if ((c.store != NULL && c.store[0] != '/') || (c.state != NULL && c.state[0] != '/') ||
	    (c.host[0] != '\0' && !text_is_name(c.host)))
		abort();
	config_free(&c);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of a PAM stack, one a line: what is taken is in its limits, and says the
 * same when it is written anew. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate/pamargs.h"

#define WORDS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Each word has memory of its own, to the byte. */
static int split(char *word[WORDS_MAX], const uint8_t *data, size_t size)
{
	int n = 0;

	while (size > 0 && n < WORDS_MAX) {
		const uint8_t *end = memchr(data, '\n', size);
		const size_t len = end != NULL ? (size_t)(end - data) : size;

		word[n] = malloc(len + 1);
		assert(word[n] != NULL);
		memcpy(word[n], data, len);
		word[n++][len] = '\0';
		data += len + (end != NULL);
		size -= len + (end != NULL);
	}
	return n;
}

static void written(const struct pamargs *a)
{
	const size_t room = 16 + (a->conf != NULL ? strlen(a->conf) : 0) +
	    (a->users != NULL ? strlen(a->users) : 0);
	char *conf = malloc(room), *users = malloc(room), timeout[32];
	const char *argv[4];
	struct pamargs again;
	int n = 0;

	assert(conf != NULL && users != NULL);
	(void)snprintf(timeout, sizeof(timeout), "timeout=%d", a->timeout);
	argv[n++] = timeout;
	if (a->conf != NULL) {
		(void)snprintf(conf, room, "conf=%s", a->conf);
		argv[n++] = conf;
	}
	if (a->users != NULL) {
		(void)snprintf(users, room, "users=%s", a->users);
		argv[n++] = users;
	}
	if (a->debug)
		argv[n++] = "debug";
	assert(pamargs_parse(&again, n, argv) == NULL && same(again.conf, a->conf) &&
	    same(again.users, a->users) && again.timeout == a->timeout && again.debug == a->debug);
	free(conf);
	free(users);
}

/* Every account that stands in the list is concerned, whether there is one or not. */
static void listed(const struct pamargs *a)
{
	char *list = strdup(a->users), *rest = list, *name;

	assert(list != NULL);
	for (int i = 0; i < 4 && (name = strsep(&rest, ",")) != NULL; i++)
		assert(name[0] != '\0' && pamargs_concern(a, name) == 1);
	free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *word[WORDS_MAX];
	const int n = split(word, data, size);
	struct pamargs a;
	const char *bad = pamargs_parse(&a, n, (const char **)word);
	int known = 0;

	for (int i = 0; i < n; i++)
		known |= bad == word[i];
	assert(bad == NULL || known);
	if (bad == NULL) {
		assert(a.timeout >= 10 && a.timeout <= 600 && (a.conf == NULL || a.conf[0] == '/'));
		written(&a);
		if (a.users != NULL)
			listed(&a);
		else
			assert(pamargs_concern(&a, "nobody-of-that-name") == 1);
	}
	for (int i = 0; i < n; i++)
		free(word[i]);
	return 0;
}

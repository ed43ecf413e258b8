/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/pamargs.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MIN 10
#define TIMEOUT_MAX 600
#define NAME_LEN 256

/* Names that may stand in a list: anything without a blank, at least one. */
static int is_list(const char *s)
{
	return s[0] != '\0' && s[0] != ',' && s[strlen(s) - 1] != ',' && strstr(s, ",,") == NULL;
}

static int parse_timeout(int *out, const char *s)
{
	char *end;
	const long n = strtol(s, &end, 10);

	if (s[0] < '1' || s[0] > '9' || *end != '\0' || n < TIMEOUT_MIN || n > TIMEOUT_MAX)
		return -1;
	*out = (int)n;
	return 0;
}

static int parse_word(struct pamargs *a, const char *w)
{
	if (strncmp(w, "conf=", 5) == 0 && a->conf == NULL && w[5] == '/') {
		a->conf = w + 5;
		return 0;
	}
	if (strncmp(w, "users=", 6) == 0 && a->users == NULL && is_list(w + 6)) {
		a->users = w + 6;
		return 0;
	}
	if (strncmp(w, "timeout=", 8) == 0 && a->timeout == 0)
		return parse_timeout(&a->timeout, w + 8);
	if (strcmp(w, "debug") == 0 && !a->debug) {
		a->debug = 1;
		return 0;
	}
	return -1;
}

const char *pamargs_parse(struct pamargs *a, int argc, const char **argv)
{
	int i;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < argc; i++)
		if (parse_word(a, argv[i]) != 0)
			return argv[i];
	if (a->timeout == 0)
		a->timeout = PAMARGS_TIMEOUT;
	return NULL;
}

int pamargs_uid(const char *user, unsigned *uid)
{
	struct passwd entry, *found = NULL;
	char text[4096];

	if (getpwnam_r(user, &entry, text, sizeof(text), &found) != 0 || found == NULL)
		return -1;
	*uid = entry.pw_uid;
	return 0;
}

int pamargs_concern(const struct pamargs *a, const char *user)
{
	const char *at = a->users, *end;
	char name[NAME_LEN];
	unsigned uid, other;
	int known;

	if (a->users == NULL)
		return 1;
	known = pamargs_uid(user, &uid) == 0;
	for (; *at != '\0'; at = *end == ',' ? end + 1 : end) {
		end = strchrnul(at, ',');
		/* Too long to be a name: better one login too few than one too many. */
		if ((size_t)(end - at) >= sizeof(name))
			return 1;
		memcpy(name, at, (size_t)(end - at));
		name[end - at] = '\0';
		if (strcmp(name, user) == 0 ||
		    (known && pamargs_uid(name, &other) == 0 && other == uid))
			return 1;
	}
	return 0;
}

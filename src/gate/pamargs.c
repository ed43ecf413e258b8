/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/pamargs.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MIN 10
#define NAME_LEN 256
#define ENTRY_LEAST 1024
#define ENTRY_MOST 262144

/* Names that may stand in a list: anything without a blank, at least one. */
static int is_list(const char *s)
{
	return s[0] != '\0' && s[0] != ',' && s[strlen(s) - 1] != ',' && strstr(s, ",,") == NULL &&
	    strpbrk(s, " \t\n") == NULL;
}

static int parse_timeout(int *out, const char *s)
{
	char *end;
	const long n = strtol(s, &end, 10);

	if (s[0] < '1' || s[0] > '9' || *end != '\0' || n < TIMEOUT_MIN || n > PAMARGS_TIMEOUT_MAX)
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
	size_t len = ENTRY_LEAST;
	char *text = NULL, *more;
	int n = ERANGE;

	/* An entry may be long (a name service's). */
	for (; n == ERANGE && len <= ENTRY_MOST; len *= 4) {
		more = realloc(text, len);
		n = more == NULL ? ENOMEM : 0;
		text = more == NULL ? text : more;
		if (n == 0)
			n = getpwnam_r(user, &entry, text, len, &found);
	}
	if (n == 0 && found != NULL)
		*uid = entry.pw_uid;
	free(text);
	return n == 0 ? found == NULL : -1;
}

int pamargs_concern(const struct pamargs *a, const char *user)
{
	const char *at = a->users, *end;
	char name[NAME_LEN];
	unsigned uid, other;
	int known, n;

	if (a->users == NULL)
		return 1;
	known = pamargs_uid(user, &uid);
	if (known < 0)
		return 1;
	for (; *at != '\0'; at = *end == ',' ? end + 1 : end) {
		end = strchrnul(at, ',');
		/* Too long to be a name: better one login too few than one too many. */
		if ((size_t)(end - at) >= sizeof(name))
			return 1;
		memcpy(name, at, (size_t)(end - at));
		name[end - at] = '\0';
		n = pamargs_uid(name, &other);
		if (n < 0 || strcmp(name, user) == 0 || (known == 0 && n == 0 && other == uid))
			return 1;
	}
	return 0;
}

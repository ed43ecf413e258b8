/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/doctor.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/secret.h"

#define SHADOW_FOLDER "/etc"
#define SHADOW_NAME "shadow"
#define SHADOW SHADOW_FOLDER "/" SHADOW_NAME
#define SHADOW_BYTES (1024u * 1024u)
#define UNIT_BYTES (64u * 1024u)
#define FORCE "SYSTEMD_SULOGIN_FORCE="

/* Behind "root:", or NULL. */
static const char *root_field(const char *text)
{
	for (; *text != '\0'; text += strcspn(text, "\n"), text += *text == '\n')
		if (strncmp(text, "root:", 5) == 0)
			return text + 5;
	return NULL;
}

static void shadow(struct doctor *d)
{
	struct secret *text = NULL;
	struct err why = { 0 };
	const char *field;
	struct dir dir;

	if (dir_open(&dir, SHADOW_FOLDER, FILE_OURS, &why) == 0) {
		(void)file_read_secret(&text, &dir, SHADOW_NAME, SHADOW_BYTES, FILE_OURS, &why);
		dir_close(&dir);
	}
	if (text == NULL) {
		doctor_add_err(d, "rescue", &why);
		return;
	}
	field = root_field((const char *)text->data);
	if (field != NULL && (field[0] == ':' || field[0] == '\n' || field[0] == '\0'))
		doctor_add(d, "rescue", FINDING_BAD, "passwd root", "Root's password in " SHADOW " is "
		    "empty: rescue mode, and much else, lets anybody in.");
	else if (field == NULL || field[0] == '*' || field[0] == '!')
		doctor_add(d, "rescue", FINDING_NOTE, "passwd root", "Root has no password in " SHADOW
		    ": sulogin will refuse everybody in rescue mode.");
	else
		doctor_add(d, "rescue", FINDING_OK, NULL, "Rescue mode asks for root's password.");
	secret_free(&text);
}

/* What systemd takes for false: parse_boolean. */
static int is_false(const char *s)
{
	static const char *const no[] = { "0", "no", "n", "false", "f", "off" };
	const size_t n = strcspn(s, " \t\n\"'");

	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (strlen(no[i]) == n && strncasecmp(s, no[i], n) == 0)
			return 1;
	return n == 0;
}

/* A line of it that is no comment sets the variable. */
static int forces(const char *text)
{
	int set = 0;

	for (; *text != '\0'; text += strcspn(text, "\n"), text += *text == '\n') {
		const size_t n = strcspn(text, "\n");
		const char *at = memmem(text, n, FORCE, strlen(FORCE));
		const char first = text[strspn(text, " \t")];

		if (at != NULL && first != '#' && first != ';')
			set |= !is_false(at + strlen(FORCE));
	}
	return set;
}

struct unit {
	struct doctor *d;
	const char *folder;
};

static int drop_in(void *ctx, const char *name, struct err *e)
{
	const struct unit *u = ctx;
	const size_t n = strlen(name);
	struct buf text = BUF_INIT;
	struct err why = { 0 };
	char path[512], mend[ERR_HINT_MAX];

	(void)e;
	if (n < 5 || strcmp(name + n - 5, ".conf") != 0)
		return 0;
	(void)snprintf(path, sizeof(path), "%s/%s", u->folder, name);
	if (doctor_read(&text, path, UNIT_BYTES, &why) != 0)
		doctor_add_err(u->d, "rescue", &why);
	else if (forces(buf_str(&text))) {
		(void)snprintf(mend, sizeof(mend), "Take that line out: ${EDITOR:-vi} '%.200s', then: "
		    "systemctl daemon-reload", path);
		doctor_add(u->d, "rescue", FINDING_BAD, mend, "%s sets SYSTEMD_SULOGIN_FORCE: where "
		    "root is locked, rescue mode gives a root shell to anybody.", path);
	}
	buf_free(&text);
	return 0;
}

static void unit(struct doctor *d, const char *folder)
{
	struct unit u = { d, folder };
	struct err why = { 0 };
	struct dir dir;

	if (dir_open(&dir, folder, FILE_OURS, &why) == 0) {
		(void)dir_each(&dir, drop_in, &u, &why);
		dir_close(&dir);
	}
	if (why.code != ERR_NONE && why.code != ERR_MISSING)
		doctor_add_err(d, "rescue", &why);
}

void doctor_rescue(struct doctor *d)
{
	shadow(d);
	unit(d, "/etc/systemd/system/rescue.service.d");
	unit(d, "/etc/systemd/system/emergency.service.d");
}

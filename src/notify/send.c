/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/channel_local.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define SECRET_BYTES 512

int channel_secret(struct secret **out, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
	struct dir d = { -1, NULL };
	int r = folder == NULL ? err_set(e, ERR_MEMORY, "Out of memory.") : dir_open(&d, folder, FILE_ANY, e);

	*out = NULL;
	if (r == 0)
		r = file_read_secret(out, &d, slash + 1, SECRET_BYTES, FILE_PRIVATE, e);
	if (r == 0)
		(*out)->len = strcspn((const char *)(*out)->data, "\r\n");
	if (r == 0 && (*out)->len == 0)
		r = err_set(e, ERR_CONFIG, "%s is empty.", path);
	if (r != 0)
		secret_free(out);
	dir_close(&d);
	free(folder);
	return r;
}

int channel_check(const struct channel *c, struct err *e)
{
	struct secret *s = NULL;
	int r = c->program != NULL ? program_check(c->program, e) : 0;

	if (r == 0 && c->secret != NULL)
		r = channel_secret(&s, c->secret, e);
	secret_free(&s);
	return r;
}

int channel_send(const struct channel *c, const struct channel_way *way, const struct message *m,
    struct err *e)
{
	switch (c->kind) {
	case CHANNEL_JOURNAL:
		return send_journal(c, m, e);
	case CHANNEL_SYSLOG:
		return send_syslog(c, m, e);
	case CHANNEL_PROGRAM:
		return send_program(c, way->root, m, e);
	case CHANNEL_MAIL:
		return send_mail(c, way->net, m, e);
	case CHANNEL_WEBHOOK:
		return send_webhook(c, way->net, m, e);
	case CHANNEL_SNS:
		return send_sns(c, way->aws, m, e);
	case CHANNEL_EVENTBRIDGE:
		return send_eventbridge(c, way->aws, m, e);
	case CHANNEL_MOTD:
	case CHANNEL_KINDS:
		break;
	}
	return err_set(e, ERR_INTERNAL, "The channel %s is of no kind.", c->name);
}

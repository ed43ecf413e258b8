/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/notice.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

static const char *const levels[] = { "info", "warning", "alarm" };

static int add_clean(json *list, const char *text)
{
	char clean[2048];

	text_escape(clean, sizeof(clean), text, strlen(text));
	return json_add_str(list, clean);
}

json *notice_new(const struct notice_in *in)
{
	json *j = json_new_object(), *lines = json_new_array();
	char subject[256], text[512];
	int bad;

	(void)snprintf(text, sizeof(text), "twokey %s: %.400s", in->vault_name, in->what);
	text_escape(subject, sizeof(subject), text, strlen(text));
	bad = add_clean(lines, in->what) | (in->more != NULL ? add_clean(lines, in->more) : 0);
	bad |= json_set_str(j, "command", in->command) | json_set_str(j, "event", in->event) |
	    json_set_bool(j, "escalated", in->escalated) | json_set_str(j, "host", in->host) |
	    json_set_str(j, "id", in->id) | json_set_str(j, "level", levels[in->level]) |
	    json_set(j, "lines", lines) | json_set_str(j, "record", in->record) |
	    json_set_str(j, "subject", subject) | json_set_time(j, "time", in->time) |
	    json_set_str(j, "vault", in->vault);
	if (bad)
		json_free(&j);
	return j;
}

int notice_ok(const json *j)
{
	const json *lines = json_get(j, "lines");

	for (size_t i = 0; i < json_len(lines); i++)
		if (json_str_at(lines, i) == NULL)
			return 0;
	return json_shape(j, "a notice", NULL, "command=L?", "event=s", "escalated=f", "host=n", "id=h", "level=s",
	    "lines=a", "record=n?", "subject=s", "time=t", "vault=h", NULL) == 0;
}

void notice_text(struct buf *out, const struct message *m)
{
	const json *n = m->notice, *lines = json_get(n, "lines");
	const char *command = json_str(n, "command");

	for (size_t i = 0; i < json_len(lines); i++)
		buf_printf(out, "%s\n", json_str_at(lines, i));
	if (command != NULL)
		buf_printf(out, "\nDo this:  %s\n", command);
	buf_printf(out, "\nhost      %s\ntime      %s\nvault     %s\nmessage   %s\n", json_str(n, "host"),
	    json_str(n, "time"), json_str(n, "vault"), json_str(n, "id"));
	if (m->tries > 1)
		buf_printf(out, "This is try %lld: it may have come before, with the same number of message.\n",
		    (long long)m->tries);
	if (*m->checkpoint != '\0')
		buf_printf(out, "\nThe log's checkpoint, to keep outside of the host:\n\n%s", m->checkpoint);
}

int notice_document(struct buf *out, const struct message *m, struct err *e)
{
	json *j = json_copy(m->notice), *lines = json_new_array();
	const char *p = m->checkpoint;
	char line[512];
	int r = 0;

	while (r == 0 && *p != '\0') {
		const size_t len = strcspn(p, "\n");

		text_escape(line, sizeof(line), p, len);
		r = json_add_str(lines, line);
		p += len + (p[len] == '\n');
	}
	if (json_set(j, "checkpoint", lines) != 0 || r != 0 || json_set_int(j, "try", m->tries) != 0 ||
	    json_set_str(j, "type", "twokey-notice-v1") != 0)
		r = err_set(e, ERR_MEMORY, "Out of memory.");
	else
		r = json_canonical(out, j, e);
	json_free(&j);
	return r;
}

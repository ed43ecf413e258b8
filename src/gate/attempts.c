/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/attempts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "ceremony/entries_login.h"

#define FOLDER "attempts"
#define FILE_NAME "attempts.json"
#define LOCK_NAME ".lock"
#define TYPE "twokey-attempts-v1"
#define MAX_BYTES 65536
#define WAIT_MS 500
#define PART_MAX 65		/* bytes of a source's part, NUL included */
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define PAUSE_MOST 60		/* minutes */

struct source {
	char service[PART_MAX], user[PART_MAX], rhost[PART_MAX];
	int64_t count;
};
struct early {
	char holder[NAME_MAX_LEN + 1];
	int64_t count;
};
struct count {
	int64_t from, to, more;
	struct source sources[ATTEMPTS_SOURCES];
	size_t n;
	struct attempts_pace pace;
	int64_t day;			/* since 1970, of: */
	struct early early[ATTEMPTS_HOLDERS];
	size_t n_early;
};

static int open_locked(struct dir *d, int *lock, const struct session *s, struct err *e)
{
	int r = dir_sub(d, state_dir(s->state), FOLDER, 1, 0700, FILE_PRIVATE, e);

	if (r == 0 && (r = file_lock(lock, d, LOCK_NAME, WAIT_MS, e)) != 0)
		dir_close(d);
	return r;
}

static void close_locked(struct dir *d, int lock)
{
	(void)close(lock);
	dir_close(d);
}

static int order(const struct source *a, const struct source *b)
{
	int c = strcmp(a->service, b->service);

	if (c == 0)
		c = strcmp(a->user, b->user);
	return c != 0 ? c : strcmp(a->rhost, b->rhost);
}

static int read_source(struct source *to, const json *j, struct err *e)
{
	if (json_shape(j, FILE_NAME, e, "service=s", "user=s", "rhost=s", "count=u", NULL) != 0)
		return ERR_INPUT;
	(void)snprintf(to->service, PART_MAX, "%s", json_str(j, "service"));
	(void)snprintf(to->user, PART_MAX, "%s", json_str(j, "user"));
	(void)snprintf(to->rhost, PART_MAX, "%s", json_str(j, "rhost"));
	to->count = json_int(j, "count");
	return to->count > 0 ? 0 : ERR_INPUT;
}

static int read_early(struct count *c, const json *list, struct err *e)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const json *j = json_at(list, i);
		struct early *to = &c->early[c->n_early];

		if (i == ATTEMPTS_HOLDERS ||
		    json_shape(j, FILE_NAME, e, "holder=n", "count=u", NULL) != 0)
			return ERR_INPUT;
		(void)snprintf(to->holder, sizeof(to->holder), "%s", json_str(j, "holder"));
		to->count = json_int(j, "count");
		if (i > 0 && strcmp(to[-1].holder, to->holder) >= 0)
			return ERR_INPUT;
		c->n_early++;
	}
	return 0;
}

/* A count that is not there or was damaged by a power cut is none. */
static void read_count(struct count *c, const struct dir *d)
{
	struct buf b = BUF_INIT;
	struct err why = { 0 };
	json *j = NULL;
	const json *list;
	int r = file_read(&b, d, FILE_NAME, MAX_BYTES, FILE_PRIVATE, &why);

	memset(c, 0, sizeof(*c));
	if (r == 0)
		r = json_parse(&j, b.data, b.len, JSON_CANONICAL, FILE_NAME, &why);
	if (r == 0)
		r = json_shape(j, FILE_NAME, &why, "type=s", "from=t", "to=t", "more=u", "sources=a",
		    "recorded=t", "pause=u", "day=u", "early=a", NULL);
	list = json_get(j, "sources");
	if (r == 0 && json_len(list) > ATTEMPTS_SOURCES)
		r = ERR_INPUT;
	for (size_t i = 0; r == 0 && i < json_len(list); i++) {
		r = read_source(&c->sources[c->n++], json_at(list, i), &why);
		if (r == 0 && i > 0 && order(&c->sources[i - 1], &c->sources[i]) >= 0)
			r = ERR_INPUT;
	}
	if (r == 0)
		r = read_early(c, json_get(j, "early"), &why);
	c->from = json_time(j, "from");
	c->to = json_time(j, "to");
	c->more = json_int(j, "more");
	c->pace.recorded = json_time(j, "recorded");
	c->pace.pause = json_int(j, "pause");
	c->day = json_int(j, "day");
	if (r != 0 || c->to < c->from || c->pace.pause > PAUSE_MOST)
		memset(c, 0, sizeof(*c));
	json_free(&j);
	buf_free(&b);
}

static json *count_json(const struct count *c, const char *type)
{
	json *j = json_new_object(), *list = json_new_array();
	int bad = 0;

	for (size_t i = 0; i < c->n; i++) {
		json *one = json_new_object();

		bad |= json_set_str(one, "service", c->sources[i].service) |
		    json_set_str(one, "user", c->sources[i].user) |
		    json_set_str(one, "rhost", c->sources[i].rhost) |
		    json_set_int(one, "count", c->sources[i].count);
		bad |= json_add(list, one);
	}
	bad |= json_set_str(j, "type", type) | json_set_time(j, "from", c->from) |
	    json_set_time(j, "to", c->to) | json_set_int(j, "more", c->more) |
	    json_set(j, "sources", list);
	if (bad)
		json_free(&j);
	return j;
}

static void add(struct count *c, const struct source *one, int64_t now)
{
	size_t i = 0;

	if (c->n == 0)
		c->from = now;
	c->to = now > c->from ? now : c->from;
	while (i < c->n && order(&c->sources[i], one) < 0)
		i++;
	if (i < c->n && order(&c->sources[i], one) == 0) {
		c->sources[i].count++;
	} else if (c->n == ATTEMPTS_SOURCES) {
		c->more++;
	} else {
		memmove(&c->sources[i + 1], &c->sources[i], (c->n - i) * sizeof(*one));
		c->sources[i] = *one;
		c->n++;
	}
}

static json *early_json(const struct count *c)
{
	json *list = json_new_array();
	int bad = 0;

	for (size_t i = 0; i < c->n_early; i++) {
		json *one = json_new_object();

		bad |= json_set_str(one, "holder", c->early[i].holder) |
		    json_set_int(one, "count", c->early[i].count);
		bad |= json_add(list, one);
	}
	if (bad)
		json_free(&list);
	return list;
}

static int write_file(struct buf *b, const struct count *c, struct err *e)
{
	json *j = count_json(c, TYPE);
	int r = json_set_time(j, "recorded", c->pace.recorded) != 0 ||
	    json_set_int(j, "pause", c->pace.pause) != 0 || json_set_int(j, "day", c->day) != 0 ||
	    json_set(j, "early", early_json(c)) != 0 ? ERR_MEMORY : json_canonical(b, j, e);

	json_free(&j);
	return r;
}

static int write_count(const struct count *c, const struct dir *d)
{
	struct buf b = BUF_INIT;
	int r = write_file(&b, c, NULL);

	if (r == 0)
		r = file_replace_soft(d, FILE_NAME, b.data, b.len, 0600, NULL);
	buf_free(&b);
	return r;
}

/* Where what is there is longer: a full disk has room for that. */
static int write_over(const struct count *c, const struct dir *d)
{
	const int fd = openat(d->fd, FILE_NAME, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	struct buf b = BUF_INIT;
	int r = fd < 0 ? -1 : write_file(&b, c, NULL);

	if (r == 0)
		r = file_write_all(fd, b.data, b.len, FILE_NAME, NULL);
	if (r == 0)
		r = ftruncate(fd, (off_t)b.len);
	if (fd >= 0)
		(void)close(fd);
	buf_free(&b);
	return r;
}

/* What stands in for a text that is too long is clean all the same. */
static void part(char out[PART_MAX], const char *text)
{
	text_escape(out, PART_MAX, text, strlen(text));
}

void attempts_fold(const struct session *s, const char *service, const char *user,
    const char *rhost)
{
	struct count *c = calloc(1, sizeof(*c));
	struct source one = { .count = 1 };
	struct dir d;
	int lock;

	if (c != NULL && open_locked(&d, &lock, s, NULL) == 0) {
		part(one.service, service);
		part(one.user, user);
		part(one.rhost, rhost);
		read_count(c, &d);
		add(c, &one, clock_now(s->clock));
		(void)write_count(c, &d);
		close_locked(&d, lock);
	}
	free(c);
}

int attempts_due(struct attempts_pace *p, int64_t from, int64_t now)
{
	int64_t pause = p->pause;

	/* Nobody tried between the last entry and `from`. */
	for (int64_t quiet = from - p->recorded; quiet >= HOUR && pause > 0; quiet -= HOUR)
		pause /= 2;
	/* A clock that was set back holds nothing up. */
	if (now >= p->recorded && now - p->recorded < pause * MINUTE)
		return 0;
	p->recorded = now;
	p->pause = pause == 0 ? 1 : pause > PAUSE_MOST / 2 ? PAUSE_MOST : 2 * pause;
	return 1;
}

static int record(struct session *s, const struct count *c, struct err *e)
{
	struct log_options o = session_options(s, LOG_SPACE_NONE, 0);
	json *entry = count_json(c, "login.attempts");
	int r = entry != NULL ? log_append_one(s->log, entry, &o, NULL, e)
			      : err_set(e, ERR_MEMORY, "There is not enough memory for a log entry.");

	json_free(&entry);
	return r;
}

/* Power cut before it: counted twice, never lost. */
static int begin_anew(struct count *c, const struct dir *d, struct err *e)
{
	c->n = 0;
	c->from = c->to = c->more = 0;
	/* Where it cannot even be written over, the next entry comes at once. */
	if (write_count(c, d) != 0 && write_over(c, d) != 0 && unlinkat(d->fd, FILE_NAME, 0) != 0)
		return err_set(e, ERR_IO, "The count of attempts cannot be begun anew.");
	return 0;
}

int attempts_record(struct session *s, struct err *e)
{
	struct count *c;
	struct dir d;
	int lock, r;

	if (dir_sub(&d, state_dir(s->state), FOLDER, 0, 0700, FILE_PRIVATE, NULL) != 0)
		return 0;	/* nobody was ever refused */
	dir_close(&d);
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory for a log entry.");
	if ((r = open_locked(&d, &lock, s, e)) == 0) {
		read_count(c, &d);
		if (c->n > 0 && attempts_due(&c->pace, c->from, clock_now(s->clock)) &&
		    (r = record(s, c, e)) == 0)
			r = begin_anew(c, &d, e);
		close_locked(&d, lock);
	}
	free(c);
	return r;
}

/* Of today; NULL: there is no room for one more. */
static struct early *early_of(struct count *c, const char *holder, int64_t now)
{
	size_t i = 0;

	if (c->day != now / DAY)
		c->n_early = 0;
	c->day = now / DAY;
	while (i < c->n_early && strcmp(c->early[i].holder, holder) < 0)
		i++;
	if (i < c->n_early && strcmp(c->early[i].holder, holder) == 0)
		return &c->early[i];
	if (c->n_early == ATTEMPTS_HOLDERS)
		return NULL;
	memmove(&c->early[i + 1], &c->early[i], (c->n_early - i) * sizeof(c->early[0]));
	c->n_early++;
	c->early[i].count = 0;
	(void)snprintf(c->early[i].holder, sizeof(c->early[i].holder), "%s", holder);
	return &c->early[i];
}

int attempts_early(const struct session *s, const char *holder, int by)
{
	struct count *c = calloc(1, sizeof(*c));
	struct early *one;
	struct dir d;
	int lock, ok = 0;

	if (c != NULL && open_locked(&d, &lock, s, NULL) == 0) {
		read_count(c, &d);
		one = early_of(c, holder, clock_now(s->clock));
		ok = one != NULL && one->count + by >= 0 && one->count + by <= ATTEMPTS_EARLY;
		if (ok) {
			one->count += by;
			ok = write_count(c, &d) == 0;
		}
		close_locked(&d, lock);
	}
	free(c);
	return ok;
}

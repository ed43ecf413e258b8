/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/open.h"
#include "cli/say.h"
#include "log/archive.h"

static const struct opt opts[] = {
	{ "all", NULL, "one archive of everything, that log verify --archive takes", 0 },
	{ "out", "FILE", "a new file to write (needed with --all)", 0 },
	{ "host", "NAME", "whose log (default: this machine's)", 0 },
	{ "from", "N", "entries from this number on", 0 },
	{ NULL, NULL, NULL, 0 }
};

static int damaged(int r)
{
	return r == ERR_TAMPERED || r == ERR_ROLLBACK;
}

/* What is damaged is wanted, too, by who finds out what happened: it is written
 * as it stands, and the reason is what the command ends with. */
static int export(const struct cli *cli, const struct session *s, int fd, const char *host,
    int64_t from, struct err *e)
{
	uint8_t root[HASH_LEN] = { 0 };
	struct err why = { 0 };
	int64_t size = -1;
	int r, bad;

	if (args_flag(cli->args, "all")) {
		bad = session_check_logs(s, &why);
		if (bad != 0 && !damaged(bad))
			return err_give(e, &why);
		r = archive_write(fd, s->store, e);
	} else {
		bad = session_log_extent(s, host, &size, root, &why);
		if (bad != 0 && !damaged(bad))
			return err_give(e, &why);
		/* At the end is no mistake: whoever fetches what is new finds nothing. */
		if (bad == 0 && from > size) {
			err_set(e, ERR_MISSING, "The log of %s has no entry %lld: it holds %lld.", host,
			    (long long)from, (long long)size);
			err_hint(e, "`twokey log show` lists all of them.");
			return ERR_MISSING;
		}
		r = archive_lines(fd, s->store, host, from, bad != 0 ? -1 : size, root, e);
	}
	return r == 0 && bad != 0 ? err_give(e, &why) : r;
}

static int to_file(const struct cli *cli, const struct session *s, const char *path,
    const char *host, int64_t from, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644), r;

	if (fd < 0 && errno == EEXIST) {
		err_set(e, ERR_EXISTS, "%s exists already; it was left as it is.", path);
		err_hint(e, "Name another file with --out.");
		return ERR_EXISTS;
	}
	if (fd < 0)
		return err_errno(e, ERR_IO, errno, "%s cannot be made", path);
	r = export(cli, s, fd, host, from, e);
	if (r == 0 && fsync(fd) != 0)
		r = err_errno(e, ERR_IO, errno, "%s cannot be written", path);
	if (close(fd) != 0 && r == 0)
		r = err_errno(e, ERR_IO, errno, "%s cannot be written", path);
	if (r != 0 && !damaged(r))
		(void)unlink(path);
	else
		say(r == 0 ? "Wrote %s." : "Wrote %s, with a log that does not hold.", path);
	return r;
}

static int run(const struct cli *cli, struct err *e)
{
	const char *out = args_value(cli->args, "out"), *host = args_value(cli->args, "host");
	struct open_vault v;
	int64_t from = 0;
	int r;

	if (args_flag(cli->args, "all") && out == NULL)
		return err_set(e, ERR_USAGE, "--all needs --out FILE.");
	if ((r = args_number(cli->args, "from", 0, INT64_C(1) << 52, &from, e)) != 0 ||
	    (r = open_vault(&v, cli, e)) != 0)
		return r;
	if (host == NULL)
		host = v.session->host;
	if (out != NULL)
		r = to_file(cli, v.session, out, host, from, e);
	else
		r = export(cli, v.session, STDOUT_FILENO, host, from, e);
	close_vault(&v);
	return r;
}

const struct command cmd_log_export = {
	.name = "log export",
	.summary = "write entries, or everything, out",
	.text = "Writes a log's entries as JSON lines. With --all, one archive (POSIX ustar) of "
	    "policies, records, shares and logs, which `twokey log verify --archive` takes "
	    "years later, without any configuration. A log that does not lead to its head is "
	    "written as it stands, with exit code 6.",
	.opts = opts,
	.run = run
};

/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <string.h>

#include "cli/partition.h"
#include "cli/say.h"
#include "cli/texts.h"

#define RETAIN_DAYS 400		/* a year, and the audit of it */
#define RETAIN_DAYS_MAX 3650
#define ROLE_MAX 512

static const struct opt opts[] = {
	{ "role", "ARN", "the role of the vault's hosts, which may use all of it", OPT_NEEDED },
	{ "bucket", "NAME", "the log bucket's name (default: CloudFormation makes one)", 0 },
	{ "retain", "DAYS", "how long nobody can delete a log file (default: 400)", 0 },
	{ "without", "witness|queue|bucket", "leave this part out", OPT_MANY },
	{ NULL, NULL, NULL, 0 }
};

struct setup {
	const char *role;	/* its ARN */
	const char *role_name;
	const char *bucket;	/* or NULL */
	int64_t days;
	int witness, queue, logs;
	const char *region;	/* where it is deployed */
};

static int role_wrong(struct err *e, const char *arn)
{
	if (arn == NULL)
		err_set(e, ERR_USAGE, "--role is needed: the ARN of the role by which the vault's hosts call AWS.");
	else
		err_set(e, ERR_USAGE, "--role takes the ARN of a role, not `%.100s`.", arn);
	if (arn != NULL && strstr(arn, ":assumed-role/") != NULL)
		err_hint(e, "That is a session of a role; the role's own ARN is in IAM, or in what `aws iam "
		    "get-role --role-name NAME` prints.");
	else
		err_hint(e, "It looks like arn:aws:iam::111122223333:role/twokey-host.");
	return ERR_USAGE;
}

/* arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME */
static int choose_role(struct setup *s, const char *arn, struct err *e)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@_-/";
	const char *rest;
	size_t len;

	if (arn == NULL || strlen(arn) > ROLE_MAX || strncmp(arn, "arn:", 4) != 0)
		return role_wrong(e, arn);
	len = strcspn(arn + 4, ":");
	s->region = partition_region(arn + 4, len);
	rest = arn + 4 + len;
	if (s->region == NULL || strncmp(rest, ":iam::", 6) != 0)
		return role_wrong(e, arn);
	rest += 6;
	if (strspn(rest, "0123456789") != 12 || strncmp(rest + 12, ":role/", 6) != 0)
		return role_wrong(e, arn);
	rest += 18;
	if (rest[0] == '/' || rest[strspn(rest, allowed)] != '\0' || strstr(rest, "//") != NULL)
		return role_wrong(e, arn);
	s->role = arn;
	s->role_name = strrchr(arn, '/') + 1;
	return s->role_name[0] == '\0' || strlen(s->role_name) > 64 ? role_wrong(e, arn) : 0;
}

/* S3's rules for names, without dots: TLS's certificates do not fit names with dots. */
static int choose_bucket(struct setup *s, const char *name, struct err *e)
{
	size_t len;

	if (name == NULL)
		return 0;
	len = strlen(name);
	if (len < 3 || len > 63 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != len ||
	    name[0] == '-' || name[len - 1] == '-') {
		err_set(e, ERR_USAGE, "--bucket takes 3 to 63 lower-case letters, digits and hyphens, with no hyphen "
		    "at an end, not `%.100s`.", name);
		return err_hint(e, "Names of buckets are unique in the world: acme-root-logs-111122223333 is likely free.");
	}
	s->bucket = name;
	return 0;
}

static int choose(struct setup *s, const struct args *a, struct err *e)
{
	int r;

	*s = (struct setup){ .days = RETAIN_DAYS, .witness = 1, .queue = 1, .logs = 1 };
	for (size_t i = 0; i < args_count(a, "without"); i++) {
		const char *part = args_nth(a, "without", i);

		if (strcmp(part, "witness") == 0)
			s->witness = 0;
		else if (strcmp(part, "queue") == 0)
			s->queue = 0;
		else
			s->logs = 0;
	}
	if ((r = choose_role(s, args_value(a, "role"), e)) != 0 ||
	    (r = choose_bucket(s, args_value(a, "bucket"), e)) != 0 ||
	    (r = args_number(a, "retain", 1, RETAIN_DAYS_MAX, &s->days, e)) != 0)
		return r;
	if (!s->logs && (s->bucket != NULL || args_flag(a, "retain")))
		return err_set(e, ERR_USAGE, "--without bucket goes with neither --bucket nor --retain.");
	return 0;
}

static int wanted(const struct setup *s, const char *word)
{
	if (strcmp(word, "witness") == 0)
		return s->witness;
	if (strcmp(word, "queue") == 0)
		return s->queue;
	if (strcmp(word, "bucket") == 0)
		return s->logs;
	return strcmp(word, "named") == 0 && s->bucket != NULL;
}

static void put_value(struct buf *out, const struct setup *s, const char *word, size_t len)
{
	if (len == 4 && memcmp(word, "role", len) == 0)
		buf_puts(out, s->role);
	else if (len == 9 && memcmp(word, "role-name", len) == 0)
		buf_puts(out, s->role_name);
	else if (len == 6 && memcmp(word, "bucket", len) == 0)
		buf_puts(out, s->bucket);
	else
		buf_printf(out, "%lld", (long long)s->days);
}

/* A line of the template, with values for the @words@ in it. */
static void put_line(struct buf *out, const struct setup *s, const char *line)
{
	const char *from, *to;

	while ((from = strchr(line, '@')) != NULL && (to = strchr(from + 1, '@')) != NULL) {
		buf_put(out, line, (size_t)(from - line));
		put_value(out, s, from + 1, (size_t)(to - from - 1));
		line = to + 1;
	}
	buf_puts(out, line);
	buf_puts(out, "\n");
}

static void put_template(struct buf *out, const struct setup *s)
{
	int depth = 0, off = 0;		/* off: the depth at which lines began to be left out */

	for (const char *const *l = aws_template[0].lines; *l != NULL; l++) {
		if (strncmp(*l, "#if ", 4) == 0) {
			depth++;
			if (off == 0 && !wanted(s, *l + 4))
				off = depth;
		} else if (strcmp(*l, "#end") == 0) {
			if (off == depth)
				off = 0;
			depth--;
		} else if (off == 0) {
			put_line(out, s, *l);
		}
	}
}

/* Prices as AWS's pages told them in November 2026, for us-east-1. */
static void say_cost(const struct setup *s)
{
	say("Cost, an estimate of November 2026: US dollars a month, prices of us-east-1.");
	if (s->witness) {
		say("  witness key  1.00, and 1.00 more after each of the first two yearly rotations;");
		say("               calls: 0.03 per 10,000 above 20,000");
	}
	if (s->queue) {
		say("  queue        0.00: 0.40 per million requests above the first million, and");
		say("               waiting for messages takes 130,000");
	}
	if (s->logs) {
		say("  bucket       1.00: 0.005 per 1,000 files that the trail writes, 0.023 per GB;");
		say("               a busy account's trail costs more");
	}
	say("  in all       about %d.00 for a small account", s->witness + s->logs);
	say("The first trail of an account is free, a second one costs 2.00 per 100,000");
	say("events. AWS's own pricing pages decide.");
	say("%s", "");
}

static void say_next(const struct setup *s)
{
	say("Deploy what went to standard output, as twokey.json, in the role's account:");
	say("  aws cloudformation deploy --stack-name twokey --template-file twokey.json \\");
	say("      --capabilities CAPABILITY_IAM --region %s", s->region);
	say("Names and ARNs of what it made:");
	say("  aws cloudformation describe-stacks --stack-name twokey --region %s \\", s->region);
	say("      --query \"Stacks[0].Outputs\"");
	if (s->logs) {
		say("For %lld days nobody, root neither, can delete a file from the bucket or shorten", (long long)s->days);
		say("that time. The bucket stays when the stack goes.");
	}
	if (s->witness)
		say("The witness key stays when the stack goes: what was sealed with it needs it.");
	if (s->queue || s->logs) {
		say("Rules and bucket get only what a trail logs: make one of all Regions next, as");
		say("docs/aws/README.md says.");
	}
}

static int run(const struct cli *cli, struct err *e)
{
	struct setup s;
	struct buf out = BUF_INIT;
	int r = choose(&s, cli->args, e);

	if (r != 0)
		return r;
	put_template(&out, &s);
	r = say_out(&out, e);
	buf_free(&out);
	if (r == 0) {
		say_cost(&s);
		say_next(&s);
	}
	return r;
}

const struct command cmd_aws_setup = {
	.name = "aws-setup",
	.summary = "print what to set up in AWS, as a CloudFormation template",
	.text = "The template has a queue with rules that send to it what root users do, a KMS key as "
	    "witness, a bucket for a trail whose files nobody can delete, and policies for the role. What "
	    "it costs and how to deploy it is said on standard error. Nothing is called, and nothing "
	    "changed, in AWS.",
	.opts = opts,
	.run = run
};

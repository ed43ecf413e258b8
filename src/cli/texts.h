/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_TEXTS_H
#define TWOKEY_CLI_TEXTS_H

/* Files that are compiled in, so that they are at hand wherever the program is
 * (texts.awk makes them C). */
struct text {
	const char *name;		/* the file's, without folder and ending */
	const char *const *lines;	/* without newlines, ended by NULL */
};

/* docs/aws/template.json.in alone.  Lines `#if WORD` and `#end` enclose what goes in
 * when WORD is wanted; @word@ stands for a value (cmd_aws_setup.c). */
extern const struct text aws_template[];
/* docs/runbooks, in the order in which they are listed; ended by name NULL. */
extern const struct text runbooks[];

#endif

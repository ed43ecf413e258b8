/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate/pamargs.h"

#define DEFS "/etc/login.defs"
#define DEFS_BYTES (256u * 1024u)
#define WORD "LOGIN_TIMEOUT"
#define USUAL 60		/* seconds, where the file says nothing */
#define MORE 10			/* behind the module's own limit */

/* The last line that gives it counts; 0: login waits for ever. */
static long seconds(const char *text)
{
	long n = USUAL;

	for (; *text != '\0'; text += strcspn(text, "\n"), text += *text == '\n') {
		const char *at = text + strspn(text, " \t");
		const size_t word = sizeof(WORD) - 1;

		if (strncmp(at, WORD, word) == 0 && (at[word] == ' ' || at[word] == '\t'))
			n = strtol(at + word, NULL, 0);
	}
	return n;
}

void doctor_login(struct doctor *d, int timeout)
{
	const long least = (timeout > 0 ? timeout : PAMARGS_TIMEOUT) + MORE;
	struct buf text = BUF_INIT;
	struct err why = { 0 };
	char mend[ERR_HINT_MAX];
	long n;

	if (doctor_read(&text, DEFS, DEFS_BYTES, &why) != 0 && why.code != ERR_MISSING) {
		doctor_add_err(d, "login", &why);
	} else if ((n = seconds(buf_str(&text))) > 0 && n < least) {
		(void)snprintf(mend, sizeof(mend), "Write `" WORD " %ld` in " DEFS ", in the place "
		    "of the line that is there.", least);
		doctor_add(d, "login", FINDING_BAD, mend, "It ends a login after %ld s (" WORD "), "
		    "before the keys have had their time.", n);
	}
	buf_free(&text);
}

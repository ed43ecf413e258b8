# SPDX-License-Identifier: BSD-2-Clause
# Files as C: awk -f texts.awk symbol=NAME FILE... prints an array of struct text
# (src/cli/texts.h), one element a file, named as the file without folder and ending.
function put_before(s, what,	i, done) {
	while ((i = index(s, what)) > 0) {
		done = done substr(s, 1, i - 1) "\\" what
		s = substr(s, i + 1)
	}
	return done s
}
function end_file() {
	if (files > 0)
		print "\tNULL\n};"
}
BEGIN {
	print "/* Made by src/cli/texts.awk. */\n#include \"cli/texts.h\"\n\n#include <stddef.h>\n"
}
FNR == 1 {
	end_file()
	name[++files] = FILENAME
	sub(/.*\//, "", name[files])
	sub(/\..*/, "", name[files])
	print "static const char *const lines_" files "[] = {"
}
{
	# The last one, since two question marks may begin a trigraph.
	print "\t\"" put_before(put_before(put_before($0, "\\"), "\""), "?") "\","
}
END {
	end_file()
	print "\nconst struct text " symbol "[] = {"
	for (i = 1; i <= files; i++)
		print "\t{ \"" name[i] "\", lines_" i " },"
	print "\t{ NULL, NULL }\n};"
}

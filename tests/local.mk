# SPDX-License-Identifier: BSD-2-Clause
# Tests that are no programs of the build travel as whole folders.
EXTRA_DIST += \
	tests/README.md tests/cli tests/docs tests/fault tests/secret tests/fuzz tests/groups \
	tests/lib tests/lint tests/oracle tests/pam tests/softkey tests/vm

# For the scripts in tests/groups and tools/fuzz.
.PHONY: print-tests print-libraries
print-tests:
	@printf '%s\n' $(TESTS)
print-libraries:
	@printf '%s\n' $(noinst_LTLIBRARIES)

# What running the tests left in the folders packed above.
dist-hook:
	find $(distdir) -name __pycache__ -exec rm -rf {} +
	find $(distdir) -name '*.[oa]' -exec rm -f {} +

# The installed programs start and say who they are.
installcheck-local:
	$(DESTDIR)$(bindir)/twokey --version

dnl SPDX-License-Identifier: BSD-2-Clause
dnl TK_TRY_CFLAG(FLAG, VARIABLE): appends FLAG where the compiler takes it.
AC_DEFUN([TK_TRY_CFLAG], [
  AS_VAR_PUSHDEF([tk_cv], [tk_cv_cflag_$1])
  AC_CACHE_CHECK([whether $CC takes $1], [tk_cv], [
    tk_save="$CFLAGS"; CFLAGS="$CFLAGS -Werror $1"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
      [AS_VAR_SET([tk_cv], [yes])], [AS_VAR_SET([tk_cv], [no])])
    CFLAGS="$tk_save"])
  AS_VAR_IF([tk_cv], [yes], [$2="$$2 $1"])
  AS_VAR_POPDEF([tk_cv])
])
dnl TK_TRY_LDFLAG(FLAG, VARIABLE)
AC_DEFUN([TK_TRY_LDFLAG], [
  AS_VAR_PUSHDEF([tk_cv], [tk_cv_ldflag_$1])
  AC_CACHE_CHECK([whether the linker takes $1], [tk_cv], [
    tk_save="$LDFLAGS"; LDFLAGS="$LDFLAGS $1"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
      [AS_VAR_SET([tk_cv], [yes])], [AS_VAR_SET([tk_cv], [no])])
    LDFLAGS="$tk_save"])
  AS_VAR_IF([tk_cv], [yes], [$2="$$2 $1"])
  AS_VAR_POPDEF([tk_cv])
])

AC_DEFUN([TK_WARNINGS], [
  TK_CFLAGS=""
  m4_foreach_w([tk_flag], [-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla],
    [TK_TRY_CFLAG(m4_defn([tk_flag]), [TK_CFLAGS])])
  dnl Sanitizers put red zones around every local.
  AS_IF([test "$enable_sanitizers" != yes],
    [TK_TRY_CFLAG([-Wframe-larger-than=8192], [TK_CFLAGS])])
  AS_IF([test "$enable_werror" = yes], [TK_CFLAGS="$TK_CFLAGS -Werror"])
])

dnl Hardening is on by default; --disable-hardening leaves it out.
dnl TK_CFLAGS and TK_LDFLAGS go everywhere, PROG_LDFLAGS to programs.  libtool
dnl puts -fPIC behind -fPIE for what goes into libraries.
AC_DEFUN([TK_HARDENING], [
  AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening], [leave hardening flags out])])
  TK_LDFLAGS=""
  TK_PIE_LDFLAGS=""
  AS_IF([test "$enable_sanitizers" = yes], [
    TK_CFLAGS="$TK_CFLAGS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
  ], [test "$enable_hardening" != no], [
    m4_foreach_w([tk_flag], [-fstack-protector-strong -fstack-clash-protection
      -fcf-protection -ftrivial-auto-var-init=zero -fno-strict-overflow
      -fzero-call-used-regs=used-gpr -fPIE],
      [TK_TRY_CFLAG(m4_defn([tk_flag]), [TK_CFLAGS])])
    AS_CASE([" $CPPFLAGS $CFLAGS "], [*_FORTIFY_SOURCE*], [],
      [*" -O0 "*], [], [TK_CFLAGS="$TK_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])
    m4_foreach_w([tk_flag], [-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
      -Wl,-z,separate-code -Wl,--as-needed],
      [TK_TRY_LDFLAG(m4_defn([tk_flag]), [TK_LDFLAGS])])
    TK_TRY_LDFLAG([-pie], [TK_PIE_LDFLAGS])
  ])
  AC_SUBST([TK_CFLAGS])
  AC_SUBST([TK_LDFLAGS])
  AC_SUBST([PROG_LDFLAGS], ['$(TK_LDFLAGS)'"$TK_PIE_LDFLAGS"])
])

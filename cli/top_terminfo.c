/* SPDX-License-Identifier: ISC */
/* Apart from the rest, for <term.h> takes names that are ours elsewhere. */
#include "top_terminfo.h"

#include <ncursesw/curses.h>
#include <ncursesw/term.h>
#include <unistd.h>

/* ncurses draws on terminals that cannot do this, too, but nobody can read it. */
static bool moves_cursor(void)
{
	const char *how = tigetstr("cup");

	return how && how != (const char *)-1;
}

const char *top_terminal_lacks(void)
{
	const char *wrong = NULL;
	int unused;

	if (setupterm(NULL, STDOUT_FILENO, &unused) != OK)
		return "nothing is known of this kind of terminal (TERM); TERM=xterm swctl top may "
		       "do";
	if (!moves_cursor())
		wrong = "top needs a terminal whose cursor can be moved; TERM says this one's cannot";
	del_curterm(cur_term);
	return wrong;
}
